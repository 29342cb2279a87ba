"""What was taken out of a run that is not released is put into the same run once more."""

import signal
from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

import pytest

from ledger.collecting import ITEM_MINOR_MAX
from ledger.mandate_commands import (
    AmendCollection,
    CancelMandate,
    InstructCollection,
)
from ledger.mandate_events import CollectionInstructed
from ledger.rejections import Code
from service.cli_direct_debit_changes import withholding
from service.direct_debit import taking
from service.direct_debit.preparing import prepare, represent
from service.direct_debit.run_file import NothingToSendError
from service.direct_debit.runs import abandon, find_run

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any
Killed: TypeAlias = Callable[..., int]

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE = 10_000


def _told(town: Town) -> str:
    """A mandate of which a collection is announced, on the day on which its run is prepared."""
    (reference,) = town.told("1").values()
    return str(reference)


def _withheld(town: Town, reference: str) -> None:
    outcomes = town.give(*withholding(town.app, town.state(reference), COLLECTED, "in hospital"))
    assert [one.status for one in outcomes] == ["posted", "posted"], outcomes


def _taken_after_all(town: Town, reference: str, pence: int) -> None:
    command = AmendCollection(
        sun="999999",
        mandate=reference,
        entry_on=COLLECTED,
        amount_minor=pence,
        reason="he is out again",
    )
    (outcome,) = town.give(command)
    assert outcome.status == "posted", outcome.refusals


def test_a_collection_that_was_withheld_out_of_a_run_and_is_taken_after_all_is_in_its_file(
    town: Town, lines: Lines
) -> None:
    reference = _told(town)
    run = town.prepare(COLLECTED).opened.run
    for pence in (PENCE, PENCE - 1, PENCE - 2):  # again and again
        _withheld(town, reference)
        assert town.prepare(COLLECTED).written is None
        _taken_after_all(town, reference, pence)
        made = town.prepare(COLLECTED)
        assert (made.opened.run, made.held) == (run, [])
        assert (made.written.collections, made.written.amount_minor) == (1, pence)
    assert [one.pence for one in lines(town.release(run))] == [PENCE - 2]


def test_a_second_take_that_is_killed_or_tried_twice_is_a_repeat(
    town: Town, lines: Lines, killed: Killed
) -> None:
    reference = _told(town)
    town.prepare(COLLECTED)
    _withheld(town, reference)
    _taken_after_all(town, reference, PENCE)
    order = town.order()
    before = taking.taken_before(town.app, town.prepare(COLLECTED).opened.run)
    _withheld(town, reference)
    _taken_after_all(town, reference, PENCE)

    assert killed(town, lambda app: prepare(app, order, "HSG", COLLECTED), 1) == -signal.SIGKILL
    run = town.prepare(COLLECTED).opened.run
    assert [one.pence for one in lines(town.release(run))] == [PENCE]
    taken = [one for one in town.events(reference) if isinstance(one, CollectionInstructed)]
    assert len(taken) == 3
    # What was named before the last stop is the second take, and is not taken a third time.
    opened = find_run(town.app, run).opened
    command = _instructing(taken[1])
    assert taking.give(town.app, order, opened, [command], before) == []
    assert [one for one in town.events(reference) if isinstance(one, CollectionInstructed)] == taken


def _instructing(fact: CollectionInstructed) -> InstructCollection:
    names = InstructCollection.model_fields
    return InstructCollection(**{k: v for k, v in fact.model_dump().items() if k in names})


def _lodged(town: Town) -> tuple[str, str]:
    """A mandate and the run that its instruction is in, which is not released."""
    town.opened("1")
    reference = town.mandate("1", town.payer(1))
    town.on(date(2026, 11, 26))
    return reference, town.prepare(LODGED).opened.run


def test_an_instruction_that_was_cancelled_in_its_own_run_is_taken_back_in_the_same_file(
    town: Town, lines: Lines
) -> None:
    reference, run = _lodged(town)
    command = CancelMandate(
        sun="999999", mandate=reference, by="us", reason="he asked", reported_on=town.today
    )
    assert [one.status for one in town.give(command)] == ["posted"]
    assert town.prepare(LODGED).opened.run == run
    assert [one.code for one in lines(town.release(run))] == ["0N", "0C"]
    assert not town.state(reference).waits_for_bank


def test_a_payer_who_changes_banks_before_the_run_goes_is_lodged_at_the_new_one_in_the_same_file(
    town: Town, lines: Lines
) -> None:
    reference, run = _lodged(town)
    assert town.change_account(reference, town.payer(2)).relodged
    assert town.prepare(LODGED).opened.run == run
    found = [(one.code, one.payer.number) for one in lines(town.release(run))]
    old, new = town.payer(1).number, town.payer(2).number
    assert found == [("0N", old), ("0C", old), ("0N", new)]
    assert not town.state(reference).waits_for_bank


def test_an_instruction_of_a_run_that_was_given_up_is_lodged_in_the_next_one_of_the_day(
    town: Town, lines: Lines
) -> None:
    reference, first = _lodged(town)
    abandon(town.app, town.order(), find_run(town.app, first), "wrong day")
    assert town.state(reference).to_lodge == "0N"
    second, file = town.sent(LODGED)
    assert second != first  # no name is used again
    assert [one.code for one in lines(file)] == ["0N"]


def test_what_is_presented_again_is_taken_out_and_put_in_once_more(
    town: Town, lines: Lines
) -> None:
    reference = _told(town)
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    town.post()
    town.returned((lines(file)[0], "0128", "REFER TO PAYER"), processed_on=date(2026, 12, 14))
    town.on(date(2026, 12, 21))
    again = date(2026, 12, 30)
    made = represent(town.app, town.order(), "HSG", again)
    stops = withholding(town.app, town.state(reference), again, "he rang")
    assert [one.status for one in town.give(*stops)] == ["posted"]
    made = represent(town.app, town.order(), "HSG", again)
    assert made.written is not None
    assert made.written.collections == 1
    assert [one.code for one in lines(town.release(made.opened.run))] == ["18"]


def test_a_run_of_which_everything_was_taken_out_is_not_released_and_says_why(town: Town) -> None:
    reference = _told(town)
    run = town.prepare(COLLECTED).opened.run
    _withheld(town, reference)
    said = f"run {run} has nothing to send"
    with pytest.raises(NothingToSendError, match=said):
        town.release(run)
    assert town.prepare(COLLECTED).written is None
    with pytest.raises(NothingToSendError, match=said):
        town.release(run)
    assert not list(town.folder.glob(f"{run}*"))


def test_a_run_of_which_everything_was_held_back_is_not_released_and_says_why(town: Town) -> None:
    _told(town)
    town.pays("1", PENCE)
    made = town.prepare(COLLECTED)
    assert (made.written, len(made.held)) == (None, 1)
    with pytest.raises(NothingToSendError, match="has nothing to send"):
        town.release(made.opened.run)


def test_an_item_above_the_limit_of_bacs_is_held_back_by_name(town: Town) -> None:
    town.opened("1")
    town.billed("1", "I-1", ITEM_MINOR_MAX + 1, COLLECTED)
    reference = town.mandate("1", town.payer(1))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    made = town.prepare(COLLECTED)
    assert [(name, one.code) for name, one in made.held] == [(reference, Code.AMOUNT_TOO_LARGE)]
    assert made.written is None
    _taken_after_all(town, reference, ITEM_MINOR_MAX)
    assert town.prepare(COLLECTED).written.amount_minor == ITEM_MINOR_MAX
