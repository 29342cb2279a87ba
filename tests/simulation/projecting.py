"""The projector around the real folds: a fake for speed that pages and dies as the real one does.

Rows and progress of a page are there together or not at all, as in one transaction.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from psycopg.sql import SQL, Identifier

from ledger.recorded import RecordedEvent
from ledger.store_reads import StoreReads
from projections import runner
from projections.read_models import READ_MODELS, ReadModel

Rows = dict[str, list[tuple[Any, ...]]]
ALL_EVENTS = 1_000_000


class Projector(Protocol):
    """What fills the read models."""

    def run(self, page: int, dies_on: int | None = None) -> None:
        """Fold what is new, page by page."""

    def rows(self) -> Mapping[str, Sequence[tuple[Any, ...]]]:
        """The rows of every read model, in their order."""


def fold(events: Sequence[RecordedEvent], models: Sequence[ReadModel] = READ_MODELS) -> Rows:
    """The rows of some events."""
    found: Rows = defaultdict(list)
    for model in models:
        for event in events:
            found[model.name].extend(model.rows(event))
    return found


class ProjectorInMemory:
    """Keeps the rows in lists."""

    models: Sequence[ReadModel] = READ_MODELS

    def __init__(self, store: StoreReads) -> None:
        self.store = store
        self.kept: Rows = defaultdict(list)
        self.position = 0

    def run(self, page: int, dies_on: int | None = None) -> None:
        """Fold to the end, or until it dies within a page, of which nothing is left then."""
        number = 0
        while events := self.store.events_after(self.position, page):
            number += 1
            made = fold(events, self.models)
            if number == dies_on:
                return
            for name, rows in made.items():
                self.kept[name] += rows
            self.position = events[-1].position

    def rows(self) -> Rows:
        """What it keeps."""
        return self.kept


class ProjectorOnPostgres:
    """The real runner over the real tables; it dies between two pages."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, page: int, dies_on: int | None = None) -> None:
        """Fold to the end, or until it has died."""
        left = dies_on or 0

        def after_page(_: int) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise InterruptedError

        with runner.connect(self.url) as connection, suppress(InterruptedError):
            runner.catch_up(connection, page_events=page, on_page=after_page)

    def rows(self) -> Rows:
        """What the tables hold, in the order in which it came."""
        found: Rows = {}
        with runner.connect(self.url) as connection:
            for model in READ_MODELS:
                query = SQL("SELECT {} FROM {} ORDER BY ctid").format(
                    SQL(", ").join(Identifier(name) for name in model.table.column_names),
                    Identifier(*model.name.split(".")),
                )
                found[model.name] = connection.execute(query).fetchall()
        return found
