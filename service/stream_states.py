"""The states of streams as they are this moment, refolded where another version stored them."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from ledger.ids import stream_id
from ledger.store import Store
from ledger.store_values import StreamRow
from ledger.streams import KeptState, StreamState, fold, load, shape_of

State = TypeVar("State", bound=KeptState)


def states_of(store: Store, names: Sequence[str], kind: type[State]) -> dict[str, State]:
    """The states of the streams that exist, by name, in the sequence asked for.

    Raises TypeError when a stream is of another kind.
    """
    ids: dict[UUID, str] = {stream_id(name): name for name in names}
    rows = store.streams(list(ids))
    found: dict[str, State] = {}
    for one, name in ids.items():
        if one in rows:
            state = _state(store, rows[one])
            if not isinstance(state, kind):
                raise TypeError(f"{name} is no {kind.__name__}")
            found[name] = state
    return found


def _state(store: Store, row: StreamRow) -> StreamState:
    if row.shape == shape_of(row.name):
        return load(row.name, bytes(row.state))
    history = store.history(row.stream_id)[: row.version]
    return fold(row.name, [event.dated for event in history])
