"""Suspense: held receipts, and how fast they leave, day by day."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from .lines import Movement, Row, days_from, grouped, ratio, total, working_age, year_start


class Held(NamedTuple):
    """A receipt that came into suspense."""

    received_on: date
    received: int
    lines: tuple[Movement, ...]

    @property
    def open(self) -> int:
        return -total(self.lines)


def suspended(lines: Iterable[Movement]) -> dict[tuple[Any, ...], Held]:
    mine = grouped((x for x in lines if x.control == "suspense"), "unit", "currency", "receipt")
    return {
        key: Held(
            min(x.effective_on for x in group if x.kind == "suspended"),
            -total(group, kinds="suspended"),
            tuple(group),
        )
        for key, group in mine.items()
    }


def band(age: int) -> str:
    for limit, name in ((2, "0-2"), (5, "3-5"), (10, "6-10"), (20, "11-20")):
        if age <= limit:
            return name
    return ">20"


def suspense(lines: list[Movement], as_at: date) -> list[Row]:
    return [
        {"unit": unit, "currency": currency, "receipt": receipt, "received_on": held.received_on}
        | {"received": held.received, "open_amount": held.open}
        | {"age_working_days": working_age(held.received_on, as_at)}
        | {"age_band": band(working_age(held.received_on, as_at))}
        for (unit, currency, receipt), held in suspended(lines).items()
        if held.open
    ]


def suspense_performance(
    lines: list[Movement], as_at: date, period: date | None = None
) -> list[Row]:
    opens = period or year_start(as_at)
    everyone = suspended(lines)
    rows: list[Row] = []
    for (unit, currency), group in grouped(lines, "unit", "currency").items():
        mine = [held for key, held in everyone.items() if key[:2] == (unit, currency)]
        found = _suspense_speed(mine, as_at, opens) + _first_pass(group, mine, opens)
        rows += [{"unit": unit, "currency": currency} | row for row in found]
    return rows


def _suspense_row(definition: str, measure: str, value: Fraction | None, complete: bool) -> Row:  # noqa: FBT001 - a cell of the row
    return {"definition": definition, "measure": measure, "value": value, "complete": complete}


def _suspense_speed(mine: list[Held], as_at: date, opens: date) -> list[Row]:
    if not mine:
        return []
    lines = [x for held in mine for x in held.lines]
    days = days_from(opens, as_at)
    balances = [-total(x for x in lines if x.effective_on <= day) for day in days]
    mean = Fraction(sum(balances), len(days) or 1)
    cleared = sum(
        x.amount_minor
        for x in lines
        if x.kind in ("identified", "returned") and x.effective_on >= opens
    )
    turnover = ratio(cleared, mean)  # nothing before the period has begun
    rows = [
        _suspense_row("SU-2.v1", "turnover", turnover, True),
        _suspense_row("SU-3.v1", "suspense days", ratio(len(days) * mean, cleared), True),
    ]
    arrived = [held for held in mine if held.received_on >= opens]
    for limit in (2, 5, 10, 20) if arrived else ():
        gone = sum(
            x.amount_minor
            for held in arrived
            for x in held.lines
            if x.kind in ("identified", "returned")
            and working_age(held.received_on, x.effective_on) <= limit
        )
        complete = all(working_age(held.received_on, as_at) >= limit for held in arrived)
        measure = f"cleared within {limit} working days"
        share = ratio(gone, sum(held.received for held in arrived))
        rows.append(_suspense_row("SU-4.v1", measure, share, complete))
    return rows


def _first_pass(lines: list[Movement], mine: list[Held], opens: date) -> list[Row]:
    touched = {held.lines[0].receipt for held in mine}
    direct = [x for x in lines if x.receipt is not None and x.receipt not in touched]
    received = [x for x in direct if x.control == "unapplied" and x.kind == "received"]
    received = [x for x in received if x.effective_on >= opens]
    allocated = [x for x in direct if x.control == "debtors" and x.kind == "allocated"]
    allocated = [x for x in allocated if x.cash_on is not None and x.cash_on >= opens]
    arrived = [held for held in mine if held.received_on >= opens]
    if not (received or allocated or arrived):
        return []
    everything = -total(received) + sum(held.received for held in arrived)
    rate = ratio(-total(allocated), everything)
    return [_suspense_row("SU-5.v1", "first-pass rate", rate, True)]
