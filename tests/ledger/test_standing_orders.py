"""Standing orders: what is expected, what changes it, how it ends, and every refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import standing_order_commands as s
from ledger import standing_order_events as f
from ledger.commands import StandingOrderCommand
from ledger.ids import standing_order_stream
from ledger.rejections import Code
from ledger.standing_order_days import Schedule
from ledger.standing_orders import StandingOrderState, evolve
from ledger.values import Tolerance

Given = Callable[..., Any]

FIRST = date(2026, 6, 30)
DECEMBER, AUGUST = date(2026, 12, 1), date(2026, 8, 31)
OWN: dict[str, Any] = {"unit": "HSG", "standing_order": "1-1"}
WITHIN = Tolerance(early_days=1, late_after_working_days=3, stopped_after_missed=2)
TERMS: dict[str, Any] = {
    "amount_minor": 10_000,
    "frequency": "monthly",
    "first_on": FIRST,
    "day_of_month": 31,
    "tolerance": WITHIN,
    "told_by": "letter",
}
WHOSE: dict[str, Any] = {"account": "1", "party": "P1", "currency": "GBP"}


def expect(**changes: Any) -> s.ExpectStandingOrder:  # noqa: ANN401 - any field
    return s.ExpectStandingOrder(**{**OWN, **WHOSE, **TERMS, **changes})


def change(**changes: Any) -> s.ChangeStandingOrder:  # noqa: ANN401 - any field
    usual = {"first_on": AUGUST, "tolerance": WITHIN, "told_by": "payer", "reason": "rent rose"}
    return s.ChangeStandingOrder(**{**OWN, **usual, **changes})


def stop(from_on: date = DECEMBER, reason: str = "moves out") -> s.StopStandingOrder:
    return s.StopStandingOrder(**OWN, from_on=from_on, told_by="payer", reason=reason)


def finish(reason: str = "paid off") -> s.FinishStandingOrder:
    return s.FinishStandingOrder(**OWN, reason=reason)


def state_of(scenario: Any) -> StandingOrderState:  # noqa: ANN401 - a class loaded by path
    state = scenario.fine().world.states[standing_order_stream("HSG", "1-1")]
    assert isinstance(state, StandingOrderState)
    return state


def test_what_was_told_is_recorded_as_it_was_told(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened()).when(expect(sealed_reference="c2VhbGVk"))
    fact = f.StandingOrderExpected(**OWN, **WHOSE, **TERMS, sealed_reference="c2VhbGVk")
    scenario.then(b.on(b.TODAY, fact))
    state = state_of(scenario)
    assert (state.amount_minor, state.schedule.first_on, state.ended) == (10_000, FIRST, None)


def test_an_order_that_began_before_it_was_recorded_counts_from_its_first_day(
    given: Given, b: ModuleType
) -> None:
    scenario = given(b.opened()).when(expect(first_on=date(2026, 5, 31)))
    assert [dated.effective_on for dated in scenario.facts] == [date(2026, 5, 31)]


def test_so_many_payments_end_with_the_last_of_them(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened()).when(expect(payments=3))
    assert state_of(scenario).schedule.last_on == date(2026, 8, 31)
    assert state_of(scenario).payments == 3


def test_a_change_keeps_what_it_does_not_say(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened()).when(expect(last_on=DECEMBER)).when(change(amount_minor=11_000))
    (dated,) = scenario.facts
    assert (dated.effective_on, dated.fact.first_on) == (b.TODAY, AUGUST)
    assert (dated.fact.amount_minor, dated.fact.frequency) == (11_000, "monthly")
    assert dated.fact.last_on == DECEMBER
    assert dated.fact.account == "1"


def test_a_change_of_the_day_keeps_the_number_of_payments_that_is_left(
    given: Given, b: ModuleType
) -> None:
    """Of twelve from 30 June three are due before 15 September: nine are left."""
    scenario = given(b.opened()).when(expect(payments=12))
    scenario.when(change(first_on=date(2026, 9, 15)))
    state = state_of(scenario)
    assert (state.payments, state.schedule.last_on) == (9, date(2027, 5, 15))


def test_a_change_from_the_same_day_corrects_what_was_typed_wrong(
    given: Given, b: ModuleType
) -> None:
    scenario = given(b.opened()).when(expect())
    scenario.when(change(first_on=FIRST, day_of_month=31, amount_minor=1_000))
    assert state_of(scenario).amount_minor == 1_000
    assert state_of(scenario).told_minor == 10_000  # a repeat of the letter is known still


def test_an_order_can_be_stopped_before_the_day_on_which_it_stops(
    given: Given, b: ModuleType
) -> None:
    scenario = given(b.opened()).when(expect()).when(stop())
    fact = f.StandingOrderStopped(
        **OWN, account="1", from_on=DECEMBER, told_by="payer", reason="moves out"
    )
    scenario.then(b.on(b.TODAY, fact))
    assert state_of(scenario).ended == "stopped"


def test_an_order_whose_last_day_is_over_is_put_away(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened()).when(
        expect(first_on=date(2026, 3, 10), day_of_month=None, payments=3)
    )
    scenario.when(finish())
    fact = f.StandingOrderFinished(**OWN, account="1", last_on=date(2026, 5, 10), reason="paid off")
    scenario.then(b.on(b.TODAY, fact))
    assert state_of(scenario).ended == "finished"


@dataclass(frozen=True)
class Row:
    """A refusal: what was given before, and the command that is refused by it."""

    code: Code
    given: tuple[StandingOrderCommand, ...]
    command: StandingOrderCommand
    actor: str = "AMES"


ROWS = (
    Row(Code.NOT_AUTHORISED, (), expect(), "INTAKE"),
    Row(Code.NOT_AUTHORISED, (expect(),), change(amount_minor=1), "INTAKE"),
    Row(Code.NOT_AUTHORISED, (expect(),), stop(), "INTAKE"),
    Row(Code.NOT_AUTHORISED, (expect(),), finish(), "INTAKE"),
    Row(Code.ACCOUNT_NOT_OPEN, (), expect(account="2")),
    Row(Code.CURRENCY_DIFFERS, (), expect(currency="EUR")),
    Row(Code.FIELD_INVALID, (), expect(standing_order=" ")),
    Row(Code.FIELD_INVALID, (), expect(standing_order="TRANSFER:1")),
    Row(Code.AMOUNT_NOT_POSITIVE, (), expect(amount_minor=0)),
    Row(Code.AMOUNT_TOO_LARGE, (), expect(amount_minor=10**12)),
    Row(Code.FIELD_INVALID, (), expect(day_of_month=32)),
    Row(Code.FIELD_INVALID, (), expect(day_of_month=0)),
    Row(Code.FIELD_INVALID, (), expect(frequency="weekly")),  # with a day of the month
    Row(Code.FIELD_INVALID, (), expect(day_of_month=29)),  # the first day is the 30th
    Row(Code.FIELD_INVALID, (), expect(payments=0)),
    Row(Code.FIELD_INVALID, (), expect(payments=1_601)),
    Row(Code.FIELD_INVALID, (), expect(payments=2, last_on=DECEMBER)),
    Row(Code.FIELD_INVALID, (), expect(last_on=date(2026, 6, 29))),
    Row(Code.FIELD_INVALID, (), expect(tolerance=WITHIN.model_copy(update={"early_days": 3}))),
    Row(Code.EFFECTIVE_DATE_OUT_OF_RANGE, (), expect(first_on=date(2036, 6, 30))),
    Row(Code.STANDING_ORDER_EXISTS, (expect(),), expect(amount_minor=9_000)),
    Row(Code.STANDING_ORDER_NOT_FOUND, (), change(amount_minor=1)),
    Row(Code.STANDING_ORDER_NOT_FOUND, (), stop()),
    Row(Code.STANDING_ORDER_NOT_FOUND, (), finish()),
    Row(Code.STANDING_ORDER_ENDED, (expect(), stop()), change(amount_minor=1)),
    Row(Code.STANDING_ORDER_ENDED, (expect(), stop()), stop()),
    Row(Code.STANDING_ORDER_ENDED, (expect(payments=2),), change()),  # nothing is left to change
    Row(Code.STANDING_ORDER_NOT_OVER, (expect(),), finish()),
    Row(Code.STANDING_ORDER_NOT_OVER, (expect(payments=2),), finish()),
    Row(Code.EFFECTIVE_DATE_TOO_EARLY, (expect(),), change(first_on=date(2026, 6, 29))),
    Row(Code.EFFECTIVE_DATE_TOO_EARLY, (expect(),), stop(date(2026, 6, 29))),
    Row(Code.EFFECTIVE_DATE_OUT_OF_RANGE, (expect(),), stop(date(2036, 6, 29))),
    Row(Code.NOTHING_TO_CHANGE, (expect(),), change(day_of_month=31)),
    Row(Code.NOTHING_TO_CHANGE, (expect(),), change(day_of_month=31, amount_minor=10_000)),
    Row(Code.AMOUNT_NOT_POSITIVE, (expect(),), change(amount_minor=0)),
    Row(Code.FIELD_INVALID, (expect(),), change(reason=" ")),
    Row(Code.FIELD_INVALID, (expect(),), stop(reason=" ")),
    Row(Code.FIELD_INVALID, (expect(),), finish(reason=" ")),
    Row(Code.FIELD_INVALID, (expect(),), change(frequency="weekly", day_of_month=1)),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.command.action}-{row.code}")
def test_what_cannot_be_is_refused_by_its_code(
    given: Given, b: ModuleType, world: ModuleType, row: Row
) -> None:
    scenario = given(b.opened())
    for command in row.given:
        scenario.when(command)
    scenario.when(row.command, getattr(world, row.actor)).refused(row.code)


def test_a_change_to_a_frequency_of_months_has_the_day_of_its_first(
    given: Given, b: ModuleType
) -> None:
    """The control of the last row: without a day of the month weeks are good."""
    scenario = given(b.opened()).when(expect()).when(change(frequency="weekly"))
    assert state_of(scenario).schedule == Schedule(frequency="weekly", first_on=AUGUST)


def test_an_order_that_was_never_recorded_has_no_history(b: ModuleType) -> None:
    stopped = f.StandingOrderStopped(
        **OWN, account="1", from_on=FIRST, told_by="payer", reason="moves out"
    )
    with pytest.raises(ValueError, match="never recorded"):
        evolve(None, b.on(b.TODAY, stopped))
    expected = b.on(b.TODAY, f.StandingOrderExpected(**OWN, **WHOSE, **TERMS))
    with pytest.raises(ValueError, match="recorded twice"):
        evolve(evolve(None, expected), expected)
