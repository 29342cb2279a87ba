"""From an event to its signed movement lines: pure, no clock, no lookups."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from ledger import events as e
from ledger import suspense_events as s
from ledger.effects import billed, recoverable
from ledger.recorded import RecordedEvent
from ledger.values import Fact, ItemAmount

Row: TypeAlias = tuple[Any, ...]
MOVED_TO_SUSPENSE = "moved-to-suspense"  # the rule of a receipt that was not the account's


class _Line(NamedTuple):
    """One movement before it is numbered; the names are the table's."""

    control: str
    kind: str
    amount_minor: int
    item: ItemAmount | None = None
    receipt: str | None = None
    cash_on: date | None = None
    method: str | None = None
    rule: str | None = None


def rows(event: RecordedEvent) -> Iterator[Row]:
    """The rows of an event, in the order of `movements.COLUMNS`."""
    fact = event.fact
    for number, line in enumerate(one for one in _lines(fact) if one.amount_minor):
        item = line.item
        yield (
            event.position,
            event.recorded_at,
            line.amount_minor,
            event.envelope.effective_on,
            number,
            item.instalment if item else None,
            item.due_on if item else None,
            item.invoiced_on if item else None,
            line.cash_on,
            line.control,
            line.kind,
            fact.unit,  # type: ignore[attr-defined]  # every fact with lines has these two
            fact.currency,  # type: ignore[attr-defined]
            getattr(fact, "debt_type", None),
            item.service if item else None,
            getattr(fact, "account", None),
            item.item if item else None,
            line.receipt,
            line.method,
            line.rule,
        )


def _lines(fact: Fact) -> Iterator[_Line]:
    match fact:
        case e.InvoiceIssued():
            yield from (_Line("debtors", "billed", x.amount_minor, x) for x in billed(fact))
        case e.PaymentReceived():
            yield _Line(
                "unapplied",
                "received",
                -fact.amount_minor,
                receipt=fact.receipt,
                cash_on=fact.value_on,
                method=fact.method,
                rule=fact.rule,
            )
        case e.PaymentAllocated():
            yield from _allocated(fact, fact.lines, -1, fact.rule)
        case e.PaymentUnallocated():
            yield from _allocated(fact, fact.lines, 1, None)
        case e.PaymentReversed():
            yield from _reversed(fact)
        case e.InvoiceCredited():
            yield from (_Line("debtors", "credited", -x.amount_minor, x) for x in fact.settles)
        case e.WriteOffApproved():
            yield from (_Line("debtors", "written_off", -x.amount_minor, x) for x in fact.lines)
        case e.DebtWrittenBack():
            yield from (_Line("debtors", "written_back", x.amount_minor, x) for x in fact.lines)
        case e.MoneyFact():
            yield from _outgoing(fact)
        case s.ReceiptFact():
            yield from _suspense(fact)
        case _:
            return


def _allocated(
    fact: e.PaymentAllocated | e.PaymentUnallocated | e.PaymentReversed,
    lines: tuple[ItemAmount, ...],
    sign: int,
    rule: str | None,
) -> Iterator[_Line]:
    total = 0
    for item in lines:
        total += item.amount_minor
        yield _Line(
            "debtors",
            "allocated",
            sign * item.amount_minor,
            item,
            fact.receipt,
            fact.value_on,
            rule=rule,
        )
    yield _Line(
        "unapplied",
        "allocated",
        -sign * total,
        receipt=fact.receipt,
        cash_on=fact.value_on,
        rule=rule,
    )


def _reversed(fact: e.PaymentReversed) -> Iterator[_Line]:
    yield from _allocated(fact, fact.reopened, 1, None)
    gone = fact.amount_minor - fact.recoverable_minor
    yield _Line(
        "unapplied",
        "reversed",
        gone,
        receipt=fact.receipt,
        cash_on=fact.value_on,
        method=fact.method,
        rule=fact.reason,
    )
    for item in recoverable(fact):
        yield _Line("debtors", "reversed", item.amount_minor, item, fact.receipt, fact.value_on)


def _moved(fact: e.PaymentMovedToSuspense) -> Iterator[_Line]:
    """Off the account as a reversed receipt is, so that its money counts once when it is found."""
    yield _Line(
        "unapplied",
        "reversed",
        fact.unapplied_minor,
        receipt=fact.receipt,
        cash_on=fact.value_on,
        method=fact.method,
        rule=MOVED_TO_SUSPENSE,
    )
    for item in recoverable(fact):
        yield _Line("debtors", "reversed", item.amount_minor, item, fact.receipt, fact.value_on)


def _outgoing(fact: e.MoneyFact) -> Iterator[_Line]:
    match fact:
        case e.PaymentMovedToSuspense():
            yield from _moved(fact)
        case e.CreditTransferredOut():
            for part in fact.receipts:
                yield _Line("unapplied", "transferred", part.amount_minor, receipt=part.receipt)
        case e.CreditTransferredIn():
            yield _Line(
                "unapplied",
                "transferred",
                -fact.amount_minor,
                receipt=fact.receipt,
                cash_on=fact.value_on,
            )
        case e.RefundApproved():
            for part in fact.receipts:
                yield _Line("unapplied", "refunded", part.amount_minor, receipt=part.receipt)
            yield _Line("refunds_payable", "refunded", -fact.amount_minor)
        case e.RefundPaid():
            yield _Line("refunds_payable", "refund_paid", fact.amount_minor)
        case e.RefundFailed():
            for part in fact.receipts:
                yield _Line("unapplied", "refunded", -part.amount_minor, receipt=part.receipt)
            if not fact.was_paid:
                yield _Line("refunds_payable", "refunded", fact.amount_minor)
        case _:
            return


def _suspense(fact: s.ReceiptFact) -> Iterator[_Line]:
    match fact:
        case s.ReceiptSuspended() | s.ReceiptMovedToSuspense():
            yield _Line(
                "suspense",
                "suspended",
                -fact.amount_minor,
                receipt=fact.receipt,
                cash_on=fact.value_on,
                method=fact.method,
            )
        case s.SuspenseSplit():
            # So much less came in as this receipt, and as much more as the new one.
            yield _Line("suspense", "suspended", fact.amount_minor, receipt=fact.receipt)
        case s.SuspenseIdentified():
            yield _Line("suspense", "identified", fact.amount_minor, receipt=fact.receipt)
        case s.SuspenseTransferred() | s.SuspenseIdentifiedAsRun() | s.SuspenseIdentifiedAsRefund():
            yield _Line("suspense", "transferred", fact.amount_minor, receipt=fact.receipt)
        case s.SuspenseReturnApproved():
            yield _Line("suspense", "returned", fact.amount_minor, receipt=fact.receipt)
            yield _Line("refunds_payable", "refunded", -fact.amount_minor, receipt=fact.receipt)
        case s.SuspenseReturnFailed():
            yield _Line("suspense", "returned", -fact.amount_minor, receipt=fact.receipt)
            if not fact.was_paid:
                yield _Line("refunds_payable", "refunded", fact.amount_minor, receipt=fact.receipt)
        case s.SuspenseReturnPaid():
            yield _Line("refunds_payable", "refund_paid", fact.amount_minor, receipt=fact.receipt)
        case s.SuspenseReversed():
            yield _Line("suspense", "reversed", fact.amount_minor, receipt=fact.receipt)
        case _:
            return
