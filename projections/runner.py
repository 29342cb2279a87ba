"""Fills the read models from the log: pages of events, one transaction a page.

Polls: a notification can be lost, a poll cannot. Rows and progress commit together, and progress
only moves from the position that was read, so two runners cannot fill a page twice.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Self

import psycopg
from psycopg import Connection

from ledger.decoding import StoredRow
from projections import pages
from projections.pages import PAGE_EVENTS
from projections.read_models import READ_MODELS, ReadModel
from projections.reporting.close import close_periods

POLL_SECONDS = 0.2
LIVE = "live"


class AnotherRunnerError(Exception):
    """The progress moved under this runner: another one is filling the same tables."""


def connect(url: str) -> Connection[tuple[Any, ...]]:
    """A connection that acts as the projector."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET ROLE tallystick_projector")
    return connection


def loosely(connection: Connection[tuple[Any, ...]]) -> None:
    """Do not wait for the disk at each page.

    A crash of the server may lose the last pages, but their progress with them: they are folded
    again.
    """
    connection.execute("SET synchronous_commit = off")


def progress(connection: Connection[tuple[Any, ...]], name: str = LIVE) -> int:
    """The last position that a projection has read; 0 at the beginning."""
    row = connection.execute(
        "SELECT position FROM projection.progress WHERE projection = %s", (name,)
    ).fetchone()
    return row[0] if row else 0


def catch_up(
    connection: Connection[tuple[Any, ...]],
    *,
    page_events: int = PAGE_EVENTS,
    on_page: Callable[[int], None] | None = None,
) -> int:
    """Fold everything that is in the log and not yet read; the position reached.

    `on_page` is told how many events each page had.
    """
    position = progress(connection)
    while True:
        page = pages.fetch(connection, position, page_events)
        if not page:
            return position
        with connection.transaction():
            _advance(connection, position, page[-1])
            pages.fill(connection, page, READ_MODELS, {})
        position = page[-1][0]
        if on_page is not None:
            on_page(len(page))


def fill_new(connection: Connection[tuple[Any, ...]], models: Sequence[ReadModel]) -> None:
    """Fill read models that are new up to where the live ones are; in the open transaction.

    The live runner waits meanwhile: it would write to them too.
    """
    if not models:
        return
    connection.execute("LOCK TABLE projection.progress IN SHARE ROW EXCLUSIVE MODE")
    position, last = 0, progress(connection)
    while position < last:
        page = pages.fetch(connection, position, min(PAGE_EVENTS, last - position))
        pages.fill(connection, page, models, {})
        position = page[-1][0]


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
        self._reached = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def turn(self) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._url)
            loosely(self._connection)
        # A report that caught up meanwhile was faster: go on from where it came to.
        with suppress(AnotherRunnerError):
            reached = catch_up(self._connection, on_page=self._on_page)
            if reached != self._reached:  # a turn that found nothing new has nothing to close
                close_periods(self._connection)
            self._reached = reached


def _advance(connection: Connection[tuple[Any, ...]], position: int, last: StoredRow) -> None:
    moved = connection.execute(
        "INSERT INTO projection.progress AS p (projection, position, recorded_at)"
        " VALUES (%s, %s, %s) ON CONFLICT (projection) DO UPDATE"
        " SET position = excluded.position, recorded_at = excluded.recorded_at"
        " WHERE p.position = %s",
        (LIVE, last[0], last[3], position),
    )
    if moved.rowcount != 1:
        raise AnotherRunnerError(f"the read models are no longer at position {position}")
