"""Rebuild every read model beside the live ones, compare, and switch only when they are equal.

The new tables are filled from the first event in pages, by several processes, each page in a
transaction of its own with its mark, so a rebuild that was killed goes on where it stopped. Rows
and figures are compared while intake, the live runner and readers go on. Only then one transaction
holds the live runner still (never the intake, nor readers), folds the last events, compares their
rows, and points the views at the new tables. What differs leaves the live tables in place.

The new tables carry the digest of the code that fills them: what another version of the code began
is thrown away, never continued.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.resources import files
from itertools import islice
from typing import Any, Literal, TypeAlias

from psycopg import Connection

from projections import rebuild_log, rebuild_tables, rebuild_workers
from projections.compare import (
    DIFFERENCES_MAX,
    Difference,
    Sides,
    differing_cells,
    differing_rows,
    read_figures,
    viewpoints,
)
from projections.pages import PAGE_EVENTS
from projections.read_models import READ_MODELS, ReadModel
from projections.rebuild_figures import figures_over
from projections.rebuild_pages import Pages
from projections.reporting.close import close_periods, forget_closings
from projections.reporting.install import configure
from projections.runner import connect, progress

REBUILD_LOCK = 0x7A11_5B1D  # one rebuild at a time in a database
WORKERS = 2
WORTH_WORKERS_EVENTS = 50_000  # a process takes a second to start
LAST_STRETCH_EVENTS = 10_000  # folded while the live runner waits, in less than a second

Stage: TypeAlias = Literal["fold", "index", "compare", "switch"]
OnProgress: TypeAlias = Callable[[int, int], object]  # events folded, events to fold
OnStage: TypeAlias = Callable[[Stage], object]


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

    `resumed_from` counts the events that an earlier, killed run had folded; 0 without one.
    `differences` holds at most DIFFERENCES_MAX cells and as many rows.
    """

    switched: bool
    position: int
    resumed_from: int
    cells_compared: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """How a rebuild goes about it: events of a page, processes, and who is told of progress."""

    page_events: int = PAGE_EVENTS
    workers: int = WORKERS
    on_progress: OnProgress | None = None
    on_stage: OnStage | None = None

    def begins(self, stage: Stage) -> None:
        """Tell that a stage begins."""
        if self.on_stage is not None:
            self.on_stage(stage)


@dataclass(frozen=True, slots=True)
class _Filling:
    """The new tables on their way to a position."""

    connection: Connection[tuple[Any, ...]]
    pages: Pages
    work: Work

    def up_to(self, position: int) -> None:
        """Fold exactly up to a position; positions have no gaps, so a page can end there."""
        self.pages.reach(self.connection, position, self.work.page_events)
        left = self.report()
        if left >= WORTH_WORKERS_EVENTS and self.work.workers > 1:
            url = rebuild_workers.url_of(self.connection)
            rebuild_workers.fold_all(url, self.pages, self.work.workers, self.report)
        # What little there is, what a process left that died, and what the orphan of a killed run
        # may still have in hand.
        while self.report():
            self.pages.fold_next(self.connection, wait=True)

    def report(self) -> int:
        """Tell how far it is; the number of events that are left."""
        left, total = self.pages.left(self.connection), self.pages.end(self.connection)
        if self.work.on_progress is not None:
            self.work.on_progress(total - left, total)
        return left


def rebuild(
    connection: Connection[tuple[Any, ...]],
    today: Today,
    work: Work = Work(),
    *,
    accept_reason: str = "",
) -> Rebuilt:
    """Rebuild up to where the live read models are, compare, and switch when all is equal.

    With `accept_reason`, differences are recorded with the reason and switched to all the same.
    `connection` is the projector's, in autocommit. Raises AnotherRebuildError.
    """
    with _alone(connection):
        code = code_digest()
        rebuild_tables.prepare(connection, code)
        filling = _Filling(connection, rebuild_tables.pages(code), work)
        resumed_from = filling.pages.end(connection) - filling.pages.left(connection)
        work.begins("fold")
        filling.up_to(progress(connection))
        work.begins("index")
        rebuild_tables.index(connection, filling.pages.targets)
        work.begins("compare")
        compared = _compare(filling, today)
        if not compared.differences or accept_reason:
            compared = _catch_up_and_switch(filling, compared, code, accept_reason)
        else:
            rebuild_tables.discard(connection, code)
        if compared.switched:
            close_periods(connection)
    return Rebuilt(
        compared.switched, compared.position, resumed_from, compared.cells, compared.differences
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    """What is known to be equal or not, up to a position."""

    position: int
    cells: int
    differences: tuple[Difference, ...]
    switched: bool = False


def _compare(filling: _Filling, today: Today) -> _Compared:
    """Compare rows and figures from one position on both sides, while the live side goes on."""
    connection, targets = filling.connection, filling.pages.targets
    with connect(rebuild_workers.url_of(connection)) as still, still.transaction():
        still.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        position = progress(still)
        filling.up_to(position)  # what came in meanwhile; `still` does not see what comes from now
        points = viewpoints(today.day, *_moments(still, today.now))
        configure(still)
        configure(connection)
        live = read_figures(still, points)
    with figures_over(connection, targets, position) as schema:
        rebuilt = read_figures(connection, points, schema)
    cells = differing_cells(live, rebuilt)
    rows = _differing_rows(filling, 0, position)
    return _Compared(position, live.cells, (*islice(cells, DIFFERENCES_MAX), *rows))


def _differing_rows(filling: _Filling, after: int, last: int) -> list[Difference]:
    """The rows of some positions that differ, of all read models."""
    connection = filling.connection
    return list(
        islice(
            (
                difference
                for model in READ_MODELS
                for difference in differing_rows(
                    connection, _sides(connection, model, filling.pages), after, last
                )
            ),
            DIFFERENCES_MAX,
        )
    )


def _catch_up_and_switch(
    filling: _Filling, compared: _Compared, code: str, accept_reason: str
) -> _Compared:
    """Compare what came in since, the last of it while the live runner waits, and switch."""
    connection = filling.connection
    filling.work.begins("switch")
    while progress(connection) - compared.position > LAST_STRETCH_EVENTS:
        compared = _further(filling, compared)
    with connection.transaction():
        # The live runner waits for this lock before it writes a page; readers do not.
        connection.execute("LOCK TABLE projection.progress IN SHARE ROW EXCLUSIVE MODE")
        compared = _further(filling, compared)
        count = len(compared.differences)
        if count and not accept_reason:
            rebuild_tables.discard(connection, code)
            return compared
        live = {one.name: rebuild_tables.live_table(connection, one) for one in READ_MODELS}
        rebuild_tables.put_in_place(connection, live, code)
        forget_closings(connection)  # they are sums of the old tables
        rebuild_log.record(
            connection, compared.position, code, compared.cells, count, accept_reason
        )
    return replace(compared, switched=True)


def _further(filling: _Filling, compared: _Compared) -> _Compared:
    """The same comparison with the rows of what came in since."""
    position = progress(filling.connection)
    filling.up_to(position)
    rows = _differing_rows(filling, compared.position, position)
    return replace(compared, position=position, differences=(*compared.differences, *rows))


def _sides(connection: Connection[Any], model: ReadModel, pages: Pages) -> Sides:
    live = rebuild_tables.live_table(connection, model)
    columns = rebuild_tables.shared_columns(connection, model, live)
    return Sides(model.name, columns, live, pages.targets[model.name])


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
