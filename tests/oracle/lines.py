"""What every figure starts from: lines, the calendar, items with what happened to them."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import holidays

Row = dict[str, Any]
DAY = timedelta(days=1)


class Movement(NamedTuple):
    """One signed line, as the movements table describes it."""

    position: int
    line: int
    unit: str
    account: str | None
    debt_type: str | None
    service: str | None
    item: str | None
    instalment: int | None
    control: str
    kind: str
    amount_minor: int
    currency: str
    effective_on: date
    recorded_at: datetime
    invoiced_on: date | None = None
    due_on: date | None = None
    cash_on: date | None = None
    receipt: str | None = None
    method: str | None = None
    rule: str | None = None


class Posting(NamedTuple):
    """One line of a double entry, debit positive."""

    position: int
    line: int
    unit: str
    gl_account: str
    service: str | None
    cost_code: str | None
    amount_minor: int
    currency: str
    effective_on: date
    recorded_at: datetime


@lru_cache(maxsize=200_000)
def is_working(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


@lru_cache(maxsize=100)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def days_from(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range((last - first).days + 1)]


def working_age(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; negative when `end` is earlier."""
    if end < start:
        return -working_age(end, start)
    return sum(is_working(day) for day in days_from(start + DAY, end))


def year_start(day: date) -> date:
    return date(day.year if day.month >= 4 else day.year - 1, 4, 1)


def anniversary(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29) and monthrange(day.year + years, 2)[1] == 28:
        return date(day.year + years, 2, 28)
    return day.replace(year=day.year + years)


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_before(first_of_month: date) -> date:
    return (first_of_month - DAY).replace(day=1)


def counted(lines: Iterable[Any], as_at: date, as_known: datetime) -> list[Any]:
    return [x for x in lines if x.effective_on <= as_at and x.recorded_at <= as_known]


def total(lines: Iterable[Movement], *, control: str | None = None, kinds: str = "") -> int:
    return sum(
        x.amount_minor
        for x in lines
        if (control is None or x.control == control) and (not kinds or x.kind in kinds.split())
    )


def grouped(lines: Iterable[Any], *names: str) -> dict[tuple[Any, ...], list[Any]]:
    groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for x in lines:
        groups[tuple(getattr(x, name) for name in names)].append(x)
    return groups


def books(lines: Sequence[Movement]) -> dict[tuple[str | None, str], list[Movement]]:
    """Lines per unit and currency, and per currency for all units (unit None)."""
    return {
        **grouped(lines, "unit", "currency"),
        **{(None, currency): group for (currency,), group in grouped(lines, "currency").items()},
    }


class Item(NamedTuple):
    """An invoice, an instalment or a re-opened refund with what happened to it."""

    first: Movement
    lines: tuple[Movement, ...]

    @property
    def open(self) -> int:
        return total(self.lines)

    @property
    def due_on(self) -> date:
        assert self.first.due_on is not None
        return self.first.due_on

    @property
    def invoiced_on(self) -> date:
        assert self.first.invoiced_on is not None
        return self.first.invoiced_on

    @property
    def is_reopened(self) -> bool:
        return str(self.first.item).startswith("REVERSAL:")


def items(lines: Iterable[Movement]) -> list[Item]:
    debts = [x for x in lines if x.control == "debtors"]
    found = [
        Item(group[0], tuple(group))
        for group in grouped(debts, "unit", "account", "item", "instalment").values()
    ]
    assert all(item.open >= 0 for item in found), "a history must never over-use an item"
    return found


def ratio(above: int | Fraction, below: int | Fraction) -> Fraction | None:
    return Fraction(above) / Fraction(below) if below > 0 else None
