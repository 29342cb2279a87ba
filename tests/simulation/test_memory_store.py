"""The fake store of the simulation and the real one: the same calls, the same answers and contents.

The calls are drawn from a seed; half of them are wrong in some way. Times of recording are compared
too: both stores have the same simulated clock, which also goes back.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from types import ModuleType
from typing import Any

import psycopg
import pytest

from ledger.ids import stream_id
from ledger.store import Store
from ledger.store_values import (
    NEVER_TAKEN,
    Batch,
    NewEvent,
    Position,
    PositionTakenError,
    RegisterRow,
    StreamMovedError,
    StreamRow,
)
from service.embedded_database import EmbeddedDatabase

CALLS, SEEDS = 120, 3
STREAMS = tuple(f"intake:{name}" for name in "abc")
KEYS = tuple(("payer", f"{number:02x}|HSG|{place}") for number in range(4) for place in range(3))
SOURCES = ("kafka:x:t:0", "kafka:x:t:1")
BEGINNING = datetime(2026, 4, 1, tzinfo=UTC)


class Clock:
    """One moment for both stores."""

    def __init__(self) -> None:
        self.moment = BEGINNING

    def __call__(self) -> datetime:
        return self.moment


def drawn(chance: Random, versions: dict[str, int]) -> Batch:
    """A batch that is right, or wrong by a version, a key or a position."""
    events: list[NewEvent] = []
    rows: dict[str, StreamRow] = {}
    for _ in range(chance.choice((0, 0, 1, 2, 5))):
        name = chance.choice(STREAMS)
        at = rows[name].version if name in rows else versions.get(name, 0)
        version = at + chance.choice((1,) * 12 + (0, 2))
        state = b'{"n":%d}' % chance.randrange(1_000)
        events.append(NewEvent(stream_id(name), max(version, 1), "plain.v1", state))
        rows[name] = StreamRow(stream_id(name), name, max(version, 1), 1, state)
    keys = chance.sample(KEYS, chance.choice((0, 0, 0, 1, 2)))
    if keys and chance.random() < 0.1:
        keys.append(keys[0])
    register = [
        RegisterRow(*key, chance.randbytes(4), "HSG|1", chance.randrange(3), chance.random() < 0.3)
        for key in keys
    ]
    return Batch(events, list(rows.values()), register, position(chance))


def position(chance: Random) -> Position | None:
    if chance.random() < 0.5:
        return None
    at = chance.randrange(60)
    follows = chance.choice((None, None, None, NEVER_TAKEN, at - 1))
    return Position(chance.choice(SOURCES), at, chance.choice((None, f"print {at}")), follows)


@contextmanager
def answer_lost(store: Store, *, committed: bool) -> Iterator[None]:
    """The next append loses its connection around its commit."""
    appending = store._appending
    lost: list[bool] = []

    @contextmanager
    def losing() -> Iterator[Any]:
        with appending() as cursor:
            yield cursor
            if not committed and not lost:
                lost.append(True)
                raise psycopg.OperationalError("the connection is lost")
        if not lost:
            lost.append(True)
            raise psycopg.OperationalError("the connection is lost")

    store._appending = losing  # type: ignore[method-assign]  # for one append, and put back
    try:
        yield
    finally:
        store._appending = appending  # type: ignore[method-assign]


def outcome(store: Store, batch: Batch, lost: bool | None) -> object:  # noqa: FBT001 - drawn
    try:
        if lost is None:
            return store.append(batch)
        with answer_lost(store, committed=lost):
            return store.append(batch)
    except (StreamMovedError, PositionTakenError, psycopg.OperationalError) as error:
        return type(error)


def contents(store: Store) -> dict[str, object]:
    """Everything that can be asked of a store."""
    ids = [stream_id(name) for name in STREAMS]
    rows = store.rows_after(0, 10_000)
    streams, seals = store.streams(ids), store.seals_after(0, 10_000)
    prefixes = [f"{number:02x}|" for number in range(5)]
    return {
        "rows": [(*row[:5], bytes(row[5])) for row in rows],
        "some rows": [row[0] for row in store.rows_after(3, 2, ["plain.v1"])],
        "none": store.rows_after(0, 5, ["other.v1"]),
        "streams": [row._replace(state=bytes(row.state)) for _, row in sorted(streams.items())],
        "names": store.stream_names("intake:"),
        "keys": {
            key: row._replace(digest=bytes(row.digest))
            for key, row in store.registered([*KEYS, ("payer", "none")]).items()
        },
        "under": {
            prefix: [row.key for row in found]
            for prefix, found in store.registered_under("payer", prefixes, 2).items()
        },
        "positions": [store.position(source) for source in (*SOURCES, "none")],
        "last": store.last_position(),
        "seals": [(one.number, one.last_position, bytes(one.hash)) for one in seals],
        "some seals": [one.number for one in store.seals_after(2, 2)],
    }


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_fake_store_answers_and_keeps_what_the_real_one_does(
    simulation: ModuleType, sandbox_database: EmbeddedDatabase, seed: int
) -> None:
    chance, clock = Random(seed), Clock()  # noqa: S311 - a repeatable draw, no secret
    fake = simulation.MemoryStore(simulation.Contents(), clock)
    seen: set[object] = set()
    with closing(Store(sandbox_database.app_url, clock=clock)) as real:
        for call in range(CALLS):
            clock.moment += timedelta(seconds=chance.choice((-3_600, 0, 1, 86_400)))
            versions = {row.name: row.version for row in fake.contents.streams.values()}
            batch, lost = drawn(chance, versions), chance.choice((None, None, None, True, False))
            wanted = outcome(real, batch, lost)
            assert outcome(fake, batch, lost) == wanted, f"seed {seed}, call {call}: {batch}"
            seen.add(wanted if isinstance(wanted, type) else type(wanted))
        assert contents(fake) == contents(real)
    assert len(seen) == 4, "all kinds of answers must have been compared"


@pytest.mark.parametrize("broken", ["NoRegister", "NoPositionCheck", "UnknownIsNo"])
def test_a_fake_that_promises_less_is_told_from_the_real_one(
    simulation: ModuleType, sandbox_database: EmbeddedDatabase, broken: str
) -> None:
    weather = simulation.Weather(lambda _: None)
    clock = Clock()
    fake = getattr(simulation.broken, broken)(simulation.Contents(), clock, weather)
    differs = False
    with closing(Store(sandbox_database.app_url, clock=clock)) as real:
        chance = Random(0)  # noqa: S311 - a repeatable draw, no secret
        for _ in range(CALLS):
            versions = {row.name: row.version for row in fake.contents.streams.values()}
            batch, lost = drawn(chance, versions), chance.choice((None, None, None, True, False))
            differs = outcome(real, batch, lost) != outcome(fake, batch, lost)
            if differs:
                break
    assert differs


def test_the_fake_replaces_every_call_that_would_reach_a_database(simulation: ModuleType) -> None:
    own: dict[str, Callable[..., object]] = {}
    for kind in reversed(
        simulation.MemoryStore.__mro__[: simulation.MemoryStore.__mro__.index(Store)]
    ):
        own |= vars(kind)
    kept = {"append", "now", "events_after"}  # made of other calls
    missing = {
        name
        for kind in Store.__mro__
        for name in vars(kind)
        if kind is not object and not name.startswith("_") and name not in own
    }
    assert missing == kept
