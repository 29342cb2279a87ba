"""Fills the read models from the log: pages of events, one transaction a page.

Polls: a notification can be lost, a poll cannot. Rows and progress commit together, and progress
only moves from the position that was read, so two runners cannot fill a page twice.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from ledger.recorded import RecordedEvent, decode
from projections.read_models import READ_MODELS, ReadModel

PAGE_EVENTS = 5_000
POLL_SECONDS = 0.2
LIVE = "live"


class AnotherRunnerError(Exception):
    """The progress moved under this runner: another one is filling the same tables."""


def connect(url: str) -> Connection[tuple[Any, ...]]:
    """A connection that acts as the projector."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET ROLE tallystick_projector")
    return connection


def progress(connection: Connection[tuple[Any, ...]], name: str = LIVE) -> int:
    """The last position that a projection has read; 0 at the beginning."""
    row = connection.execute(
        "SELECT position FROM projection.progress WHERE projection = %s", (name,)
    ).fetchone()
    return row[0] if row else 0


def catch_up(
    connection: Connection[tuple[Any, ...]],
    *,
    name: str = LIVE,
    targets: Mapping[str, str] | None = None,
    page_events: int = PAGE_EVENTS,
    on_page: Callable[[int], None] | None = None,
) -> int:
    """Fold everything that is in the log and not yet read; the position reached.

    `targets` names other tables to fill in place of the live ones; `on_page` is told how many
    events each page had.
    """
    position = progress(connection, name)
    while True:
        events = _page(connection, position, page_events)
        if not events:
            return position
        with connection.transaction():
            _advance(connection, name, position, events[-1])
            for model in READ_MODELS:
                _copy(connection, model, (targets or {}).get(model.name, model.name), events)
        position = events[-1].position
        if on_page is not None:
            on_page(len(events))


def fill_new(connection: Connection[tuple[Any, ...]], models: Sequence[ReadModel]) -> None:
    """Fill read models that are new up to where the live ones are; in the open transaction.

    The live runner waits meanwhile: it would write to them too.
    """
    if not models:
        return
    connection.execute("LOCK TABLE projection.progress IN SHARE ROW EXCLUSIVE MODE")
    position, last = 0, progress(connection)
    while position < last:
        events = _page(connection, position, min(PAGE_EVENTS, last - position))
        for model in models:
            _copy(connection, model, model.name, events)
        position = events[-1].position


def run(
    url: str,
    stop: threading.Event,
    on_page: Callable[[int], None] | None = None,
    ask: Callable[[Callable[[], None]], None] = lambda turn: turn(),
) -> None:
    """Keep the live read models up to date until `stop` is set.

    `ask` calls a turn, and again while the database is in trouble. A turn begins where the stored
    progress is, on a new connection when the old one is lost.
    """
    with _Filler(url, on_page) as filler:
        while not stop.is_set():
            ask(filler.turn)
            stop.wait(POLL_SECONDS)


class _Filler:
    """Catches up on one connection, or on the next when that is lost."""

    def __init__(self, url: str, on_page: Callable[[int], None] | None) -> None:
        self._url = url
        self._on_page = on_page
        self._connection: Connection[tuple[Any, ...]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def turn(self) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._url)
        # A report that caught up meanwhile was faster: go on from where it came to.
        with suppress(AnotherRunnerError):
            catch_up(self._connection, on_page=self._on_page)


def _page(
    connection: Connection[tuple[Any, ...]], position: int, limit: int
) -> list[RecordedEvent]:
    cursor = connection.execute(
        "SELECT notification_id, originator_id, originator_version, recorded_at, topic, state"
        " FROM ledger.events WHERE notification_id > %s ORDER BY notification_id LIMIT %s",
        (position, limit),
        binary=True,
    )
    return [decode(*row) for row in cursor.fetchall()]


def _advance(
    connection: Connection[tuple[Any, ...]], name: str, position: int, last: RecordedEvent
) -> None:
    moved = connection.execute(
        "INSERT INTO projection.progress AS p (projection, position, recorded_at)"
        " VALUES (%s, %s, %s) ON CONFLICT (projection) DO UPDATE"
        " SET position = excluded.position, recorded_at = excluded.recorded_at"
        " WHERE p.position = %s",
        (name, last.position, last.recorded_at, position),
    )
    if moved.rowcount != 1:
        raise AnotherRunnerError(f"projection {name} is no longer at position {position}")


def _copy(
    connection: Connection[tuple[Any, ...]],
    model: ReadModel,
    table: str,
    events: list[RecordedEvent],
) -> None:
    rows = [row for event in events for row in model.rows(event)]
    if not rows:
        return
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        Identifier(*table.split(".")),
        SQL(", ").join(Identifier(name) for name in model.table.column_names),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(model.types)
        for row in rows:
            copy.write_row(row)
