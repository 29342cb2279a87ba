"""Reads the stored state of a stream for matching: the shape of today, or refolded."""

from typing import Protocol
from uuid import UUID

from ledger.invariants import BROKEN
from ledger.recorded import NewerEventError, RecordedEvent
from ledger.store_values import StreamRow
from ledger.streams import StreamState, read


class Histories(Protocol):
    """Where the events of a stream can be read."""

    def history(self, stream_id: UUID) -> tuple[RecordedEvent, ...]:
        """All events of a stream, in order."""


def read_state(reads: Histories, row: StreamRow) -> StreamState:
    """The state of a row; a row that an older version of the code wrote is folded again.

    None when it cannot be: such an account is nobody's match, and its money waits in suspense.
    """
    try:
        return read(row, reads.history)
    except NewerEventError:
        raise  # a newer version wrote it: this program must end
    except BROKEN:
        return None
