"""The event store: the only way to append.

One append is one transaction: events with their time of recording, the state row of each stream,
register rows, the position of the source, and the seal. All of it is there, or nothing is.

Writers are serialised by an advisory lock. A table lock would need rights that a role with only
SELECT and INSERT does not have; without any lock, a reader that tails the log would miss events
that commit out of order. Under the lock, positions are given without gaps and `recorded_at` never
goes back, so "as known at T" is always a prefix of the log. Events go in as binary arrays in one
plain statement.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection, Cursor
from psycopg.rows import tuple_row

from ledger.limits import EVENTS_PER_APPEND_MAX
from ledger.store_datastore import LedgerDatastore, LedgerRecorder
from ledger.store_reads import CursorReads, StoreReads
from ledger.store_sql import (
    Last,
    begin,
    find_appended,
    put_states,
    refuse_other_position,
    seal_of,
    take_keys,
    write,
)
from ledger.store_troubles import lent, may_have_committed
from ledger.store_values import Appended, Batch, Position, SandboxClockError, StreamRow

APPEND_LOCK = 0x7A11_5713  # one number for all writers of a database


class Store(StoreReads):
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
        self.recorder = LedgerRecorder(self.datastore)
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
        with lent(self.datastore.pool) as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection[Any]]:
        """A read-only transaction that sees the ledger as it is now, whatever is appended since."""
        with self._connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # A check may think for as long as it likes: it holds no lock that a writer needs.
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield connection

    @contextmanager
    def snapshot_reads(self) -> Iterator[StoreReads]:
        """All reads of a store over one snapshot: what is appended meanwhile is not seen."""
        with self.snapshot() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            yield CursorReads(cursor)

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

    def rewrite_state(self, row: StreamRow) -> None:
        """Put a state row right that is not what its events give; the events are the truth."""
        with self._appending() as (cursor, _):
            put_states(cursor, [row])

    def append(self, batch: Batch) -> Appended:
        """Append a batch in one transaction.

        Raises StreamMovedError when a stream or a key was taken meanwhile (nothing is written),
        PositionTakenError when the source's position was. When the connection is lost and it is
        unknown whether the commit happened, the log itself is asked.
        """
        return self.append_decided(lambda _: batch)

    def append_decided(self, decide: Callable[[StoreReads], Batch]) -> Appended:
        """Append what is decided while no other writer can append; as `append` otherwise.

        All writers wait meanwhile: this is for a decision that lost to faster writers before.
        """
        decided: list[Batch] = []
        try:
            with self._appending() as (cursor, last):
                decided.append(decide(CursorReads(cursor)))
                return self._append(cursor, decided[0], last)
        except psycopg.OperationalError as error:
            if not decided or not may_have_committed(error):
                raise
            try:
                found = self._find_appended(decided[0])
            except psycopg.OperationalError as unanswered:
                raise error from unanswered  # the first one names the cause
            if found is None:
                raise
            return found

    @contextmanager
    def _appending(self) -> Iterator[tuple[Cursor[tuple[Any, ...]], Last]]:
        """A transaction that holds the append lock to its end, and where the log ended before."""
        # The pool commits when it gets the connection back, or rolls back after an error.
        with self.cursor() as cursor:
            yield cursor, begin(cursor, APPEND_LOCK)

    def _append(self, cursor: Cursor[tuple[Any, ...]], batch: Batch, last: Last) -> Appended:
        if len(batch.events) > EVENTS_PER_APPEND_MAX:
            raise ValueError(f"{len(batch.events)} events in one append: {EVENTS_PER_APPEND_MAX}")
        moment = self._clock() if self._clock is not None else last.server_now
        recorded_at = max(moment, last.sealed_at)
        if batch.position is not None:
            self._take_position(cursor, batch.position)
        if batch.events:
            write(cursor, batch, seal_of(batch.events, last, recorded_at))
        else:
            take_keys(cursor, batch.register, last.position + 1)
        return Appended(last.position + 1, len(batch.events), recorded_at)

    def _take_position(self, cursor: Cursor[tuple[Any, ...]], position: Position) -> None:
        if position.follows is not None:
            refuse_other_position(cursor, position)
        self.recorder.insert_tracking_of(cursor, position)
        if position.fingerprint is not None:
            cursor.execute(
                "UPDATE ledger.positions SET fingerprint = %s WHERE application_name = %s",
                (position.fingerprint, position.source),
            )

    def _find_appended(self, batch: Batch) -> Appended | None:
        # Under the lock: the server may still be committing what the client lost sight of.
        with self._appending() as (cursor, _):
            return find_appended(cursor, batch)


def _one(cursor: Cursor[tuple[Any, ...]]) -> tuple[Any, ...]:
    row = cursor.fetchone()
    if row is None:
        raise RuntimeError("the statement gave no row")
    return row
