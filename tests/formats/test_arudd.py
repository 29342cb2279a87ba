"""A report of returned Direct Debits: what it names, and when it is refused."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.formats import arudd
from consumers.formats.arudd_write import OutReturn, OutReturns, write
from consumers.formats.errors import (
    ControlTotalError,
    UnreadableFileError,
    UnrecognisedFormatError,
)
from consumers.formats.returned_debit import ReturnedDebit
from consumers.formats.statement import BadRow

DAY, REPORTED = date(2026, 4, 1), date(2026, 4, 3)
ONE = OutReturn("HSG-1", 6500, "1012", "INSTRUCTION CANCELLED", DAY, "200000-55779911", "A & B")
TWO = OutReturn("HSG-2", 6000, "0128", "REFER TO PAYER", DAY, "200000-55779912", "T WEBB")
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
Change = Callable[..., Path]


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """Write a report of two returns with pieces of it replaced."""

    def build(*changes: tuple[str, str], encoding: str = "utf-8") -> Path:
        out = io.BytesIO()
        write([OutReturns("300000-12345678", "COUNCIL", [ONE, TWO])], out, REPORTED)
        text = out.getvalue().decode()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after, 1)
        path = tmp_path / "arudd.xml"
        path.write_text(text, encoding=encoding)
        return path

    return build


def returns(path: Path) -> list[ReturnedDebit]:
    return [item for item in arudd.read(path) if isinstance(item, ReturnedDebit)]


@pytest.mark.parametrize(
    ("code", "description", "expected"),
    [
        ("1012", "INSTRUCTION CANCELLED", ("1", "INSTRUCTION CANCELLED")),
        ("B", "", ("B", "account closed")),
        ("0273", "", ("0", "refer to payer")),
        ("", "Payer  Deceased", ("2", "Payer Deceased")),
        ("Z999", "SOMETHING NEW", ("Z", "SOMETHING NEW")),
        ("", "", ("", "no reason is given")),
    ],
)
def test_the_first_character_of_the_code_is_the_reason_and_its_words_are_kept(
    changed: Change, code: str, description: str, expected: tuple[str, str]
) -> None:
    one = returns(
        changed(
            ('returnCode="1012"', f'returnCode="{code}"'),
            ('"INSTRUCTION CANCELLED"', f'"{description}"'),
        )
    )[0]
    assert (one.reason_code, one.reason) == expected


def test_pounds_become_pence_and_references_lose_their_padding(changed: Change) -> None:
    path = changed(('valueOf="65.00"', 'valueOf="1,065.5"'), ('"125.00"', '"1125.50"'))
    first = returns(path)[0]
    assert (first.reference, first.amount_minor) == ("HSG-1", 106550)
    assert b'ref="HSG-1             "' in path.read_bytes()


@pytest.mark.parametrize(
    ("before", "after", "field", "amount"),
    [
        ('ref="HSG-1             "', 'ref="  "', "@ref", 6500),
        ('ref="HSG-1             "', 'ref="0"', "@ref", 6500),
        ('originalProcessingDate="2026-04-01"', 'originalProcessingDate="0"', None, 6500),
        ('valueOf="65.00"', 'valueOf="sixty"', "@valueOf", None),
        ('valueOf="65.00"', 'valueOf="-65.00"', "@valueOf", None),
    ],
)
def test_an_item_that_cannot_be_read_is_quarantined(
    changed: Change, before: str, after: str, field: str | None, amount: int | None
) -> None:
    row, other = arudd.read(changed((before, after)))
    assert isinstance(row, BadRow)
    assert (row.field, row.amount_minor) == (field or "@originalProcessingDate", amount)
    assert isinstance(other, ReturnedDebit)


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('numberOf="2"', 'numberOf="3"', "Totals@numberOf"),
        ('valueOf="125.00"', 'valueOf="125.01"', "Totals@valueOf"),
        ('valueOf="65.00" currency="GBP"', 'valueOf="65.00" currency="EUR"', "currency"),
    ],
)
def test_totals_that_do_not_hold_refuse_the_report_before_any_item(
    changed: Change, before: str, after: str, field: str
) -> None:
    with pytest.raises(ControlTotalError, match=field) as refused:
        next(arudd.read(changed((before, after))))
    assert refused.value.line > 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('sortCode="30-00-00" type', 'sortCode="0" type'),
        ('number="12345678"', 'number=""'),
        (' numberOf="2" valueOf="125.00"', ""),
        ('numberOf="2"', 'numberOf="two"'),
        ('currentProcessingDate="2026-04-03"', 'currentProcessingDate="today"'),
        ("</ARUDD>", "<ReturnedDebitItem/></ARUDD>"),
        ("</ARUDD>", "</ARUDD><MessagingAdvices><MessagingAdvice/></MessagingAdvices>"),
        ("<BACSDocument", "<!DOCTYPE x><BACSDocument"),
    ],
)
def test_what_would_lose_an_item_or_its_account_refuses_the_report(
    changed: Change, before: str, after: str
) -> None:
    with pytest.raises(UnreadableFileError, match=r"arudd\.xml"):
        list(arudd.read(changed((before, after))))


def test_a_report_in_iso_8859_1_is_read(changed: Change) -> None:
    path = changed(("'UTF-8'", "'ISO-8859-1'"), ("A &amp; B", "ZOË"), encoding="iso-8859-1")
    assert returns(path)[0].payer_name == "ZOË"


def test_a_report_with_no_returns_is_read_as_none(tmp_path: Path) -> None:
    path = tmp_path / "none.xml"
    with path.open("wb") as out:
        write([OutReturns("300000-12345678", "COUNCIL", [])], out, REPORTED)
    assert list(arudd.read(path)) == []


def test_a_report_of_bacs_that_nobody_knows_is_refused_as_one() -> None:
    head = b"<BACSDocument>\n<Data><Novelty>"
    with pytest.raises(UnrecognisedFormatError, match=r"line 1: .*BACSDocument.*not known"):
        arudd.recognise(head, "ARUDD Report (1016).xml")


def test_what_is_no_report_of_bacs_is_left_to_others() -> None:
    assert arudd.recognise(b"<Document><ARUDD/></Document>", "ARUDD.xml") is None
    assert arudd.recognise("<BACSDocument><Data><ARUDD>".encode("utf-16"), "x") == "ARUDD"


TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=30)


@st.composite
def returned(draw: st.DrawFn) -> OutReturn:
    return OutReturn(
        reference=f"R{draw(st.integers(1, 10**12))}",
        amount_minor=draw(st.integers(1, 10**8)),
        return_code=draw(st.sampled_from(("0128", "1012", "B000"))),
        description=draw(TEXT.filter(bool)),
        originally_processed_on=draw(st.dates(date(2000, 1, 1), date(2090, 1, 1))),
        payer_account="200000-55779911",
        payer_name=f"N{draw(TEXT)}",
        transaction_code=draw(st.sampled_from(("01", "17", "18", "19"))),
    )


@SLOW
@given(made=st.lists(st.lists(returned(), max_size=4), min_size=1, max_size=3))
def test_a_report_comes_back(tmp_path: Path, made: list[list[OutReturn]]) -> None:
    path = tmp_path / "r.xml"
    accounts = [f"300000-{number:08d}" for number in range(1, len(made) + 1)]
    with path.open("wb") as out:
        write([OutReturns(*one) for one in zip(accounts, "ABC", made, strict=False)], out, REPORTED)
    assert [
        (one.account, one.reference, one.amount_minor, one.reason, one.payer_name, one.reported_on)
        for one in returns(path)
    ] == [
        (account, one.reference, one.amount_minor, one.description, one.payer_name, REPORTED)
        for account, items in zip(accounts, made, strict=True)
        for one in items
    ]
