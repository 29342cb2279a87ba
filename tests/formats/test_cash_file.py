"""The cash file that a bank sends in the shape of Standard 18: layout, totals, oddities."""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consumers.formats import cash_file, cash_file_survey
from consumers.formats.cash_file_write import OutCashFile, OutCashRow, OutSection, write
from consumers.formats.control import checked
from consumers.formats.errors import ControlTotalError, FormatError, UnreadableFileError
from consumers.formats.statement import (
    BadRow,
    BankLine,
    StatementClosed,
    StatementItem,
    StatementOpened,
)
from ledger.bacs_text import fold

DAY = date(2026, 4, 2)
OURS, SECOND = "600001-12345678", "600001-87654321"
GOLDEN = sorted((Path(__file__).parent / "golden").glob("cash_file_*.txt"))
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def row(
    amount: int = 1000,
    code: str = "99",
    *,
    reference: str = "HSG-0001",
    name: str = "J SMITH",
    other_account: str = "000000-00000000",
    account: str = OURS,
    booked_on: date | None = None,
) -> OutCashRow:
    return OutCashRow(account, amount, code, reference, name, other_account, booked_on)


def content(
    *rows: OutCashRow, balances: Sequence[tuple[str, int]] = (), total_rows: bool = False
) -> bytes:
    out = io.BytesIO()
    write(OutCashFile([OutSection("A606005Z", DAY, rows, balances, total_rows)]), out)
    return out.getvalue()


@pytest.fixture
def items(tmp_path: Path) -> Callable[[bytes], list[StatementItem]]:
    """Read these bytes through the control totals."""

    def read(given: bytes) -> list[StatementItem]:
        path = tmp_path / "cash"
        path.write_bytes(given)
        return list(checked(cash_file.read(path), path.name))

    return read


@pytest.fixture
def one(items: Callable[[bytes], list[StatementItem]]) -> Callable[[bytes], BankLine | BadRow]:
    """The only row of a file."""

    def read(given: bytes) -> BankLine | BadRow:
        (found,) = (item for item in items(given) if isinstance(item, BankLine | BadRow))
        return found

    return read


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_cash_file_is_read_as_written_beside_it(path: Path) -> None:
    found = [
        {"type": type(item).__name__, **asdict(item)}
        for item in checked(cash_file.read(path), path.name)
    ]
    expected = json.loads(path.with_name(path.name + ".json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(found, default=str)) == expected["items"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_the_bytes_of_a_row_are_its_own(path: Path) -> None:
    whole = path.read_bytes()
    lines = [item for item in cash_file.read(path) if isinstance(item, BankLine)]
    assert lines
    for line in lines:
        quoted = whole[line.span.byte_start : line.span.byte_end]
        assert int(quoted[35:46]) == abs(line.amount_minor)
        assert whole[: line.span.byte_start].count(b"\n") + 1 == line.span.line


@pytest.mark.parametrize(
    ("code", "sign", "method", "reversal"),
    [
        *((code, 1, "bank_transfer", False) for code in ("99", "93")),
        ("86", 1, "other", False),
        *((code, 1, "interest", False) for code in ("90", "Z4", "Z5")),
        ("RA", 1, "bank_transfer", True),
        *((code, -1, "direct_debit", False) for code in ("01", "17", "18", "19")),
        ("03", -1, "other", False),
        ("11", -1, "cheque", False),
        *((code, -1, "direct_debit_returned", True) for code in ("U1", "U7", "U8", "U9")),
    ],
)
def test_a_code_says_direction_method_and_return(
    one: Callable[[bytes], BankLine],
    code: str,
    sign: int,
    method: str,
    reversal: bool,  # noqa: FBT001 - a column of the table
) -> None:
    line = one(content(row(1234, code=code)))
    assert (line.amount_minor, line.method, line.reversal) == (sign * 1234, method, reversal)


def test_an_unpaid_direct_debit_keeps_the_reference_of_its_collection(
    one: Callable[[bytes], BankLine],
) -> None:
    line = one(content(row(code="U7", reference="HSG-0000777", other_account="202959-63748472")))
    assert line.references == ("HSG-0000777",)
    assert line.payer_account == "202959-63748472"


def test_a_code_that_is_not_known_is_quarantined_with_the_sign_that_the_totals_give(
    one: Callable[[bytes], BadRow],
) -> None:
    credit = one(content(row(500, code="77")))
    assert (credit.field, credit.value, credit.amount_minor) == ("transaction code", "77", 500)
    debit = one(content(row(500, code="17")).replace(b"017000000", b"077000000"))
    assert debit.amount_minor == -500


def test_codes_that_the_totals_do_not_tell_apart_have_no_sign(
    items: Callable[[bytes], list[StatementItem]],
) -> None:
    mixed = content(row(500, code="99"), row(300, code="17"))
    mixed = (
        mixed.replace(b"7899", b"7877", 1).replace(b"78099", b"78077").replace(b"78017", b"78077")
    )
    bad = [item for item in items(mixed) if isinstance(item, BadRow)]
    assert [item.amount_minor for item in bad] == [None, None]
    assert "5.00" in bad[0].reason


def test_a_building_society_shares_one_account_that_the_roll_number_tells_apart(
    one: Callable[[bytes], BankLine],
) -> None:
    shared = "070093-33333334"
    for roll in ("1234/12345678", "12-123456-12345", "A12345678SMI", "123A 123456A", "1234567890"):
        line = one(content(row(name=roll, other_account=shared)))
        assert (line.payer_name, line.payer_account) == (None, f"{shared} {roll}")
    for name in ("2020 VISION 247", "3 MOBILE LTD", "HEART 2 HEART BR", "J SMITH"):
        line = one(content(row(name=name, other_account=shared)))
        assert (line.payer_name, line.payer_account) == (name, shared)


def test_a_row_without_a_date_has_the_processing_day_of_its_section(
    one: Callable[[bytes], BankLine],
) -> None:
    dated = content(row(booked_on=date(2026, 3, 31)))
    assert one(dated).booked_on == date(2026, 3, 31)
    line = one(dated.replace(b" 26090", b"      "))
    assert line.booked_on == DAY
    assert line.warnings == ("no date: the processing day of the file is taken",)
    short = one(dated.replace(b" 26090".ljust(28) + b"\r\n", b"\r\n"))
    assert short.booked_on == DAY


@pytest.mark.parametrize("written", [b" 26366", b" 26000", b" 2609A", b"260231", b"261301"])
def test_a_day_that_is_none_quarantines_its_row(
    one: Callable[[bytes], BadRow], written: bytes
) -> None:
    bad = one(content(row(booked_on=date(2026, 3, 31))).replace(b" 26090", written))
    assert (bad.field, bad.amount_minor) == ("date", 1000)


def test_dates_are_of_two_kinds(one: Callable[[bytes], BankLine]) -> None:
    dated = content(row(booked_on=date(2026, 3, 31)))
    assert one(dated.replace(b" 26090", b"260401")).booked_on == date(2026, 4, 1)
    assert one(dated.replace(b" 26090", b" 24366")).booked_on == date(2024, 12, 31)


def test_an_amount_is_filled_with_zeros_or_blanks(one: Callable[[bytes], BankLine]) -> None:
    for filled in (b"00000001000J", b"       1000J", b"1000       J"):
        assert one(content(row()).replace(b"00000001000J", filled)).amount_minor == 1000


def test_the_rows_of_several_accounts_may_be_mixed(
    items: Callable[[bytes], list[StatementItem]],
) -> None:
    mixed = [row(n, account=(OURS, SECOND)[n % 2], reference=f"R{n}") for n in range(1, 8)]
    found = items(content(*mixed, balances=[(SECOND, -700)]))
    opened = [item for item in found if isinstance(item, StatementOpened)]
    closed = [item for item in found if isinstance(item, StatementClosed)]
    assert [item.account for item in opened] == [SECOND, OURS]
    assert [item.closing_minor for item in closed] == [-700, None]
    assert [item.amount_minor for item in found if isinstance(item, BankLine)] == [
        *(1, 3, 5, 7),
        *(2, 4, 6),
    ]


def test_each_section_is_a_statement_of_its_own(
    items: Callable[[bytes], list[StatementItem]],
) -> None:
    out = io.BytesIO()
    write(OutCashFile([OutSection("A606005Z", DAY, [row()])] * 2), out)
    opened = [item for item in items(out.getvalue()) if isinstance(item, StatementOpened)]
    assert [item.statement_id for item in opened] == [
        "A606005Z 0001 2026-04-02",
        "A606005Z 0001 2026-04-02 #2",
    ]


@pytest.mark.parametrize("total_rows", [False, True])
def test_utl1_may_count_the_total_rows_as_well(
    items: Callable[[bytes], list[StatementItem]],
    total_rows: bool,  # noqa: FBT001 - a column of the table
) -> None:
    found = items(content(row(5), row(7, code="17"), total_rows=total_rows))
    closed = found[-1]
    assert isinstance(closed, StatementClosed)
    assert (closed.entries, closed.credits_minor, closed.debits_minor) == (2, 5, 7)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"00000001000J", b"00000001001J", "UTL1 credit total"),
        (b"78099", b"78017", "UTL1 debit total"),
        (b"78099", b"78077", "UTL1 credit total"),
        (b"00000010000001", b"00000020000001", "UTL1 credit total"),
        (b"00000010000001", b"00000010000002", "UTL1 balance count"),
        (b"0000000000000001000000", b"0000000000000001100000", "UTL1 credit total"),
    ],
)
def test_a_file_whose_totals_differ_is_refused_whole(
    items: Callable[[bytes], list[StatementItem]], old: bytes, new: bytes, field: str
) -> None:
    good = content(row(), balances=[(OURS, 5)])
    damaged = good.replace(old, new)
    if new == b"78077":
        damaged = damaged.replace(b"00000010000001", b"00000020000001")
    assert damaged != good
    with pytest.raises(ControlTotalError) as refused:
        items(damaged)
    assert refused.value.field == field


def test_a_lost_or_a_doubled_row_is_noticed(items: Callable[[bytes], list[StatementItem]]) -> None:
    lines = content(row(1), row(2, account=SECOND)).splitlines(keepends=True)
    for damaged in (lines[:3] + lines[4:], lines[:4] + lines[3:]):
        with pytest.raises(ControlTotalError, match="missing, changed, or double"):
            items(b"".join(damaged))


def test_total_rows_alone_prove_a_file_whose_utl1_is_empty(
    items: Callable[[bytes], list[StatementItem]],
) -> None:
    lines = content(row(5), row(7), total_rows=True).splitlines(keepends=True)
    lines[-1] = b"UTL1\r\n"
    opened = items(b"".join(lines))[0]
    assert isinstance(opened, StatementOpened)
    assert opened.warnings == ("the file states no totals: a missing row cannot be noticed",)
    with pytest.raises(ControlTotalError, match="credit total row"):
        items(b"".join(lines[:3] + lines[4:]))


def test_a_total_row_that_differs_beside_a_right_utl1_is_told(
    items: Callable[[bytes], list[StatementItem]],
) -> None:
    given = content(row(5), row(7), total_rows=True)
    given = given.replace(b"0000000001 2".replace(b" ", b""), b"00000000099", 1)
    utl1 = b"UTL1" + b"%013d%013d%07d%07d" % (0, 12 + 99, 1, 3)
    given = given[: given.index(b"UTL1")] + utl1 + b"\r\n"
    opened = items(given)[0]
    assert isinstance(opened, StatementOpened)
    assert opened.warnings == ("its total row states credits of 0.99, its rows come to 0.12",)


def test_a_file_that_is_cut_short_is_refused(items: Callable[[bytes], list[StatementItem]]) -> None:
    whole = content(row(), row())
    with pytest.raises(UnreadableFileError, match="no UTL1 ends this section"):
        items(whole[: whole.index(b"UTL1")])
    with pytest.raises(UnreadableFileError, match="the file is cut or damaged"):
        items(whole[: whole.index(b"UTL1") + 20])


def test_a_day_without_rows_is_refused_in_words(
    items: Callable[[bytes], list[StatementItem]],
) -> None:
    with pytest.raises(UnreadableFileError, match="no rows, so it names no account"):
        items(content())


def test_an_account_that_has_only_a_balance_has_a_statement(
    items: Callable[[bytes], list[StatementItem]],
) -> None:
    opened, closed = items(content(balances=[(OURS, 12345)]))
    assert isinstance(opened, StatementOpened)
    assert isinstance(closed, StatementClosed)
    assert (opened.account, closed.closing_minor, closed.entries) == (OURS, 12345, 0)


def test_a_balance_that_is_none_refuses_the_file(
    items: Callable[[bytes], list[StatementItem]],
) -> None:
    with pytest.raises(UnreadableFileError, match="Y1 ledger balance"):
        items(content(balances=[(OURS, 12345)]).replace(b"12345C", b"12345X"))


@pytest.mark.parametrize(
    ("old", "new", "field", "amount"),
    [
        (b"00000001000J", b"0000000100OJ", "amount", None),
        (b"00000001000J", b"           J", "amount", None),
        (b"60000112345678099", b"6000011234567A099", "account", 1000),
    ],
)
def test_a_row_that_cannot_be_read_is_quarantined_and_counted(
    items: Callable[[bytes], list[StatementItem]],
    old: bytes,
    new: bytes,
    field: str,
    amount: int | None,
) -> None:
    good = content(row(), row(2000))
    found = items(good.replace(old, new, 1))
    (bad,) = (item for item in found if isinstance(item, BadRow))
    assert (bad.field, bad.amount_minor) == (field, amount)
    closed = found[-1]
    assert isinstance(closed, StatementClosed)
    assert closed.entries == 2


def test_damage_is_refused_by_name(items: Callable[[bytes], list[StatementItem]]) -> None:
    cases = {
        b"\0": "NUL",
        b"x" * 70_000: "longer than",
    }
    for damage, reason in cases.items():
        with pytest.raises(UnreadableFileError, match=reason):
            items(content(row()).replace(b"UTL1", damage + b"UTL1"))
    with pytest.raises(UnreadableFileError, match="no row names its account"):
        items(content(row()).replace(b"60000112345678099", b"6000011234567A099"))


def test_limits_hold(
    items: Callable[[bytes], list[StatementItem]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cash_file_survey, "FILE_ROWS_MAX", 4)
    with pytest.raises(UnreadableFileError, match="more than 4 lines"):
        items(content(row(), row()))
    monkeypatch.setattr(cash_file_survey, "FILE_ROWS_MAX", 100)
    monkeypatch.setattr(cash_file_survey, "ACCOUNTS_PER_SECTION_MAX", 1)
    with pytest.raises(UnreadableFileError, match="too many accounts"):
        items(content(row(), row(account=SECOND)))


SUBMISSION = (
    b"VOL1000123                               999999                                1\r\n"
    b"HDR1A999999S   99999900012300010001       26331 26345 000000                    \r\n"
    b"HDR2F0200000100                                   00                            \r\n"
    b"UHL1 26334999999    000000001 DAILY  001                                        \r\n"
    b"1079998883749101708999966374958    00000012345ANYTOWN COUNCIL   R00012345         J SMITH\r\n"
    b"2029596374847200108999966374958    00000005000ANYTOWN COUNCIL   R00067890         A OTHER\r\n"
    b"0899996637495809908999966374958    00000017345RENT DD 301126    CONTRA            ANYTOWN\r\n"
)


def test_a_submission_to_bacs_is_not_taken_for_a_cash_file() -> None:
    assert cash_file.recognise(SUBMISSION, "Y01A.CARS") is None
    said = cash_file.submission(SUBMISSION)
    assert said == "a Bacs Standard 18 submission of service user 999999, which goes to Bacs"
    # Without a level the accounts tell: whose is the same in all rows.
    unlevelled = SUBMISSION.replace(b"                                1\r\n", b"\r\n")
    assert cash_file.recognise(unlevelled, "") is None
    assert cash_file.submission(unlevelled) is not None
    assert cash_file.submission(content(row())) is None


def test_a_cash_file_is_known_by_its_content() -> None:
    whole = content(row())
    assert cash_file.recognise(whole, "holiday.jpg") == "from NatWest or RBS"
    other = whole.replace(b"****830000", b"****999999")
    assert cash_file.recognise(other, "") == "owner ****999999"
    assert cash_file.recognise(b"\xef\xbb\xbf" + whole, "") == "from NatWest or RBS"
    for nothing in (b"", b"VOL1", b"VOL1000001", b"a,b,c\n1,2,3\n", b"\xff" * 100):
        assert cash_file.recognise(nothing, "") is None


TEXT = st.text(st.characters(codec="utf-8"), max_size=24)
ACCOUNTS = st.sampled_from((OURS, SECOND, "089999-00000001"))
CODES = ("99", "93", "86", "90", "Z4", "RA", "01", "17", "03", "11", "U1", "U7", "U8", "U9")


@st.composite
def out_rows(draw: st.DrawFn) -> OutCashRow:
    return OutCashRow(
        account=draw(ACCOUNTS),
        amount_minor=draw(st.integers(0, 10**9)),
        code=draw(st.sampled_from(CODES)),
        reference=draw(TEXT),
        name=draw(TEXT),
        other_account=draw(st.sampled_from(("000000-00000000", "202959-63748472"))),
        booked_on=draw(st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31))),
        beneficiary=draw(TEXT),
    )


def field_text(text: str) -> str:
    return " ".join(fold(text)[:18].split())


def expected(row: OutCashRow) -> tuple[object, ...]:
    texts = [field_text(text) for text in (row.name, row.reference, row.beneficiary)]
    sign = 1 if row.code in CODES[:6] else -1
    narrative = " ".join(text for text in texts if text)
    return (sign * row.amount_minor, narrative, row.booked_on or DAY)


@SLOW
@given(
    sections=st.lists(st.lists(out_rows(), min_size=1, max_size=8), min_size=1, max_size=3),
    width=st.sampled_from((106, 128)),
    newline=st.sampled_from(("\n", "\r\n")),
    total_rows=st.booleans(),
    balance=st.none() | st.integers(-(10**14), 10**14),
)
def test_a_cash_file_comes_back(
    tmp_path: Path,
    sections: Sequence[Sequence[OutCashRow]],
    width: int,
    newline: Literal["\n", "\r\n"],
    total_rows: bool,  # noqa: FBT001 - drawn by Hypothesis
    balance: int | None,
) -> None:
    stated = [] if balance is None else [(OURS, balance)]
    out_sections = [
        OutSection("A606005Z", DAY, rows, stated, total_rows, number)
        for number, rows in enumerate(sections, 1)
    ]
    path = tmp_path / "cash"
    with path.open("wb") as out:
        write(OutCashFile(out_sections, width=width, newline=newline), out)
    found: dict[tuple[str, str], list[tuple[object, ...]]] = {}
    for item in checked(cash_file.read(path), path.name):
        if isinstance(item, StatementOpened):
            lines = found.setdefault((item.account, item.statement_id), [])
        elif isinstance(item, BankLine):
            lines.append((item.amount_minor, item.narrative, item.booked_on))
        elif isinstance(item, StatementClosed):
            assert item.closing_minor in (None, balance)
    wanted: dict[tuple[str, str], list[tuple[object, ...]]] = {}
    for number, rows in enumerate(sections, 1):
        for out_row in rows:
            key = (out_row.account, f"A606005Z {number:04d} {DAY}")
            wanted.setdefault(key, []).append(expected(out_row))
    assert {key: lines for key, lines in found.items() if lines} == wanted


def test_the_same_rows_give_the_same_bytes() -> None:
    assert content(row(), total_rows=True) == content(row(), total_rows=True)
    assert all(len(line) == 128 for line in content(row(), balances=[(OURS, 1)]).splitlines())
    with pytest.raises(ValueError, match="eleven digits"):
        content(row(10**11))
    with pytest.raises(ValueError, match="not a sort code"):
        content(row(account="GB82WEST12345698765432"))


PIECES = st.sampled_from(
    [
        *(b"", b"\0", b"\r", b"\n", b"\r\n", b"VOL1", b"HDR1", b"UHL1", b"UTL1", b"EOF1", b"CTL "),
        *(b"99", b"77", b"Y1", b"44", b"54", b"U7", b" 26091", b"260401", b" " * 40, b"9" * 40),
        *(b"\xff", b"\xa3", b"\x1a", b"-", b"_", b"\xc2\xb2", b"6" * 14),
    ]
)


@FUZZ
@example(content=b"VOL1" + b" " * 75 + b"3\n", cuts=[])
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.lists(st.sampled_from([p.read_bytes() for p in GOLDEN])).map(b"".join),
        st.lists(PIECES | st.just(content(row())[260:392]), max_size=20).map(b"\n".join),
    ),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), PIECES), max_size=5),
)
def test_any_bytes_are_read_or_refused_by_name(
    tmp_path: Path, content: bytes, cuts: list[tuple[float, int, bytes]]
) -> None:
    for where, width, piece in cuts:
        at = int(where * len(content))
        content = content[:at] + piece + content[at + width :]
    path = tmp_path / "any"
    path.write_bytes(content)
    cash_file.recognise(content[:65536], path.name)
    cash_file.submission(content[:65536])
    try:
        told = sum(1 for _ in checked(cash_file.read(path), path.name))
    except FormatError as refused:
        assert path.name in str(refused)  # noqa: PT017 - the other outcome is as good
    else:
        assert told >= 2
