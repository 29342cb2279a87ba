"""The days of a standing order against a model that walks day by day, and knows no arithmetic."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.calendar import is_working_day
from ledger.standing_order_days import Schedule, is_monthly, names_its_day, paid_on
from ledger.values import Frequency

DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))
FREQUENCIES: tuple[Frequency, ...] = (
    "weekly",
    "fortnightly",
    "four_weekly",
    "monthly",
    "quarterly",
)
DAYS_APART = {"weekly": 7, "fortnightly": 14, "four_weekly": 28}


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Any schedule that the ledger takes."""
    frequency = draw(st.sampled_from(FREQUENCIES))
    first_on = draw(DAYS)
    length = monthrange(first_on.year, first_on.month)[1]
    wanted = None
    if is_monthly(frequency) and draw(st.booleans()):
        wanted = draw(st.integers(length, 31)) if first_on.day == length else first_on.day
    return Schedule(frequency=frequency, first_on=first_on, day_of_month=wanted)


def is_day(schedule: Schedule, day: date) -> bool:
    """Whether it pays on a day, decided by looking at that day and at the calendar on the wall."""
    if day < schedule.first_on:
        return False
    if schedule.frequency in DAYS_APART:
        return (day - schedule.first_on).days % DAYS_APART[schedule.frequency] == 0
    months = (day.year - schedule.first_on.year) * 12 + day.month - schedule.first_on.month
    if schedule.frequency == "quarterly" and months % 3:
        return False
    wanted = schedule.day_of_month or schedule.first_on.day
    is_last = (day + timedelta(days=1)).month != day.month
    return day.day == wanted or (is_last and wanted > day.day)


@given(schedules())
def test_it_pays_on_exactly_the_days_that_a_walk_through_three_years_finds(
    schedule: Schedule,
) -> None:
    assert names_its_day(schedule)
    walk = (schedule.first_on + timedelta(days=number) for number in range(1_100))
    found = [day for day in walk if is_day(schedule, day)]
    assert len(found) >= 12
    assert list(islice(schedule.days(), len(found))) == found


@given(schedules(), st.integers(1, 60))
def test_so_many_payments_are_so_many_days(schedule: Schedule, payments: int) -> None:
    ended = schedule.for_payments(payments)
    days = list(ended.days())
    assert len(days) == payments
    assert days[-1] == ended.last_on


@given(schedules(), st.integers(0, 700))
def test_the_days_before_a_day_are_counted(schedule: Schedule, later: int) -> None:
    day = schedule.first_on + timedelta(days=later)
    assert schedule.before(day) == sum(
        is_day(schedule, schedule.first_on + timedelta(days=number)) for number in range(later)
    )


@settings(deadline=None)  # the first day of a year asks for its holidays
@given(DAYS)
def test_the_bank_pays_on_the_day_or_on_the_next_that_it_works(day: date) -> None:
    paid = paid_on(day)
    assert is_working_day(paid)
    between = [day + timedelta(days=number) for number in range((paid - day).days)]
    assert not any(is_working_day(one) for one in between)


def test_a_thirty_first_is_the_last_of_shorter_months_and_comes_back() -> None:
    schedule = Schedule(frequency="monthly", first_on=date(2028, 1, 31))
    assert [day.day for day in islice(schedule.days(), 5)] == [31, 29, 31, 30, 31]


def test_a_thirty_first_can_begin_in_a_short_month() -> None:
    schedule = Schedule(frequency="monthly", first_on=date(2026, 2, 28), day_of_month=31)
    assert [day.day for day in islice(schedule.days(), 3)] == [28, 31, 30]
    plain = Schedule(frequency="monthly", first_on=date(2026, 2, 28))
    assert [day.day for day in islice(plain.days(), 3)] == [28, 28, 28]


@pytest.mark.parametrize(
    ("first_on", "wanted", "names"),
    [
        (date(2026, 2, 28), 29, True),
        (date(2026, 2, 27), 29, False),
        (date(2026, 3, 29), 29, True),
        (date(2026, 3, 29), 31, False),
    ],
)
def test_the_first_day_is_one_of_the_schedule_or_not(
    first_on: date,
    wanted: int,
    names: bool,  # noqa: FBT001 - a cell of the table
) -> None:
    schedule = Schedule(frequency="monthly", first_on=first_on, day_of_month=wanted)
    assert names_its_day(schedule) is names


def test_over_christmas_the_bank_pays_when_it_is_open_again() -> None:
    assert paid_on(date(2026, 12, 25)) == date(2026, 12, 29)
