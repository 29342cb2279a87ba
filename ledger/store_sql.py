"""The statements of one append, in the order in which `ledger.store` runs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Cursor

from ledger.sealing import GENESIS, Seal, leaf, micros, seal
from ledger.store_values import Appended, Batch, NewEvent, RegisterRow, StreamMovedError

VERSION_CONSTRAINT = "events_pkey"


@dataclass(frozen=True, slots=True)
class Last:
    """Where the log ends: its last seal, and the server's time now."""

    number: int
    position: int
    hash: bytes
    sealed_at: datetime
    server_now: datetime


def last_seal(cursor: Cursor[tuple[Any, ...]]) -> Last:
    """The newest seal, or the beginning; call it under the append lock."""
    # A statement of its own: its snapshot must be taken after the lock was.
    row = cursor.execute(
        "SELECT coalesce(s.number, 0), coalesce(s.last_position, 0), coalesce(s.hash, %s),"
        " coalesce(s.sealed_at, 'epoch'::timestamptz), clock_timestamp()"
        " FROM (SELECT 1) AS one LEFT JOIN LATERAL"
        " (SELECT * FROM ledger.seals ORDER BY number DESC LIMIT 1) AS s ON true",
        (GENESIS,),
    ).fetchone()
    if row is None:
        raise RuntimeError("no row for the last seal")
    return Last(row[0], row[1], bytes(row[2]), row[3], row[4])


def insert_register(
    cursor: Cursor[tuple[Any, ...]], rows: Sequence[RegisterRow], position: int
) -> None:
    """Take keys for facts from `position` on; StreamMovedError when one is taken already."""
    if not rows:
        return
    cursor.execute(
        "INSERT INTO ledger.register (kind, key, digest, holder, position) SELECT *"
        " FROM unnest(%b::text[], %b::text[], %b::bytea[], %b::text[], %b::bigint[])"
        " ON CONFLICT (kind, key) DO NOTHING",
        (
            [row.kind for row in rows],
            [row.key for row in rows],
            [row.digest for row in rows],
            [row.holder for row in rows],
            [row.position if row.repeats else position + row.position for row in rows],
        ),
    )
    if cursor.rowcount != len(rows):
        raise StreamMovedError("a key was taken meanwhile")


def insert_events(
    cursor: Cursor[tuple[Any, ...]],
    events: Sequence[NewEvent],
    first_position: int,
    recorded_at: datetime,
) -> None:
    """Insert events at consecutive positions; StreamMovedError when a stream has moved."""
    try:
        cursor.execute(
            "INSERT INTO ledger.events"
            " (originator_id, originator_version, topic, state, notification_id, recorded_at)"
            " SELECT e.id, e.version, e.topic, e.state, %s + e.ordinal - 1, %s"
            " FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])"
            " WITH ORDINALITY AS e(id, version, topic, state, ordinal)",
            (
                first_position,
                recorded_at,
                [event.stream_id for event in events],
                [event.version for event in events],
                [event.topic for event in events],
                [event.state for event in events],
            ),
        )
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != VERSION_CONSTRAINT:
            raise  # a position that is taken: a seal is missing, or somebody wrote without the lock
        raise StreamMovedError("a stream moved meanwhile") from error


def upsert_streams(cursor: Cursor[tuple[Any, ...]], batch: Batch) -> None:
    """Write the state rows of the streams that the events belong to."""
    rows = batch.streams
    cursor.execute(
        "INSERT INTO ledger.streams (stream_id, name, version, shape, state)"
        " SELECT * FROM"
        " unnest(%b::uuid[], %b::text[], %b::bigint[], %b::smallint[], %b::bytea[])"
        " ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version,"
        " shape = excluded.shape, state = excluded.state",
        (
            [row.stream_id for row in rows],
            [row.name for row in rows],
            [row.version for row in rows],
            [row.shape for row in rows],
            [row.state for row in rows],
        ),
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


def insert_seal(cursor: Cursor[tuple[Any, ...]], made: Seal) -> None:
    """Insert a seal."""
    cursor.execute(
        "INSERT INTO ledger.seals"
        " (number, first_position, last_position, root, previous, sealed_at, hash)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            made.number,
            made.first_position,
            made.last_position,
            made.root,
            made.previous,
            made.sealed_at,
            made.hash,
        ),
    )


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
