"""The projector around the real folds: a fake for speed that pages and dies as the real one does.

Rows and progress of a page are there together or not at all, as in one transaction.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ledger.recorded import RecordedEvent
from ledger.store_reads import StoreReads
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
