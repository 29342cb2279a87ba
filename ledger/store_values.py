"""What goes into an append and what comes out of it, and how an append can fail.

StreamMovedError     another writer was faster: decide again
PositionTakenError   another consumer took this batch: drop it
SandboxClockError    a simulated clock on a ledger of real money
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

NEVER_TAKEN = -1  # the position that the first position of a source follows


class StreamMovedError(Exception):
    """Another writer appended to a stream, or took a key, since it was read: decide again."""


class PositionTakenError(Exception):
    """The source's position was already taken by another consumer: this batch is not ours."""


class SandboxClockError(Exception):
    """A business clock other than the server's was asked for on a ledger that is no sandbox."""


class NewEvent(NamedTuple):
    """An event to append: its stream and version, its topic, its bytes."""

    stream_id: UUID
    version: int
    topic: str
    state: bytes


class StreamRow(NamedTuple):
    """The current state of a stream, stored beside its events."""

    stream_id: UUID
    name: str
    version: int
    shape: int
    state: bytes


class RegisterRow(NamedTuple):
    """A key that may be used once: what it is, the digest of its content, who holds it.

    `position` is where its first fact is: in the log when read; when appended, within the batch,
    unless the key `repeats` something that is in the log already.
    """

    kind: str
    key: str
    digest: bytes
    holder: str = ""
    position: int = 0
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """How far a source has been taken, with a fingerprint of the input that stands there.

    `follows` is the position that must be stored when this one is: NEVER_TAKEN for a source that
    has none. Without it, any smaller position will do.
    """

    source: str
    position: int
    fingerprint: str | None = None
    follows: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything that one append writes."""

    events: Sequence[NewEvent] = ()
    streams: Sequence[StreamRow] = ()
    register: Sequence[RegisterRow] = ()
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """The positions that an append gave to its events; none when it had no events."""

    first_position: int
    count: int
    recorded_at: datetime
