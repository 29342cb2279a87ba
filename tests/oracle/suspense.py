"""Suspense: held receipts, and how fast they leave, day by day."""

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .bank_rows import ReceiptRow
from .lines import Row, days_from, grouped, ratio, total, working_age, year_start
from .view import View

LONDON = ZoneInfo("Europe/London")
COMES = ("suspended", "moved_in", "return_failed")
LEAVES = ("identified", "split", "transferred", "returned", "bounced")


def london_day(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def done_on(row: ReceiptRow) -> date:
    """Money of the bank is there from its value date; the rest on the day somebody did it."""
    if row.kind == "suspended":
        return row.effective_on
    return max(row.effective_on, london_day(row.recorded_at))


def signed(row: ReceiptRow) -> int:
    return row.amount_minor if row.kind in COMES else -row.amount_minor


def desk(view: View) -> list[ReceiptRow]:
    return [row for row in view.receipts if row.kind in COMES + LEAVES]


class Root(NamedTuple):
    """A receipt that came into suspense, and the names of itself and all its parts."""

    first: ReceiptRow
    family: frozenset[str]

    @property
    def arrived_on(self) -> date:
        return done_on(self.first)


def roots(view: View) -> list[Root]:
    rows = [row for row in view.receipts if row.kind in ("suspended", "moved_in")]
    return [Root(row, _family(row.receipt, rows)) for row in rows if row.parent is None]


def _family(name: str, rows: list[ReceiptRow]) -> frozenset[str]:
    found = {name}
    while more := {row.receipt for row in rows if row.parent in found} - found:
        found |= more
    return frozenset(found)


def band(age: int) -> str:
    for limit, name in ((2, "0-2"), (5, "3-5"), (10, "6-10"), (20, "11-20")):
        if age <= limit:
            return name
    return ">20"


def suspense(view: View, as_at: date) -> list[Row]:
    rows = []
    mine = [x for x in view.lines if x.control == "suspense"]
    for (unit, currency, receipt), group in grouped(mine, "unit", "currency", "receipt").items():
        if not (held := -total(group)):
            continue
        (came,) = [
            row
            for row in view.receipts
            if row.receipt == receipt and row.kind in ("suspended", "moved_in")
        ]
        owners = [x.owner for x in view.receipts if x.receipt == receipt and x.kind == "assigned"]
        assert came.value_on is not None
        age = working_age(came.value_on, as_at)
        best = f"{came.other_unit}/{came.other_account}" if came.other_unit else None
        rows.append(
            {"unit": unit, "currency": currency, "receipt": receipt, "received_on": came.value_on}
            | {"received": came.amount_minor, "open_amount": held, "age_working_days": age}
            | {"age_band": band(age), "owner": owners[-1] if owners else None}
            | {"candidate": best, "candidate_score": came.score, "parent": came.parent}
            | {"reason": came.rule, "batch_payments": came.batch_payments}
        )
    return rows


def suspense_performance(view: View, as_at: date, period: date | None = None) -> list[Row]:
    opens = period or year_start(as_at)
    rows: list[Row] = []
    books = {(x.unit, x.currency) for x in view.lines}
    for unit, currency in books:
        mine = [row for row in desk(view) if row.unit == unit and done_on(row) <= as_at]
        arrived = [
            root
            for root in roots(view)
            if root.first.unit == unit and opens <= root.arrived_on <= as_at
        ]
        found = _speed(mine, as_at, opens) + _clearance(mine, arrived, as_at)
        found += _first_pass(view, unit, arrived, opens)
        rows += [{"unit": unit, "currency": currency} | row for row in found]
    return rows


def _row(definition: str, measure: str, value: Fraction | None, complete: bool = True) -> Row:  # noqa: FBT001, FBT002 - a cell of the row
    return {"definition": definition, "measure": measure, "value": value, "complete": complete}


def cleared(rows: Iterable[ReceiptRow]) -> int:
    return -sum(signed(x) for x in rows if x.kind in ("identified", "returned", "return_failed"))


def _speed(mine: list[ReceiptRow], as_at: date, opens: date) -> list[Row]:
    if not mine:
        return []
    days = days_from(opens, as_at)
    balances = [sum(signed(row) for row in mine if done_on(row) <= day) for day in days]
    mean = Fraction(sum(balances), len(days) or 1)
    gone = cleared(row for row in mine if done_on(row) >= opens)
    turnover = ratio(gone, mean)  # nothing before the period has begun
    return [
        _row("SU-2.v2", "turnover", turnover),
        _row("SU-3.v2", "suspense days", ratio(len(days) * mean, gone)),
    ]


def _clearance(mine: list[ReceiptRow], arrived: list[Root], as_at: date) -> list[Row]:
    rows = []
    for limit in (2, 5, 10, 20) if arrived else ():
        gone = sum(
            cleared(
                row
                for row in mine
                if row.receipt in root.family
                and working_age(root.arrived_on, done_on(row)) <= limit
            )
            for root in arrived
        )
        complete = all(working_age(root.arrived_on, as_at) >= limit for root in arrived)
        share = ratio(gone, sum(root.first.amount_minor for root in arrived))
        rows.append(_row("SU-4.v2", f"cleared within {limit} working days", share, complete))
    return rows


def _first_pass(view: View, unit: str, arrived: list[Root], opens: date) -> list[Row]:
    touched = {
        row.receipt
        for row in view.receipts
        if row.kind in ("suspended", "moved_in", "moved_to_suspense")
    } | {row.other_receipt for row in view.receipts if row.kind == "identified"}
    direct = [x for x in view.lines if x.unit == unit and x.receipt and x.receipt not in touched]
    received = [x for x in direct if x.control == "unapplied" and x.kind == "received"]
    received = [x for x in received if x.effective_on >= opens]
    allocated = [x for x in direct if x.control == "debtors" and x.kind == "allocated"]
    allocated = [x for x in allocated if x.cash_on is not None and x.cash_on >= opens]
    if not (received or allocated or arrived):
        return []
    everything = -total(received) + sum(root.first.amount_minor for root in arrived)
    return [_row("SU-5.v1", "first-pass rate", ratio(-total(allocated), everything))]


def suspense_clearing(view: View, as_at: date, period: date | None = None) -> list[Row]:
    opens = period or year_start(as_at)
    left: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for root in roots(view):
        for row in desk(view):
            if row.receipt not in root.family or row.kind in (*COMES, "split"):
                continue
            if opens <= done_on(row) <= as_at:
                one = working_age(root.arrived_on, done_on(row)), row.amount_minor
                for way in (row.kind, "all ways"):
                    left.setdefault((root.first.unit, way), []).append(one)
    return [
        {"unit": unit, "currency": "GBP", "way": way, "receipts": len(ages)}
        | {"amount": sum(amount for _, amount in ages)}
        | {"median_working_days": _nth(ages, 5), "p90_working_days": _nth(ages, 9)}
        | {"longest_working_days": max(ages)[0]}
        for (unit, way), ages in left.items()
    ]


def _nth(ages: list[tuple[int, int]], tenths: int) -> int:
    """The smallest age that is not exceeded by so many tenths of them."""
    ordered = sorted(age for age, _ in ages)
    return next(age for n, age in enumerate(ordered, 1) if n * 10 >= tenths * len(ordered))
