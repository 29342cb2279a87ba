"""One account as a register: every answer that callers saw at once fits one order of commands.

After Wing and Gong (1993): an order is searched in which no command comes before one that had ended
when it began, and in which each answer is what a plain counter would have said.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeAlias

import psycopg
import pytest

from ledger import commands as c
from ledger.account_state import AccountState
from ledger.ids import account_stream, stream_id
from ledger.store import Store
from ledger.streams import load

NewStore: TypeAlias = Callable[..., Store]
MakeDesk: TypeAlias = Callable[[Store], Any]

CALLERS = 4
CONTROLS_MAX = 40


@dataclass(frozen=True, slots=True)
class Call:
    """What a caller asked of an account, when, and what he was told."""

    kind: Literal["pay", "spend", "look"]
    amount: int
    begun: float
    ended: float
    told: int  # 1 or 0 for done or refused; for a look, the credit that was there


def follows(credit: int, call: Call) -> int | None:
    """The credit after a call that says what it says; None when it cannot be."""
    match call.kind:
        case "pay":
            return credit + call.amount if call.told else None
        case "spend":
            enough = credit >= call.amount
            if bool(call.told) != enough:
                return None
            return credit - call.amount if enough else credit
        case "look":
            return credit if call.told == credit else None


def is_linearizable(calls: Sequence[Call]) -> bool:
    """Whether there is an order of the calls that explains every answer."""
    everything = (1 << len(calls)) - 1
    seen, open_ = set[tuple[int, int]](), [(0, 0)]
    while open_:
        done, credit = open_.pop()
        if done == everything:
            return True
        left = [(at, one) for at, one in enumerate(calls) if not done >> at & 1]
        first_end = min(one.ended for _, one in left)
        for at, one in left:
            after = follows(credit, one) if one.begun <= first_end else None
            state = (done | 1 << at, -1 if after is None else after)
            if after is not None and state not in seen:
                seen.add(state)
                open_.append((state[0], after))
    return False


def call(kind: Literal["pay", "spend", "look"], amount: int, begun: float, *end: float) -> Call:
    return Call(kind, amount, begun, end[0], int(end[1]))


@pytest.mark.parametrize(
    ("calls", "holds"),
    [
        ([call("pay", 5, 0, 1, 1), call("look", 0, 2, 3, 5)], True),
        ([call("pay", 5, 0, 1, 1), call("look", 0, 2, 3, 0)], False),  # a look at the past
        ([call("pay", 5, 0, 9, 1), call("look", 0, 2, 3, 0)], True),  # at once: either way
        ([call("pay", 5, 0, 9, 1), call("look", 0, 2, 3, 5), call("look", 0, 4, 5, 0)], False),
        ([call("pay", 5, 0, 1, 1), call("spend", 5, 2, 9, 1), call("spend", 5, 3, 9, 1)], False),
        ([call("pay", 5, 0, 1, 1), call("spend", 5, 2, 9, 1), call("spend", 5, 3, 9, 0)], True),
        ([call("pay", 5, 0, 1, 1), call("spend", 6, 2, 3, 0), call("spend", 5, 4, 5, 0)], False),
    ],
)
def test_the_checker_knows_what_can_be_and_what_cannot(calls: list[Call], *, holds: bool) -> None:
    assert is_linearizable(calls) == holds


class Callers:
    """Some threads that ask the same account for things, each on a store of its own."""

    def __init__(self, desks: Sequence[Any]) -> None:
        self._desks = desks
        self._names = 0
        desks[0].open("sink")

    def history(self, seed: int, calls: int) -> list[Call]:
        """What they asked and were told, of an account that is new."""
        self._names += 1
        account = f"A{self._names}"
        self._desks[0].open(account)
        together = threading.Barrier(len(self._desks))

        def work(number: int) -> list[Call]:
            chance = Random(f"{seed} {number}")  # noqa: S311 - repeated by its seed
            together.wait(30)
            each = range(calls // len(self._desks))
            return [
                self._call(self._desks[number], account, f"{number}-{at}", chance) for at in each
            ]

        with ThreadPoolExecutor(len(self._desks)) as threads:
            found = list(threads.map(work, range(len(self._desks))))
        return [one for part in found for one in part]

    def _call(self, desk: Any, account: str, name: str, chance: Random) -> Call:  # noqa: ANN401
        kind: Literal["pay", "spend", "look"] = chance.choice(("pay", "spend", "spend", "look"))
        amount = chance.randrange(1, 6)
        begun = time.monotonic()
        match kind:
            case "pay":
                told = desk.give(desk.pay(account, f"{account}-{name}", amount))[0].status
            case "spend":
                told = desk.give(_spend(account, f"{account}-{name}", amount))[0].status
            case "look":
                told = str(_credit(desk.store, account))
        ended = time.monotonic()
        answer = int(told) if kind == "look" else int(told == "posted")
        return Call(kind, amount, begun, ended, answer)


def _spend(account: str, name: str, amount: int) -> c.TransferCredit:
    return c.TransferCredit(
        unit="HSG",
        account=account,
        transfer=name,
        amount_minor=amount,
        to_unit="HSG",
        to_account="sink",
        reason="test",
    )


def _credit(store: Store, account: str) -> int:
    one = stream_id(account_stream("HSG", account))
    row = store.streams([one])[one]
    found = load(row.name, row.state)
    assert isinstance(found, AccountState)
    return found.unapplied_minor


@pytest.fixture
def callers(new_store: NewStore, desk_on: MakeDesk) -> Callers:
    return Callers([desk_on(new_store(pool_size=1)) for _ in range(CALLERS)])


@pytest.mark.soak
def test_what_callers_are_told_at_once_fits_one_order(
    callers: Callers,
    soak: Any,  # noqa: ANN401 - of plugins/soak.py
    seed: int,
) -> None:
    histories, calls, made = soak.size(8, 200), soak.size(40, 100), 0
    for number in range(histories):
        history = callers.history(seed + number, calls)
        assert is_linearizable(history), sorted(history, key=lambda one: one.begun)
        made += len(history)
        if not soak.goes_on():
            break
    soak.tally(linearizable_calls=made)


def test_without_unique_versions_some_answers_fit_no_order(
    callers: Callers, owner: psycopg.Connection[Any], seed: int
) -> None:
    """The negative control: a store that lets two decisions on the same state both be stored."""
    owner.execute("ALTER TABLE ledger.events DROP CONSTRAINT events_pkey")
    assert not all(
        is_linearizable(callers.history(seed + number, 40)) for number in range(CONTROLS_MAX)
    )
