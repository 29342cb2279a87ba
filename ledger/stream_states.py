"""The states of streams as they are this moment, refolded where another version stored them."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from ledger.ids import stream_id
from ledger.store import Store
from ledger.streams import KeptState, read

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
            state = read(rows[one], store.history)
            if not isinstance(state, kind):
                raise TypeError(f"{name} is no {kind.__name__}")
            found[name] = state
    return found
