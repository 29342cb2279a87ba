"""Credits that came back (ARUCS): what the report names, and when it is refused."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.formats import arudd, bacs_credits
from consumers.formats.bacs_credits_write import write
from consumers.formats.bacs_items import ReturnedCredit
from consumers.formats.errors import ControlTotalError, FormatError
from consumers.formats.statement import SourceSpan
from ledger.bacs_codes import ARUCS

DAY, REPORTED = date(2026, 4, 1), date(2026, 4, 3)
NOWHERE = SourceSpan(0, 0, 0)
ONE = ReturnedCredit(
    NOWHERE, 1, "REFUND1", 123_450, "GBP", "99", "3", "ACCOUNT TRANSFERRED", DAY, REPORTED,
    "300000-12345678", "123456", "200000", "55779911", "MRS A OKAFOR",
)  # fmt: skip
TWO = replace(ONE, ordinal=2, reference="", amount_minor=50, reason_code="B", payee_name=None)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
Change = Callable[..., Path]


def credits_of(path: Path) -> list[ReturnedCredit]:
    return [replace(one, span=NOWHERE) for one in bacs_credits.read(path)]


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """Write a report of two credits with pieces of it replaced."""

    def build(*changes: tuple[str, str], made: tuple[ReturnedCredit, ...] = (ONE, TWO)) -> Path:
        out = io.BytesIO()
        write(made, out, REPORTED, sun="123456")
        text = out.getvalue().decode()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after, 1)
        path = tmp_path / "arucs.xml"
        path.write_text(text, encoding="utf-8")
        return path

    return build


def test_a_returned_credit_names_its_payee_its_day_and_why(changed: Change) -> None:
    assert credits_of(changed()) == [ONE, TWO]


@pytest.mark.parametrize("code", ARUCS)
def test_every_reason_code_is_read_and_has_words(changed: Change, code: str) -> None:
    made = replace(ONE, reason_code=code, reason=ARUCS[code].meaning)
    path = changed((f'returnDescription="{made.reason}"', ""), made=(made,))
    assert credits_of(path) == [made]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("PayeeAccount ", "PayerAccount "),
        ("PayeeAccount ", "ReceivingAccount "),
        ('valueOf="1,234.50"', 'valueOf="1234.5"'),
        ('sortCode="20-00-00"', 'sortCode="200000"'),
        ('returnCode="3012"', 'returnCode="3"'),
    ],
)
def test_other_spellings_of_the_same_are_read_as_the_same(
    changed: Change, before: str, after: str
) -> None:
    closing = ("</PayeeAccount", f"</{after.strip()}")
    changes = [(before, after), closing] if "PayeeAccount" in before else [(before, after)]
    assert credits_of(changed(*changes)) == [ONE, TWO]


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('numberOf="2"', 'numberOf="3"', "Totals@numberOf"),
        ('valueOf="1,235.00"', 'valueOf="1,235.01"', "Totals@valueOf"),
    ],
)
def test_totals_that_do_not_hold_refuse_the_report(
    changed: Change, before: str, after: str, field: str
) -> None:
    with pytest.raises(ControlTotalError, match=field):
        next(bacs_credits.read(changed((before, after))))


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('returnCode="B012"', 'returnCode="1012"', "@returnCode '1012'"),
        ('returnCode="B012"', 'returnCode=""', "@returnCode"),
        ('originalProcessingDate="2026-04-01"', "", "@originalProcessingDate"),
        ('valueOf="0.50"', 'valueOf="half"', "@valueOf 'half'"),
        ('number="55779911"', 'number="x"', "PayeeAccount@number 'x'"),
        ("</ReturnedCreditItem>", "<OtherAccount/></ReturnedCreditItem>", "OtherAccount"),
        ("</ReturnedCreditItem>", "<Novelty/></ReturnedCreditItem>", "Novelty"),
        ("</ARUCS>", "<ReturnedCreditItem/></ARUCS>", "ReturnedCreditItem"),
        ("<Totals", "<ReturnedDebitItem/><Totals", "ReturnedDebitItem"),
        ("</Data>", "<MessagingAdvices/></Data>", "MessagingAdvices"),
        ("<BACSDocument", "<!DOCTYPE x><BACSDocument", "DOCTYPE"),
    ],
)
def test_what_is_not_understood_refuses_the_report_before_any_credit(
    changed: Change, before: str, after: str, field: str
) -> None:
    assert next(bacs_credits.read(changed())).ordinal == 1
    with pytest.raises(FormatError, match=r"arucs\.xml, line \d+: ") as refused:
        next(bacs_credits.read(changed((before, after))))
    assert field in str(refused.value)


def test_two_reports_in_one_file_keep_their_own_days(changed: Change) -> None:
    text = changed(made=(ONE,)).read_text()
    first = text[text.index("<ARUCS>") : text.index("</Data>")]
    second = first.replace("2026-04-03", "2026-04-07").replace('"123456"', '"654321"')
    path = changed(made=(ONE,))
    path.write_text(text.replace("</Data>", f"{second}</Data>"))
    later = replace(ONE, ordinal=2, reported_on=date(2026, 4, 7), sun="654321")
    assert credits_of(path) == [ONE, later]


def test_a_credit_of_nothing_is_refused(changed: Change) -> None:
    with pytest.raises(FormatError, match="nothing"):
        credits_of(changed(made=(replace(ONE, amount_minor=0),)))


def test_debits_and_credits_that_came_back_are_told_apart(changed: Change) -> None:
    head = changed().read_bytes()
    assert (bacs_credits.recognise(head, "ARUDD.xml"), arudd.recognise(head, "x")) == (
        "ARUCS",
        None,
    )
    debits = head.replace(b"ARUCS", b"ARUDD")
    assert (bacs_credits.recognise(debits, "x"), arudd.recognise(debits, "x")) == (None, "ARUDD")


TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=18)


@st.composite
def returned(draw: st.DrawFn) -> ReturnedCredit:
    name = TEXT.map("N{}".format)
    return replace(
        ONE,
        reference=draw(name),
        amount_minor=draw(st.integers(1, 10**9)),
        transaction_code=draw(st.sampled_from(("", "99"))),
        reason_code=draw(st.sampled_from([*ARUCS])),
        reason=draw(name),
        originally_processed_on=draw(st.dates(date(2000, 1, 1), date(2090, 1, 1))),
        payee_sort_code=draw(st.none() | st.integers(1, 999_999).map("{:06d}".format)),
        payee_account=draw(st.none() | st.integers(1, 99_999_999).map("{:08d}".format)),
        payee_name=draw(st.none() | name),
    )


@SLOW
@given(
    made=st.lists(st.lists(returned(), min_size=1, max_size=4), min_size=1, max_size=3),
    encoding=st.sampled_from(("UTF-8", "ISO-8859-1")),
)
def test_a_report_comes_back(
    tmp_path: Path, made: list[list[ReturnedCredit]], encoding: str
) -> None:
    path = tmp_path / "r.xml"
    items = [
        replace(one, account=f"300000-{number:08d}")
        for number, of in enumerate(made, 1)
        for one in of
    ]
    items = [replace(one, ordinal=ordinal) for ordinal, one in enumerate(items, 1)]
    with path.open("wb") as out:
        write(items, out, REPORTED, sun="123456", encoding=encoding)
    assert credits_of(path) == items
