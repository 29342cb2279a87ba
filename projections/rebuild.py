"""Rebuild every read model beside the live ones, compare, and switch only when they are equal.

The new tables are filled from the first event in pages, each a transaction with its progress, so a
rebuild that was killed goes on where it stopped; intake and the live runner go on meanwhile. Then
one transaction holds the live runner still (never the intake), folds the last events, compares all
rows and all figures, and points the views at the new tables. Readers wait only while the new
figures are computed. Anything that differs leaves the live tables in place.

Tables and progress carry the digest of the code that fills them: what another version of the code
began is thrown away, never continued.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from itertools import islice
from typing import Any

from psycopg import Connection

from projections import rebuild_log, rebuild_tables
from projections.compare import (
    DIFFERENCES_MAX,
    Difference,
    differing_cells,
    differing_rows,
    read_figures,
    viewpoints,
)
from projections.read_models import READ_MODELS
from projections.runner import PAGE_EVENTS, catch_up, progress

REBUILD_LOCK = 0x7A11_5B1D  # one rebuild at a time in a database

OnProgress = Callable[[int, int], None]  # events folded, events to fold


class AnotherRebuildError(Exception):
    """Another rebuild of the same database is under way."""


@dataclass(frozen=True, slots=True)
class Today:
    """The business day and moment from which figures are compared."""

    day: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of a rebuild: whether it was switched to, how far it read, what differed.

    `resumed_from` is the position at which an earlier, killed run was taken up; 0 without one.
    `differences` holds at most DIFFERENCES_MAX cells and as many rows.
    """

    switched: bool
    position: int
    resumed_from: int
    cells_compared: int
    differences: tuple[Difference, ...]


class _PageDone(Exception):  # noqa: N818 - a signal of our own callback, not an error
    """One page is folded."""


@dataclass(frozen=True, slots=True)
class _Filling:
    """Which tables are filled, under which name their progress is kept, and how."""

    connection: Connection[tuple[Any, ...]]
    name: str
    targets: dict[str, str]
    page_events: int
    report: OnProgress

    def up_to(self, position: int) -> None:
        """Fold exactly up to a position; positions have no gaps, so a page can end there."""
        while (done := progress(self.connection, self.name)) < position:
            self.report(done, position)
            with suppress(_PageDone):
                catch_up(
                    self.connection,
                    name=self.name,
                    targets=self.targets,
                    page_events=min(self.page_events, position - done),
                    on_page=_end_page,
                )
            if progress(self.connection, self.name) == done:
                raise RuntimeError(f"the log has no event after {done}, yet {position} was read")
        self.report(position, position)


def _end_page(_events: int) -> None:
    raise _PageDone


def rebuild(
    connection: Connection[tuple[Any, ...]],
    today: Today,
    *,
    accept_reason: str = "",
    page_events: int = PAGE_EVENTS,
    on_progress: OnProgress | None = None,
) -> Rebuilt:
    """Rebuild up to where the live read models are, compare, and switch when all is equal.

    With `accept_reason`, differences are recorded with the reason and switched to all the same.
    `connection` is the projector's, in autocommit. Raises AnotherRebuildError.
    """
    with _alone(connection):
        code = code_digest()
        targets = rebuild_tables.names(code)
        name = f"rebuild_{code}"
        filling = _Filling(connection, name, targets, page_events, on_progress or _nowhere)
        resumed_from = rebuild_tables.prepare(connection, name, targets)
        filling.up_to(progress(connection))
        rebuild_tables.index(connection, targets)
        filling.up_to(progress(connection))  # what came in while the indexes were built
        with connection.transaction():
            # The live runner waits for this lock before it writes a page; readers do not.
            connection.execute("LOCK TABLE projection.progress IN SHARE ROW EXCLUSIVE MODE")
            position = progress(connection)
            filling.up_to(position)
            switched, cells, differences = _settle(filling, today, accept_reason)
            if switched:
                count = len(differences)
                rebuild_log.record(connection, position, code, cells, count, accept_reason)
    return Rebuilt(switched, position, resumed_from, cells, differences)


def _settle(
    filling: _Filling, today: Today, accept_reason: str
) -> tuple[bool, int, tuple[Difference, ...]]:
    """Compare, then switch to the new tables or drop them; all in the open transaction."""
    connection, targets = filling.connection, filling.targets
    live = {one.name: rebuild_tables.live_table(connection, one) for one in READ_MODELS}
    cells, differences = _compare(connection, live, targets, today)
    if differences and not accept_reason:
        rebuild_tables.point_views(connection, live)
        rebuild_tables.discard(connection, filling.name, targets)
        return False, cells, differences
    rebuild_tables.put_in_place(connection, filling.name, live, targets)
    return True, cells, differences


def _compare(
    connection: Connection[tuple[Any, ...]],
    live: dict[str, str],
    targets: dict[str, str],
    today: Today,
) -> tuple[int, tuple[Difference, ...]]:
    """Compare rows and figures; the views are left pointing at the new tables."""
    points = viewpoints(today.day, *_moments(connection, today.now))
    rows = [
        difference
        for model in READ_MODELS
        for difference in differing_rows(
            connection,
            model.name,
            rebuild_tables.shared_columns(connection, model, live[model.name]),
            live[model.name],
            targets[model.name],
        )
    ]
    before = read_figures(connection, points)
    rebuild_tables.point_views(connection, targets)
    after = read_figures(connection, points)
    cells = differing_cells(before, after)
    return before.cells, (*islice(cells, DIFFERENCES_MAX), *rows[:DIFFERENCES_MAX])


def _moments(
    connection: Connection[tuple[Any, ...]], now: datetime
) -> tuple[datetime, datetime | None]:
    """Now, and the moment at which half of the events were known."""
    position = progress(connection)
    rows = connection.execute(
        "SELECT recorded_at FROM ledger.events WHERE notification_id = ANY(%s)"
        " ORDER BY notification_id",
        ([(position + 1) // 2, position],),
    ).fetchall()
    if not rows:
        return now, None
    return max(now, rows[-1][0]), rows[0][0]


def code_digest() -> str:
    """Twelve hexadecimal digits that change with the code by which events become rows."""
    digest = hashlib.sha256()
    for package in ("ledger", "projections"):
        for file in sorted(files(package).iterdir(), key=lambda one: one.name):
            if file.name.endswith(".py"):
                digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def _nowhere(_done: int, _total: int) -> None:
    return


@contextmanager
def _alone(connection: Connection[Any]) -> Iterator[None]:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (REBUILD_LOCK,)).fetchone()
    if row is None or not row[0]:
        raise AnotherRebuildError("another rebuild is under way: wait for its end")
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(%s)", (REBUILD_LOCK,))
