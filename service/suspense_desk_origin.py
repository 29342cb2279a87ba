"""Where the money of a receipt in suspense came in: followed back through splits and moves."""

from collections.abc import Iterable, Iterator

from ledger import events as e
from ledger import suspense_events as s
from ledger.ids import account_stream, stream_id
from ledger.recorded import RecordedEvent
from service.suspense_desk_receipts import first_events
from service.wiring import App

HOPS_MAX = 20  # moves of the same money that are followed; nobody moves it more often


def origins(app: App, receipt: str) -> list[RecordedEvent]:
    """The events by which the money came here, the nearest first; the last took it in.

    A receipt that stands in a file of its own (a payment of a remittance advice) came in by that.
    """
    return origins_of(app, [receipt])[receipt]


def origins_of(app: App, receipts: Iterable[str]) -> dict[str, list[RecordedEvent]]:
    """The same of many receipts; only what was moved costs a query of its own."""
    firsts = first_events(app, receipts)
    return {receipt: list(_back(app, first)) for receipt, first in firsts.items()}


def _back(app: App, event: RecordedEvent) -> Iterator[RecordedEvent]:
    for _ in range(HOPS_MAX):
        yield event
        before = _before(app, event)
        if before is None:
            return
        event = before


def _before(app: App, event: RecordedEvent) -> RecordedEvent | None:
    match event.fact:
        case s.ReceiptMovedToSuspense() if event.envelope.source.kind == "file":
            return None
        case s.ReceiptMovedToSuspense(from_receipt=str(receipt)):
            return first_events(app, [receipt]).get(receipt)
        case s.ReceiptMovedToSuspense(from_unit=str(unit), from_account=str(account)):
            return _on_account(app, unit, account, event)
        case e.PaymentReceived(from_suspense=str(receipt)):
            return first_events(app, [receipt]).get(receipt)
        case _:
            return None


def _on_account(app: App, unit: str, account: str, event: RecordedEvent) -> RecordedEvent | None:
    """The payment on an account that was moved to suspense by an event."""
    history = app.store.history(stream_id(account_stream(unit, account)))
    moved = next((one for one in history if _is_leg(one, event)), None)
    receipt = getattr(moved.fact, "receipt", None) if moved is not None else None
    came = (
        one
        for one in history
        if isinstance(one.fact, e.PaymentReceived) and one.fact.receipt == receipt
    )
    return next(came, None)


def _is_leg(one: RecordedEvent, event: RecordedEvent) -> bool:
    """Whether an event of the account is the other side of a receipt's way into suspense."""
    return isinstance(one.fact, e.PaymentMovedToSuspense) and one.fact.new_receipt == getattr(
        event.fact, "receipt", None
    )
