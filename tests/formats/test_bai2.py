"""BAI2: records, accounts, funds, type codes, trailers, what is refused, what is quarantined."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consumers.formats import bai2
from consumers.formats.accounts import account_key
from consumers.formats.bai2_codes import type_code
from consumers.formats.bai2_write import write
from consumers.formats.control import checked
from consumers.formats.errors import ControlTotalError, FormatError, RowError, UnreadableFileError
from consumers.formats.methods import Method
from consumers.formats.plain_statement import PlainLine, PlainStatement
from consumers.formats.statement import (
    UNKNOWN_CURRENCY,
    BadRow,
    BankLine,
    SkippedEntry,
    StatementClosed,
    StatementItem,
    StatementOpened,
)

DAY = date(2026, 3, 31)
GOLDEN = [
    path.read_bytes() for path in sorted((Path(__file__).parent / "golden").glob("bai2_*.bai2"))
]
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))

Read = Callable[[str | bytes], list[StatementItem]]


def file(
    *records: str,
    account: str = "03,300000-12345678,GBP/",
    group: str = "02,COUNCIL,BANK,1,260331,2400,GBP,2/",
    version: str = "2",
) -> str:
    """A file of one account whose trailers state no totals."""
    body = "".join(f"{record}\r\n" for record in (group, account, *records))
    return f"01,BANK,COUNCIL,260401,0630,1,,,{version}/\r\n{body}49,,/\r\n98,,,/\r\n99,,,/\r\n"


def lines(items: Sequence[StatementItem]) -> list[BankLine]:
    return [item for item in items if isinstance(item, BankLine)]


@pytest.fixture
def items(tmp_path: Path) -> Read:
    """Read this text through the control totals."""

    def read(text: str | bytes) -> list[StatementItem]:
        path = tmp_path / "statement.bai2"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(checked(bai2.read(path), path.name))

    return read


@pytest.mark.parametrize(
    ("records", "told"),
    [
        (["16,195,100,0,BR,CR,TEXT/"], (100, "BR", ("CR",), "TEXT")),
        (["16,195,100,,BR,CR,A, B / C"], (100, "BR", ("CR",), "A, B / C")),
        (["16,195,100,Z,,,TEXT"], (100, None, (), "TEXT")),
        (["16,195,100,S,1,2,3,BR,CR,TEXT"], (100, "BR", ("CR",), "TEXT")),
        (["16,195,100,D,2,0,1,1,2,BR,CR,TEXT"], (100, "BR", ("CR",), "TEXT")),
        (["16,195,100,V,260401,1200,BR,CR,TEXT"], (100, "BR", ("CR",), "TEXT")),
        (["16,195,100,,,,/", "88,TEXT AND", "88,MORE/"], (100, None, (), "TEXT AND MORE")),
        (["16,195,100,,,/", "88,TEXT"], (100, None, (), "TEXT")),
        (["16,195,100,,BR/", "88,CR,TEXT"], (100, "BR", ("CR",), "TEXT")),
        (["16,195,100,S/", "88,1,2,3,BR/", "88,CR,TEXT"], (100, "BR", ("CR",), "TEXT")),
        (["16,195,100,,,,A", "88:B"], (100, None, (), "A 88:B")),
        (["16,195,100/"], (100, None, (), "")),
        (["16,195,100,0,NONREF,0,-"], (100, None, (), "-")),
    ],
)
def test_a_transaction_is_taken_apart_wherever_it_goes_on(
    items: Read, records: list[str], told: tuple[object, ...]
) -> None:
    (one,) = lines(items(file(*records)))
    assert (one.amount_minor, one.bank_reference, one.references, one.narrative) == told


def test_a_line_of_the_full_width_was_cut_in_a_word(items: Read) -> None:
    head = "88," + "A" * 72 + " HSG-"
    assert len(head) == 80
    (one,) = lines(items(file("16,195,100,,,,/", head, "88,000123")))
    assert one.narrative.endswith("A HSG-000123")
    (one,) = lines(items(file("16,195,100,,,,/", head[:-1], "88,000123")))
    assert one.narrative.endswith("A HSG 000123")


@pytest.mark.parametrize(
    ("funds", "value_on"),
    [("V,260402,", date(2026, 4, 2)), ("V,,", DAY), ("1", DAY), ("S,1,2,3", DAY)],
)
def test_the_value_date_is_the_one_stated_or_the_day(
    items: Read, funds: str, value_on: date
) -> None:
    (one,) = lines(items(file(f"16,195,100,{funds},B,C,T")))
    assert (one.booked_on, one.value_on) == (DAY, value_on)


@pytest.mark.parametrize(
    ("code", "text", "minor", "method", "warned"),
    [
        ("195", "", 100, "bank_transfer", False),
        ("495", "", -100, "bank_transfer", False),
        ("155", "", 100, "direct_debit", False),
        ("557", "", -100, "direct_debit_returned", False),
        ("475", "", -100, "cheque", False),
        ("227", "", 100, "standing_order", False),
        ("354", "", 100, "interest", False),
        ("698", "", -100, "charge", False),
        ("399", "BGC J SMITH", 100, "bank_transfer", False),
        ("399", "LVP J SMITH", 100, "bank_transfer", False),
        ("399", "CHQ 100123", 100, "cheque", False),
        ("699", "DDR WATER PLC", -100, "direct_debit", False),
        ("399", "J SMITH", 100, "other", False),
        ("217", "", 100, "other", True),
        ("617", "", -100, "other", True),
        ("933", "", 100, "other", True),
        ("977", "", -100, "other", True),
    ],
)
def test_type_codes_say_the_direction_and_the_method(
    items: Read,
    code: str,
    text: str,
    minor: int,
    method: Method,
    warned: bool,  # noqa: FBT001 - drawn from the table
) -> None:
    if code == "617":
        code = "619"  # 617 is a total of securities
    (one,) = lines(items(file(f"16,{code},100,,B,C,{text}")))
    assert (one.amount_minor, one.method) == (minor, method)
    assert one.warnings == ((f"the type code {code} is not in the table",) if warned else ())


def test_what_undoes_an_entry_is_a_reversal(items: Read) -> None:
    told = lines(items(file("16,252,1,,,,A", "16,552,2,,,,B", "16,195,3,,,,C")))
    assert [(one.amount_minor, one.reversal) for one in told] == [(1, True), (-2, True), (3, False)]


def test_totals_and_information_among_the_transactions_are_shown_and_not_booked(
    items: Read,
) -> None:
    shown = [
        item
        for item in items(file("16,100,5,,,,", "16,890,,,,,WORDS", "16,015,7,,,,", "16,470,9,,,,"))
        if isinstance(item, SkippedEntry)
    ]
    assert [(item.status, item.amount_minor) for item in shown] == [
        ("100 total", 5),
        ("890 information", None),
        ("015 balance", -7),
        ("470 total", -9),
    ]


@pytest.mark.parametrize(
    ("record", "field", "minor"),
    [
        ("16,195,1x0,,,,T", "amount", None),
        ("16,195,,,,,T", "amount", None),
        ("16,195,1.00,,,,T", "amount", None),
        ("16,195,9999999999999,,,,T", "amount", None),
        ("16,19,100,,,,T", "type code", None),
        ("16,721,100,,,,T", "type code", None),
        ("16,195,100,V,260231,,,,T", "value date", 100),
        ("16,495,100,V,April,,,,T", "value date", -100),
    ],
)
def test_a_transaction_that_cannot_be_read_is_quarantined(
    items: Read, record: str, field: str, minor: int | None
) -> None:
    (bad,) = (item for item in items(file(record)) if isinstance(item, BadRow))
    assert (bad.field, bad.amount_minor) == (field, minor)
    assert bad.reason


def test_labelled_continuations_say_who_paid(items: Read) -> None:
    records = (
        "88,DBNM: J SMITH",
        "88,DACT: GB82WEST12345698765432",
        "88,CRNM: THE COUNCIL",
        "88,CACT: 30000012345678",
        "88,EREF: HSG-1",
        "88,REMI: MARCH RENT",
        "88,DBNM: A THIEF",
    )
    told = lines(items(file("16,195,100,,B,C,WIRE", *records, "16,495,100,,B,C,WIRE", *records)))
    assert [(one.payer_name, one.payer_account) for one in told] == [
        ("J SMITH", "123456-98765432"),
        ("THE COUNCIL", "300000-12345678"),
    ]
    assert told[0].narrative == "WIRE MARCH RENT"
    assert told[0].references == ("C", "HSG-1")


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("300000-12345678", "300000-12345678"),
        ("30000012345678", "300000-12345678"),
        ("300000/12345678", "300000-12345678"),
        ("12345678 300000", "300000-12345678"),
        ("GB82WEST12345698765432", "123456-98765432"),
        ("107049924", "107049924"),
    ],
)
def test_every_usual_spelling_of_an_account_is_the_same_account(
    items: Read, written: str, account: str
) -> None:
    (opened, _) = items(file(account=f"03,{written},GBP/"))
    assert isinstance(opened, StatementOpened)
    assert opened.account == account


@pytest.mark.parametrize(
    "summaries",
    [
        "010,-500,,,015,1500,,,100,2500,2,,400,500,1,/",
        "010,-500,,,015,1500,,,/\r\n88,100,2500,2,,400,500,1,/",
        "010,-500,,,015,1500,,/\r\n88,100,2500,2,,400,500,1/",
        ",,,,010,-500,,,015,1500,,,100,2500,2,S,1,2,3,400,500,1,Z/",
        "015,1500,,V,260401,,010,-500,,0,100,2500,2,D,1,0,2500,400,-500,1,/",
    ],
)
def test_balances_and_totals_stand_in_the_account_record(items: Read, summaries: str) -> None:
    read = items(
        file(
            "16,195,2000,,,,A",
            "16,195,500,,,,B",
            "16,495,500,,,,C",
            account=f"03,300000-12345678,,{summaries}",
        )
    )
    opened, *_, closed = read
    assert isinstance(opened, StatementOpened)
    assert (opened.opening_minor, opened.currency, opened.opened_on) == (-500, "GBP", DAY)
    assert (opened.declared.credit_entries, opened.declared.credits_minor) == (2, 2500)
    assert (opened.declared.debit_entries, opened.declared.debits_minor) == (1, 500)
    assert isinstance(closed, StatementClosed)
    assert closed.closing_minor == 1500


def test_amounts_are_in_the_smallest_unit_of_the_currency(items: Read) -> None:
    for currency in ("JPY", "GBP", "BHD"):
        read = items(file("16,195,1000,,,,A", account=f"03,300000-12345678,{currency}/"))
        assert [(one.amount_minor, one.currency) for one in lines(read)] == [(1000, currency)]


def test_two_statements_of_one_account_and_day_are_two(items: Read) -> None:
    again = "49,,/\r\n03,30000012345678,GBP/"
    ids = [item.statement_id for item in items(file(again)) if isinstance(item, StatementOpened)]
    assert ids == ["2026-03-31", "2026-03-31/2"]


def test_what_a_group_leaves_unsaid_is_a_warning(items: Read) -> None:
    group = "02,COUNCIL,BANK,3,260331,,,/"
    (opened, _) = items(file(group=group, account="03,30000012345678,/"))
    assert isinstance(opened, StatementOpened)
    assert opened.currency == UNKNOWN_CURRENCY
    assert [warning.split(":")[0] for warning in opened.warnings] == [
        "the bank sends it as a correction of an earlier report",
        "the bank does not say that it is final",
        "the file states no currency",
        "no opening balance",
        "no closing balance",
    ]


TRAILED = """01,BANK,COUNCIL,260401,0630,1,,,2/
02,COUNCIL,BANK,1,260331,2400,GBP,2/
03,300000-12345678,GBP,010,100,,,015,300,,/
16,195,200,,,,A
88,B/
49,600,4/
98,600,1,6/
99,600,1,8/
"""


@pytest.mark.parametrize(
    ("stated", "wrong", "reason"),
    [
        ("49,600,4", "49,601,4", "account total '601': its amounts make 600"),
        ("49,600,4", "49,600,3", "number of records of the account '3': there are 4"),
        ("98,600,1,6", "98,0,1,6", "group total"),
        ("98,600,1,6", "98,600,2,6", "number of accounts '2': there are 1"),
        ("98,600,1,6", "98,600,1,7", "number of records of the group"),
        ("99,600,1,8", "99,6,1,8", "file total"),
        ("99,600,1,8", "99,600,3,8", "number of groups"),
        ("99,600,1,8", "99,600,1,9", "number of records of the file"),
        ("16,195,200", "16,195,201", "account total"),
        ("010,100", "010,101", "account total"),
    ],
)
def test_every_trailer_is_proved(items: Read, stated: str, wrong: str, reason: str) -> None:
    assert len(lines(items(TRAILED))) == 1
    with pytest.raises(ControlTotalError, match=reason):
        items(TRAILED.replace(stated, wrong))


def test_balances_are_proved_too(items: Read) -> None:
    with pytest.raises(ControlTotalError, match="differs from it by"):
        items(TRAILED.replace("015,300", "015,301").replace(",600,", ",601,"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (file(version="3"), "version 2 is read"),
        (file(group="02,C,B,2,260331,,GBP,2/"), "reverse by hand"),
        (file(group="02,C,B,4,260331,,GBP,2/"), "the group is a test"),
        (file(group="02,C,B,9,260331,,GBP,2/"), "1, 2, 3 or 4"),
        (file(group="02,C,B,1,260331,,GBP,1/"), "interim report of the previous day"),
        (file(group="02,C,B,1,260331,,GBP,3/"), "interim report of the same day: its money comes"),
        (file(group="02,C,B,1,260331,,GBP,4/"), "a report of the same day"),
        (file(group="02,C,B,1,260331,,GBP,9/"), "1, 2, 3 or 4"),
        (file(group="02,C,B,1,260231,,GBP,2/"), "no such day"),
        (file(group="02,C,B,1,,,GBP,2/"), "not a date"),
        (file(group="02,C,B,1,260331,,gbp,2/"), "not a currency code"),
        (file(account="03,,GBP/"), "names none"),
        (file(account="03,300000-12345678,GBP,01,5/"), "three digits"),
        (file(account="03,300000-12345678,GBP,010,5.0/"), "not an amount"),
        (file(account="03,300000-12345678,GBP,100,5,x/"), "not a whole number"),
        (file().replace("49,,", "49,x,"), "not an amount"),
        (file().replace("49,,", "49,,x"), "not a whole number"),
        (
            TRAILED.split("99,", maxsplit=1)[0],
            "file that begins on line 1 has no trailer",
        ),
        (TRAILED.split("49,", maxsplit=1)[0], "account that begins on line 3 has no trailer"),
        (TRAILED.replace("49,600,4/\n", ""), "account.*has no trailer|does not stand in"),
        (TRAILED.replace("03,", "05,", 1), "not a record of BAI2"),
        (TRAILED.replace("03,300000", "16,300000", 1), "does not stand in an account"),
        ("88,A/\n" + TRAILED, "not a record of BAI2"),
        (file("16,195,1,,,,A", *["88,B"] * 1000), "more than 1000 continuations"),
        (TRAILED.replace("A", "\0"), "NUL"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_a_reason(
    items: Read, content: str, reason: str
) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        items(content)


def test_several_records_on_one_line_are_several(items: Read) -> None:
    packed = TRAILED.replace("/\n16,", "/  16,").replace("/\n98,", "/ 98,")
    assert items(packed)[0] != items(TRAILED)[0]  # the spans differ
    assert [one.narrative for one in lines(items(packed))] == ["A B"]
    (one,) = lines(items(file("16,195,100,,,,HALF / 16 WEEKS, 3/ 16,5 PER WEEK")))
    assert one.narrative == "HALF / 16 WEEKS, 3/ 16,5 PER WEEK"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"01,A,B,260401,0630,1,,,2/\r\n02,B,A,1,260331,,GBP,2/", "BAI2"),
        (b"\xef\xbb\xbf01,A,B,260401,0630,1,,,2/ 02,B,A,1,260331,,GBP,2/", "BAI2"),
        (b"01,A,B,260401/\r\n88,0630,1,,,2/\r\n02,B", "BAI2"),
        (b"01,02,03\r\n04,05,06\r\n", None),
        (b":20:X", None),
        (b"", None),
    ],
)
def test_a_file_is_known_by_its_first_records(head: bytes, found: str | None) -> None:
    assert bai2.recognise(head, "statement.csv") == found


def test_a_type_code_is_three_digits() -> None:
    for code in ("", "1", "1234", "abc", "\u0661\u0662\u0663"):
        with pytest.raises(RowError):
            type_code(code)


WORDS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=300
)
AMOUNTS = st.integers(-(10**9), 10**9)
METHODS: tuple[Method, ...] = (
    *("bank_transfer", "direct_debit", "standing_order", "cheque", "cash", "charge", "interest"),
)


@st.composite
def plain_lines(draw: st.DrawFn) -> PlainLine:
    return PlainLine(
        amount_minor=draw(AMOUNTS),
        booked_on=DAY,
        value_on=draw(st.just(DAY) | st.dates(date(2000, 1, 1), date(2079, 1, 1))),
        method=draw(st.sampled_from(METHODS)),
        reference=draw(st.none() | st.sampled_from(("HSG-1", "A/B, C"))),
        bank_reference=draw(st.none() | st.just("FP-1")),
        payer_name=draw(st.none() | WORDS.map(lambda text: text[:100])),
        payer_account=draw(st.none() | st.just("GB82WEST12345698765432")),
        narrative=draw(st.just("") | WORDS),
    )


def tidy(text: str | None) -> str:
    return " ".join((text or "").split())


def found(line: BankLine | PlainLine) -> tuple[object, ...]:
    return (
        line.amount_minor,
        line.booked_on,
        line.value_on,
        line.method,
        line.bank_reference,
        tidy(line.payer_name),
        account_key(line.payer_account or ""),
        tidy(line.narrative),
    )


@SLOW
@example(booked=[PlainLine(5, DAY, DAY, narrative="x" * 300 + "/" + "y/" * 90)], opening=0)
@example(booked=[PlainLine(5, DAY, DAY, narrative="a/ b, / c/")], opening=0)
@given(booked=st.lists(plain_lines(), max_size=6), opening=AMOUNTS)
def test_a_statement_comes_back(tmp_path: Path, booked: list[PlainLine], opening: int) -> None:
    statement = PlainStatement("300000-12345678", 35, DAY, DAY, opening, booked)
    path = tmp_path / "s.bai2"
    with path.open("wb") as out:
        write([statement, statement], out)
    items = list(checked(bai2.read(path), path.name))
    read = lines(items)
    assert [found(one) for one in read] == 2 * [found(one) for one in booked]
    assert [one.references for one in read] == 2 * [
        (one.reference,) if one.reference else () for one in booked
    ]
    (closed, _) = (item for item in items if isinstance(item, StatementClosed))
    assert closed.closing_minor == opening + sum(one.amount_minor for one in booked)


def test_text_cannot_pose_as_a_record(tmp_path: Path) -> None:
    evil = "RENT/ 49,,/ 16,195,99999,,,,FREE MONEY DBNM: A THIEF " + "88,16,195,5 " * 12
    line = PlainLine(5, DAY, DAY, payer_name="J SMITH", narrative=evil)
    path = tmp_path / "s.bai2"
    with path.open("wb") as out:
        write([PlainStatement("300000-12345678", 35, DAY, DAY, 0, [line])], out)
    (one,) = lines(list(checked(bai2.read(path), path.name)))
    assert (one.amount_minor, one.payer_name) == (5, "J SMITH")


def test_the_same_statement_gives_the_same_bytes() -> None:
    statement = PlainStatement(
        "300000-12345678",
        35,
        DAY,
        DAY,
        0,
        [PlainLine(-5, DAY, DAY, reversal=True, narrative="Zoë")],
    )
    outs = [io.BytesIO(), io.BytesIO()]
    for out in outs:
        write([statement], out)
    assert outs[0].getvalue() == outs[1].getvalue()
    assert "16,552,5,0,,,Zoë/\r\n".encode() in outs[0].getvalue()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (PlainLine(1, date(2026, 3, 30), DAY), "booked 2026-03-30"),
        (PlainLine(1, DAY, DAY, bank_reference="A,B"), "does not fit a field"),
    ],
)
def test_what_bai2_cannot_hold_is_not_written(line: PlainLine, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        write([PlainStatement("300000-12345678", 35, DAY, DAY, 0, [line])], io.BytesIO())


def test_nothing_and_what_can_be_read_only_once_are_not_written() -> None:
    with pytest.raises(ValueError, match="no statements"):
        write([], io.BytesIO())
    with pytest.raises(ValueError, match="twice"):
        write([PlainStatement("300000-12345678", 35, DAY, DAY, 0, iter([]))], io.BytesIO())


PIECES = st.sampled_from(
    [
        *(b"", b"\0", b"\r", b"\n", b"/", b"/ 16,195,", b"\n16,", b"\n88,", b"\n03,", b"\n49,"),
        *(b",,,", b"9" * 40, b"D,9,", b"V,", b"S,", b"\xff\xfe", b"\xa3", b"-", b"88,DBNM: "),
        *(b"\n01,", b"\n99,1,1,1/", b"\xc2\x85", b"260231"),
    ]
)
RECORD = st.sampled_from(
    [
        *("01,B,C,260401,,1,,,2/", "02,C,B,1,260331,,GBP,2/", "03,300000-12345678,GBP,010,0,,,/"),
        *("03,1,/", "16,195,1,,,,T/", "16,195,1,D,9/", "16,399,1,V/", "16,100,x", "16", "16,"),
        *("88,010,5,,/", "88,T", "88,EREF: X", "49,1,2/", "49,,/", "98,,,/", "98,0,1,3/", "99,,,/"),
        *("no record", "", "05,x"),
    ]
)


def outcome(path: Path) -> str:
    """`read`, or the name of the refusal; any other error is let through, and fails the test."""
    try:
        return str(sum(1 for _ in checked(bai2.read(path), path.name)))
    except FormatError as refused:
        assert path.name in str(refused)  # noqa: PT017 - the other outcome is as good
        return type(refused).__name__


@FUZZ
@given(
    content=st.sampled_from(GOLDEN),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), max_size=4),
)
def test_a_damaged_file_is_read_or_refused_by_name(
    tmp_path: Path, content: bytes, cuts: list[tuple[float, int, bytes]]
) -> None:
    for where, width, piece in cuts:
        at = int(where * len(content))
        content = content[:at] + piece + content[at + width :]
    path = tmp_path / "damaged.bai2"
    path.write_bytes(content)
    assert outcome(path)


@FUZZ
@given(told=st.lists(RECORD, max_size=14))
def test_records_in_any_order_are_read_or_refused_by_name(tmp_path: Path, told: list[str]) -> None:
    path = tmp_path / "order.bai2"
    path.write_text("".join(f"{one}\r\n" for one in told), encoding="utf-8", newline="")
    assert outcome(path)
