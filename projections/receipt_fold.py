"""From an event to its rows in the receipts table, in the order of `receipts.COLUMNS`."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from ledger import events as e
from ledger import suspense_events as s
from ledger.recorded import RecordedEvent
from ledger.values import Candidate, Fact, ItemAmount

BY_A_PERSON = "command"  # the kind of source of whatever somebody ordered
# Of an account's many facts few are about a receipt, and each is asked.
OF_ACCOUNT: frozenset[type[Fact]] = frozenset(
    {
        e.PaymentReceived,
        e.PaymentAllocated,
        e.PaymentUnallocated,
        e.PaymentReversed,
        e.PaymentMovedToSuspense,
        e.CreditTransferredOut,
    }
)


class _Row(NamedTuple):
    """One row before it is numbered; the names are the table's."""

    kind: str
    receipt: str
    amount_minor: int
    value_on: date | None = None
    parent: str | None = None
    method: str | None = None
    rule: str | None = None
    score: int | None = None
    bank_account: str | None = None
    other_unit: str | None = None
    other_account: str | None = None
    other_rule: str | None = None
    other_receipt: str | None = None
    item: str | None = None
    owner: str | None = None
    candidates: int | None = None
    batch_payments: int | None = None


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The rows of an event that happened to a receipt."""
    fact = event.fact
    if type(fact) not in OF_ACCOUNT and not isinstance(fact, s.ReceiptFact):
        return
    source = event.envelope.source
    automatic = source.kind != BY_A_PERSON
    for number, row in enumerate(_rows(fact, automatic)):
        yield (
            event.position,
            event.recorded_at,
            row.amount_minor,
            event.envelope.effective_on,
            number,
            automatic,
            row.value_on,
            row.kind,
            fact.unit,  # type: ignore[attr-defined]  # every fact with rows has one
            getattr(fact, "currency", None),
            row.receipt,
            event.envelope.actor,
            getattr(fact, "account", None),
            row.parent,
            row.method,
            row.rule,
            row.score,
            row.bank_account,
            source.digest,
            source.line,
            row.other_unit,
            row.other_account,
            row.other_rule,
            row.other_receipt,
            row.item,
            row.owner,
            row.candidates,
            row.batch_payments,
        )


def _rows(fact: Fact, automatic: bool) -> Iterator[_Row]:  # noqa: FBT001 - a cell of the row
    match fact:
        case e.PaymentReceived():
            yield _received(fact)
        case s.ReceiptFact():
            yield from _of_suspense(fact)
        case e.MoneyFact():
            yield from _of_account(fact, automatic)
        case _:
            return


def _received(fact: e.PaymentReceived) -> _Row:
    return _Row(
        "received",
        fact.receipt,
        fact.amount_minor,
        fact.value_on,
        parent=fact.from_suspense,
        method=fact.method,
        rule=fact.rule,
        score=fact.match.score if fact.match else None,
        bank_account=fact.bank_account,
    )


def _of_account(fact: e.MoneyFact, automatic: bool) -> Iterator[_Row]:  # noqa: FBT001 - as above
    match fact:
        case e.PaymentAllocated() if not automatic:
            yield from _items("allocated", fact.receipt, fact.rule, fact.lines)
        case e.PaymentUnallocated() if not automatic:
            yield from _items("unallocated", fact.receipt, fact.reason, fact.lines)
        case e.PaymentReversed():
            yield _Row(
                "reversed",
                fact.receipt,
                fact.amount_minor,
                fact.value_on,
                method=fact.method,
                rule=fact.reason,
                bank_account=fact.bank_account,
            )
        case e.PaymentMovedToSuspense():
            yield _Row(
                "moved_to_suspense",
                fact.receipt,
                fact.amount_minor,
                fact.value_on,
                method=fact.method,
                rule=fact.reason,
                other_receipt=fact.new_receipt,
            )
        case e.CreditTransferredOut():
            for part in fact.receipts:
                yield _Row(
                    "credit_transferred",
                    part.receipt,
                    part.amount_minor,
                    part.value_on,
                    method=part.method,
                    rule=fact.reason,
                    other_unit=fact.to_unit,
                    other_account=fact.to_account,
                )
        case _:
            return


def _items(kind: str, receipt: str, rule: str, lines: tuple[ItemAmount, ...]) -> Iterator[_Row]:
    amounts: dict[str, int] = {}
    for line in lines:
        amounts[line.item] = amounts.get(line.item, 0) + line.amount_minor
    for item, amount_minor in amounts.items():
        yield _Row(kind, receipt, amount_minor, rule=rule, item=item)


def _of_suspense(fact: s.ReceiptFact) -> Iterator[_Row]:
    match fact:
        case s.ReceiptSuspended():
            yield _suspended(fact)
        case s.ReceiptMovedToSuspense():
            yield _moved_in(fact)
        case s.SuspenseIdentified():
            yield _identified(fact)
        case s.SuspenseSplit():
            yield _Row(
                "split",
                fact.receipt,
                fact.amount_minor,
                rule=fact.reason,
                other_receipt=fact.new_receipt,
            )
        case s.SuspenseTransferred():
            yield _Row("transferred", fact.receipt, fact.amount_minor, rule=fact.reason)
        case s.SuspenseIdentifiedAsRun():
            yield _Row("transferred", fact.receipt, fact.amount_minor, rule=fact.to_run)
        case s.SuspenseIdentifiedAsRefund():
            yield _refunded(fact)
        case s.SuspenseReturnApproved():
            yield _Row("returned", fact.receipt, fact.amount_minor)
        case s.SuspenseReturnFailed():
            yield _Row("return_failed", fact.receipt, fact.amount_minor, rule=fact.reason)
        case s.SuspenseReversed():
            yield _Row("bounced", fact.receipt, fact.amount_minor, rule=fact.reason)
        case s.SuspenseAssigned():
            yield _Row("assigned", fact.receipt, 0, owner=fact.owner)
        case _:
            return


def _identified(fact: s.SuspenseIdentified) -> _Row:
    return _Row(
        "identified",
        fact.receipt,
        fact.amount_minor,
        rule=fact.reason,
        other_unit=fact.to_unit,
        other_account=fact.to_account,
        other_receipt=fact.account_receipt,
    )


def _refunded(fact: s.SuspenseIdentifiedAsRefund) -> _Row:
    return _Row(
        "transferred",
        fact.receipt,
        fact.amount_minor,
        rule=fact.refund,
        other_unit=fact.to_unit,
        other_account=fact.to_account,
    )


def _suspended(fact: s.ReceiptSuspended) -> _Row:
    best = best_candidate(fact.candidates)
    return _Row(
        "suspended",
        fact.receipt,
        fact.amount_minor,
        fact.value_on,
        method=fact.method,
        rule=fact.reason,
        score=best.score if best else None,
        bank_account=fact.bank_account,
        other_unit=best.unit if best else None,
        other_account=best.account if best else None,
        other_rule=best.rule if best else None,
        candidates=len(fact.candidates),
        batch_payments=fact.batch_payments,
    )


def _moved_in(fact: s.ReceiptMovedToSuspense) -> _Row:
    best = best_candidate(fact.candidates)
    return _Row(
        "moved_in",
        fact.receipt,
        fact.amount_minor,
        fact.value_on,
        parent=fact.from_receipt,
        method=fact.method,
        rule=fact.reason,
        score=best.score if best else None,
        bank_account=fact.bank_account,
        other_unit=best.unit if best else None,
        other_account=best.account if best else None,
        other_rule=best.rule if best else None,
        candidates=len(fact.candidates),
    )


def best_candidate(candidates: tuple[Candidate, ...]) -> Candidate | None:
    """The candidate with most points; the first of equals, and of those without any."""
    return max(candidates, key=lambda one: one.score or 0, default=None)
