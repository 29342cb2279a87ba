"""The file that goes to Bacs: every byte of it, what it came to, and that it is always the same."""

import hashlib
import io
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.formats import standard18
from consumers.formats.standard18 import (
    CodeSum,
    Contra,
    Instruction,
    Originator,
    Submission,
    Totals,
    Written,
    fold,
    printed_name,
    write,
)

GOLDEN = Path(__file__).parent / "golden_standard18"
OURS = "089999-66374958"
DAY = date(2026, 11, 30)
SINGLE = Submission(
    sun="999999",
    serial="000123",
    file_number=1,
    created_on=date(2026, 11, 27),
    processing_on=DAY,
    expires_on=date(2026, 12, 11),
    work="single",
    originators=(Originator(OURS, "Anytown Council", "RENT DD 301126"),),
)
SMITH = Instruction(
    payer_sort_code="107999",
    payer_account="88837491",
    payer_name="J Smith",
    code="17",
    account=OURS,
    amount_minor=12345,
    user_name="Anytown Council",
    reference="R00012345",
    processing_on=DAY,
)
OTHER = SMITH._replace(
    payer_sort_code="202959",
    payer_account="63748472",
    payer_name="A N Other",
    code="01",
    amount_minor=5000,
    reference="R00067890",
)


def written(submission: Submission, items: Iterable[Instruction]) -> tuple[bytes, Written]:
    out = io.BytesIO()
    told = write(submission, items, out)
    return out.getvalue(), told


def test_a_run_of_one_day_is_written_as_it_was_worked_out_by_hand() -> None:
    content, told = written(SINGLE, [SMITH, OTHER])
    assert content == (GOLDEN / "single_day.txt").read_bytes()
    assert told.contras == (Contra(7, OURS, DAY, "99", 17345),)
    assert told.totals == Totals(17345, 17345, 2, 1, 0)
    assert [(one.code, one.items, one.amount_minor) for one in told.sums] == [
        ("01", 1, 5000),
        ("17", 1, 12345),
    ]
    assert (told.items, told.lines, told.size) == (2, 10, len(content))
    assert told.sha256 == hashlib.sha256(content).hexdigest()


SECOND = "107999-88837491"
TUESDAY = date(2026, 12, 1)
SEVERAL = SINGLE._replace(
    serial="A00124",
    file_number=124,
    expires_on=date(2026, 12, 31),
    work="multi",
    originators=(*SINGLE.originators, Originator(SECOND, "Ánytown Hømes", "Sérvice charges")),
)
FIRST_ITEMS = [
    SMITH._replace(payer_name="Zoë O'Brien & Söns (Plumbing)", code="01", amount_minor=1),
    SMITH._replace(code="18", processing_on=TUESDAY, amount_minor=2_000_000_000),
    OTHER._replace(code="19", account=SECOND, user_name="Anytown Homes"),
    SMITH._replace(code="99", amount_minor=700, reference="REFUND 12/7"),
    OTHER._replace(code="0N", amount_minor=0, account=SECOND, processing_on=TUESDAY),
    OTHER._replace(account=SECOND, processing_on=TUESDAY),
]
NOTICES = [
    SMITH._replace(code="0N", amount_minor=0),
    OTHER._replace(code="0C", amount_minor=0),
    SMITH._replace(code="0S", amount_minor=0, reference="HSG-123456.7&8/9"),
]
GOLDEN_FILES = {
    "single_day.txt": (SINGLE, [SMITH, OTHER]),
    "several_days.txt": (SEVERAL, FIRST_ITEMS),
    "notices.txt": (SINGLE._replace(bureau_number="712345"), NOTICES),
}


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_a_golden_file_is_written_byte_for_byte(name: str) -> None:
    assert written(*GOLDEN_FILES[name])[0] == (GOLDEN / name).read_bytes()


# The layout as the guides print it: record, its first and last position, and what stands there.
POSITIONS = [
    ("several_days.txt", 1, 1, 4, "VOL1"),
    ("several_days.txt", 1, 5, 10, "A00124"),
    ("several_days.txt", 1, 11, 41, " " * 31),
    ("several_days.txt", 1, 42, 47, "999999"),
    ("several_days.txt", 1, 48, 79, " " * 32),
    ("several_days.txt", 1, 80, 80, "1"),
    ("notices.txt", 1, 42, 47, "712345"),
    ("notices.txt", 2, 6, 11, "999999"),
    ("several_days.txt", 2, 1, 4, "HDR1"),
    ("several_days.txt", 2, 5, 21, "A999999S   999999"),
    ("several_days.txt", 2, 22, 27, "A00124"),
    ("several_days.txt", 2, 28, 31, "0001"),
    ("several_days.txt", 2, 32, 35, "0001"),
    ("several_days.txt", 2, 36, 41, " " * 6),
    ("several_days.txt", 2, 42, 47, " 26331"),
    ("several_days.txt", 2, 48, 53, " 26365"),
    ("several_days.txt", 2, 54, 54, " "),
    ("several_days.txt", 2, 55, 60, "000000"),
    ("several_days.txt", 2, 61, 80, " " * 20),
    ("several_days.txt", 3, 1, 5, "HDR2F"),
    ("several_days.txt", 3, 6, 10, "02000"),
    ("several_days.txt", 3, 11, 15, "00106"),
    ("single_day.txt", 3, 11, 15, "00100"),
    ("several_days.txt", 3, 16, 50, " " * 35),
    ("several_days.txt", 3, 51, 52, "00"),
    ("several_days.txt", 3, 53, 80, " " * 28),
    ("several_days.txt", 4, 1, 4, "UHL1"),
    ("several_days.txt", 4, 5, 10, " 26334"),
    ("several_days.txt", 4, 11, 20, "999999    "),
    ("several_days.txt", 4, 21, 28, "00000000"),
    ("several_days.txt", 4, 29, 37, "4 MULTI  "),
    ("single_day.txt", 4, 29, 37, "1 DAILY  "),
    ("several_days.txt", 4, 38, 40, "124"),
    ("several_days.txt", 4, 41, 80, " " * 40),
    ("several_days.txt", 5, 1, 6, "107999"),
    ("several_days.txt", 5, 7, 14, "88837491"),
    ("several_days.txt", 5, 15, 15, "0"),
    ("several_days.txt", 5, 16, 17, "01"),
    ("several_days.txt", 5, 18, 23, "089999"),
    ("several_days.txt", 5, 24, 31, "66374958"),
    ("several_days.txt", 5, 32, 35, "    "),
    ("several_days.txt", 5, 36, 46, "00000000001"),
    ("several_days.txt", 5, 47, 64, "ANYTOWN COUNCIL   "),
    ("several_days.txt", 5, 65, 82, "R00012345         "),
    ("several_days.txt", 5, 83, 100, "ZOE O BRIEN & SONS"),
    ("several_days.txt", 5, 101, 106, " 26334"),
    ("several_days.txt", 6, 36, 46, "02000000000"),
    ("several_days.txt", 9, 16, 17, "0N"),
    ("several_days.txt", 9, 36, 46, "00000000000"),
    ("several_days.txt", 12, 1, 31, "0899996637495801708999966374958"),
    ("several_days.txt", 12, 36, 46, "00000000700"),
    ("several_days.txt", 12, 65, 82, "CONTRA            "),
    ("several_days.txt", 13, 16, 17, "99"),
    ("several_days.txt", 13, 101, 106, " 26335"),
    ("several_days.txt", 14, 47, 64, "SERVICE CHARGES   "),
    ("several_days.txt", 14, 83, 100, "ANYTOWN H MES     "),
    ("several_days.txt", -3, 1, 27, "EOF1A999999S   999999A00124"),
    ("several_days.txt", -2, 1, 15, "EOF2F0200000106"),
    ("several_days.txt", -1, 5, 17, "0002000010701"),
    ("several_days.txt", -1, 18, 30, "0002000010701"),
    ("several_days.txt", -1, 31, 37, "0000005"),
    ("several_days.txt", -1, 38, 44, "0000005"),
    ("several_days.txt", -1, 45, 52, " " * 8),
    ("several_days.txt", -1, 53, 59, "0000001"),
    ("single_day.txt", -1, 53, 59, " " * 7),
    ("notices.txt", -1, 5, 59, "0" * 40 + " " * 8 + "0000003"),
]


@pytest.mark.parametrize(("name", "line", "first", "last", "text"), POSITIONS)
def test_every_position_holds_what_the_layout_says(
    name: str, line: int, first: int, last: int, text: str
) -> None:
    lines = list(standard18.lines(*GOLDEN_FILES[name]))
    assert lines[line - 1 if line > 0 else line][first - 1 : last] == text


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_labels_have_eighty_characters_and_rows_a_hundred_or_six_more(name: str) -> None:
    lines = list(standard18.lines(*GOLDEN_FILES[name]))
    width = 106 if GOLDEN_FILES[name][0].work == "multi" else 100
    assert {len(line) for line in [*lines[:4], *lines[-3:]]} == {80}
    assert {len(line) for line in lines[4:-3]} == {width}


def test_each_account_and_day_has_a_contra_for_debits_and_one_for_credits() -> None:
    told = written(SEVERAL, FIRST_ITEMS)[1]
    assert told.contras == (
        Contra(11, OURS, DAY, "99", 1),
        Contra(12, OURS, DAY, "17", 700),
        Contra(13, OURS, TUESDAY, "99", 2_000_000_000),
        Contra(14, SECOND, DAY, "99", 5000),
        Contra(15, SECOND, TUESDAY, "99", 5000),
    )
    assert told.totals == Totals(2_000_010_701, 2_000_010_701, 5, 5, 1)
    assert CodeSum(SECOND, TUESDAY, "0N", 1, 0) in told.sums
    assert sum(one.items for one in told.sums) == told.items == len(FIRST_ITEMS)


def test_notices_of_instructions_have_no_contra() -> None:
    told = written(*GOLDEN_FILES["notices.txt"])[1]
    assert told.contras == ()
    assert told.totals == Totals(0, 0, 0, 0, 3)


def test_a_sum_of_more_than_eleven_digits_is_balanced_by_several_contras() -> None:
    largest = SMITH._replace(amount_minor=2_000_000_000)
    content, told = written(SINGLE, [largest] * 100 + [SMITH._replace(amount_minor=1)])
    amounts = [contra.amount_minor for contra in told.contras]
    assert amounts == [99_999_999_999, 99_999_999_999, 3]
    assert told.totals == Totals(200_000_000_001, 200_000_000_001, 101, 3, 0)
    last = content.split(b"\r\n")[told.contras[-1].line - 1]
    assert last[35:46] == b"00000000003"
    exact = written(SINGLE, [largest] * 49 + [SMITH._replace(amount_minor=1_999_999_999)])[1]
    assert [contra.amount_minor for contra in exact.contras] == [99_999_999_999]


def test_the_line_of_every_instruction_is_told() -> None:
    content, told = written(SEVERAL, FIRST_ITEMS)
    lines = content.decode("ascii").split("\r\n")
    for number, item in enumerate(FIRST_ITEMS, 1):
        assert lines[told.line_of(number) - 1].startswith(item.payer_sort_code)
        assert lines[told.line_of(number) - 1][15:17] == item.code
    for none in (0, len(FIRST_ITEMS) + 1):
        with pytest.raises(ValueError, match="the file has 6 instructions"):
            told.line_of(none)


def test_the_same_submission_gives_the_same_bytes_in_any_locale_and_zone() -> None:
    code = (
        "import hashlib, sys; sys.path[:0] = sys.argv[1:2]\n"
        "import locale; locale.setlocale(locale.LC_ALL, '')\n"
        "import runpy; made = runpy.run_path(sys.argv[2])\n"
        "print(made['written'](made['SEVERAL'], made['FIRST_ITEMS'])[1].sha256)"
    )
    root = str(Path(__file__).parents[2])
    told = {written(SEVERAL, FIRST_ITEMS)[1].sha256}
    for zone, hashing in (("Pacific/Kiritimati", "1"), ("America/Adak", "2")):
        environment = {"TZ": zone, "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": hashing}
        command = [sys.executable, "-c", code, root, __file__]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        told.add(done.stdout.strip())
    assert len(told) == 1


def test_the_writer_holds_no_more_for_many_instructions_than_for_few() -> None:
    """Peak of what Python allocates, over a file that is thrown away as it is written."""

    class Nowhere(io.RawIOBase):
        def write(self, content: object) -> int:
            del content
            return 0

    def peak(count: int) -> int:
        items = (SMITH._replace(amount_minor=number) for number in range(1, count + 1))
        tracemalloc.start()
        write(SINGLE, items, Nowhere())  # type: ignore[arg-type] # it takes bytes, and is enough
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(2_000)  # what is allocated once, as for the digest
    assert peak(40_000) < 1.5 * peak(4_000)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("J Smith", "J SMITH"),
        ("Zo\u00eb \u00c5ngstr\u00f6m", "ZOE ANGSTROM"),
        ("Zoe\u0308", "ZOE"),
        ("O'Brien", "O BRIEN"),
        ("O\u2019Brien", "O BRIEN"),
        ("Stra\u00dfe", "STRASSE"),
        ("\u0141ukasz", " UKASZ"),
        ("A.B&C/D-E 9", "A.B&C/D-E 9"),
        ("a_b,c;d\te\nf", "A B C D E F"),
        ("\ufb01sh \uff21 \u2460", "FISH A 1"),
        ("\u0661\u5f20", "  "),
        ("", ""),
    ],
)
def test_text_is_folded_to_what_the_payer_sees(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


@given(st.text(max_size=40))
def test_whatever_is_folded_is_carried_by_bacs_and_folded_once(text: str) -> None:
    folded = fold(text)
    assert set(folded) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.&/- ")
    assert fold(folded) == folded
    name = printed_name(text)
    assert len(name) <= 18
    assert name == name.strip() == printed_name(name)


if __name__ == "__main__":
    for file, submitted in GOLDEN_FILES.items():
        (GOLDEN / file).write_bytes(written(*submitted)[0])
