"""Many writers at once: every invariant holds, nobody starves, nothing deadlocks."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger import commands as c
from ledger.account_state import AccountState
from ledger.checks import verify
from ledger.handle import Ledger, TooManyConflictsError
from ledger.ids import account_stream, stream_id
from ledger.requests import Outcome
from ledger.store import Store
from ledger.store_values import Batch, StreamMovedError
from ledger.streams import load

WRITERS = 8
NewStore = Callable[..., Store]
Desk: TypeAlias = Any  # conftest's, which a test cannot import
MakeDesk = Callable[[Store], Desk]
MakeBatch = Callable[..., Batch]


def at_once(work: Sequence[Callable[[], list[Outcome]]]) -> list[Outcome]:
    """Run all of the work at the same time; every outcome."""
    with ThreadPoolExecutor(len(work)) as threads:
        running = [threads.submit(one) for one in work]
        return [outcome for future in running for outcome in future.result(timeout=1_800)]


def state(store: Store, account: str) -> AccountState:
    one = stream_id(account_stream("HSG", account))
    row = store.streams([one])[one]
    found = load(row.name, row.state)
    assert isinstance(found, AccountState)
    return found


def test_eight_writers_allocate_exactly_what_a_receipt_holds(
    new_store: NewStore, desk_on: MakeDesk
) -> None:
    """8 writers x 40 allocations of 1.00 on a receipt of 100.00: 100 are accepted, never 101."""
    desks = [desk_on(new_store(pool_size=1)) for _ in range(WRITERS)]
    desk = desks[0]
    desk.open("1")
    desk.give(desk.pay("1", "R1", 100_00))
    desk.give(desk.bill("1", "I1", 1_000_00))
    settled = state(desk.store, "1").items["I1"].open_minor
    if settled != 1_000_00:  # credit on account is applied to a new bill: take it back
        desk.give(c.Unallocate(unit="HSG", account="1", receipt="R1", reason="test"))
    assert state(desk.store, "1").unapplied_minor == 100_00

    def work(number: int) -> Callable[[], list[Outcome]]:
        target = (c.AllocationTarget(item="I1", amount_minor=1_00),)
        allocate = c.Allocate(unit="HSG", account="1", receipt="R1", targets=target)
        return lambda: [
            desks[number].give(allocate, of=f"{number}-{time}")[0] for time in range(40)
        ]

    outcomes = at_once([work(number) for number in range(WRITERS)])

    assert Counter(outcome.status for outcome in outcomes) == {"posted": 100, "refused": 220}
    end = state(desk.store, "1")
    assert (end.unapplied_minor, end.open_minor) == (0, 900_00)
    assert verify(desk.store) == ()


def deadlocks(owner: psycopg.Connection[Any]) -> int:
    """How many the server has counted in this database."""
    owner.execute("SELECT pg_stat_force_next_flush()")
    query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    row = owner.execute(query).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.soak
def test_transfers_both_ways_neither_deadlock_nor_lose_money(
    new_store: NewStore,
    desk_on: MakeDesk,
    owner: psycopg.Connection[Any],
    soak: Any,  # noqa: ANN401
) -> None:
    desks = [desk_on(new_store(pool_size=1)) for _ in range(WRITERS)]
    desk, each = desks[0], soak.size(300, 10_000) // WRITERS
    desk.open("1", "2")
    desk.give(desk.pay("1", "R1", 500_00), desk.pay("2", "R2", 500_00))

    def work(number: int) -> Callable[[], list[Outcome]]:
        here, there = ("1", "2") if number % 2 else ("2", "1")

        def transfer(time: int) -> c.TransferCredit:
            return c.TransferCredit(
                unit="HSG",
                account=here,
                transfer=f"T{number}-{time}",
                amount_minor=7_00,
                to_unit="HSG",
                to_account=there,
                reason="test",
            )

        return lambda: [desks[number].give(transfer(time))[0] for time in range(each)]

    outcomes = at_once([work(number) for number in range(WRITERS)])

    soak.tally(transfers=len(outcomes), deadlocks=deadlocks(owner))
    assert {outcome.status for outcome in outcomes} <= {"posted", "refused"}
    assert sum(outcome.status == "posted" for outcome in outcomes) > each
    held = [state(desk.store, account).unapplied_minor for account in ("1", "2")]
    assert sum(held) == 1_000_00
    assert deadlocks(owner) == 0
    assert verify(desk.store) == ()


def test_two_that_lock_two_accounts_in_their_own_order_would_deadlock(
    desk: Desk,
    database: Any,  # noqa: ANN401
    owner: psycopg.Connection[Any],
) -> None:
    """The negative control: rows locked one after the other, as without the append lock."""
    desk.open("1", "2")
    names = [stream_id(account_stream("HSG", account)) for account in ("1", "2")]
    locking = "SELECT 1 FROM ledger.streams WHERE stream_id = %s FOR UPDATE"
    both_have_one = threading.Barrier(2)

    def lock(order: Sequence[object]) -> bool:
        with psycopg.connect(database.owner_url) as connection:
            connection.execute(locking, (order[0],))
            both_have_one.wait(30)
            try:
                connection.execute(locking, (order[1],))
            except psycopg.errors.DeadlockDetected:
                return True
        return False

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lock, (names, names[::-1])))
    assert sorted(found) == [False, True]
    assert deadlocks(owner) == 1


@pytest.mark.parametrize("checked", [True, False], ids=["as it is", "control"])
def test_a_decision_on_an_old_state_is_a_conflict_because_versions_are_unique(
    desk: Desk,
    owner: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
    *,
    checked: bool,
) -> None:
    """The control drops the constraint: the same money is then spent twice."""
    desk.open("1")
    desk.give(desk.bill("1", "I1", 100_00), desk.bill("1", "I2", 100_00))
    old = desk.store.streams([stream_id("account:HSG:1")])
    desk.give(desk.pay("1", "R1", 100_00))
    if not checked:
        owner.execute("ALTER TABLE ledger.events DROP CONSTRAINT events_pkey")
    monkeypatch.setattr(desk.store, "states_and_keys", lambda *_: (old, {}))
    if checked:
        monkeypatch.setattr(desk.ledger, "_handle_alone", refuse)
        with pytest.raises(StreamMovedError):
            desk.give(desk.pay("1", "R2", 100_00))
        assert verify(desk.store) == ()
    else:
        desk.give(desk.pay("1", "R2", 100_00))
        assert "streams" in {finding.check for finding in verify(desk.store)}


def refuse(*_: object) -> object:
    raise StreamMovedError("moved")


def test_a_writer_who_always_loses_decides_alone_in_the_end(
    new_store: NewStore,
    desk_on: MakeDesk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another writer is faster each time; under the lock it cannot be."""
    slow, fast = desk_on(new_store()), desk_on(new_store())
    slow.open("1")
    append, raced = slow.store.append, 0

    def raced_append(batch: Batch) -> object:
        nonlocal raced
        raced += 1
        fast.give(fast.pay("1", f"F{raced}", 1_00))
        return append(batch)

    monkeypatch.setattr(slow.store, "append", raced_append)
    (outcome,) = slow.give(slow.pay("1", "S1", 1_00))

    assert outcome.status == "posted"
    assert raced > 1
    assert state(slow.store, "1").unapplied_minor == (raced + 1) * 1_00
    assert verify(slow.store) == ()


def test_a_conflict_even_under_the_lock_is_reported_as_what_it_is(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk.open("1")
    monkeypatch.setattr(desk.store, "append", refuse)
    monkeypatch.setattr(desk.store, "append_decided", refuse)
    with pytest.raises(TooManyConflictsError, match="without taking the lock"):
        desk.give(desk.pay("1", "R1", 1_00))


def test_the_same_request_eight_times_at_once_has_one_effect_and_one_answer(
    new_store: NewStore, desk_on: MakeDesk
) -> None:
    desks = [desk_on(new_store(pool_size=1)) for _ in range(WRITERS)]
    desks[0].open("1")

    def work(number: int) -> Callable[[], list[Outcome]]:
        desk = desks[number]
        return lambda: list(desk.give(desk.pay("1", "R1", 1_00)))

    outcomes = at_once([work(number) for number in range(WRITERS)])

    assert Counter(outcome.status for outcome in outcomes) == {"posted": 1, "repeated": 7}
    assert len({outcome.position for outcome in outcomes}) == 1
    assert state(desks[0].store, "1").unapplied_minor == 1_00


def test_without_an_identity_the_same_request_would_have_eight_effects(
    new_store: NewStore, desk_on: MakeDesk
) -> None:
    """The control: other identities and other receipts are other payments."""
    desks = [desk_on(new_store(pool_size=1)) for _ in range(WRITERS)]
    desks[0].open("1")

    def work(number: int) -> Callable[[], list[Outcome]]:
        desk = desks[number]
        return lambda: list(desk.give(desk.pay("1", f"R{number}", 1_00)))

    at_once([work(number) for number in range(WRITERS)])
    assert state(desks[0].store, "1").unapplied_minor == WRITERS * 1_00


def test_the_ledger_is_the_one_door(desk: Desk) -> None:
    assert isinstance(desk.ledger, Ledger)
    with pytest.raises(NotImplementedError, match="append through"):
        desk.store.recorder.insert_events([])
