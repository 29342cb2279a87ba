"""Write a DWP schedule of deductions: the other direction of `dwp_schedule`, byte for byte.

For tests and for the demo council. The same deductions give the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO
from xml.sax.saxutils import escape

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<PacsTppSchedule xmlns="http://www.dwp.gsi.gov.uk/pacs">\n'
)


@dataclass(frozen=True, slots=True)
class OutDeduction:
    """One deduction; a negative amount is taken back. `insured` is two letters and six digits."""

    reference: str
    insured: str
    amount_minor: int
    period_from: date
    period_to: date
    record_type: str = "02"
    location: int = 1


@dataclass(frozen=True, slots=True)
class OutSchedule:
    """One schedule of one creditor, 1 to 10 characters; its batch has at most five digits."""

    creditor: str
    batch: int
    notification: int
    created_on: date
    deductions: Iterable[OutDeduction]


def write(schedule: OutSchedule, out: BinaryIO) -> None:
    """Write a schedule, one deduction at a time; its totals come last."""
    out.write((_HEAD + _header(schedule)).encode())
    total_minor = 0
    counted = {"02": 0, "03": 0}
    for deduction in schedule.deductions:
        total_minor += deduction.amount_minor
        counted[deduction.record_type] += 1
        out.write(_detail(deduction).encode())
    summary = _amount("Summary", total_minor) + "".join(
        _tag(f"Total{kind}Records", str(count)) for kind, count in counted.items()
    )
    out.write(f"<DocumentSummary>{summary}</DocumentSummary>\n</PacsTppSchedule>\n".encode())


def _header(schedule: OutSchedule) -> str:
    inner = (
        _tag("CreditorID", schedule.creditor)
        + _tag("BatchNumber", f"{schedule.batch:05d}")
        + _tag("PacsDocumentCreationDate", schedule.created_on.isoformat())
        + _tag("PacsDocumentCreationTime", "23:59:59")
        + _tag("NotificationReference", f"{schedule.notification:010d}")
    )
    return f"<DocumentHeader>{inner}</DocumentHeader>\n"


def _detail(deduction: OutDeduction) -> str:
    inner = (
        _tag("CustomerRef", deduction.reference)
        + _tag("RecordType", deduction.record_type)
        + _tag("LocationCode", f"{deduction.location:06d}")
        + _tag("NationalInsuranceNumberType", deduction.insured)
        + _tag("DateFrom", deduction.period_from.isoformat())
        + _tag("DateTo", deduction.period_to.isoformat())
        + _amount("Detail", deduction.amount_minor)
    )
    return f"<DocumentDetail>{inner}</DocumentDetail>\n"


def _amount(group: str, minor: int) -> str:
    sign = "-" if minor < 0 else "+"
    return _tag(f"{group}AmountType", f"{abs(minor):010d}") + _tag(f"{group}AmountSign", sign)


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
