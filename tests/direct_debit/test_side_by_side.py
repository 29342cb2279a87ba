"""A run that is shared out over two processes is the run that one process would have made."""

import os
import signal
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from datetime import date
from typing import Any, TypeAlias

import pytest

from ledger.mandate_events import CollectionInstructed
from service import side_by_side
from service.direct_debit import run_file, states
from service.direct_debit.planning import plan_for
from service.report_run import catch_up

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any
Given: TypeAlias = "list[tuple[ProcessPoolExecutor, Future[Any]]]"

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE, DEBTORS = 10_000, 9


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """What was given to the other process, once a run of a few is a long one."""
    monkeypatch.setattr(states, "PAGE", 2)
    monkeypatch.setattr(run_file, "PAGE", 2)
    monkeypatch.setattr(side_by_side, "ALONE_PAGES", 0)
    monkeypatch.setattr(side_by_side, "PROCESSES", 2)
    found: Given = []
    submit = ProcessPoolExecutor.submit

    def heard(self: ProcessPoolExecutor, *what: Any) -> Future[Any]:  # noqa: ANN401
        found.append((self, submit(self, *what)))
        return found[-1][1]

    monkeypatch.setattr(ProcessPoolExecutor, "submit", heard)
    return found


def _told(town: Town) -> list[str]:
    """Debtors who were told of a collection; one has paid since. Their mandates."""
    made = town.told(*map(str, range(DEBTORS)))
    town.pays("3", PENCE)
    return list(made.values())


def _taken(town: Town) -> list[CollectionInstructed]:
    events = town.app.store.events_after(0, 100_000)
    return [event.fact for event in events if isinstance(event.fact, CollectionInstructed)]


def test_a_run_of_two_processes_has_each_collection_once_in_the_order_of_its_mandates(
    town: Town, lines: Lines, given: Given
) -> None:
    made = sorted(_told(town))
    given.clear()
    prepared = town.prepare(COLLECTED)
    assert given
    assert all(one.exception() is None for _, one in given if not one.cancelled())
    (held,) = prepared.held
    assert held[1].code == "collection_held_back"
    due = [one for one in made if one != held[0]]
    assert sorted(one.mandate for one in _taken(town)) == due
    assert [one.item for one in sorted(_taken(town), key=lambda one: one.mandate)] == [
        number for number, one in enumerate(made, 1) if one != held[0]
    ]
    file = town.release(prepared.opened.run)
    assert [one.reference for one in lines(file)] == due


def test_a_plan_and_a_proof_of_two_processes_are_those_of_one(
    town: Town, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    _told(town)
    run = town.prepare(COLLECTED).opened.run
    catch_up(town.app)
    given.clear()
    both = plan_for(town.app, "HSG", COLLECTED, keeps_taken=True), town.prove(run)
    assert len({pool for pool, _ in given}) == 2
    monkeypatch.setattr(side_by_side, "PROCESSES", 1)
    assert both == (plan_for(town.app, "HSG", COLLECTED, keeps_taken=True), town.prove(run))


def test_what_a_process_leaves_that_is_killed_is_taken_by_the_other(
    town: Town, lines: Lines, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _told(town)
    given.clear()
    heard = ProcessPoolExecutor.submit

    def killed(self: ProcessPoolExecutor, *what: Any) -> Future[Any]:  # noqa: ANN401
        future = heard(self, *what)
        for pid in list(self._processes):
            with suppress(ProcessLookupError):  # killed by the one before, and gone already
                os.kill(pid, signal.SIGKILL)
        return future

    monkeypatch.setattr(ProcessPoolExecutor, "submit", killed)
    prepared = town.prepare(COLLECTED)
    assert [one for _, one in given if isinstance(one.exception(), BrokenProcessPool)]
    assert len(prepared.held) == 1
    assert len(_taken(town)) == DEBTORS - 1
    file = town.release(prepared.opened.run)
    assert {one.reference for one in lines(file)} == set(made) - {prepared.held[0][0]}
