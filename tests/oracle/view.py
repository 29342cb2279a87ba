"""What counts as at a day, as known at a moment: one list per table, filtered once."""

from datetime import date, datetime
from typing import Any, NamedTuple

from .bank_rows import EntryRow, IntakeRow, ReceiptRow, RemittanceRow, SmallBalanceRow, StatementRow
from .lines import Movement, counted


class View(NamedTuple):
    """Rows known at the moment; those with an effective date also by the day.

    Receipts, entries and statements of the bank are `told` before the day is looked at: a bank
    reconciliation asks which side of the day each date lies.
    """

    lines: list[Movement]
    receipts: list[ReceiptRow]
    remittances: list[RemittanceRow]
    small: list[SmallBalanceRow]
    told_receipts: list[ReceiptRow]
    told_entries: list[EntryRow]
    told_statements: list[StatementRow]
    intake: list[IntakeRow]


def view(history: Any, as_at: date, as_known: datetime) -> View:  # noqa: ANN401 - a council
    def told(rows: list[Any]) -> list[Any]:
        return [row for row in rows if row.recorded_at <= as_known]

    return View(
        counted(history.movements, as_at, as_known),
        counted(history.receipt_rows, as_at, as_known),
        counted(history.remittance_rows, as_at, as_known),
        counted(history.small_rows, as_at, as_known),
        told(history.receipt_rows),
        told(history.entry_rows),
        told(history.statement_rows),
        told(history.intake_rows),
    )
