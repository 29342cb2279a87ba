"""A fake of the store, for speed: dictionaries in place of PostgreSQL, the same outcomes.

It keeps the store's own `append` with its handling of a lost answer, and replaces what talks to a
database. `test_memory_store` plays the same calls to it and to the real store and compares every
answer and all that is kept.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import psycopg

from ledger.limits import EVENTS_PER_APPEND_MAX
from ledger.recorded import RecordedEvent, decode
from ledger.sealing import GENESIS, Seal
from ledger.store import Store
from ledger.store_reads import StoreReads
from ledger.store_sql import Last, seal_of
from ledger.store_values import (
    NEVER_TAKEN,
    Appended,
    Batch,
    Position,
    PositionTakenError,
    RegisterRow,
    StreamMovedError,
    StreamRow,
)

Row = tuple[int, UUID, int, datetime, str, bytes]
NO_CURSOR = cast("psycopg.Cursor[tuple[Any, ...]]", None)


class Contents:
    """What a database would hold."""

    def __init__(self) -> None:
        self.events: list[Row] = []
        self.by_stream: dict[UUID, list[Row]] = {}
        self.versions: set[tuple[UUID, int]] = set()
        self.streams: dict[UUID, StreamRow] = {}
        self.register: dict[tuple[str, str], RegisterRow] = {}
        self.positions: dict[str, tuple[int, str | None]] = {}
        self.seals: list[Seal] = []

    def copied(self) -> "Contents":
        """The same, untouched by what is appended later."""
        other = Contents()
        other.events = list(self.events)
        other.by_stream = {one: list(rows) for one, rows in self.by_stream.items()}
        for name in ("versions", "streams", "register", "positions", "seals"):
            setattr(other, name, copy.copy(getattr(self, name)))
        return other


class MemoryReads(StoreReads):
    """All that can be asked of a store, answered from memory."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents

    @contextmanager
    def cursor(self) -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
        """There is none: whatever asks for one is not simulated here."""
        raise NotImplementedError("the store in memory knows no SQL")

    def streams(self, stream_ids: Sequence[UUID]) -> dict[UUID, StreamRow]:
        """As the real store."""
        rows = self.contents.streams
        return {one: rows[one] for one in stream_ids if one in rows}

    def stream_names(self, prefix: str) -> list[str]:
        """As the real store."""
        names = (row.name for row in self.contents.streams.values())
        return sorted(name for name in names if name.startswith(prefix))

    def registered(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], RegisterRow]:
        """As the real store."""
        rows = self.contents.register
        return {key: rows[key] for key in keys if key in rows}

    def states_and_keys(
        self, stream_ids: Sequence[UUID], keys: Sequence[tuple[str, str]]
    ) -> tuple[dict[UUID, StreamRow], dict[tuple[str, str], RegisterRow]]:
        """As the real store."""
        return MemoryReads.streams(self, stream_ids), MemoryReads.registered(self, keys)

    def registered_under(
        self, kind: str, prefixes: Sequence[str], each_max: int = 8
    ) -> dict[str, tuple[RegisterRow, ...]]:
        """As the real store, for prefixes of the right form."""
        rows = sorted(key for key in self.contents.register if key[0] == kind)
        found = {}
        for prefix in prefixes:
            under = [one for one in rows if one[1].startswith(prefix)][:each_max]
            if under:
                found[prefix] = tuple(self.contents.register[one] for one in under)
        return found

    def position(self, source: str) -> tuple[int, str | None] | None:
        """As the real store."""
        return self.contents.positions.get(source)

    def history(self, stream_id: UUID) -> tuple[RecordedEvent, ...]:
        """As the real store."""
        rows = sorted(self.contents.by_stream.get(stream_id, ()), key=lambda row: row[2])
        return tuple(decode(*row) for row in rows)

    def histories(self, stream_ids: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        """As the real store."""
        return {one: list(MemoryReads.history(self, one)) for one in stream_ids}

    def latest(self, stream_id: UUID, count: int) -> tuple[RecordedEvent, ...]:
        """As the real store."""
        return self.history(stream_id)[-count:]

    def rows_after(self, position: int, limit: int, topics: Sequence[str] = ()) -> list[Row]:
        """As the real store."""
        rows = self.contents.events[position:]
        return [row for row in rows if not topics or row[4] in topics][:limit]

    def last_position(self) -> int:
        """As the real store."""
        return self.contents.seals[-1].last_position if self.contents.seals else 0

    def seals_after(self, number: int, limit: int) -> list[Seal]:
        """As the real store."""
        return self.contents.seals[number : number + limit]


class MemoryStore(MemoryReads, Store):
    """A store whose database is a `Contents`; several may share one, as several processes do."""

    def __init__(self, contents: Contents, clock: Callable[[], datetime]) -> None:
        super().__init__(contents)
        self._clock: Callable[[], datetime] = clock
        self._staged: list[Callable[[], None]] = []

    def close(self) -> None:
        """There is nothing to close."""

    @contextmanager
    def snapshot(self) -> Iterator[Any]:
        """There is none, as for `cursor`."""
        raise NotImplementedError("the store in memory knows no SQL")

    @contextmanager
    def snapshot_reads(self) -> Iterator[StoreReads]:
        """What is appended meanwhile is not seen."""
        yield MemoryReads(self.contents.copied())

    def is_sandbox(self) -> bool:
        """Its clock is simulated."""
        return True

    def rewrite_state(self, row: StreamRow) -> None:
        """As the real store."""
        self.contents.streams[row.stream_id] = row

    def append_decided(self, decide: Callable[[StoreReads], Batch]) -> Appended:
        """As the real store; nothing of an append is to be seen before it ends."""
        return super().append_decided(lambda _: decide(self))

    @contextmanager
    def _appending(self) -> Iterator[tuple[psycopg.Cursor[tuple[Any, ...]], Last]]:
        self._staged = []
        yield NO_CURSOR, self._last()
        for effect in self._staged:
            effect()

    def _append(
        self, cursor: psycopg.Cursor[tuple[Any, ...]], batch: Batch, last: Last
    ) -> Appended:
        if len(batch.events) > EVENTS_PER_APPEND_MAX:
            raise ValueError(f"{len(batch.events)} events in one append: {EVENTS_PER_APPEND_MAX}")
        recorded_at = max(self._clock(), last.sealed_at)
        if batch.position is not None:
            self._take_position(cursor, batch.position)
        self._take_keys(batch.register, last.position + 1)
        if batch.events:
            self._take_versions(batch)
            made = seal_of(batch.events, last, recorded_at)
            self._staged.append(lambda: self._write(batch, made))
        return Appended(last.position + 1, len(batch.events), recorded_at)

    def _last(self) -> Last:
        now = self._clock()
        if not self.contents.seals:
            return Last(0, 0, GENESIS, datetime.fromtimestamp(0, now.tzinfo), now)
        seal = self.contents.seals[-1]
        return Last(seal.number, seal.last_position, seal.hash, seal.sealed_at, now)

    def _take_position(self, cursor: psycopg.Cursor[tuple[Any, ...]], position: Position) -> None:
        del cursor
        known = self.contents.positions.get(position.source)
        stored = known[0] if known else NEVER_TAKEN
        if position.follows not in (None, stored):
            raise PositionTakenError(f"{position.source} is at {stored}")
        if known is not None and stored >= position.position:
            raise PositionTakenError(f"{position.source} is already past this")
        # A position without a fingerprint leaves the one that stands there.
        print_ = position.fingerprint or (known[1] if known else None)
        taken = (position.position, print_)
        self._staged.append(lambda: self.contents.positions.update({position.source: taken}))

    def _take_keys(self, rows: Sequence[RegisterRow], first: int) -> None:
        keys = [(row.kind, row.key) for row in rows]
        if len(set(keys)) < len(keys) or any(key in self.contents.register for key in keys):
            raise StreamMovedError("a key was taken meanwhile")
        kept = {
            key: row._replace(
                position=row.position if row.repeats else first + row.position, repeats=False
            )
            for key, row in zip(keys, rows, strict=True)
        }
        self._staged.append(lambda: self.contents.register.update(kept))

    def _take_versions(self, batch: Batch) -> None:
        versions = [(event.stream_id, event.version) for event in batch.events]
        if len(set(versions)) < len(versions) or self.contents.versions & set(versions):
            raise StreamMovedError("a stream moved meanwhile")

    def _write(self, batch: Batch, made: Seal) -> None:
        for place, event in enumerate(batch.events, made.first_position):
            row = (
                place, event.stream_id, event.version, made.sealed_at, event.topic, event.state
            )  # fmt: skip
            self.contents.events.append(row)
            self.contents.by_stream.setdefault(event.stream_id, []).append(row)
            self.contents.versions.add((event.stream_id, event.version))
        self.contents.streams.update({row.stream_id: row for row in batch.streams})
        self.contents.seals.append(made)

    def _find_appended(self, batch: Batch) -> Appended | None:
        if batch.events:
            return self._find_block(batch)
        last = self._last()
        if batch.position is not None:
            wanted = (batch.position.position, batch.position.fingerprint)
            found = self.contents.positions.get(batch.position.source) == wanted
        elif batch.register:
            first = batch.register[0]
            row = self.contents.register.get((first.kind, first.key))
            found = row is not None and row.digest == first.digest
        else:
            found = False
        return Appended(last.position + 1, 0, last.sealed_at) if found else None

    def _find_block(self, batch: Batch) -> Appended | None:
        for seal in self.contents.seals:
            first = self.contents.events[seal.first_position - 1]
            if (first[1], first[2]) == (batch.events[0].stream_id, batch.events[0].version):
                before = Last(
                    seal.number - 1, seal.first_position - 1, seal.previous, *[seal.sealed_at] * 2
                )
                if seal_of(batch.events, before, seal.sealed_at).hash == seal.hash:
                    return Appended(seal.first_position, len(batch.events), seal.sealed_at)
        return None
