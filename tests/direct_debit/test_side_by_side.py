"""A run that is shared out over two processes is the run that one process would have made."""

import os
import signal
from datetime import date
from typing import Any, TypeAlias

import pytest

from ledger.mandate_events import CollectionInstructed
from service.direct_debit import states, taking

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE, DEBTORS = 10_000, 9


@pytest.fixture(autouse=True)
def _shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "PAGE", 2)
    monkeypatch.setattr(taking, "WORTH_PROCESSES", 1)


def _told(town: Town) -> list[str]:
    """Debtors who were told of a collection; one has paid since. Their mandates."""
    made = []
    for number in range(DEBTORS):
        town.opened(str(number))
        town.billed(str(number), f"I-{number}", PENCE, COLLECTED)
        made.append(town.mandate(str(number), town.payer(number)))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    assert town.announce(COLLECTED) == DEBTORS
    town.pays("3", PENCE)
    town.on(date(2026, 12, 11))
    return made


def _taken(town: Town) -> list[CollectionInstructed]:
    events = town.app.store.events_after(0, 100_000)
    return [event.fact for event in events if isinstance(event.fact, CollectionInstructed)]


def test_a_run_of_two_processes_has_each_collection_once_in_the_order_of_its_mandates(
    town: Town, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, answered = sorted(_told(town)), []
    answer = taking._Worker.answer

    def heard(self: taking._Worker) -> list[taking.Refused] | None:
        answered.append(answer(self))
        return answered[-1]

    monkeypatch.setattr(taking._Worker, "answer", heard)
    prepared = town.prepare(COLLECTED)
    assert len(answered) == 1
    assert answered[0] is not None
    (held,) = prepared.held
    assert held[1].code == "collection_held_back"
    due = [one for one in made if one != held[0]]
    assert sorted(one.mandate for one in _taken(town)) == due
    assert [one.item for one in sorted(_taken(town), key=lambda one: one.mandate)] == [
        number for number, one in enumerate(made, 1) if one != held[0]
    ]
    file = town.release(prepared.opened.run)
    assert [one.reference for one in lines(file)] == due


def test_what_a_process_leaves_that_is_killed_is_taken_by_the_other(
    town: Town, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, killed = _told(town), []
    begin = taking._Worker.__init__

    def mortal(self: taking._Worker, *given: Any) -> None:  # noqa: ANN401
        begin(self, *given)
        os.kill(self._process.pid or 0, signal.SIGKILL)
        killed.append(self)

    monkeypatch.setattr(taking._Worker, "__init__", mortal)
    prepared = town.prepare(COLLECTED)
    assert len(killed) == 1
    assert len(prepared.held) == 1
    assert len(_taken(town)) == DEBTORS - 1
    file = town.release(prepared.opened.run)
    assert {one.reference for one in lines(file)} == set(made) - {prepared.held[0][0]}
