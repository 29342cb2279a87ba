"""From the events of an account to the lines of its balance, each with what belongs to it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ledger import events as e
from ledger.recorded import RecordedEvent, Source
from ledger.values import Fact
from service.explain_money import moved_minor
from service.explain_terms import day, money
from service.explain_values import Detail, Line, Trace
from service.explain_words import Known, allocated, allocated_to_item, words

Tracing: TypeAlias = Callable[[RecordedEvent], Trace]
Lineage: TypeAlias = Callable[[RecordedEvent], tuple[Detail, ...]]
_Place: TypeAlias = tuple[datetime, Source, str]

KINDS: dict[type[Fact], str] = {
    e.InvoiceIssued: "billed",
    e.InvoiceCredited: "credited",
    e.PaymentReceived: "paid",
    e.PaymentAllocated: "allocated",
    e.PaymentUnallocated: "unallocated",
    e.PaymentReversed: "reversed",
    e.PaymentMovedToSuspense: "moved_to_suspense",
    e.CreditTransferredIn: "transferred_in",
    e.CreditTransferredOut: "transferred_out",
    e.RefundApproved: "refunded",
    e.RefundPaid: "refund_paid",
    e.RefundFailed: "refund_failed",
    e.WriteOffApproved: "written_off",
    e.DebtWrittenBack: "written_back",
}
# These leave the balance of the account as it is, and are still part of its story.
_TOLD_ANYWAY = (e.PaymentAllocated, e.PaymentUnallocated, e.RefundPaid)


@dataclass(frozen=True, slots=True)
class Telling:
    """How events are told: which of them are known, whose evidence, which item if only one."""

    known: Known
    trace: Tracing
    lineage: Lineage
    item: str | None = None


@dataclass(slots=True)
class _Entry:
    """An event that gives a line, and the events that are told together with it."""

    event: RecordedEvent
    followers: list[RecordedEvent]


def lines_of(
    counted: Sequence[RecordedEvent], telling: Telling
) -> tuple[tuple[Line, ...], tuple[Detail, ...]]:
    """The lines in the order in which they take effect, and the events that moved no money."""
    entries, others = _entries(counted, telling.item)
    proposals = {key: event for event in counted if (key := _proposal_key(event.fact))}
    balance, lines = 0, []
    for entry in entries:
        amount = moved_minor(entry.event.fact, telling.item)
        balance += amount
        lines.append(_line(entry, amount, balance, proposals, telling))
    return tuple(lines), tuple(_other(event, telling) for event in others)


def _entries(
    counted: Iterable[RecordedEvent], item: str | None
) -> tuple[list[_Entry], list[RecordedEvent]]:
    entries: list[_Entry] = []
    others: list[RecordedEvent] = []
    leaders: dict[_Place, _Entry] = {}
    for event in counted:
        leader = _leader(event, leaders) if item is None else None
        if leader is not None:
            leader.followers.append(event)
        elif moved_minor(event.fact, item) or (
            item is None and isinstance(event.fact, _TOLD_ANYWAY)
        ):
            entry = _Entry(event, [])
            entries.append(entry)
            if (name := _leads(event.fact)) is not None:
                leaders[event.recorded_at, event.envelope.source, name] = entry
        elif item is None:
            others.append(event)
    entries.sort(key=lambda one: (one.event.envelope.effective_on, one.event.position))
    return entries, others


def _leads(fact: Fact) -> str | None:
    match fact:
        case e.PaymentReceived() | e.CreditTransferredIn():
            return f"receipt {fact.receipt}"
        case e.InvoiceIssued():
            return f"bill {fact.invoice}"
        case _:
            return None


def _leader(event: RecordedEvent, leaders: dict[_Place, _Entry]) -> _Entry | None:
    """The payment or the bill that was taken together with an allocation."""
    fact = event.fact
    if not isinstance(fact, e.PaymentAllocated):
        return None
    place = (event.recorded_at, event.envelope.source)
    names = [f"receipt {fact.receipt}", *(f"bill {line.item}" for line in fact.lines)]
    return next((leaders[*place, name] for name in names if (*place, name) in leaders), None)


def _line(
    entry: _Entry,
    amount_minor: int,
    balance_minor: int,
    proposals: dict[str, RecordedEvent],
    telling: Telling,
) -> Line:
    event, fact = entry.event, entry.event.fact
    if isinstance(fact, e.PaymentAllocated):
        text = (
            allocated_to_item(fact, telling.item, telling.known)
            if telling.item
            else _allocations(fact, telling.known)
        )
    else:
        text = words(fact, telling.known)
    details = (*_followers(entry, telling), *_consequences(event, telling))
    if (proposal := proposals.get(_answers(fact))) is not None:
        details = (*details, _other(proposal, telling))
    return Line(
        text=text,
        kind=KINDS[type(fact)],
        amount_minor=amount_minor,
        balance_minor=balance_minor,
        trace=telling.trace(event),
        details=details,
        origins=telling.lineage(event),
    )


def _allocations(fact: e.PaymentAllocated, known: Known) -> str:
    if len({line.item for line in fact.lines}) == 1:
        return allocated_to_item(fact, fact.lines[0].item, known)
    places = "; ".join(allocated(line, fact, known) for line in fact.lines)
    return f"From {known.payment(fact.receipt)}: {places}"


def _other(event: RecordedEvent, telling: Telling) -> Detail:
    return Detail(words(event.fact, telling.known), 0, telling.trace(event))


def _followers(entry: _Entry, telling: Telling) -> Iterator[Detail]:
    left = getattr(entry.event.fact, "amount_minor", 0)
    for event in entry.followers:
        fact = event.fact
        if not isinstance(fact, e.PaymentAllocated):
            continue
        for line in fact.lines:
            left -= line.amount_minor
            text = _settled(line.amount_minor, event, entry.event.fact, telling.known, line.item)
            text = text or allocated(line, fact, telling.known)
            yield Detail(_later(text, event, entry.event), line.amount_minor, telling.trace(event))
    fact = entry.event.fact
    if (
        telling.item is None
        and left
        and isinstance(fact, e.PaymentReceived | e.CreditTransferredIn)
    ):
        paid_before = isinstance(fact, e.PaymentReceived) and fact.variance == "duplicate_payment"
        why = ", because the bill named with it was paid already" if paid_before else ""
        amount = money(left, fact.currency)
        text = f"{amount} was on no bill: it was credit on your account{why}"
        yield Detail(text, left, telling.trace(entry.event))


def _settled(
    amount_minor: int, event: RecordedEvent, leader: Fact, known: Known, item: str
) -> str | None:
    """What a bill that was settled at once says of its payment."""
    if not isinstance(leader, e.InvoiceIssued) or not isinstance(event.fact, e.PaymentAllocated):
        return None
    amount = money(amount_minor, leader.currency)
    receipt = known.payment(event.fact.receipt)
    place = "of it" if item == leader.invoice else f"of bill {item}"
    return f"{amount} {place} was settled at once by credit on your account, from {receipt}"


def _later(text: str, event: RecordedEvent, leader: RecordedEvent) -> str:
    on = event.envelope.effective_on
    return text if on == leader.envelope.effective_on else f"on {day(on)} {text}"


def _consequences(event: RecordedEvent, telling: Telling) -> Iterator[Detail]:
    """What a reversal re-opened, and what became of the rest of the payment."""
    fact = event.fact
    if not isinstance(fact, e.PaymentReversed) or telling.item is not None:
        return
    trace = telling.trace(event)
    for line in fact.reopened:
        amount = money(line.amount_minor, fact.currency)
        text = f"{amount} of {telling.known.part(line)} is open again"
        yield Detail(text, line.amount_minor, trace)
    for minor, text in (
        (fact.unapplied_minor, "of it had been credit on your account, which is gone"),
        (fact.recoverable_minor, "of it had been refunded or moved before, and is owed again"),
    ):
        if minor:
            yield Detail(f"{money(minor, fact.currency)} {text}", minor, trace)


def _proposal_key(fact: Fact) -> str:
    match fact:
        case e.CreditNoteProposed():
            return f"credit note {fact.credit_note}"
        case e.RefundProposed():
            return f"refund {fact.refund}"
        case e.WriteOffProposed():
            return f"write-off {fact.write_off}"
        case _:
            return ""


def _answers(fact: Fact) -> str:
    """Which proposal a fact carries out."""
    match fact:
        case e.InvoiceCredited():
            return f"credit note {fact.credit_note}"
        case e.RefundApproved():
            return f"refund {fact.refund}"
        case e.WriteOffApproved():
            return f"write-off {fact.write_off}"
        case _:
            return "nothing"
