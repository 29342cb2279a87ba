"""The streams of one attempt at a batch, and the whole histories of those that it looks back on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from ledger.account_state import Dated
from ledger.recorded import RecordedEvent
from ledger.store_reads import StoreReads
from ledger.streams import StreamState


@dataclass(slots=True)
class RoundStream:
    """A stream as an attempt sees it: its stored state, and what was decided since."""

    id: UUID
    name: str
    version: int = 0
    state: StreamState = None
    decided: list[Dated] = field(default_factory=list)


class RoundHistories:
    """The stored events of streams, each read once, and none before it is asked for."""

    def __init__(self, store: StoreReads) -> None:
        self._store = store
        self._of: dict[UUID, list[RecordedEvent]] = {}

    def load(self, ids: Iterable[UUID]) -> None:
        """Read the histories that are not read yet, in one question."""
        unknown = [one for one in dict.fromkeys(ids) if one not in self._of]
        if unknown:
            self._of |= self._store.histories(unknown)

    def of(self, stream: RoundStream) -> tuple[Dated, ...]:
        """The facts of a stream up to its state, with what was decided since.

        What another writer adds after the state was read is left out: the append will notice.
        """
        self.load([stream.id])
        stored = [event.dated for event in self._of[stream.id]]
        return (*stored[: stream.version - len(stream.decided)], *stream.decided)
