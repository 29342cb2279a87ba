"""Remittance advices: what each says was paid, and which receipt turned out to be its money."""

from collections.abc import Iterator
from typing import Any

from ledger.intake_events import RemittanceMatched, RemittanceRegistered
from ledger.recorded import RecordedEvent
from projections.tables import Column, Table

TABLE = "projection.remittances_v1"
VIEW = "reporting.remittance_events"

REMITTANCES = Table(
    comment="Remittance advices that were registered, and the receipts that they were matched to.",
    columns=(
        Column("position", "bigint PRIMARY KEY", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("amount_minor", "bigint NOT NULL", "Total of the advice in minor units."),
        Column("effective_on", "date NOT NULL", "Day of payment, or day on which it was matched."),
        Column("kind", "text NOT NULL", "registered or matched."),
        Column("remittance", "text NOT NULL", "Name of the advice in the ledger."),
        Column("unit", "text", "Unit of the bank account that the advice names, if any."),
        Column("currency", "text", "ISO 4217 code; NULL in a match."),
        Column("format", "text", "Format that the file was read by; NULL in a match."),
        Column("file_name", "text", "File that the advice came in; NULL in a match."),
        Column("digest", "text", "SHA-256 of that file; NULL in a match."),
        Column("lines", "integer", "Payments that the advice lists; NULL in a match."),
        Column("paid_on", "date", "Day of payment that the advice names, if any."),
        Column("bank_account", "text", "Our bank account that it names, if any."),
        Column("bank_reference", "text", "The bank's reference that it names, if any."),
        Column("receipt", "text", "Receipt that is expected, or that was matched."),
        Column("how", "text", "How the receipt was found; NULL in a registration."),
    ),
    constraints=("CHECK (kind IN ('registered', 'matched'))",),
    indexes=(),
)


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The row of an advice that was registered or matched."""
    fact = event.fact
    head = (event.position, event.recorded_at)
    on = event.envelope.effective_on
    match fact:
        case RemittanceRegistered():
            yield (
                *head,
                fact.total_minor,
                on,
                "registered",
                fact.remittance,
                fact.unit,
                fact.currency,
                fact.kind,
                fact.file_name,
                fact.digest,
                fact.lines,
                fact.paid_on,
                fact.bank_account,
                fact.bank_reference,
                fact.expected_receipt,
                None,
            )
        case RemittanceMatched():
            nothing_said = (None,) * 9
            matched = (fact.amount_minor, on, "matched", fact.remittance)
            yield (*head, *matched, *nothing_said, fact.receipt, fact.how)
        case _:
            return
