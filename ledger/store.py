"""The event store: the only module that touches `eventsourcing`, and the only way to append.

One append is one transaction: events with their time of recording, the state row of each stream,
register rows, the position of the source, and the seal. All of it is there, or nothing is.

Writers are serialised by an advisory lock. A table lock would need rights that a role with only
SELECT and INSERT does not have; without any lock, a reader that tails the log would miss events
that commit out of order. Under the lock, positions are given without gaps and `recorded_at` never
goes back, so "as known at T" is always a prefix of the log. The library's database functions
insert without its lock and drop tracking silently, so they stay off; its pipeline mode hangs on
large parameters, so events go in as binary arrays in one plain statement.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg import Connection, Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from ledger.limits import EVENTS_PER_APPEND_MAX
from ledger.recorded import RecordedEvent, decode
from ledger.sealing import Seal
from ledger.store_sql import (
    insert_events,
    insert_register,
    insert_seal,
    last_seal,
    seal_of,
    upsert_streams,
)
from ledger.store_values import (
    Appended,
    Batch,
    Position,
    PositionTakenError,
    RegisterRow,
    SandboxClockError,
    StreamRow,
)

SCHEMA = "ledger"
EVENTS_TABLE = "events"
POSITIONS_TABLE = "positions"
APPEND_LOCK = 0x7A11_5713  # one number for all writers of a database
LOCK_WAIT_SECONDS = 60

_SELECT = (
    "SELECT notification_id, originator_id, originator_version, recorded_at, topic, state"
    " FROM ledger.events"
)


class LedgerDatastore(PostgresDatastore):
    """The library's pool, acting as the least-privileged role that can do the work."""

    def __init__(self, url: str, role: str, pool_size: int = 2) -> None:
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        self._role = role
        super().__init__(
            dbname=parts.get("dbname", "tallystick"),
            host=parts.get("host", "127.0.0.1"),
            port=parts.get("port", "5432"),
            user=parts.get("user", "tallystick"),
            password=parts.get("password", ""),
            schema=SCHEMA,
            pool_size=pool_size,
            max_overflow=8,
            connect_timeout=30,
            pre_ping=True,
            lock_timeout=LOCK_WAIT_SECONDS,
            single_row_tracking=True,
            originator_id_type="uuid",
            enable_db_functions=False,
        )

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        """Take the role as soon as a connection is made."""
        inherited, role = super().after_connect_func(), self._role

        def after_connect(connection: Connection[Any]) -> None:
            inherited(connection)
            connection.execute(SQL("SET ROLE {}").format(Identifier(role)))

        return after_connect


class LedgerRecorder(PostgresProcessRecorder):
    """The library's recorder with our one append; its own insert is closed."""

    def insert_events(self, stored_events: Sequence[Any], **kwargs: object) -> None:
        """Refused: events go in by `Store.append`, sealed and with their state."""
        raise NotImplementedError("append through ledger.store.Store.append")

    def insert_tracking_of(self, cursor: Cursor[Any], position: Position) -> None:
        """Record a source's position; the library refuses one that does not go forward."""
        try:
            self._insert_tracking(cursor, Tracking(position.source, position.position))
        except IntegrityError as error:
            raise PositionTakenError(f"{position.source} is already past this") from error


class Store:
    """The event store of one database, for the application role.

    `clock` is given only for a sandbox ledger, whose business time is simulated; otherwise the
    database server's clock is used.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime] | None = None,
        role: str = "tallystick_app",
        pool_size: int = 2,
    ) -> None:
        self.datastore = LedgerDatastore(url, role, pool_size)
        self.recorder = LedgerRecorder(
            self.datastore, events_table_name=EVENTS_TABLE, tracking_table_name=POSITIONS_TABLE
        )
        self._clock = clock
        if clock is not None and not self.is_sandbox():
            self.close()
            raise SandboxClockError("a simulated clock needs a ledger made with --sandbox")

    def close(self) -> None:
        """Close the pool."""
        self.datastore.close()

    @contextmanager
    def cursor(self) -> Iterator[Cursor[tuple[Any, ...]]]:
        """A cursor of plain rows, each statement its own transaction."""
        with self._connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            yield cursor

    @contextmanager
    def _connection(self) -> Iterator[Connection[Any]]:
        # Not the library's get_connection: it renames psycopg's errors, and we tell them apart.
        self.datastore.pool.open()
        with self.datastore.pool.connection() as connection:
            yield connection

    def is_sandbox(self) -> bool:
        """Whether this ledger was made with a movable clock."""
        with self.cursor() as cursor:
            row = cursor.execute("SELECT sandbox FROM ledger.meta").fetchone()
        return bool(row and row[0])

    def now(self) -> datetime:
        """The business clock: the server's, or the sandbox's."""
        if self._clock is not None:
            return self._clock()
        with self.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            return _one(cursor)[0]  # type: ignore[no-any-return]

    def append(self, batch: Batch) -> Appended:
        """Append a batch in one transaction.

        Raises StreamMovedError when a stream or a key was taken meanwhile (nothing is written),
        PositionTakenError when the source's position was. When the connection is lost and it is
        unknown whether the commit happened, the log itself is asked.
        """
        if len(batch.events) > EVENTS_PER_APPEND_MAX:
            raise ValueError(f"{len(batch.events)} events in one append: {EVENTS_PER_APPEND_MAX}")
        try:
            with (
                self._connection() as connection,
                connection.transaction(),
                connection.cursor(row_factory=tuple_row) as cursor,
            ):
                return self._append(cursor, batch)
        except psycopg.OperationalError as error:
            found = self._find_appended(batch) if _may_have_committed(error) else None
            if found is None:
                raise
            return found

    def _append(self, cursor: Cursor[tuple[Any, ...]], batch: Batch) -> Appended:
        cursor.execute(SQL("SET LOCAL lock_timeout = {}").format(f"{LOCK_WAIT_SECONDS}s"))
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
        last = last_seal(cursor)
        moment = self._clock() if self._clock is not None else last.server_now
        recorded_at = max(moment, last.sealed_at)
        if batch.position is not None:
            self._take_position(cursor, batch.position)
        insert_register(cursor, batch.register, last.position + 1)
        if batch.events:
            insert_events(cursor, batch.events, last.position + 1, recorded_at)
            upsert_streams(cursor, batch)
            insert_seal(cursor, seal_of(batch.events, last, recorded_at))
        return Appended(last.position + 1, len(batch.events), recorded_at)

    def _take_position(self, cursor: Cursor[tuple[Any, ...]], position: Position) -> None:
        self.recorder.insert_tracking_of(cursor, position)
        if position.fingerprint is not None:
            cursor.execute(
                "UPDATE ledger.positions SET fingerprint = %s WHERE application_name = %s",
                (position.fingerprint, position.source),
            )

    def _find_appended(self, batch: Batch) -> Appended | None:
        """Whether a batch whose commit is in doubt is in the log: its first event tells."""
        if not batch.events:
            return None
        first = batch.events[0]
        with self.cursor() as cursor:
            row = cursor.execute(
                "SELECT notification_id, recorded_at, state FROM ledger.events"
                " WHERE originator_id = %s AND originator_version = %s",
                (first.stream_id, first.version),
            ).fetchone()
        if row is None or bytes(row[2]) != first.state:
            return None
        return Appended(row[0], len(batch.events), row[1])

    def streams(self, stream_ids: Sequence[UUID]) -> dict[UUID, StreamRow]:
        """The state rows of the streams that exist."""
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT stream_id, name, version, shape, state FROM ledger.streams"
                " WHERE stream_id = ANY(%b::uuid[])",
                (list(stream_ids),),
                binary=True,
            )
            return {row[0]: StreamRow(*row) for row in cursor.fetchall()}

    def stream_names(self, prefix: str) -> list[str]:
        """The names of the streams that begin with a prefix, in order."""
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT name FROM ledger.streams WHERE starts_with(name, %s) ORDER BY name",
                (prefix,),
            )
            return [row[0] for row in cursor.fetchall()]

    def registered(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], RegisterRow]:
        """The register rows of the keys that are taken."""
        if not keys:
            return {}
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT r.kind, r.key, r.digest, r.holder, r.position FROM ledger.register r"
                " JOIN unnest(%b::text[], %b::text[]) AS k(kind, key)"
                " ON r.kind = k.kind AND r.key = k.key",
                ([kind for kind, _ in keys], [key for _, key in keys]),
                binary=True,
            )
            return {(row[0], row[1]): RegisterRow(*row) for row in cursor.fetchall()}

    def position(self, source: str) -> tuple[int, str | None] | None:
        """How far a source has been taken, and the fingerprint there; None when never."""
        with self.cursor() as cursor:
            return cursor.execute(
                "SELECT notification_id, fingerprint FROM ledger.positions"
                " WHERE application_name = %s",
                (source,),
            ).fetchone()

    def history(self, stream_id: UUID) -> tuple[RecordedEvent, ...]:
        """All events of a stream, in order."""
        with self.cursor() as cursor:
            cursor.execute(
                f"{_SELECT} WHERE originator_id = %s ORDER BY originator_version",
                (stream_id,),
                binary=True,
            )
            return tuple(decode(*row) for row in cursor.fetchall())

    def events_after(self, position: int, limit: int) -> list[RecordedEvent]:
        """The next events of the log after a position, in order."""
        return [decode(*row) for row in self.rows_after(position, limit)]

    def rows_after(
        self, position: int, limit: int, topics: Sequence[str] = ()
    ) -> list[tuple[int, UUID, int, datetime, str, bytes]]:
        """The next stored rows after a position; only of the topics, when some are named."""
        of_topics = "AND topic = ANY(%s)" if topics else "AND %s::text[] IS NULL"
        with self.cursor() as cursor:
            cursor.execute(
                f"{_SELECT} WHERE notification_id > %s {of_topics}"
                " ORDER BY notification_id LIMIT %s",
                (position, list(topics) or None, limit),
                binary=True,
            )
            return cursor.fetchall()

    def last_position(self) -> int:
        """The position of the newest event; 0 when there is none."""
        with self.cursor() as cursor:
            row = cursor.execute("SELECT max(last_position) FROM ledger.seals").fetchone()
        return (row[0] if row else 0) or 0

    def seals_after(self, number: int, limit: int) -> list[Seal]:
        """The next seals after a block number, in order."""
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT number, first_position, last_position, root, previous, sealed_at, hash"
                " FROM ledger.seals WHERE number > %s ORDER BY number LIMIT %s",
                (number, limit),
                binary=True,
            )
            return [Seal(*row) for row in cursor.fetchall()]


def _one(cursor: Cursor[tuple[Any, ...]]) -> tuple[Any, ...]:
    row = cursor.fetchone()
    if row is None:
        raise RuntimeError("the statement gave no row")
    return row


def _may_have_committed(error: psycopg.OperationalError) -> bool:
    # A lock time-out or a refused statement is an answer; a lost connection is none.
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
