"""English bank holidays 2026 to 2028, working days, and the financial year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calendar import (
    add_working_days,
    bank_holidays,
    financial_year,
    financial_year_label,
    is_working_day,
    working_days_between,
)

# As published at gov.uk/bank-holidays for England and Wales (2028 by the same rules).
PUBLISHED = {
    2026: ("01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"),
    2027: ("01-01", "03-26", "03-29", "05-03", "05-31", "08-30", "12-27", "12-28"),
    2028: ("01-03", "04-14", "04-17", "05-01", "05-29", "08-28", "12-25", "12-26"),
}
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize("year", sorted(PUBLISHED))
def test_the_bank_holidays_are_those_that_were_published(year: int) -> None:
    published = {date.fromisoformat(f"{year}-{day}") for day in PUBLISHED[year]}
    weekdays = {day for day in bank_holidays(year) if day.weekday() < 5}
    assert weekdays == published


# The same page for the other nations: substitute days are where they are because of a weekend.
PUBLISHED_ELSEWHERE = {
    ("WLS", 2026): "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    ("WLS", 2027): "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    ("SCT", 2026): "01-01 01-02 04-03 05-04 05-25 06-15 08-03 11-30 12-25 12-28",
    ("SCT", 2027): "01-01 01-04 03-26 05-03 05-31 08-02 11-30 12-27 12-28",
    ("NIR", 2026): "01-01 03-17 04-03 04-06 05-04 05-25 07-13 08-31 12-25 12-28",
    ("NIR", 2027): "01-01 03-17 03-26 03-29 05-03 05-31 07-12 08-30 12-27 12-28",
}


@pytest.mark.parametrize(("nation", "year"), sorted(PUBLISHED_ELSEWHERE))
def test_each_nation_keeps_its_own_bank_holidays_and_substitute_days(
    nation: str, year: int
) -> None:
    days = PUBLISHED_ELSEWHERE[nation, year].split()
    published = {date.fromisoformat(f"{year}-{day}") for day in days}
    assert {day for day in bank_holidays(year, nation) if day.weekday() < 5} == published


def test_boxing_day_of_2026_is_kept_on_monday_the_28th() -> None:
    assert date(2026, 12, 26).weekday() == 5
    assert not is_working_day(date(2026, 12, 28))
    assert is_working_day(date(2026, 12, 29))


def test_scotland_keeps_other_days() -> None:
    assert date(2026, 11, 30) in bank_holidays(2026, "SCT")
    assert is_working_day(date(2026, 11, 30))


def test_over_christmas_of_2026_there_are_no_banks() -> None:
    assert add_working_days(date(2026, 12, 24), 1) == date(2026, 12, 29)
    assert working_days_between(date(2026, 12, 24), date(2026, 12, 29)) == 1


@given(DAYS, st.integers(0, 40))
def test_counting_and_adding_working_days_agree(day: date, count: int) -> None:
    later = add_working_days(day, count)
    assert working_days_between(day, later) == count
    assert count == 0 or is_working_day(later)


@given(DAYS, st.integers(0, 90))
def test_working_days_between_are_counted_one_by_one(day: date, length: int) -> None:
    end = day + timedelta(days=length)
    each = [is_working_day(day + timedelta(days=step)) for step in range(1, length + 1)]
    assert working_days_between(day, end) == sum(each)
    assert working_days_between(end, day) == 0


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 3, 31), 2025),
        (date(2026, 4, 1), 2026),
        (date(2027, 1, 1), 2026),
        (date(2028, 2, 29), 2027),
        (date(2027, 4, 5), 2027),  # the tax year ends here, and is none of the council's
        (date(2027, 4, 6), 2027),
    ],
)
def test_the_financial_year_begins_on_the_first_of_april(day: date, year: int) -> None:
    assert financial_year(day) == year


def test_a_financial_year_is_written_as_councils_do() -> None:
    assert financial_year_label(2025) == "2025-26"
    assert financial_year_label(2099) == "2099-00"
