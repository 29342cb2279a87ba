"""Schedules of deductions from benefit that the DWP pays over for its claimants (PACS 0.0d).

    PacsTppSchedule                namespace http://www.dwp.gsi.gov.uk/pacs
      DocumentHeader               CreditorID (1-10), BatchNumber (5), PacsDocumentCreationDate,
                                   PacsDocumentCreationTime, NotificationReference (number)
      DocumentDetail+              one claimant, one period
        CustomerRef (1-18)         our reference: who it is for
        RecordType                 02 or 03
        LocationCode               a number
        NationalInsuranceNumberType  two letters, six digits, no suffix
        DateFrom, DateTo           the period
        DetailAmountType           pence, 1 to 9999999999
        DetailAmountSign           + or -: taken back from an earlier payment
      DocumentSummary              SummaryAmountType, SummaryAmountSign, Total02Records,
                                   Total03Records

Source: `pacs-tpp-schedule-v0.0d.xsd`, as published by HM Courts & Tribunals Service. The writer is
in `dwp_schedule_write`, and offered here too.

One bank credit pays the whole schedule, and the total stands at its end; so the file is gone
through twice. A header or summary that breaks the schema refuses the file, and so do wrong totals;
a detail that breaks it is quarantined with its amount. The schedule does not say when it was paid:
the day on which it was made stands for it, because the money comes within a few days of that.
The National Insurance number is personal data: it is the payer's account, of which only a keyed
digest leaves the file, and no reason quotes it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from consumers.formats.advice import AdviceItem, AdviceLine, AdviceOpened
from consumers.formats.advice_control import AdviceTally
from consumers.formats.amounts import iso_date
from consumers.formats.dwp_schedule_write import OutDeduction, OutSchedule, write
from consumers.formats.errors import ControlTotalError, RowError, UnreadableFileError
from consumers.formats.statement import BadRow, SourceSpan
from consumers.formats.xml_records import Record, records
from ledger.limits import FILE_ROWS_MAX
from ledger.money import GBP

__all__ = ["OutDeduction", "OutSchedule", "read", "recognise", "write"]

SENDER: Final = "Department for Work and Pensions"

_RECORDS: Final[dict[str, str | None]] = {
    "PacsTppSchedule": None,
    "DocumentHeader": "PacsTppSchedule",
    "DocumentDetail": "PacsTppSchedule",
    "DocumentSummary": "PacsTppSchedule",
}
_ROOT = re.compile(r"<(?:[\w.-]+:)?PacsTppSchedule[\s/>]", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
_NINO = re.compile(r"[A-CEGHJ-NPR-TW-Z]{2}[0-9]{6}", re.ASCII)
_TYPES: Final = ("02", "03")
_REFERENCE_LENGTH_MAX = 18
_CREDITOR_LENGTH_MAX = 10
_BATCH_LENGTH = 5
_LOCATION_MAX = 999_999


@dataclass(frozen=True, slots=True)
class _Survey:
    """What the header and the summary say, and where the schedule stands."""

    schedule_id: str
    created_on: date
    total_minor: int
    lines: int
    span: SourceSpan
    foot: SourceSpan


def recognise(head: bytes, name: str) -> str | None:
    """`PACS 0.0d` when it is a schedule; None when it is not one."""
    del name  # a name proves nothing
    text = head.replace(b"\0", b"").decode("latin-1")  # good enough for UTF-16 too
    return "PACS 0.0d" if _ROOT.search(text) else None


def read(path: Path) -> Iterator[AdviceItem]:
    """The one schedule of a file; memory does not grow with its length.

    Raises UnreadableFileError, and ControlTotalError when there are not as many records of each
    type as its summary says.
    """
    survey = _survey(path)
    yield AdviceOpened(
        advice_id=survey.schedule_id,
        sender=SENDER,
        account=None,
        bank_reference=None,
        currency=GBP,
        paid_on=survey.created_on,
        total_minor=survey.total_minor,
        lines=survey.lines,
        span=survey.span,
    )
    tally = AdviceTally()
    for record in records(path, _RECORDS):
        if record.name == "DocumentDetail":
            item = _line(record, tally.lines + 1)
            tally.add(item)
            yield item
    yield tally.closed(survey.foot)


def _survey(path: Path) -> _Survey:
    """The first reading: header, summary, and how many records of each type there are."""
    header: Record | None = None
    summary: Record | None = None
    counted = dict.fromkeys(_TYPES, 0)
    lines = 0
    for record in records(path, _RECORDS):
        match record.name:
            case "DocumentDetail":
                lines += 1
                if header is None or summary is not None or lines > FILE_ROWS_MAX:
                    reason = "stands before the header, after the summary, or is one too many"
                    raise UnreadableFileError(path.name, record.line, record.name, "", reason)
                kind = record.first("RecordType") or ""
                if kind in counted:
                    counted[kind] += 1
            case "DocumentHeader":
                header = _only(path, header, record)
            case "DocumentSummary":
                summary = _only(path, summary, record)
            case _:
                pass
    if header is None or summary is None or lines == 0:
        missing = "DocumentSummary" if header else "DocumentHeader"
        name = missing if header is None or summary is None else "DocumentDetail"
        raise UnreadableFileError(path.name, 0, name, "", "the schedule has none")
    return _surveyed(path, header, summary, counted, lines)


def _only(path: Path, before: Record | None, record: Record) -> Record:
    if before is not None:
        raise UnreadableFileError(path.name, record.line, record.name, "", "stands there twice")
    return record


def _surveyed(
    path: Path, header: Record, summary: Record, counted: dict[str, int], lines: int
) -> _Survey:
    try:
        schedule_id = _schedule_id(header)
        created_on = _created_on(header)
        total_minor = _signed(summary, "SummaryAmountType", "SummaryAmountSign")
        stated = {kind: _whole(summary, f"Total{kind}Records") for kind in _TYPES}
    except RowError as error:
        line = header.line if error.field in _HEADER_FIELDS else summary.line
        raise UnreadableFileError(path.name, line, error.field, error.value, error.reason) from None
    for kind, count in stated.items():
        # A detail whose type cannot be read is quarantined, and may be of either type.
        if not counted[kind] <= count <= counted[kind] + lines - sum(counted.values()):
            field, reason = f"Total{kind}Records", f"the schedule holds {counted[kind]}"
            raise ControlTotalError(path.name, summary.line, field, str(count), reason)
    return _Survey(
        schedule_id, created_on, total_minor, sum(stated.values()), header.span, summary.span
    )


_HEADER_FIELDS = frozenset(
    ("CreditorID", "BatchNumber", "NotificationReference", "PacsDocumentCreationDate")
)


def _created_on(header: Record) -> date:
    return iso_date(header.first("PacsDocumentCreationDate") or "", "PacsDocumentCreationDate")


def _schedule_id(header: Record) -> str:
    creditor = header.first("CreditorID") or ""
    batch = header.first("BatchNumber") or ""
    if not 1 <= len(creditor) <= _CREDITOR_LENGTH_MAX:
        raise RowError("CreditorID", creditor, "1 to 10 characters are expected")
    if len(batch) != _BATCH_LENGTH:
        raise RowError("BatchNumber", batch, "5 characters are expected")
    notified = _whole(header, "NotificationReference")
    return f"{creditor}-{batch}-{notified:010d}"


def _line(record: Record, ordinal: int) -> AdviceLine | BadRow:
    amount = None
    try:
        amount = _signed(record, "DetailAmountType", "DetailAmountSign")
        return _deduction(record, ordinal, amount)
    except RowError as error:
        return BadRow(record.span, error.field, error.value, error.reason, amount)


def _deduction(record: Record, ordinal: int, amount_minor: int) -> AdviceLine:
    reference = record.first("CustomerRef") or ""
    if not 1 <= len(reference) <= _REFERENCE_LENGTH_MAX:
        raise RowError("CustomerRef", reference, "1 to 18 characters are expected")
    if (kind := record.first("RecordType") or "") not in _TYPES:
        raise RowError("RecordType", kind, "neither 02 nor 03")
    location = _whole(record, "LocationCode")
    if not 1 <= location <= _LOCATION_MAX:
        raise RowError("LocationCode", str(location), "not from 1 to 999999")
    if amount_minor == 0:
        raise RowError("DetailAmountType", "0", "an amount of at least a penny is expected")
    insured = _national_insurance_number(record)
    period_from, period_to = _day(record, "DateFrom"), _day(record, "DateTo")
    return AdviceLine(
        ordinal=ordinal,
        amount_minor=amount_minor,
        references=(reference,),
        narrative="deduction from benefit" if amount_minor > 0 else "deduction taken back",
        payer_name=None,
        payer_account=f"NINO {insured}",
        method="bank_transfer",
        period_from=period_from,
        period_to=period_to,
        span=record.span,
        warnings=("the period ends before it begins",) if period_to < period_from else (),
    )


def _national_insurance_number(record: Record) -> str:
    """The number, or a RowError that shows its shape and not the number itself."""
    text = record.first("NationalInsuranceNumberType") or ""
    if _NINO.fullmatch(text) is None:
        shape = re.sub("[0-9]", "9", re.sub("[^0-9]", "A", text[:20]))
        reason = "two letters and six digits are expected"
        raise RowError("NationalInsuranceNumberType", shape, reason)
    return text


def _signed(record: Record, figure: str, sign: str) -> int:
    """Pence with their sign; the schema lets a summary leave its sign empty, which is plus."""
    minor = _whole(record, figure)
    direction = record.first(sign) or ("+" if figure == "SummaryAmountType" else "")
    if direction not in ("+", "-"):
        raise RowError(sign, direction, "neither + nor -")
    return minor if direction == "+" else -minor


def _whole(record: Record, name: str) -> int:
    stated = record.all(name)
    text = record.first(name) or ""
    if len(stated) > 1:
        raise RowError(name, ", ".join(stated), "exactly one is expected")
    if _NUMBER.fullmatch(text) is None:
        raise RowError(name, text, "not a whole number of up to ten digits")
    return int(text)


def _day(record: Record, name: str) -> date:
    return iso_date(record.first(name) or "", name)
