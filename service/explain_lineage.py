"""Where money came from that reached an account through suspense or from another account."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from ledger import events as e
from ledger import suspense_events as s
from ledger.ids import account_stream, receipt_stream, stream_id
from ledger.recorded import RecordedEvent
from service.explain_lines import Tracing
from service.explain_terms import BY_METHOD, day, money
from service.explain_values import Detail
from service.wiring import business_day

HOPS_MAX = 20  # moves of the same money that are followed; nobody moves it more often


@dataclass(frozen=True, slots=True)
class Lineages:
    """Follows money back through the streams that it went through."""

    history: Callable[[UUID], Sequence[RecordedEvent]]
    trace: Tracing

    def of(self, event: RecordedEvent) -> tuple[Detail, ...]:
        """The steps before an event, the nearest first; none for money straight from a payer."""
        return tuple(self._before(event, HOPS_MAX))

    def _before(self, event: RecordedEvent, hops: int) -> Iterator[Detail]:
        fact = event.fact
        if isinstance(fact, e.PaymentReceived) and fact.from_suspense is not None:
            yield from self._suspense(fact.from_suspense, fact.receipt)
        elif isinstance(fact, e.CreditTransferredIn) and hops:
            giver = self.history(stream_id(account_stream(fact.from_unit, fact.from_account)))
            for part in fact.from_receipts:
                yield from self._given(part.receipt, part.amount_minor, giver, event, hops)

    def _given(
        self,
        receipt: str,
        amount_minor: int,
        giver: Iterable[RecordedEvent],
        taken: RecordedEvent,
        hops: int,
    ) -> Iterator[Detail]:
        for event in giver:
            fact = event.fact
            if event.position >= taken.position or getattr(fact, "receipt", None) != receipt:
                continue
            if isinstance(fact, e.PaymentReceived | e.CreditTransferredIn):
                yield Detail(_came(amount_minor, fact), amount_minor, self.trace(event))
                yield from self._before(event, hops - 1)

    def _suspense(self, receipt: str, account_receipt: str) -> Iterator[Detail]:
        for event in self.history(stream_id(receipt_stream(receipt))):
            fact = event.fact
            if isinstance(fact, s.ReceiptSuspended):
                amount = money(fact.amount_minor, fact.currency)
                text = (
                    f"{amount} came{BY_METHOD[fact.method]} on {day(fact.value_on)} and was held in"
                    f" suspense ({fact.reason.replace('-', ' ').replace('_', ' ')})"
                )
                yield Detail(text, fact.amount_minor, self.trace(event))
            elif isinstance(fact, s.ReceiptMovedToSuspense):
                yield from self._moved(fact, event)
            elif isinstance(fact, s.SuspenseIdentified) and fact.account_receipt == account_receipt:
                amount = money(fact.amount_minor, fact.currency)
                on = day(business_day(event.recorded_at))
                text = f"{amount} of it was found on {on} to be yours"
                yield Detail(f"{text}: {fact.reason}", fact.amount_minor, self.trace(event))

    def _moved(self, fact: s.ReceiptMovedToSuspense, event: RecordedEvent) -> Iterator[Detail]:
        """Money that was in the ledger before it was in suspense under this name."""
        amount = money(fact.amount_minor, fact.currency)
        came = f"{amount}{BY_METHOD[fact.method]} of {day(fact.value_on)}"
        if fact.from_receipt is None:  # whose account it was is nobody else's business
            text = f"{came} was on an account that it did not belong to, and was held in suspense"
            yield Detail(text, fact.amount_minor, self.trace(event))
            return
        for before in self.history(stream_id(receipt_stream(fact.from_receipt))):
            if isinstance(before.fact, s.ReceiptSuspended):
                whole = money(before.fact.amount_minor, fact.currency)
                text = f"{amount} of {whole} that came{BY_METHOD[fact.method]} on"
                text = f"{text} {day(fact.value_on)} and was held in suspense"
                yield Detail(text, fact.amount_minor, self.trace(before))
            elif isinstance(before.fact, s.ReceiptMovedToSuspense):
                yield from self._moved(before.fact, before)


def _came(amount_minor: int, fact: e.PaymentReceived | e.CreditTransferredIn) -> str:
    amount, whole = money(amount_minor, fact.currency), money(fact.amount_minor, fact.currency)
    place = f"account {fact.unit}/{fact.account} on {day(fact.value_on)}"
    if isinstance(fact, e.PaymentReceived):
        return f"{amount} of a payment of {whole}{BY_METHOD[fact.method]} to {place}"
    return f"{amount} of credit of {whole} that was moved to {place}"
