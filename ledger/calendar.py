"""UK working days and the council's financial year. Dates are data: there is no clock here."""

from datetime import date, timedelta
from functools import lru_cache

import holidays

ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def bank_holidays(year: int, subdivision: str = "ENG") -> frozenset[date]:
    """Bank holidays of a year in ENG, WLS, SCT or NIR, substitute days included."""
    return frozenset(holidays.country_holidays("GB", subdiv=subdivision, years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday and not an English bank holiday: the days on which banks settle."""
    return day.weekday() < 5 and day not in bank_holidays(day.year)


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; zero when `end` is not later."""
    days, day = 0, start
    while day < end:
        day += ONE_DAY
        days += is_working_day(day)
    return days


def add_working_days(day: date, count: int) -> date:
    """The working day that lies `count` (>= 0) working days after `day`."""
    while count > 0:
        day += ONE_DAY
        count -= is_working_day(day)
    return day


def financial_year(day: date) -> int:
    """The year in which the financial year of `day` (1 April to 31 March) begins."""
    return day.year if day.month >= 4 else day.year - 1


def financial_year_label(start_year: int) -> str:
    """`2025` becomes `2025-26`, as councils write it."""
    return f"{start_year}-{(start_year + 1) % 100:02d}"
