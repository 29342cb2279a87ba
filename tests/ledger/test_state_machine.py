"""Any history of commands: the deciders against a second ledger that adds everything up anew.

`TALLYSTICK_TEST_PROFILE=long` tries many more and longer histories.
"""

import os
from datetime import date, timedelta
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

LONG = os.environ.get("TALLYSTICK_TEST_PROFILE") == "long"
PROFILE = settings(
    max_examples=500 if LONG else 60,
    stateful_step_count=80 if LONG else 40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(
    "histories",
    [
        "Everything",
        "CashOfOneAccount",
        "CreditThatLeaves",
        "DebtGivenUp",
        "DebtTooSmall",
        "DeskOfSuspense",
        "MoneyOfAnother",
    ],
)
def test_any_history_is_decided_as_the_second_ledger_decides_it(
    machine: ModuleType,
    world: ModuleType,
    naive: ModuleType,
    books: ModuleType,
    histories: str,
) -> None:
    kind = getattr(machine, histories)
    kind.world_of, kind.naive_of, kind.books_of = world, naive, books
    run_state_machine_as_test(kind, settings=PROFILE)


def test_a_balance_that_is_negative_on_one_day_only_is_found(books: ModuleType) -> None:
    day = date(2026, 4, 1)
    assert books.lowest({day + timedelta(days=1): 10, day: -3}) == -3
