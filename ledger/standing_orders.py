"""Standing orders: what is expected of one of them, how facts change it, and who may say so.

Nothing here moves money or asks whether any has come: that is a figure.
"""

from datetime import date

from ledger import standing_order_commands as s
from ledger import standing_order_events as f
from ledger.account_state import AccountState, Dated
from ledger.decision import (
    Context,
    Decision,
    asked_date,
    in_range,
    name,
    opened,
    positive,
    same_currency,
    text,
)
from ledger.limits import STANDING_ORDER_PAYMENTS_MAX
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.standing_order_days import Schedule, is_monthly, names_its_day
from ledger.standing_order_policy import TOLERANCE_BOUNDS
from ledger.values import Tolerance, Value

STATE_SHAPE = 1
_DAYS_OF_MONTH = range(1, 32)


class StandingOrderState(Value):
    """One standing order: its terms as they are last known, and how it ended."""

    unit: str
    standing_order: str
    account: str
    party: str
    currency: str
    amount_minor: int
    schedule: Schedule
    payments: int | None = None
    told: Schedule  # as it was first recorded, by which a repeat is known
    told_minor: int
    sealed_reference: str | None = None
    ended: str | None = None


def evolve(state: StandingOrderState | None, dated: Dated) -> StandingOrderState:
    """The state after a fact. Raises ValueError for a history that cannot be."""
    fact = dated.fact
    if isinstance(fact, f.StandingOrderExpected):
        if state is not None:
            raise ValueError(f"standing order {fact.standing_order} was recorded twice")
        return StandingOrderState(
            unit=fact.unit,
            standing_order=fact.standing_order,
            account=fact.account,
            party=fact.party,
            currency=fact.currency,
            amount_minor=fact.amount_minor,
            schedule=_schedule(fact),
            payments=fact.payments,
            told=_schedule(fact),
            told_minor=fact.amount_minor,
            sealed_reference=fact.sealed_reference,
        )
    if state is None:
        raise ValueError(f"{fact.topic} on a standing order that was never recorded")
    match fact:
        case f.StandingOrderChanged():
            terms = {
                "amount_minor": fact.amount_minor,
                "schedule": _schedule(fact),
                "payments": fact.payments,
            }
            return state.model_copy(update=terms)
        case f.StandingOrderStopped():
            return state.model_copy(update={"ended": "stopped"})
        case f.StandingOrderFinished():
            return state.model_copy(update={"ended": "finished"})
        case _:
            raise ValueError(f"{fact.topic} is no fact of a standing order")


def _schedule(terms: f.StandingOrderTerms) -> Schedule:
    return Schedule(
        frequency=terms.frequency,
        first_on=terms.first_on,
        day_of_month=terms.day_of_month,
        last_on=terms.last_on,
    )


def expect_standing_order(
    state: StandingOrderState | None,
    account: AccountState | None,
    command: s.ExpectStandingOrder,
    context: Context,
) -> Decision:
    """Record what a payer's bank will send, and when."""
    context.authorise(command.action)
    same_currency(opened(account, command.unit, command.account), command.currency)
    name(command.standing_order, "the standing order")
    positive(command.amount_minor, "the amount of the standing order")
    schedule = _sound(
        Schedule(
            frequency=command.frequency,
            first_on=command.first_on,
            day_of_month=command.day_of_month,
            last_on=command.last_on,
        ),
        command.payments,
        context,
    )
    _bounded(command.tolerance)
    on = min(asked_date(context), command.first_on)
    if state is not None:
        raise refuse(
            Code.STANDING_ORDER_EXISTS,
            f"standing order {command.standing_order} of {format_minor(state.amount_minor)} is"
            f" recorded already: change it, or give the new one a name of its own",
        )
    # From here it must succeed.
    told = command.model_copy(update={"last_on": schedule.last_on})
    return (Dated(f.StandingOrderExpected(**dict(told)), on),)


def _sound(schedule: Schedule, payments: int | None, context: Context) -> Schedule:
    """The schedule with its last day; refused when it is none."""
    day = schedule.day_of_month
    if day is not None and (day not in _DAYS_OF_MONTH or not is_monthly(schedule.frequency)):
        raise refuse(
            Code.FIELD_INVALID,
            f"{day} is not a day from 1 to 31 of an order that pays by months",
        )
    if payments is not None and not 1 <= payments <= STANDING_ORDER_PAYMENTS_MAX:
        raise refuse(
            Code.FIELD_INVALID,
            f"{payments} payments: there are 1 to {STANDING_ORDER_PAYMENTS_MAX}",
        )
    if payments is not None and schedule.last_on is not None:
        raise refuse(
            Code.FIELD_INVALID, "the number of payments and the last day: only one can be given"
        )
    in_range(schedule.first_on, context.today, "the first day")
    if not names_its_day(schedule):
        raise refuse(
            Code.FIELD_INVALID,
            f"the first day {schedule.first_on.isoformat()} is not the {day} of its month",
        )
    if schedule.last_on is not None and schedule.last_on < schedule.first_on:
        raise refuse(
            Code.FIELD_INVALID,
            f"the last day {schedule.last_on.isoformat()} is before the first",
        )
    return schedule if payments is None else schedule.for_payments(payments)


def _bounded(tolerance: Tolerance) -> None:
    """Refuse numbers that no policy file may have either."""
    for key, (least, most) in TOLERANCE_BOUNDS.items():
        if not least <= getattr(tolerance, key) <= most:
            raise refuse(Code.FIELD_INVALID, f"{key} must be from {least} to {most}")


def change_standing_order(
    state: StandingOrderState | None, command: s.ChangeStandingOrder, context: Context
) -> Decision:
    """Expect other terms from a day on; the number of payments that is left is kept."""
    context.authorise(command.action)
    text(command.reason, "the reason")
    if command.amount_minor is not None:
        positive(command.amount_minor, "the amount of the standing order")
    before = _alive(state, command)
    _not_before(before, command.first_on)
    payments = command.payments
    if payments is None and before.payments is not None and command.last_on is None:
        payments = before.payments - before.schedule.before(command.first_on)
        if payments < 1:
            raise _ended(before, "all its payments were due before that day")
    schedule = _sound(_changed(before, command, payments), payments, context)
    _bounded(command.tolerance)
    amount_minor = command.amount_minor or before.amount_minor
    on = min(asked_date(context), command.first_on)
    if amount_minor == before.amount_minor and _same_days(before.schedule, schedule):
        raise refuse(
            Code.NOTHING_TO_CHANGE,
            f"standing order {before.standing_order} pays {format_minor(amount_minor)} on those"
            " days already",
        )
    # From here it must succeed.
    fact = f.StandingOrderChanged(
        unit=before.unit,
        standing_order=before.standing_order,
        account=before.account,
        currency=before.currency,
        amount_minor=amount_minor,
        payments=payments,
        told_by=command.told_by,
        reason=command.reason,
        tolerance=command.tolerance,
        **dict(schedule),
    )
    return (Dated(fact, on),)


def _changed(
    before: StandingOrderState, command: s.ChangeStandingOrder, payments: int | None
) -> Schedule:
    """The new schedule; the day of the month is that of the new first day unless it is given."""
    kept = None if payments is not None else before.schedule.last_on
    return Schedule(
        frequency=command.frequency or before.schedule.frequency,
        first_on=command.first_on,
        day_of_month=command.day_of_month,
        last_on=command.last_on or kept,
    )


def _same_days(before: Schedule, after: Schedule) -> bool:
    """Whether the days from the new first day on are those that were expected anyhow."""
    if before.frequency != after.frequency or before.last_on != after.last_on:
        return False
    number = before.before(after.first_on)
    return [before.nth(number + one) for one in range(13)] == [after.nth(one) for one in range(13)]


def stop_standing_order(
    state: StandingOrderState | None, command: s.StopStandingOrder, context: Context
) -> Decision:
    """Expect nothing from a day on."""
    context.authorise(command.action)
    text(command.reason, "the reason")
    before = _alive(state, command)
    in_range(command.from_on, context.today, "the day from which nothing is expected")
    _not_before(before, command.from_on)
    on = min(asked_date(context), command.from_on)
    # From here it must succeed.
    return (Dated(f.StandingOrderStopped(account=before.account, **dict(command)), on),)


def finish_standing_order(
    state: StandingOrderState | None, command: s.FinishStandingOrder, context: Context
) -> Decision:
    """Put away an order whose last day is over."""
    context.authorise(command.action)
    text(command.reason, "the reason")
    before = _alive(state, command)
    on = asked_date(context)
    last_on = before.schedule.last_on
    if last_on is None or last_on > on:
        until = "has no last day" if last_on is None else f"goes on until {last_on.isoformat()}"
        raise refuse(
            Code.STANDING_ORDER_NOT_OVER,
            f"standing order {before.standing_order} {until}: say that it stopped",
        )
    # From here it must succeed.
    fact = f.StandingOrderFinished(account=before.account, last_on=last_on, **dict(command))
    return (Dated(fact, on),)


def _alive(
    state: StandingOrderState | None,
    command: s.ChangeStandingOrder | s.StopStandingOrder | s.FinishStandingOrder,
) -> StandingOrderState:
    if state is None:
        raise refuse(
            Code.STANDING_ORDER_NOT_FOUND,
            f"unit {command.unit} has no standing order {command.standing_order}",
        )
    if state.ended is not None:
        raise _ended(state, f"it has {state.ended}")
    return state


def _ended(state: StandingOrderState, why: str) -> Exception:
    return refuse(
        Code.STANDING_ORDER_ENDED,
        f"standing order {state.standing_order} is over, {why}: record a new one",
    )


def _not_before(state: StandingOrderState, day: date) -> None:
    """A change of the past beyond the last change would leave it unclear what was expected."""
    if day < state.schedule.first_on:
        raise refuse(
            Code.EFFECTIVE_DATE_TOO_EARLY,
            f"{day.isoformat()} is before {state.schedule.first_on.isoformat()}, from which its"
            " terms are in force",
        )
