"""A run and the intake of a report, killed with SIGKILL after an append, and done again."""

import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest

from ledger.mandate_events import CollectionInstructed, CollectionReturned
from service.desk_orders import Order
from service.direct_debit.preparing import prepare
from service.ingest import ingest
from service.wiring import App

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any
Killed: TypeAlias = Callable[..., int]

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE, DEBTORS = 10_000, 9


def _facts(town: Town, kind: type[Any]) -> list[Any]:
    events = town.app.store.events_after(0, 100_000)
    return [event.fact for event in events if type(event.fact) is kind]


def test_a_run_that_is_killed_again_and_again_takes_each_collection_once(
    town: Town, lines: Lines, killed: Killed, seed: int
) -> None:
    town.told(*map(str, range(DEBTORS)))
    chance = Random(seed)  # noqa: S311 - repeated by its seed

    def work(app: App) -> None:
        prepare(app, Order("officer.ames", "killed", "dd run"), "HSG", COLLECTED)

    ends = [killed(town, work, chance.randint(1, 3)) for _ in range(3)]
    assert ends[:2] == [-signal.SIGKILL] * 2  # the third may find less to do than it would live for
    run, file = town.sent(COLLECTED)
    taken = _facts(town, CollectionInstructed)
    assert len(taken) == DEBTORS
    assert {one.run for one in taken} == {run}
    assert len({one.mandate for one in taken}) == DEBTORS
    assert [one.pence for one in lines(file)] == [PENCE] * DEBTORS
    assert town.prove(run).totals[0][1:3] == town.prove(run).totals[1][1:3]


@pytest.mark.parametrize("appends", [1, 2])
def test_a_report_whose_intake_is_killed_is_taken_once_when_it_is_offered_again(
    town: Town, lines: Lines, killed: Killed, appends: int
) -> None:
    town.told(*map(str, range(DEBTORS)))
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    town.post()
    back = [(one, "0128", "REFER TO PAYER") for one in lines(file)[:4]]
    report: Path = town.arudd(*back, processed_on=date(2026, 12, 14))
    assert killed(town, lambda app: ingest(app, report), appends) in (-signal.SIGKILL, 0)
    assert town.take(report).is_whole()
    assert len(_facts(town, CollectionReturned)) == 4
    assert sum(town.owes(str(number)) for number in range(DEBTORS)) == 4 * PENCE


def test_the_kills_come_in_the_middle_of_the_work(town: Town, killed: Killed) -> None:
    """The negative control: a kill leaves a part of the collections, neither none nor all."""
    town.told(*map(str, range(DEBTORS)))

    def work(app: App) -> None:
        prepare(app, Order("officer.ames", "killed", "dd run"), "HSG", COLLECTED)

    assert killed(town, work, 4) == -signal.SIGKILL
    assert 0 < len(_facts(town, CollectionInstructed)) < DEBTORS
