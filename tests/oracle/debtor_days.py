"""Debtor days: months are walked back one after the other."""

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from .lines import (
    DAY,
    Movement,
    Row,
    books,
    days_from,
    is_working,
    items,
    month_before,
    month_end,
    ratio,
    total,
)


def net_billed(lines: Iterable[Movement], first: date, last: date) -> int:
    return sum(
        x.amount_minor
        for x in lines
        if x.control == "debtors"
        and x.kind in ("billed", "credited")
        and first <= x.effective_on <= last
    )


def complete_months(as_at: date, months: int) -> tuple[date, date]:
    """First and last day of the last complete months."""
    last = as_at if as_at == month_end(as_at) else as_at.replace(day=1) - DAY
    first = last.replace(day=1)
    for _ in range(months - 1):
        first = month_before(first)
    return first, last


class CountBack(NamedTuple):
    """Days counted back, all and working, and the debt that was left when history ended."""

    days: Fraction
    working_days: Fraction
    left: Fraction


def count_back(lines: list[Movement], as_at: date, debt: int) -> CountBack:
    billed = [x.effective_on for x in lines if x.kind in ("billed", "credited")]
    left, days, working = Fraction(debt), Fraction(0), Fraction(0)
    month = as_at.replace(day=1)
    while left > 0 and billed and month >= min(billed).replace(day=1):
        last = min(as_at, month_end(month))
        in_month = days_from(month, last)
        sales = net_billed(lines, month, last)
        share = Fraction(1) if sales <= 0 else min(Fraction(1), left / sales)
        days += share * len(in_month)
        working += share * sum(is_working(day) for day in in_month)
        left -= max(sales, 0) * share
        month = month_before(month)
    return CountBack(days, working, left)


def _debtor_days(lines: list[Movement], as_at: date, months: int) -> dict[str, Fraction | None]:
    first, last = complete_months(as_at, months)
    window = (last - first).days + 1
    sales = net_billed(lines, first, last)
    debts = items(lines)
    debt = sum(max(0, item.open) for item in debts)
    current = sum(item.open for item in debts if item.due_on >= as_at)
    year_ago = as_at - timedelta(days=365)
    before = sum(item.open for item in items(x for x in lines if x.effective_on <= year_ago))
    paid = [x for x in lines if x.kind == "allocated" and first <= x.effective_on <= last]
    cash = -total(paid)

    def waited(since: str) -> int:
        days: int = sum(
            x.amount_minor * ((x.cash_on or x.effective_on) - getattr(x, since)).days for x in paid
        )
        return -days

    late = sum(item.open * max(0, (as_at - item.due_on).days) for item in debts)
    back = count_back(lines, as_at, debt)
    return {
        "DD-1.v1": ratio(debt * window, sales),
        "DD-1a.v1": ratio((before + debt) * 365, 2 * net_billed(lines, year_ago + DAY, as_at)),
        "DD-2.v1": None if back.left > 0 else back.days,
        "DD-3.v1": ratio(current * window, sales),
        "DD-4.v1": ratio((debt - current) * window, sales),
        "DD-5.v1": ratio(waited("invoiced_on"), cash),
        "DD-5d.v1": ratio(waited("due_on"), cash),
        "DD-6.v1": ratio(late, debt),
    }


def debtor_days(lines: list[Movement], as_at: date, months: int = 3) -> list[Row]:
    rows = []
    for (unit, currency), group in books([x for x in lines if x.control == "debtors"]).items():
        debt = sum(item.open for item in items(group))
        back = count_back(group, as_at, debt)
        for definition, days in _debtor_days(group, as_at, months).items():
            counts = definition == "DD-2.v1"
            over = counts and back.left > 0
            rows.append(
                {"unit": unit, "currency": currency, "definition": definition, "days": days}
                | {"working_days": back.working_days if counts and not over else None}
                | {"unexhausted": back.left if over else 0}
                | {"over": f"> {int(back.days)} days" if over else None}
            )
    return rows
