"""Input, processing and entry day; what can still be sent; terms of working days and of months."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.bacs_days import UK, BacsDays, CollectionDays, add_months, is_dormant, send_from
from ledger.calendar import add_working_days, bank_holidays, is_working_day, working_days_between

PLAIN = BacsDays()
PROCLAIMED = date(2027, 5, 7)  # a holiday that was proclaimed after the library was made
OWN = BacsDays(frozenset({PROCLAIMED}))
LATEST = time(22, 30)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
EXTRAS = st.frozensets(DAYS, max_size=30)


def test_payers_are_debited_on_the_working_day_after_the_processing_day() -> None:
    # St Andrew's Day of 2026 is a Monday: a holiday in Scotland, on which Bacs works.
    assert date(2026, 11, 30) in bank_holidays(2026, "SCT")
    days = CollectionDays(date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1))
    assert PLAIN.entered_on(date(2026, 12, 1)) == days
    assert PLAIN.processed_on(date(2026, 11, 30)) == days


def test_over_christmas_of_2026_the_three_days_lie_five_days_apart() -> None:
    days = CollectionDays(date(2026, 12, 23), date(2026, 12, 24), date(2026, 12, 29))
    assert PLAIN.entered_on(date(2026, 12, 29)) == days


@pytest.mark.parametrize("day", [date(2026, 12, 25), date(2026, 12, 28), date(2026, 11, 28)])
def test_a_day_on_which_bacs_does_not_work_is_no_day_of_a_collection(day: date) -> None:
    with pytest.raises(ValueError, match=f"{day} is not a day on which Bacs works"):
        PLAIN.entered_on(day)
    with pytest.raises(ValueError, match=f"{day} is not a day on which Bacs works"):
        PLAIN.processed_on(day)


def test_a_day_that_the_site_adds_is_no_processing_day() -> None:
    assert PLAIN.after(date(2027, 5, 6)) == PROCLAIMED
    assert OWN.after(date(2027, 5, 6)) == date(2027, 5, 10)
    assert OWN.before(date(2027, 5, 10)) == date(2027, 5, 6)
    assert OWN.on_or_after(PROCLAIMED) == date(2027, 5, 10)
    assert OWN.on_or_before(PROCLAIMED) == date(2027, 5, 6)
    assert OWN.entry_if_noticed(date(2027, 5, 6), 1) == date(2027, 5, 10)


def test_a_run_can_be_sent_until_the_policys_time_on_the_input_day() -> None:
    # In winter the clock of the council is that of the world, in summer it is an hour ahead.
    assert PLAIN.send_by(date(2026, 12, 1), LATEST) == datetime(2026, 11, 27, 22, 30, tzinfo=UTC)
    assert PLAIN.send_by(date(2026, 7, 3), LATEST) == datetime(2026, 7, 1, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "entry_on"),
    [
        (datetime(2026, 11, 27, 22, 30, tzinfo=UK), date(2026, 12, 1)),
        (datetime(2026, 11, 27, 22, 30, 1, tzinfo=UK), date(2026, 12, 2)),
        (datetime(2026, 11, 28, 9, 0, tzinfo=UK), date(2026, 12, 2)),
        (datetime(2026, 7, 1, 21, 45, tzinfo=UTC), date(2026, 7, 6)),  # 22:45 where Bacs is
        (datetime(2026, 12, 25, 1, 0, tzinfo=UK), date(2026, 12, 31)),
    ],
)
def test_what_is_sent_too_late_or_on_a_holiday_enters_a_working_day_later(
    moment: datetime, entry_on: date
) -> None:
    assert PLAIN.entry_if_sent(moment, LATEST) == entry_on


@given(DAYS.filter(is_working_day), EXTRAS)
def test_the_last_moment_for_an_entry_day_is_in_time_and_a_second_later_is_not(
    entry_on: date, extra: frozenset[date]
) -> None:
    days = BacsDays(extra - {entry_on})
    last = days.send_by(entry_on, LATEST)
    assert days.entry_if_sent(last, LATEST) == entry_on
    assert days.entry_if_sent(last + timedelta(seconds=1), LATEST) == days.after(entry_on)


def test_a_run_can_be_sent_thirty_calendar_days_ahead_and_no_more() -> None:
    assert send_from(date(2026, 12, 30), 30) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("noticed_on", "notice", "entry_on"),
    [
        (date(2026, 11, 27), 10, date(2026, 12, 11)),
        (date(2026, 11, 28), 10, date(2026, 12, 11)),  # on a Saturday: it counts from there
        (date(2026, 12, 18), 10, date(2027, 1, 6)),  # three holidays lie between
        (date(2026, 12, 18), 0, date(2026, 12, 18)),
        (date(2026, 12, 19), 0, date(2026, 12, 21)),
    ],
)
def test_the_debit_lies_the_notice_in_working_days_after_the_notice(
    noticed_on: date, notice: int, entry_on: date
) -> None:
    assert PLAIN.entry_if_noticed(noticed_on, notice) == entry_on


@given(DAYS, st.integers(1, 20), EXTRAS)
def test_no_earlier_day_has_the_notice_in_full(
    noticed_on: date, notice: int, extra: frozenset[date]
) -> None:
    days = BacsDays(extra)
    entry_on = days.entry_if_noticed(noticed_on, notice)
    assert days.between(noticed_on, entry_on) == notice
    assert days.between(noticed_on, days.before(entry_on)) == notice - 1


@pytest.mark.parametrize(
    ("processed_on", "until"),
    [
        (date(2026, 11, 30), date(2026, 12, 30)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2029, 1, 31), date(2029, 2, 28)),
        (date(2026, 11, 26), date(2026, 12, 24)),  # the 26th, the 25th and a weekend are closed
        (date(2026, 12, 31), date(2027, 1, 29)),  # the 31st of January is a Sunday
    ],
)
def test_an_unpaid_debit_is_processed_again_within_a_calendar_month(
    processed_on: date, until: date
) -> None:
    assert PLAIN.represent_until(processed_on, 1) == until


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2028, 2, 29), 24, date(2030, 2, 28)),
        (date(2026, 12, 31), 0, date(2026, 12, 31)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_months_end_on_the_same_day_or_on_the_last_of_a_shorter_month(
    day: date, months: int, later: date
) -> None:
    assert add_months(day, months) == later


def test_an_instruction_is_dormant_when_the_months_are_over() -> None:
    assert not is_dormant(date(2024, 11, 27), date(2026, 11, 26), 24)
    assert is_dormant(date(2024, 11, 27), date(2026, 11, 27), 24)
    assert is_dormant(date(2024, 2, 29), date(2026, 2, 28), 24)


@given(DAYS, st.integers(0, 30), EXTRAS)
def test_going_forth_and_back_by_working_days_comes_home(
    day: date, count: int, extra: frozenset[date]
) -> None:
    days = BacsDays(extra)
    start = days.on_or_after(day)
    assert days.is_processing_day(start)
    assert days.before(days.after(start, count), count) == start
    assert days.between(start, days.after(start, count)) == count


@given(DAYS, st.integers(0, 30))
def test_without_additions_the_days_are_those_of_the_council(day: date, count: int) -> None:
    assert PLAIN.after(day, count) == add_working_days(day, count)
    later = day + timedelta(days=count)
    assert PLAIN.between(day, later) == working_days_between(day, later)
