"""What was in a run that never went: lodged anew, and due again."""

import signal
from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

import pytest

from ledger.mandate_commands import CancelMandate
from ledger.mandate_events import CollectionStopped, LodgementStopped
from service.direct_debit import stopping
from service.direct_debit.planning import plan_for
from service.direct_debit.runs import abandon, find_run
from service.report_run import catch_up

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any
Killed: TypeAlias = Callable[..., int]

LODGED, AGAIN, COLLECTED = date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 15)
PENCE = 10_000


def _agreed(town: Town, count: int = 2) -> list[str]:
    """Debtors with a bill and a mandate that waits for its first run."""
    return list(town.agreed(*map(str, range(1, count + 1))).values())


def _give_up(town: Town) -> None:
    run = town.prepare(LODGED).opened.run
    stopped = abandon(town.app, town.order(), find_run(town.app, run), "wrong day")
    assert stopped == (0, 2)


def _withdraw(town: Town) -> None:
    _, file = town.sent(LODGED)
    town.withdrawn(file)
    assert town.post().stopped == (0, 2)


def _withdraw_only(town: Town) -> None:
    """What has not been stopped by the time of the next run is stopped by it."""
    _, file = town.sent(LODGED)
    town.withdrawn(file)


def _let_it_lie(town: Town) -> None:
    """Nobody releases it, and nobody gives it up: from the day after it cannot go any more."""
    town.prepare(date(2026, 11, 30))
    assert town.post().stopped == (0, 0)  # it can be released all day
    town.on(date(2026, 11, 27))


@pytest.mark.parametrize("never_went", [_give_up, _withdraw, _withdraw_only, _let_it_lie])
def test_an_instruction_whose_run_never_went_is_in_the_next_file_and_collected_on(
    town: Town, lines: Lines, never_went: Callable[[Town], None]
) -> None:
    mandates = _agreed(town)
    never_went(town)
    _, file = town.sent(AGAIN)
    assert {town.state(one).status for one in mandates} == {"lodged"}
    assert sorted((one.code, one.reference) for one in lines(file)) == [
        ("0N", one) for one in sorted(mandates)
    ]
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    _, file = town.sent(COLLECTED)
    assert [(one.code, one.pence) for one in lines(file)] == [("01", PENCE)] * 2


def test_a_cancellation_whose_run_never_went_is_in_the_next_file(town: Town, lines: Lines) -> None:
    mandates = _agreed(town)
    town.sent(LODGED)
    cancel = CancelMandate(
        sun="999999", mandate=mandates[0], by="us", reason="he left", reported_on=town.today
    )
    assert [one.status for one in town.give(cancel)] == ["posted"]
    _, file = town.sent(AGAIN)
    assert [one.code for one in lines(file)] == ["0C"]
    town.withdrawn(file)
    assert town.post().stopped == (0, 1)
    assert town.state(mandates[0]).to_lodge == "0C"
    _, file = town.sent(date(2026, 12, 3))
    assert [(one.code, one.reference) for one in lines(file)] == [("0C", mandates[0])]


def test_what_rests_on_an_instruction_that_did_not_go_is_taken_out_of_its_run(
    town: Town, lines: Lines
) -> None:
    mandates = _agreed(town)
    _, file = town.sent(LODGED)
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    before = town.prepare(COLLECTED)
    run = before.opened.run
    assert before.written.collections == 2
    town.withdrawn(file)  # late, when the next run is prepared and not released
    assert town.post().stopped == (2, 2)
    again = town.prepare(COLLECTED)
    assert (again.opened.run, again.written.collections, again.written.instructions) == (run, 0, 2)
    assert {one.code for one in lines(town.release(run))} == {"0N"}
    assert {town.state(one).has_collected for one in mandates} == {False}


def test_a_second_giving_up_or_withdrawal_does_nothing(town: Town) -> None:
    _agreed(town)
    _give_up(town)
    run = find_run(town.app, None)
    before = town.app.store.last_position()
    assert abandon(town.app, town.order(), run, "again") == (0, 0)
    assert town.post().stopped == (0, 0)
    assert town.app.store.last_position() == before


def test_what_was_credited_is_taken_back_when_the_file_was_withdrawn_after_all(town: Town) -> None:
    _agreed(town)
    town.sent(LODGED)
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    town.post()
    assert (town.owes("1"), town.owes("2")) == (0, 0)
    town.withdrawn(file)
    done = town.post()
    assert (done.stopped, done.problems) == ((2, 0), [])
    assert (town.owes("1"), town.owes("2")) == (PENCE, PENCE)
    before = town.app.store.last_position()
    town.on(date(2026, 12, 16))
    assert town.post().stopped == (0, 0)
    assert (town.owes("1"), town.app.store.last_position()) == (PENCE, before)


# --- killed in the middle ------------------------------------------------------------------------


def _prepared(town: Town, count: int) -> str:
    _agreed(town, count)
    town.sent(LODGED)
    assert town.announce(COLLECTED) == count
    town.on(date(2026, 12, 11))
    name: str = town.prepare(COLLECTED).opened.run
    return name


def _stopped(town: Town) -> int:
    events = town.app.store.events_after(0, 100_000)
    return sum(isinstance(event.fact, CollectionStopped) for event in events)


@pytest.mark.parametrize("finish", ["abandon", "post"])
def test_giving_up_that_is_killed_is_finished_by_the_same_verb_or_by_the_day(
    town: Town, killed: Killed, lines: Lines, finish: str
) -> None:
    run = _prepared(town, 5)
    order = town.order()

    def work(app: Any) -> None:  # noqa: ANN401
        abandon(app, order, find_run(app, run), "wrong day")

    assert killed(town, work, 2, page=2) == -signal.SIGKILL
    # The control: the kill came in the middle.
    assert 0 < _stopped(town) < 5
    assert find_run(town.app, run).status == "abandoned"
    if finish == "abandon":
        abandon(town.app, town.order(), find_run(town.app, run), "wrong day")
    else:
        town.post()
    assert _stopped(town) == 5
    _, file = town.sent(COLLECTED)
    assert [one.pence for one in lines(file)] == [PENCE] * 5


def test_a_withdrawal_that_is_killed_while_it_lodges_anew_is_finished_by_the_next_run(
    town: Town, killed: Killed, lines: Lines
) -> None:
    _agreed(town, 5)
    _, file = town.sent(LODGED)
    town.withdrawn(file)
    order = town.order()

    def work(app: Any) -> None:  # noqa: ANN401
        stopping.stop_left(app, order, [find_run(app, None)])

    assert killed(town, work, 1, page=2) == -signal.SIGKILL
    events = town.app.store.events_after(0, 100_000)
    assert 0 < sum(isinstance(event.fact, LodgementStopped) for event in events) < 5
    _, file = town.sent(AGAIN)
    assert [one.code for one in lines(file)] == ["0N"] * 5


def test_a_run_without_a_name_is_that_opened_last_and_not_that_of_the_latest_day(
    town: Town,
) -> None:
    _agreed(town)
    given_up = town.prepare(COLLECTED).opened.run
    abandon(town.app, town.order(), find_run(town.app, given_up), "the wrong day")
    opened = town.prepare(LODGED).opened.run
    assert find_run(town.app, None).opened.run == opened != given_up


def test_nothing_rests_on_an_instruction_in_a_run_that_nobody_has_released(
    town: Town, lines: Lines
) -> None:
    mandates = _agreed(town)
    lodging = town.prepare(LODGED).opened.run
    town.announce(COLLECTED)
    catch_up(town.app)
    assert plan_for(town.app, "HSG", COLLECTED).taken == 0
    early = town.prepare(COLLECTED)
    why = f"its instruction is in run {lodging}, which nobody has released"
    assert [(one, why in refusal.sentence) for one, refusal in early.held] == [
        (one, True) for one in sorted(mandates)
    ]
    assert early.written is None
    town.release(lodging)
    catch_up(town.app)
    assert plan_for(town.app, "HSG", COLLECTED).taken == 2
    _, file = town.sent(COLLECTED)
    assert [(one.code, one.pence) for one in lines(file)] == [("01", PENCE)] * 2
