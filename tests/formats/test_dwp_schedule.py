"""A schedule of deductions from benefit: read, quarantined or refused, and what never shows."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.formats import dwp_schedule
from consumers.formats.advice import AdviceLine, AdviceOpened
from consumers.formats.advice_control import checked_advice
from consumers.formats.dwp_schedule_write import OutDeduction, OutSchedule, write
from consumers.formats.errors import ControlTotalError, UnreadableFileError
from consumers.formats.statement import BadRow

DAY = date(2026, 4, 6)
TWO = (
    OutDeduction("HSG-1", "AB123456", 1820, DAY, DAY),
    OutDeduction("HSG-2", "AB123457", -455, DAY, DAY, record_type="03"),
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
Change = Callable[..., Path]


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """Write the schedule of two deductions with pieces of it replaced."""

    def build(*changes: tuple[str, str]) -> Path:
        out = io.BytesIO()
        write(OutSchedule("31714", 3, 2, DAY, TWO), out)
        text = out.getvalue().decode()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after, 1)
        path = tmp_path / "schedule.xml"
        path.write_text(text, encoding="utf-8")
        return path

    return build


def bad(path: Path) -> BadRow:
    items = list(checked_advice(dwp_schedule.read(path), path.name))
    (row,) = [item for item in items if isinstance(item, BadRow)]
    return row


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("AB123456", "", "NationalInsuranceNumberType"),
        ("AB123456", "QD123456", "NationalInsuranceNumberType"),
        ("AB123456", "AB123456C", "NationalInsuranceNumberType"),
        ("<CustomerRef>HSG-1<", "<CustomerRef><", "CustomerRef"),
        ("<CustomerRef>HSG-1<", "<CustomerRef>1234567890123456789<", "CustomerRef"),
        ("<LocationCode>000001<", "<LocationCode>0<", "LocationCode"),
        ("<DateFrom>2026-04-06<", "<DateFrom>2026-04-31<", "DateFrom"),
        ("<DateTo>2026-04-06<", "<DateTo><", "DateTo"),
        ("<RecordType>02<", "<RecordType>04<", "RecordType"),
    ],
)
def test_a_deduction_that_breaks_the_schema_is_quarantined_with_its_amount(
    changed: Change, before: str, after: str, field: str
) -> None:
    row = bad(changed((before, after)))
    assert (row.field, row.amount_minor) == (field, 1820)


def test_the_insurance_number_is_shown_in_shape_only(changed: Change) -> None:
    row = bad(changed(("AB123456", "AB123456C")))
    assert row.value == "AA999999A"
    assert "123456" not in f"{row.value} {row.reason}"


def test_the_insurance_number_is_the_payers_account_and_in_no_text(changed: Change) -> None:
    path = changed()
    lines = [item for item in dwp_schedule.read(path) if isinstance(item, AdviceLine)]
    assert [line.payer_account for line in lines] == ["NINO AB123456", "NINO AB123457"]
    assert all("AB12345" not in "".join((*line.references, line.narrative)) for line in lines)


def test_what_is_taken_back_is_a_line_below_zero(changed: Change) -> None:
    path = changed()
    items = list(checked_advice(dwp_schedule.read(path), path.name))
    amounts = [item.amount_minor for item in items if isinstance(item, AdviceLine)]
    assert amounts == [1820, -455]
    assert isinstance(items[0], AdviceOpened)
    assert (items[0].total_minor, items[0].lines) == (1365, 2)
    assert items[0].advice_id == "31714-00003-0000000002"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<SummaryAmountType>0000001365", "<SummaryAmountType>0000001366"),
        ("<SummaryAmountSign>+", "<SummaryAmountSign>-"),
        ("<Total02Records>1", "<Total02Records>2"),
        ("<Total03Records>1", "<Total03Records>0"),
        ("<DetailAmountSign>+", "<DetailAmountSign>-"),
        ("<DetailAmountType>0000001820", "<DetailAmountType>18.20"),
    ],
)
def test_a_schedule_that_does_not_add_up_is_refused_whole(
    changed: Change, before: str, after: str
) -> None:
    path = changed((before, after))
    with pytest.raises(ControlTotalError, match=r"schedule\.xml, line \d+"):
        list(checked_advice(dwp_schedule.read(path), path.name))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<CreditorID>31714", "<CreditorID>"),
        ("<BatchNumber>00003", "<BatchNumber>3"),
        ("<NotificationReference>0000000002", "<NotificationReference>two"),
        ("<SummaryAmountType>0000001365", "<SummaryAmountType>"),
        ("<Total03Records>1", "<Total03Records>-1"),
        ("DocumentSummary", "Summary"),
        ("<DocumentSummary>", "<DocumentHeader></DocumentHeader><DocumentSummary>"),
        ("</DocumentSummary>", "</DocumentSummary><DocumentDetail/>"),
        ("<?xml", "<!DOCTYPE x><?xml"),
    ],
)
def test_a_header_or_summary_that_breaks_the_schema_refuses_the_file(
    changed: Change, before: str, after: str
) -> None:
    with pytest.raises(UnreadableFileError, match=r"schedule\.xml"):
        list(dwp_schedule.read(changed((before, after))))


def test_a_document_type_is_refused_before_anything_is_expanded(tmp_path: Path) -> None:
    path = tmp_path / "attack.xml"
    path.write_text('<!DOCTYPE P [<!ENTITY a "b">]><PacsTppSchedule>&a;</PacsTppSchedule>')
    with pytest.raises(UnreadableFileError, match="DOCTYPE"):
        list(dwp_schedule.read(path))


def test_a_schedule_of_no_deductions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.xml"
    with path.open("wb") as out:
        write(OutSchedule("31714", 3, 2, DAY, ()), out)
    with pytest.raises(UnreadableFileError, match="DocumentDetail: the schedule has none"):
        list(dwp_schedule.read(path))


def test_a_schedule_is_recognised_by_its_root_in_any_namespace() -> None:
    for root in ("<PacsTppSchedule>", '<p:PacsTppSchedule xmlns:p="urn:wrong">'):
        assert dwp_schedule.recognise(root.encode(), "x.txt") == "PACS 0.0d"
    assert dwp_schedule.recognise(b"<PacsTppScheduleList>", "PacsTppSchedule.xml") is None


@st.composite
def deductions(draw: st.DrawFn) -> OutDeduction:
    day = draw(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
    plain = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=18)
    return OutDeduction(
        reference=draw(plain),
        insured=f"{draw(st.sampled_from(('AB', 'CE', 'ZZ')))}{draw(st.integers(0, 999_999)):06d}",
        amount_minor=draw(st.integers(1, 10**7) | st.integers(-(10**7), -1)),
        period_from=day,
        period_to=day + timedelta(days=draw(st.integers(0, 40))),
        record_type=draw(st.sampled_from(("02", "03"))),
        location=draw(st.integers(1, 999_999)),
    )


@SLOW
@given(made=st.lists(deductions(), min_size=1, max_size=8))
def test_a_schedule_comes_back(tmp_path: Path, made: list[OutDeduction]) -> None:
    path = tmp_path / "s.xml"
    with path.open("wb") as out:
        write(OutSchedule("31714", 3, 2, DAY, made), out)
    items = list(checked_advice(dwp_schedule.read(path), path.name))
    lines = [item for item in items if isinstance(item, AdviceLine)]
    assert [
        (line.references[0], line.amount_minor, line.payer_account, line.period_to)
        for line in lines
    ] == [(one.reference, one.amount_minor, f"NINO {one.insured}", one.period_to) for one in made]
