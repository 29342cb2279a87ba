"""A second judge finds nothing in what the writer writes, and every fault that is planted."""

import io
import runpy
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.formats import standard18_read
from consumers.formats.errors import FormatError
from consumers.formats.standard18 import (
    Instruction,
    Originator,
    Submission,
    Written,
    printed_name,
    write,
)
from consumers.formats.standard18_read import InstructionLine, ReadContra

HERE = Path(__file__).parent
GOLDEN = sorted((HERE / "golden_standard18").glob("*.txt"))
faults: Callable[[bytes], list[str]] = runpy.run_path(str(HERE / "standard18_checker.py"))["faults"]

MADE_ON = date(2026, 11, 27)
DAYS = [MADE_ON + timedelta(days=days) for days in (3, 4, 7, 24, 31)]
OURS = ["089999-66374958", "107999-88837491", "202959-63748472"]
CARRIED = st.text("ABCXYZ0189.&/- ", max_size=18)
NAMES = st.builds("{}{}".format, st.sampled_from("AJZ9"), st.text(max_size=30))
AMOUNTS = st.one_of(st.integers(1, 2_000_000_000), st.sampled_from([1, 99, 2_000_000_000]))
DIGITS = st.integers(1, 99_999_999)


@st.composite
def references(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(["R0001A", "HSG-123 45", "7&/.-ABCDE"])) + draw(CARRIED)
    return text[:18].rstrip()


@st.composite
def submissions(draw: st.DrawFn) -> tuple[Submission, list[Instruction]]:
    """A submission of a few accounts and days, with items that all may be sent."""
    multi = draw(st.booleans())
    days = sorted(draw(st.sets(st.sampled_from(DAYS), min_size=1, max_size=4 if multi else 1)))
    own = draw(st.lists(st.sampled_from(OURS), min_size=1, max_size=3, unique=True))
    items = draw(st.lists(instructions(own, days), min_size=1, max_size=12))
    items.append(items[0]._replace(processing_on=days[0]))
    submission = Submission(
        sun=f"{draw(st.integers(1, 999_999)):06d}",
        serial=draw(st.sampled_from(["000123", "A1B2C3", "999999"])),
        file_number=draw(st.integers(0, 999)),
        created_on=MADE_ON,
        processing_on=days[0],
        expires_on=days[-1] + timedelta(days=draw(st.integers(1, 400))),
        work="multi" if multi else "single",
        originators=tuple(Originator(one, draw(NAMES), draw(NAMES)) for one in own),
        bureau_number=draw(st.sampled_from(["", "700001"])),
    )
    return submission, items


@st.composite
def instructions(draw: st.DrawFn, own: list[str], days: list[date]) -> Instruction:
    code = draw(st.sampled_from(["01", "17", "18", "19", "99", "0N", "0C", "0S"]))
    return Instruction(
        payer_sort_code=f"{draw(st.integers(300_000, 999_999)):06d}",
        payer_account=f"{draw(DIGITS):08d}",
        payer_name=draw(NAMES),
        code=code,
        account=draw(st.sampled_from(own)),
        amount_minor=0 if code.startswith("0") and code != "01" else draw(AMOUNTS),
        user_name=draw(NAMES),
        reference=draw(references()),
        processing_on=draw(st.sampled_from(days)),
    )


def content(submission: Submission, items: list[Instruction]) -> tuple[bytes, Written]:
    out = io.BytesIO()
    told = write(submission, items, out)
    return out.getvalue(), told


ReadBack = Callable[[bytes], tuple[Submission, list[Instruction], Written]]


@pytest.fixture(scope="module")
def read_back(tmp_path_factory: pytest.TempPathFactory) -> ReadBack:
    """Read these bytes into what could be written again, and the figures."""
    path = tmp_path_factory.mktemp("submission") / "run.txt"

    def read(given_: bytes) -> tuple[Submission, list[Instruction], Written]:
        path.write_bytes(given_)
        submission, *body, told = standard18_read.read(path)
        assert isinstance(submission, Submission)
        assert isinstance(told, Written)
        items = [one.instruction for one in body if isinstance(one, InstructionLine)]
        own = {one.account: Originator(one.account, "X", "X") for one in items}
        named = [one.originator for one in body if isinstance(one, ReadContra)]
        own.update((one.account, one) for one in named)
        return submission._replace(originators=tuple(own.values())), items, told

    return read


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_nothing_is_found_in_a_golden_file(path: Path) -> None:
    assert faults(path.read_bytes()) == []


@settings(max_examples=200, deadline=None)
@given(submissions())
def test_nothing_is_found_in_whatever_the_writer_writes(
    chosen: tuple[Submission, list[Instruction]],
) -> None:
    assert faults(content(*chosen)[0]) == []


@settings(max_examples=100, deadline=None)
@given(chosen=submissions())
def test_what_is_written_is_read_back_and_written_again_to_the_same_bytes(
    chosen: tuple[Submission, list[Instruction]], read_back: ReadBack
) -> None:
    submission, items = chosen
    first, told = content(submission, items)
    head, read, again = read_back(first)
    assert again == told
    assert head._replace(originators=submission.originators) == submission
    printed = [
        one._replace(payer_name=printed_name(one.payer_name), user_name=printed_name(one.user_name))
        for one in items
    ]
    assert read == printed
    assert content(head, read) == (first, told)


@settings(max_examples=300, deadline=None)
@given(chosen=submissions(), data=st.data())
def test_what_is_read_from_a_changed_file_is_without_a_fault(
    chosen: tuple[Submission, list[Instruction]], data: st.DataObject, read_back: ReadBack
) -> None:
    """Where the reader takes what was changed, as another payer's name, the second judge does."""
    changed = bytearray(content(*chosen)[0])
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at] = data.draw(st.sampled_from(b"AZ019 .a\r\n\0\xe9"))
    with suppress(FormatError):
        read_back(bytes(changed))
        assert faults(bytes(changed)) == []


# -- negative controls: what is planted, in which golden file, and what must be said of it --------


def line(number: int, first: int, text: str) -> Callable[[list[str]], list[str]]:
    """Write over a line (counted from 1, or from the end) at a position (counted from 1)."""

    def plant(lines: list[str]) -> list[str]:
        at = number - 1 if number > 0 else number
        old = lines[at]
        lines[at] = old[: first - 1] + text + old[first - 1 + len(text) :]
        return lines

    return plant


def without(number: int) -> Callable[[list[str]], list[str]]:
    return lambda lines: [text for at, text in enumerate(lines, 1) if at != number]


def twice(number: int) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines[:number], *lines[number - 1 :]]


def swapped(number: int) -> Callable[[list[str]], list[str]]:
    return lambda lines: [
        *lines[: number - 1],
        *lines[number - 1 : number + 1][::-1],
        *lines[number + 1 :],
    ]


SINGLE, MULTI, NOTICES = "single_day.txt", "several_days.txt", "notices.txt"
PLANTED = [
    (SINGLE, line(1, 5, "000000"), "serial is zeros"),
    (SINGLE, line(1, 5, "000124"), "not the same in VOL1 and HDR1"),
    (SINGLE, line(1, 80, "3"), "VOL1 is not of its shape"),
    (SINGLE, line(1, 42, "99999 "), "VOL1 is not of its shape"),
    (SINGLE, line(2, 16, "888888"), "two service users"),
    (SINGLE, line(3, 11, "00106"), "record length"),
    (SINGLE, line(4, 29, "2 DAILY"), "UHL1 is not of its shape"),
    (SINGLE, line(4, 5, " 26366"), "not in the calendar"),
    (SINGLE, line(4, 5, " 26333"), "weekend"),
    (SINGLE, line(4, 5, " 26331"), "not after the day"),
    (SINGLE, line(4, 5, " 26345"), "expires"),
    (SINGLE, line(4, 5, " 26364"), "31 days"),
    (SINGLE, line(-3, 42, " 26330"), "EOF1 does not repeat HDR1"),
    (SINGLE, line(-2, 5, "V"), "EOF2 does not repeat HDR2"),
    (SINGLE, line(5, 7, "X"), "line 5 is not of the shape"),
    (SINGLE, line(5, 15, "9"), "line 5 is not of the shape"),
    (SINGLE, line(5, 16, "86"), "line 5 is not of the shape"),
    (SINGLE, line(5, 36, "00000012346"), "come to"),
    (SINGLE, line(5, 36, "00000000000"), "17 with an amount of 0"),
    (SINGLE, line(5, 36, "02000000001"), "twenty million"),
    (SINGLE, line(5, 47, "council"), "does not carry"),
    (SINGLE, line(5, 47, " "), "does not begin at the left"),
    (SINGLE, line(5, 65, "DDIC"), "reference"),
    (SINGLE, line(5, 65, "R0001    "), "reference"),
    (SINGLE, line(5, 65, "AAAAAAAAAAAAAAAAAA"), "reference"),
    (SINGLE, line(5, 83, " " * 18), "is empty"),
    (SINGLE, line(5, 1, "000000"), "an account of zeros"),
    (SINGLE, line(7, 36, "00000017344"), "contras to 17344"),
    (SINGLE, line(7, 16, "17"), "contras to"),
    (SINGLE, line(7, 65, "CONTRB"), "without the word"),
    (SINGLE, without(6), "come to"),
    (SINGLE, twice(6), "come to"),
    (SINGLE, without(7), "contras to 0"),
    (SINGLE, swapped(6), "behind a contra"),
    (SINGLE, without(-1 + 10), "the labels are not"),
    (SINGLE, line(-1, 5, "0000000017346"), "UTL1 debit total"),
    (SINGLE, line(-1, 18, "0000000017346"), "UTL1 credit total"),
    (SINGLE, line(-1, 31, "0000003"), "UTL1 debit count"),
    (SINGLE, line(-1, 38, "0000002"), "UTL1 credit count"),
    (SINGLE, line(-1, 53, "0000002"), "UTL1 count of notices"),
    (NOTICES, line(-1, 53, "0000002"), "UTL1 count of notices"),
    (NOTICES, line(5, 36, "00000000001"), "0N with an amount of 1"),
    (MULTI, line(4, 5, " 26335"), "first processing day"),
    (MULTI, line(5, 101, " 26344"), "come to"),
    (MULTI, line(5, 101, "026334"), "line 5 is not of the shape"),
]


@pytest.mark.parametrize(("name", "plant", "said"), PLANTED, ids=[said for _, _, said in PLANTED])
def test_a_planted_fault_is_found_by_both_judges(
    name: str, plant: Callable[[list[str]], list[str]], said: str, read_back: ReadBack
) -> None:
    lines = (HERE / "golden_standard18" / name).read_bytes().decode("ascii").split("\r\n")[:-1]
    spoilt = "".join(f"{text}\r\n" for text in plant(lines)).encode("ascii")
    assert said in " / ".join(faults(spoilt))
    with pytest.raises(FormatError):
        read_back(spoilt)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"\r\n", b"\n", "CR LF"),
        (b"J SMITH ", b"J SM\xcdTH ", "does not carry"),
        (b"J SMITH ", b"J SMITH", "has 99 characters"),
        (b"                    \r\nHDR2", b"\r\nHDR2", "HDR1 has 60 characters"),
    ],
)
def test_a_fault_of_the_form_is_found_by_both_judges(
    old: bytes, new: bytes, said: str, read_back: ReadBack
) -> None:
    spoilt = (HERE / "golden_standard18" / SINGLE).read_bytes().replace(old, new)
    assert said in " / ".join(faults(spoilt))
    with pytest.raises(FormatError):
        read_back(spoilt)
