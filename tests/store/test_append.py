"""One append is one transaction: all of a batch is in the ledger, or nothing of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ledger import store as store_module
from ledger.checks import seals
from ledger.limits import EVENTS_PER_APPEND_MAX
from ledger.sealing import Seal
from ledger.store import Store
from ledger.store_sql import take_keys
from ledger.store_values import (
    NEVER_TAKEN,
    Batch,
    Position,
    PositionTakenError,
    RegisterRow,
    SandboxClockError,
    StreamMovedError,
)
from service.embedded_database import EmbeddedDatabase

TABLES = ("events", "streams", "register", "positions", "seals")
MakeBatch = Callable[..., Batch]


def contents(owner: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    query = sql.SQL("SELECT t::text FROM ledger.{} t ORDER BY 1")
    return {name: owner.execute(query.format(sql.Identifier(name))).fetchall() for name in TABLES}


def test_a_batch_of_20_000_events_is_one_append(store: Store, plain_batch: MakeBatch) -> None:
    appended = store.append(plain_batch("intake:big", 20_000))

    assert (appended.first_position, appended.count) == (1, 20_000)
    rows = store.rows_after(0, 30_000)
    assert [row[0] for row in rows] == list(range(1, 20_001))
    assert [seal.events for seal in store.seals_after(0, 10)] == [20_000]
    assert seals(store) == ()


def test_more_events_than_the_limit_are_refused_before_anything_is_written(
    store: Store, plain_batch: MakeBatch
) -> None:
    with pytest.raises(ValueError, match="events in one append"):
        store.append(plain_batch("intake:big", EVENTS_PER_APPEND_MAX + 1))
    assert store.last_position() == 0


def test_positions_have_no_gap_even_after_appends_that_failed(
    store: Store, plain_batch: MakeBatch
) -> None:
    store.append(plain_batch("intake:a", 3))
    with pytest.raises(StreamMovedError):
        store.append(plain_batch("intake:a", 2))
    store.append(plain_batch("intake:b", 2))

    assert [row[0] for row in store.rows_after(0, 100)] == [1, 2, 3, 4, 5]
    assert [(seal.first_position, seal.last_position) for seal in store.seals_after(0, 9)] == [
        (1, 3),
        (4, 5),
    ]


@pytest.fixture
def backwards(sandbox_database: EmbeddedDatabase) -> Iterator[Store]:
    """A store whose clock goes back by an hour at every look."""
    moment = datetime(2026, 10, 25, 12, tzinfo=UTC)

    def clock() -> datetime:
        nonlocal moment
        moment -= timedelta(hours=1)
        return moment

    store = Store(sandbox_database.app_url, clock=clock)
    yield store
    store.close()


def test_the_time_of_recording_never_goes_back_although_the_clock_does(
    backwards: Store, plain_batch: MakeBatch
) -> None:
    for number in range(5):
        backwards.append(plain_batch(f"intake:{number}", 2))

    times = [row[3] for row in backwards.rows_after(0, 100)]
    assert all(before <= after for before, after in pairwise(times))
    assert seals(backwards) == ()


def test_without_the_comparison_with_the_last_seal_the_time_would_go_back(
    backwards: Store, plain_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "max", lambda moment, _: moment, raising=False)
    backwards.append(plain_batch("intake:1", 1))
    backwards.append(plain_batch("intake:2", 1))

    first, second = (row[3] for row in backwards.rows_after(0, 9))
    assert second < first
    assert [finding.position for finding in seals(backwards)] == [2]


def test_a_ledger_of_real_money_takes_no_other_clock(database: EmbeddedDatabase) -> None:
    with pytest.raises(SandboxClockError):
        Store(database.app_url, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC))


def test_a_position_that_was_taken_is_refused_and_nothing_is_written(
    store: Store, plain_batch: MakeBatch, owner: psycopg.Connection[Any]
) -> None:
    store.append(plain_batch("intake:a", 1, position=Position("kafka:x:t:0", 7, "print")))
    before = contents(owner)

    for offset in (7, 6, 0):
        with pytest.raises(PositionTakenError):
            store.append(
                plain_batch(
                    "intake:b",
                    1,
                    register=[RegisterRow("message", "m", b"")],
                    position=Position("kafka:x:t:0", offset, "other"),
                )
            )
    assert contents(owner) == before
    assert store.position("kafka:x:t:0") == (7, "print")


@pytest.mark.parametrize("stored", [None, 7], ids=["none", "seven"])
def test_a_position_that_follows_another_than_the_stored_one_is_refused(
    store: Store, plain_batch: MakeBatch, stored: int | None
) -> None:
    """It is greater, and its batch begins with what was taken already, or after what was not."""
    if stored is not None:
        store.append(Batch(position=Position("kafka:x:t:0", stored)))
    right = NEVER_TAKEN if stored is None else stored
    for wrong in {NEVER_TAKEN, 4, 7, 8} - {right}:
        with pytest.raises(PositionTakenError):
            store.append(
                plain_batch("intake:a", 1, position=Position("kafka:x:t:0", 9, None, wrong))
            )
    assert store.last_position() == 0
    store.append(plain_batch("intake:a", 1, position=Position("kafka:x:t:0", 9, None, right)))
    assert store.position("kafka:x:t:0") == (9, None)


def test_a_position_can_move_without_events(store: Store) -> None:
    store.append(Batch(position=Position("kafka:x:t:0", 3)))
    assert store.position("kafka:x:t:0") == (3, None)
    assert store.last_position() == 0


def test_a_key_that_is_taken_stops_the_whole_batch(
    store: Store, plain_batch: MakeBatch, owner: psycopg.Connection[Any]
) -> None:
    store.append(plain_batch("intake:a", 1, register=[RegisterRow("invoice", "HSG|1", b"x")]))
    before = contents(owner)
    with pytest.raises(StreamMovedError):
        store.append(plain_batch("intake:b", 1, register=[RegisterRow("invoice", "HSG|1", b"x")]))
    assert contents(owner) == before


STEPS = ("begin", "seal_of", "write")


def whole_batch(plain_batch: MakeBatch) -> Batch:
    return plain_batch(
        "intake:a",
        3,
        register=[RegisterRow("message", "m1", b"d")],
        position=Position("kafka:x:t:0", 1, "print"),
    )


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_nothing_at_all(
    step: str,
    when: str,
    store: Store,
    plain_batch: MakeBatch,
    owner: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = getattr(store_module, step)

    def failing(*arguments: object) -> object:
        if when == "after":
            original(*arguments)
        raise RuntimeError(step)

    monkeypatch.setattr(store_module, step, failing)
    with pytest.raises(RuntimeError, match=step):
        store.append(whole_batch(plain_batch))
    assert contents(owner) == {name: [] for name in TABLES}

    monkeypatch.undo()
    store.append(whole_batch(plain_batch))
    assert {name: len(rows) for name, rows in contents(owner).items()} == {
        "events": 3,
        "streams": 1,
        "register": 1,
        "positions": 1,
        "seals": 1,
    }


def test_in_two_transactions_a_failure_would_leave_half_of_a_batch(
    store: Store,
    plain_batch: MakeBatch,
    owner: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control of the test above: an append that commits after its keys fails it."""

    def committing(cursor: psycopg.Cursor[Any], batch: Batch, sealed: Seal) -> None:
        take_keys(cursor, batch.register, sealed.first_position)
        cursor.execute("COMMIT")
        raise RuntimeError("power cut")

    monkeypatch.setattr(store_module, "write", committing)
    with pytest.raises(RuntimeError, match="power cut"):
        store.append(whole_batch(plain_batch))
    assert contents(owner)["register"] != []
    assert contents(owner)["events"] == []


def test_a_position_that_is_taken_without_a_seal_is_no_conflict_to_retry(
    store: Store, plain_batch: MakeBatch, owner: psycopg.Connection[Any]
) -> None:
    """Somebody deleted the last seal: retrying for ever would hide it."""
    store.append(plain_batch("intake:a", 2))
    owner.execute("ALTER TABLE ledger.seals DISABLE TRIGGER USER")
    owner.execute("DELETE FROM ledger.seals")
    with pytest.raises(psycopg.errors.UniqueViolation):
        store.append(plain_batch("intake:b", 2))
