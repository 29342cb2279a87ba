"""The statements of one append, in the order in which `ledger.store` runs them.

A command waits for three answers: the lock and the end of the log, everything that is written, and
the commit. Each more would cost it a round trip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import Cursor

from ledger.sealing import GENESIS, Seal, leaf, micros, seal
from ledger.store_arrays import Bigints, Byteas, Column, Smallints, Texts, Uuids
from ledger.store_values import (
    NEVER_TAKEN,
    Appended,
    Batch,
    NewEvent,
    Position,
    PositionTakenError,
    RegisterRow,
    StreamMovedError,
    StreamRow,
)

VERSION_CONSTRAINT = "events_pkey"
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Last:
    """Where the log ends: its last seal, and the server's time now."""

    number: int
    position: int
    hash: bytes
    sealed_at: datetime
    server_now: datetime


_WHERE_THE_LOG_ENDS = (
    "SELECT number, last_position, hash, sealed_at, clock_timestamp() FROM ledger.seals"
    " ORDER BY number DESC LIMIT 1"
)
_KEYS = """
INSERT INTO ledger.register (kind, key, digest, holder, position)
SELECT * FROM unnest(%b::text[], %b::text[], %b::bytea[], %b::text[], %b::bigint[])
ON CONFLICT (kind, key) DO NOTHING
"""
_STATES = """
INSERT INTO ledger.streams (stream_id, name, version, shape, state)
SELECT * FROM unnest(%b::uuid[], %b::text[], %b::bigint[], %b::smallint[], %b::bytea[])
ON CONFLICT (stream_id) DO UPDATE
SET version = excluded.version, shape = excluded.shape, state = excluded.state
"""
_EVERYTHING = f"""
WITH keys AS ({_KEYS} RETURNING 1),
facts AS (
    INSERT INTO ledger.events
        (originator_id, originator_version, topic, state, notification_id, recorded_at)
    SELECT e.id, e.version, e.topic, e.state, %b + e.ordinal - 1, %b
    FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])
        WITH ORDINALITY AS e(id, version, topic, state, ordinal)
),
states AS ({_STATES}),
sealed AS (
    INSERT INTO ledger.seals
        (number, first_position, last_position, root, previous, sealed_at, hash)
    VALUES (%b, %b, %b, %b, %b, %b, %b)
)
SELECT count(*) FROM keys
"""  # noqa: S608 - put together from constants


def begin(cursor: Cursor[tuple[Any, ...]], lock: int) -> Last:
    """Begin a transaction, take the append lock, and say where the log ends."""
    # Three statements in one message: the last one's snapshot is taken after the lock was.
    cursor.execute(f"BEGIN; SELECT pg_advisory_xact_lock({lock}); {_WHERE_THE_LOG_ENDS}")
    while cursor.nextset():
        pass
    return _last(cursor)


def last_seal(cursor: Cursor[tuple[Any, ...]]) -> Last:
    """The newest seal, or the beginning; call it under the append lock."""
    cursor.execute(_WHERE_THE_LOG_ENDS)
    return _last(cursor)


def _last(cursor: Cursor[tuple[Any, ...]]) -> Last:
    row = cursor.fetchone()
    if row is None:
        row = 0, 0, GENESIS, _EPOCH, *cursor.execute("SELECT clock_timestamp()").fetchall()[0]
    return Last(row[0], row[1], bytes(row[2]), row[3], row[4])


def refuse_other_position(cursor: Cursor[tuple[Any, ...]], position: Position) -> None:
    """Raise PositionTakenError unless the stored position is the one that this one follows.

    That a position is smaller is not enough: a consumer that was frozen may hold a batch that
    begins before the stored position and ends after it.
    """
    row = cursor.execute(
        "SELECT notification_id FROM ledger.positions WHERE application_name = %s",
        (position.source,),
    ).fetchone()
    stored = row[0] if row else NEVER_TAKEN
    if stored != position.follows:
        raise PositionTakenError(
            f"{position.source} is at {stored}, not at {position.follows}: another consumer took it"
        )


def take_keys(cursor: Cursor[tuple[Any, ...]], rows: Sequence[RegisterRow], position: int) -> None:
    """Take keys for facts from `position` on; StreamMovedError when one is taken already."""
    if not rows:
        return
    cursor.execute(_KEYS, _key_columns(rows, position))
    if cursor.rowcount != len(rows):
        raise StreamMovedError("a key was taken meanwhile")


def put_states(cursor: Cursor[tuple[Any, ...]], rows: Sequence[StreamRow]) -> None:
    """Write state rows by themselves, where nothing happened but that they were wrong."""
    cursor.execute(_STATES, _state_columns(rows))


def write(cursor: Cursor[tuple[Any, ...]], batch: Batch, sealed: Seal) -> None:
    """Write keys, events, states and seal in one statement.

    Raises StreamMovedError when a stream has moved or a key was taken since they were read.
    """
    try:
        cursor.execute(
            _EVERYTHING,
            (
                *_key_columns(batch.register, sealed.first_position),
                sealed.first_position,
                sealed.sealed_at,
                *_event_columns(batch.events),
                *_state_columns(batch.streams),
                *_seal_values(sealed),
            ),
        )
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != VERSION_CONSTRAINT:
            raise  # a position that is taken: a seal is missing, or somebody wrote without the lock
        raise StreamMovedError("a stream moved meanwhile") from error
    if cursor.fetchone() != (len(batch.register),):
        raise StreamMovedError("a key was taken meanwhile")


def _key_columns(rows: Sequence[RegisterRow], position: int) -> tuple[Column, ...]:
    return (
        Texts([row.kind for row in rows]),
        Texts([row.key for row in rows]),
        Byteas([row.digest for row in rows]),
        Texts([row.holder for row in rows]),
        Bigints([row.position if row.repeats else position + row.position for row in rows]),
    )


def _event_columns(events: Sequence[NewEvent]) -> tuple[Column, ...]:
    return (
        Uuids([event.stream_id for event in events]),
        Bigints([event.version for event in events]),
        Texts([event.topic for event in events]),
        Byteas([event.state for event in events]),
    )


def _state_columns(rows: Sequence[StreamRow]) -> tuple[Column, ...]:
    return (
        Uuids([row.stream_id for row in rows]),
        Texts([row.name for row in rows]),
        Bigints([row.version for row in rows]),
        Smallints([row.shape for row in rows]),
        Byteas([row.state for row in rows]),
    )


def _seal_values(sealed: Seal) -> tuple[int | bytes | datetime, ...]:
    return (
        sealed.number,
        sealed.first_position,
        sealed.last_position,
        sealed.root,
        sealed.previous,
        sealed.sealed_at,
        sealed.hash,
    )


def seal_of(events: Sequence[NewEvent], last: Last, recorded_at: datetime) -> Seal:
    """The seal of a batch after the last one."""
    moment = micros(recorded_at)
    first = last.position + 1
    leaves = [
        leaf(first + index, event.stream_id, event.version, moment, event.topic, event.state)
        for index, event in enumerate(events)
    ]
    return seal(last.number + 1, first, leaves, last.hash, recorded_at)


def find_appended(cursor: Cursor[tuple[Any, ...]], batch: Batch) -> Appended | None:
    """Whether a batch whose commit is in doubt is in the ledger; call it under the append lock.

    Its events are there when a block begins with its first event and has its very root; a batch
    without events is there when its position, or else its first key, is.
    """
    if batch.events:
        return _find_block(cursor, batch.events)
    if batch.position is not None:
        query = (
            "SELECT 1 FROM ledger.positions WHERE application_name = %s AND notification_id = %s"
            " AND fingerprint IS NOT DISTINCT FROM %s"
        )
        position = batch.position
        cursor.execute(query, (position.source, position.position, position.fingerprint))
    elif batch.register:
        query = "SELECT 1 FROM ledger.register WHERE kind = %s AND key = %s AND digest = %s"
        row = batch.register[0]
        cursor.execute(query, (row.kind, row.key, row.digest))
    else:
        return None
    if cursor.rowcount < 1:
        return None
    last = last_seal(cursor)
    return Appended(last.position + 1, 0, last.sealed_at)


def _find_block(cursor: Cursor[tuple[Any, ...]], events: Sequence[NewEvent]) -> Appended | None:
    row = cursor.execute(
        "SELECT s.number, s.first_position, s.previous, s.sealed_at, s.hash"
        " FROM ledger.events e JOIN ledger.seals s ON s.first_position = e.notification_id"
        " WHERE e.originator_id = %s AND e.originator_version = %s",
        (events[0].stream_id, events[0].version),
    ).fetchone()
    if row is None:
        return None
    number, first, previous, sealed_at, digest = row
    before = Last(number - 1, first - 1, bytes(previous), sealed_at, sealed_at)
    if seal_of(events, before, sealed_at).hash != bytes(digest):
        return None
    return Appended(first, len(events), sealed_at)
