"""Variants with one thing wrong, each of which the simulation must find.

Every one is the product's own class with one promise taken out.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from consumers import ports
from consumers.billing_entries import from_message
from consumers.billing_sink import BillingSink, keep_beside
from consumers.message import Message, fingerprint, position_name
from ledger.handle import BeforeAppend, Ledger
from ledger.recorded import RecordedEvent
from ledger.requests import Entry, Outcome, Request
from ledger.store_values import (
    Appended,
    Batch,
    Position,
    PositionTakenError,
    RegisterRow,
    StreamMovedError,
    StreamRow,
)
from projections import movement_fold, movements
from projections.read_models import READ_MODELS

from .faults import StoreInMemory, Weather
from .memory_store import Contents
from .playing import Parts
from .projecting import ProjectorInMemory

SKIPPED = "credited"


class OffsetOutside(BillingSink):
    """Events first, under random ids; the position in a transaction of its own."""

    def take(self, messages: Sequence[Message]) -> None:
        """As the product, in two steps."""
        last, today = messages[-1], self._ledger.today()
        arrivals = [
            from_message(one, self._actor, today, None, self._keeping.digest) for one in messages
        ]
        entries = [one.entry._replace(identity=str(uuid.uuid4())) for one in arrivals]
        outcomes = self._ledger.handle(
            entries, None, lambda decided: keep_beside(self._keeping, arrivals, decided)
        )
        source = position_name(self._cluster_id, last.topic, last.partition)
        try:
            position = Position(source, last.offset, fingerprint(last))
            self._ledger.store.append(Batch(position=position))
        except PositionTakenError as error:
            raise ports.PositionTakenError(str(error)) from error
        if self._on_outcomes is not None:
            self._on_outcomes(outcomes)


class NoRegister(StoreInMemory):
    """Nobody asks whether a key is taken."""

    def registered(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], RegisterRow]:
        """None is."""
        del keys
        return {}

    def states_and_keys(
        self, stream_ids: Sequence[UUID], keys: Sequence[tuple[str, str]]
    ) -> tuple[dict[UUID, StreamRow], dict[tuple[str, str], RegisterRow]]:
        """States as they are, and no key."""
        del keys
        return super().states_and_keys(stream_ids, ())

    def _take_keys(self, rows: Sequence[RegisterRow], first: int) -> None:
        kept = {(row.kind, row.key): row for row in rows}
        super()._take_keys([row for key, row in kept.items() if key not in self._taken()], first)

    def _taken(self) -> dict[tuple[str, str], RegisterRow]:
        return self.contents.register


class NoPositionCheck(StoreInMemory):
    """A consumer that was overtaken may store its position all the same."""

    def _take_position(self, cursor: psycopg.Cursor[tuple[Any, ...]], position: Position) -> None:
        del cursor
        taken = (position.position, position.fingerprint)
        self._staged.append(lambda: self.contents.positions.update({position.source: taken}))


class AnyLaterPosition(StoreInMemory):
    """A position must go forward, whatever it follows."""

    def _take_position(self, cursor: psycopg.Cursor[tuple[Any, ...]], position: Position) -> None:
        super()._take_position(cursor, replace(position, follows=None))


class UnknownIsNo(StoreInMemory):
    """A commit whose answer was lost is taken for none."""

    def _find_appended(self, batch: Batch) -> Appended | None:
        del batch
        return None


class NoVersionCheck(StoreInMemory):
    """Whoever appends last is right, whatever was appended since he looked."""

    def _take_versions(self, batch: Batch) -> None:
        try:
            super()._take_versions(batch)
        except StreamMovedError:
            self._staged.clear()


class SilentLedger(Ledger):
    """Refuses, and says so to nobody."""

    def handle(
        self,
        entries: Sequence[Entry],
        position: Position | None = None,
        before_append: BeforeAppend | None = None,
    ) -> tuple[Outcome, ...]:
        """As the product, without a place for refusals."""
        quiet = [one._replace(intake=None) if isinstance(one, Request) else one for one in entries]
        return super().handle(quiet, position, before_append)


def _without_credits(event: RecordedEvent) -> list[tuple[Any, ...]]:
    kind = movements.COLUMNS.index("kind")
    return [row for row in movement_fold.rows(event) if row[kind] != SKIPPED]


class SkippingProjector(ProjectorInMemory):
    """Knows nothing of credit notes."""

    models = tuple(
        replace(one, rows=_without_credits) if one.name == movements.TABLE else one
        for one in READ_MODELS
    )


class ForgetfulProjector(ProjectorInMemory):
    """Keeps the rows of a page within which it died, and reads the page again."""

    def run(self, page: int, dies_on: int | None = None) -> None:
        """As the other, with rows and progress in two transactions."""
        before = self.position
        super().run(page)
        if dies_on is not None:
            self.position = before


def _on(kind: type[StoreInMemory]) -> Callable[[Parts], Parts]:
    def make(clock: Callable[[], datetime], weather: Weather) -> StoreInMemory:
        return kind(Contents(), clock, weather)

    return lambda parts: replace(parts, make_store=make)


VARIANTS: dict[str, Callable[[Parts], Parts]] = {
    "the offset is stored outside of the transaction": lambda parts: replace(
        parts, make_sink=OffsetOutside
    ),
    "the register is not asked": _on(NoRegister),
    "the position is not checked": _on(NoPositionCheck),
    "a later position is enough": _on(AnyLaterPosition),
    "an unknown commit is taken for none": _on(UnknownIsNo),
    "versions are not checked": _on(NoVersionCheck),
    "a refusal is not recorded": lambda parts: replace(parts, make_ledger=SilentLedger),
    "a fold skips credit notes": lambda parts: replace(parts, make_projector=SkippingProjector),
    "rows and progress are stored apart": lambda parts: replace(
        parts, make_projector=ForgetfulProjector
    ),
}
