"""Where a store can fail: before and after every call, and around the moment of its commit."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import psycopg

from ledger.recorded import RecordedEvent
from ledger.store import Store
from ledger.store_sql import Last
from ledger.store_values import Appended, Batch, RegisterRow, StreamRow

from .memory_store import MemoryStore
from .steps import Fault

Place: TypeAlias = Literal["before", "locked", "committed"]


class Crash(BaseException):
    """The process is gone: nothing in it may catch this."""


class Weather:
    """What goes wrong next, and what took effect whatever went wrong."""

    def __init__(self, on_committed: Callable[[Batch], None]) -> None:
        self.on_committed = on_committed
        self.officer: Callable[[], None] = lambda: None
        self.seen: Counter[str] = Counter()  # what went wrong so far, and where
        self._fault: Fault | None = None
        self._left = 0

    def brew(self, fault: Fault | None) -> None:
        """From now on, this fault or none."""
        self._fault, self._left = fault, fault.call if fault else 0

    def call(self, place: Place = "before") -> None:
        """A point at which the store may fail; nobody else can append while it is locked."""
        if self._fault is None:
            return
        self._left -= 1
        if self._left > 0 or (place == "locked" and self._fault.kind == "officer"):
            return
        kind, self._fault = self._fault.kind, None
        self.seen[f"{kind} {place}"] += 1
        match kind:
            case "crash":
                raise Crash
            case "lost":
                raise psycopg.OperationalError("the connection is lost")
            case "officer":
                self.officer()


class UnderWeather(Store):
    """A store, in memory or real, whose every call passes through the weather."""

    weather: Weather
    _written: list[Batch]  # of the append that is under way

    def streams(self, stream_ids: Sequence[UUID]) -> dict[UUID, StreamRow]:
        """As the store below."""
        self.weather.call()
        return super().streams(stream_ids)

    def states_and_keys(
        self, stream_ids: Sequence[UUID], keys: Sequence[tuple[str, str]]
    ) -> tuple[dict[UUID, StreamRow], dict[tuple[str, str], RegisterRow]]:
        """As the store below."""
        self.weather.call()
        return super().states_and_keys(stream_ids, keys)

    def registered(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], RegisterRow]:
        """As the store below."""
        self.weather.call()
        return super().registered(keys)

    def position(self, source: str) -> tuple[int, str | None] | None:
        """As the store below."""
        self.weather.call()
        return super().position(source)

    def history(self, stream_id: UUID) -> tuple[RecordedEvent, ...]:
        """As the store below."""
        self.weather.call()
        return super().history(stream_id)

    def histories(self, stream_ids: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        """As the store below."""
        self.weather.call()
        return super().histories(stream_ids)

    def _append(
        self, cursor: psycopg.Cursor[tuple[Any, ...]], batch: Batch, last: Last
    ) -> Appended:
        appended = super()._append(cursor, batch, last)
        self._written.append(batch)
        return appended

    @contextmanager
    def _appending(self) -> Iterator[tuple[psycopg.Cursor[tuple[Any, ...]], Last]]:
        self.weather.call()
        self._written = []
        with super()._appending() as begun:
            yield begun
            self.weather.call("locked")
        for batch in self._written:
            self.weather.on_committed(batch)
            self.weather.call("committed")


class StoreInMemory(UnderWeather, MemoryStore):
    """The fake."""

    def __init__(self, contents: Any, clock: Callable[[], datetime], weather: Weather) -> None:  # noqa: ANN401 - a Contents
        MemoryStore.__init__(self, contents, clock)
        self.weather = weather


class StoreOnPostgres(UnderWeather):
    """The real store on a sandbox ledger."""

    def __init__(self, url: str, clock: Callable[[], datetime], weather: Weather) -> None:
        self.weather = weather
        super().__init__(url, clock=clock)
