"""The scans under the checks: server-side cursors over one snapshot, with flat memory.

Everything is read in binary and times of recording as plain microseconds, so that a row that was
tampered into something impossible (an infinite time, a negative position) can be read and named.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

from psycopg import Connection
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from psycopg.rows import tuple_row

from ledger.findings import OnProgress
from ledger.invariants import BROKEN

ROWS_PER_FETCH = 5_000
# What stored bytes can raise when they are not what this ledger wrote.
UNREADABLE = BROKEN
SOME_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # for events whose time of recording is of no use
_EPOCH_2000_MICROS = 946_684_800_000_000  # PostgreSQL counts from 2000-01-01
_NUMBERS = count(1)  # two scans may be open at a time, and each cursor needs a name


class _MicrosLoader(Loader):
    """A binary timestamptz as microseconds since 1970; infinity is a very large number."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        return int.from_bytes(data, "big", signed=True) + _EPOCH_2000_MICROS


def scan(connection: Connection[Any], query: str, *arguments: object) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, fetched in pages while they are used."""
    name = f"scan_{next(_NUMBERS)}"
    with connection.cursor(name=name, row_factory=tuple_row) as cursor:
        cursor.adapters.register_loader("timestamptz", _MicrosLoader)
        cursor.execute(query, arguments, binary=True)
        while rows := cursor.fetchmany(ROWS_PER_FETCH):
            yield from rows


def watched(rows: Iterator[tuple[Any, ...]], on_progress: OnProgress) -> Iterator[tuple[Any, ...]]:
    """The same rows, with progress told page by page."""
    done = 0
    for row in rows:
        yield row
        done += 1
        if done % ROWS_PER_FETCH == 0:
            on_progress(ROWS_PER_FETCH)
    on_progress(done % ROWS_PER_FETCH)
