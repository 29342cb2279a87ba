"""The desk for accounts and receipts that were stopped: find them, stop one, release one."""

from ledger.ids import QUARANTINABLE, QUARANTINE, account_stream, receipt_stream, stream_id
from ledger.invariants import BROKEN, in_words
from ledger.quarantine import Quarantined, QuarantineState
from ledger.quarantine_commands import QuarantineStream, ReleaseQuarantine
from ledger.store import Store
from ledger.store_values import StreamRow
from ledger.stream_states import states_of
from ledger.streams import dump, fold, shape_of
from service.desk_orders import Given, Order, give
from service.wiring import App


class StillBrokenError(Exception):
    """The events themselves cannot be followed: releasing it would only stop it again."""


def listed(store: Store) -> dict[str, Quarantined]:
    """What is stopped now, by the name of its stream."""
    found = states_of(store, [QUARANTINE], QuarantineState)
    return dict(found[QUARANTINE].streams) if found else {}


def stream_of(word: str) -> str:
    """The stream of `UNIT/ACCOUNT`, of a receipt, or of its own name."""
    if word.startswith(QUARANTINABLE):
        return word
    unit, slash, account = word.partition("/")
    return account_stream(unit, account) if slash else receipt_stream(word)


def stop(app: App, order: Order, stream: str, breach: str) -> Given:
    """Stop a stream that a check found wrong."""
    return give(app, order, [QuarantineStream(stream=stream, breach=breach)])


def release(app: App, order: Order, stream: str, reason: str) -> Given:
    """Let a stopped stream go on, with its state folded anew from its events.

    Raises StillBrokenError when its events cannot be folded.
    """
    command = ReleaseQuarantine(stream=stream, reason=reason)
    tried = give(app, Order(order.actor, order.id, order.verb, dry_run=True), [command])
    if tried.refusals or order.dry_run:
        return tried
    # First the state, then the release: nobody works with the wrong state in between.
    app.store.rewrite_state(_folded(app.store, stream))
    return give(app, order, [command])


def _folded(store: Store, stream: str) -> StreamRow:
    """The state row of a stream as its events give it."""
    try:
        history = store.history(stream_id(stream))
        state = fold(stream, [event.dated for event in history])
    except BROKEN as error:
        raise StillBrokenError(
            f"{stream}: its own events cannot be followed: {in_words(error)}"
        ) from error
    return StreamRow(stream_id(stream), stream, len(history), shape_of(stream), dump(state))
