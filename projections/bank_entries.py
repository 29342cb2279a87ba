"""What moved the cash book beside receipts: what only the bank told, and what only we know yet.

A line of a statement that is no receipt (a payment out, a charge, a returned item) stands on side
`bank`; a refund that we sent or a cheque that we know to have bounced stands on side `books` until
the bank shows it. A notice (a returned Direct Debit) tells of money and moves none itself.
`reporting.bank_reconciliation` pairs the two.
"""

from collections.abc import Iterator
from typing import Any

from ledger import events as e
from ledger import suspense_events as s
from ledger.intake_events import BankLineRecorded, DirectDebitReturned
from ledger.recorded import RecordedEvent
from ledger.values import Fact
from projections.tables import Column, Table

TABLE = "projection.bank_entries_v1"
VIEW = "reporting.bank_entries"

BANK_ENTRIES = Table(
    comment="What moved the cash book beside receipts, one row per event.",
    columns=(
        Column("position", "bigint PRIMARY KEY", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column(
            "amount_minor", "bigint NOT NULL", "Signed minor units; positive is money to the bank."
        ),
        Column("effective_on", "date NOT NULL", "Value date, or day on which it takes effect."),
        Column("side", "text NOT NULL", "bank: on a statement; books: what we know of; notice."),
        Column(
            "kind",
            "text NOT NULL",
            "line, refund_paid, refund_failed, return_paid, return_failed, receipt_reversed or "
            "debit_returned.",
        ),
        Column("unit", "text NOT NULL", "Legal entity or operating unit of the money."),
        Column("currency", "text", "ISO 4217 code of amount_minor; NULL in a notice."),
        Column("name", "text NOT NULL", "Bank line, refund, return or receipt."),
        Column("method", "text", "Kind of a bank line: charge, interest, bank_transfer..."),
        Column("bank_account", "text", "Our bank account, where the event says it."),
        Column("digest", "text", "SHA-256 of the file that the event came from."),
        Column("file_line", "integer", "Line of that file."),
    ),
    constraints=("CHECK (side IN ('bank', 'books', 'notice'))",),
    indexes=(),
)

_Entry = tuple[str, str, str, int, str | None, str | None]
# Nine events in ten are none of these, and each is asked.
ENTRIES: frozenset[type[Fact]] = frozenset(
    {
        BankLineRecorded,
        DirectDebitReturned,
        e.RefundPaid,
        e.RefundFailed,
        e.PaymentReversed,
        s.SuspenseReturnPaid,
        s.SuspenseReturnFailed,
        s.SuspenseReversed,
    }
)


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The row of an event that moves the cash book and is no receipt."""
    fact = event.fact
    found = _entry(fact) if type(fact) in ENTRIES else None
    if found is None:
        return
    side, kind, name, amount_minor, method, bank_account = found
    source = event.envelope.source
    yield (
        event.position,
        event.recorded_at,
        amount_minor,
        event.envelope.effective_on,
        side,
        kind,
        fact.unit,  # type: ignore[attr-defined]  # every fact with an entry has one
        getattr(fact, "currency", None),
        name,
        method,
        bank_account,
        source.digest,
        source.line,
    )


def _entry(fact: Fact) -> _Entry | None:
    """Side, kind, name, amount, method and bank account of a fact."""
    match fact:
        case BankLineRecorded():
            return (
                "bank",
                "line",
                fact.bank_line,
                fact.amount_minor,
                fact.kind,
                fact.bank_account,
            )
        case e.RefundPaid():
            return "books", "refund_paid", fact.refund, -fact.amount_minor, None, None
        case e.RefundFailed() if fact.was_paid:
            return "books", "refund_failed", fact.refund, fact.amount_minor, None, None
        case e.PaymentReversed():
            return (
                "books" if fact.bank_account is None else "bank",
                "receipt_reversed",
                fact.receipt,
                -fact.amount_minor,
                fact.method,
                fact.bank_account,
            )
        case s.SuspenseReturnPaid():
            return "books", "return_paid", fact.suspense_return, -fact.amount_minor, None, None
        case s.SuspenseReturnFailed() if fact.was_paid:
            return "books", "return_failed", fact.suspense_return, fact.amount_minor, None, None
        case s.SuspenseReversed():
            return "books", "receipt_reversed", fact.receipt, -fact.amount_minor, None, None
        case DirectDebitReturned():
            name = fact.receipt or fact.reference
            return "notice", "debit_returned", name, -fact.amount_minor, "direct_debit", None
        case _:
            return None
