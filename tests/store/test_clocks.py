"""A clock that jumps, also backwards and in the middle of a batch, never turns the log back."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeAlias

import pytest

from ledger.checks import verify
from ledger.store import Store
from service.embedded_database import EmbeddedDatabase

Desk: TypeAlias = Any  # of the conftest, which cannot be imported from here

STEPS = 60
JUMPS = [
    timedelta(),
    timedelta(seconds=1),
    timedelta(hours=1),
    -timedelta(hours=1),
    timedelta(days=1),
    -timedelta(days=1),
    timedelta(days=7),
    -timedelta(days=7),
]


class JumpingClock:
    """A business clock that jumps each time it is read, by up to a week."""

    def __init__(self, chance: Random, start: datetime) -> None:
        self.moment = start
        self.went_back = 0
        self._chance = chance

    def __call__(self) -> datetime:
        jump = self._chance.choice(JUMPS)
        self.went_back += jump < timedelta()
        self.moment += jump
        return self.moment


@pytest.fixture
def jumping(sandbox_database: EmbeddedDatabase, seed: int) -> Iterator[tuple[Store, JumpingClock]]:
    """A ledger whose clock begins on the night on which the clocks go back."""
    clock = JumpingClock(Random(seed), datetime(2026, 10, 25, 0, 30, tzinfo=UTC))  # noqa: S311 - chosen
    store = Store(sandbox_database.app_url, clock=clock)
    yield store, clock
    store.close()


def given_in_batches(desk: Desk, count: int) -> int:
    """Payments in batches of a few; how many there were."""
    desk.open("1", "2", "3")
    for number in range(count):
        desk.give(*(desk.pay(str(one), f"R{number}-{one}", 100) for one in (1, 2, 3)))
    return 3 * count


def times(store: Store) -> list[datetime]:
    return [row[3] for row in store.rows_after(0, 1_000_000)]


def test_the_time_of_recording_never_goes_back(
    jumping: tuple[Store, JumpingClock], desk_on: Callable[[Store], Desk]
) -> None:
    store, clock = jumping
    given = given_in_batches(desk_on(store), STEPS)
    recorded = times(store)
    assert clock.went_back > STEPS // 4, "the clock did not go back often enough to prove anything"
    assert len(recorded) == given + 3
    assert recorded == sorted(recorded)
    assert verify(store) == ()


def test_what_was_known_at_a_moment_is_always_a_prefix_of_the_log(
    jumping: tuple[Store, JumpingClock], desk_on: Callable[[Store], Desk]
) -> None:
    store, _ = jumping
    given_in_batches(desk_on(store), STEPS // 3)
    rows = store.rows_after(0, 1_000_000)
    for moment in {row[3] for row in rows}:
        known = [row[0] for row in rows if row[3] <= moment]
        assert known == list(range(1, len(known) + 1))
        seals = [
            one.last_position for one in store.seals_after(0, 1_000) if one.sealed_at <= moment
        ]
        assert max(seals) == known[-1], "and one seal covers exactly it"


def test_a_time_that_went_back_would_be_found(
    jumping: tuple[Store, JumpingClock],
    desk_on: Callable[[Store], Desk],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: an append that takes the clock's word for it."""
    monkeypatch.setattr("ledger.store.max", lambda moment, _last: moment, raising=False)
    store, _ = jumping
    given_in_batches(desk_on(store), STEPS)
    recorded = times(store)
    assert recorded != sorted(recorded)
    found = {one.sentence.partition(" was recorded")[2] for one in verify(store)}
    assert " before the block that precedes it" in found
