"""Standing orders a second time: days found by walking the calendar, pairs by trying them all."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from .lines import DAY, Movement, Row, counted, days_from, is_working
from .suspense import suspense
from .view import View

APART = {"weekly": 7, "fortnightly": 14, "four_weekly": 28}
AHEAD = 400  # days that are walked beyond the day of the question: more than two quarters


class OrderRow(NamedTuple):
    """One event of a standing order, as its read model has it."""

    position: int
    recorded_at: datetime
    effective_on: date
    kind: str
    unit: str
    standing_order: str
    account: str
    actor: str
    from_on: date
    told_by: str | None = None
    reason: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    frequency: str | None = None
    day_of_month: int | None = None
    last_on: date | None = None
    early_days: int | None = None
    late_after: int | None = None
    stopped_after: int | None = None


class Credit(NamedTuple):
    """A credit that is expected, and the days between which a receipt meets it."""

    order: OrderRow  # the terms
    number: int
    due_on: date
    expected_on: date
    closes_on: date

    @property
    def opens_on(self) -> date:
        return self.expected_on - DAY * (self.order.early_days or 0)

    @property
    def gone_on(self) -> date:
        return self.closes_on + (self.closes_on - self.expected_on)

    @property
    def late_on(self) -> date:
        day = self.expected_on
        for _ in range((self.order.late_after or 0) + 1):
            day = open_day(day + DAY)
        return day


def open_day(day: date) -> date:
    return next(one for one in days_from(day, day + DAY * 10) if is_working(one))


def pays_on(terms: OrderRow, day: date) -> bool:
    first = terms.from_on
    if terms.frequency in APART:
        return (day - first).days % APART[terms.frequency] == 0
    months = (day.year - first.year) * 12 + day.month - first.month
    wanted = terms.day_of_month or first.day
    ends = (day + DAY).day == 1
    is_its_month = terms.frequency == "monthly" or months % 3 == 0
    return is_its_month and (day.day == wanted or (ends and wanted > day.day))


class Order:
    """One standing order as it was known: its terms, its end, and its days."""

    def __init__(self, rows: list[OrderRow], as_at: date) -> None:
        self.terms = [row for row in rows if row.amount_minor is not None]
        self.last, self.as_at = self.terms[-1], as_at
        self.end = next((row for row in rows if row.amount_minor is None), None)

    @property
    def ends_on(self) -> date | None:
        """The first day that is not expected any more."""
        ends = [self.end.from_on] if self.end else []
        ends += [self.last.last_on + DAY] if self.last.last_on else []
        return min(ends, default=None)

    def terms_of(self, day: date) -> OrderRow | None:
        if self.end and day >= self.end.from_on:
            return None
        begun = [one for one in self.terms if one.from_on <= day]
        if not begun or (begun[-1].last_on and day > begun[-1].last_on):
            return None
        return begun[-1] if pays_on(begun[-1], day) else None

    def credits(self) -> list[Credit]:
        first = min(one.from_on for one in self.terms)
        walk = days_from(first, max(first, self.as_at) + DAY * AHEAD)
        days = [(day, terms) for day in walk if (terms := self.terms_of(day))]
        found = []
        for number, (day, terms) in enumerate(days, 1):
            if number < len(days):
                after = open_day(days[number][0])
            else:
                after = open_day(next(x for x in days_from(day + DAY, day + DAY * 99)
                                      if pays_on(terms, x)))  # fmt: skip
            paid = open_day(day)
            closes = max(after - DAY * (terms.early_days or 0), paid + DAY)
            found.append(Credit(terms, number, day, paid, closes))
            if paid > self.as_at:
                break
        return found


def orders(rows: Iterable[OrderRow], as_at: date, as_known: datetime) -> list[Order]:
    names: dict[tuple[str, str], list[OrderRow]] = {}
    for row in sorted(counted(rows, as_at, as_known)):
        names.setdefault((row.unit, row.standing_order), []).append(row)
    return [Order(found, as_at) for found in names.values()]


def payments(view: View) -> list[Movement]:
    gone = {x.receipt for x in view.receipts if x.kind in ("reversed", "moved_to_suspense")}
    return [
        line
        for line in view.lines
        if (line.control, line.kind) == ("unapplied", "received")
        and line.method in ("standing_order", "bank_transfer", "other")
        and line.receipt not in gone
    ]


def pairs(known: list[Order], money: list[Movement]) -> dict[tuple[str, str, int], Movement]:
    """The receipt of each credit that is met: of all pairs that are left, always the best."""
    possible = []
    for order in known:
        for credit in order.credits():
            for line in money:
                terms, value_on = credit.order, line.cash_on
                assert value_on is not None
                same = -line.amount_minor == terms.amount_minor
                until = credit.gone_on if same else credit.closes_on
                place = (line.unit, line.account) == (terms.unit, terms.account)
                if place and credit.opens_on <= value_on < until:
                    days = abs((value_on - credit.expected_on).days)
                    rank = (not same, line.method != "standing_order", days, credit.expected_on)
                    name = (terms.unit, terms.standing_order, credit.number)
                    possible.append((rank, name, line.position, line))
    met: dict[tuple[str, str, int], Movement] = {}
    for _, name, _, line in sorted(possible):
        if name not in met and line not in met.values():
            met[name] = line
    return met


def expected_credits(
    view: View, rows: Iterable[OrderRow], as_at: date, as_known: datetime
) -> list[Row]:
    known, money = orders(rows, as_at, as_known), payments(view)
    met = pairs(known, money)
    found = []
    for order in known:
        differed = False
        for credit in order.credits():
            terms = credit.order
            line = met.get((terms.unit, terms.standing_order, credit.number))
            status = _status(credit, line, as_at, differed=differed)
            differed = status in ("other_amount", "changed")
            found.append(_row(terms, credit, status, line))
    free = [line for line in money if line not in met.values()]
    return [*found, *_unexpected(known, free)]


def _status(credit: Credit, line: Movement | None, as_at: date, *, differed: bool) -> str:
    if line is None:
        if as_at < credit.late_on:
            return "expected"
        return "late" if as_at < credit.closes_on else "missed"
    if -line.amount_minor != credit.order.amount_minor:
        return "changed" if differed else "other_amount"
    assert line.cash_on is not None
    return "met" if line.cash_on < credit.late_on else "met_late"


def _unexpected(known: list[Order], free: list[Movement]) -> list[Row]:
    found = []
    for line in free:
        assert line.cash_on is not None
        ended = [
            (-line.amount_minor != order.last.amount_minor, -order.ends_on.toordinal(),
             order.last.standing_order, order)
            for order in known
            if (order.last.unit, order.last.account) == (line.unit, line.account)
            and order.ends_on is not None
            and line.cash_on >= order.ends_on
            and (line.method == "standing_order" or -line.amount_minor == order.last.amount_minor)
        ]  # fmt: skip
        if ended:
            order = min(ended, key=lambda one: one[:3])[3]
            found.append(_row(order.last, None, "unexpected", line))
    return found


def _row(terms: OrderRow, credit: Credit | None, status: str, line: Movement | None) -> Row:
    return {
        "unit": terms.unit,
        "account": terms.account,
        "standing_order": terms.standing_order,
        "number": credit.number if credit else None,
        "due_on": credit.due_on if credit else None,
        "expected_on": credit.expected_on if credit else None,
        "amount": terms.amount_minor if credit else None,
        "status": status,
        "receipt": line.receipt if line else None,
        "received_on": line.cash_on if line else None,
        "received": -line.amount_minor if line else None,
    }


def standing_orders(
    view: View, rows: Iterable[OrderRow], as_at: date, as_known: datetime
) -> list[Row]:
    credits_ = expected_credits(view, rows, as_at, as_known)
    held = suspense(view, as_at)
    return [_standing(order, credits_, held, as_at) for order in orders(rows, as_at, as_known)]


def _standing(order: Order, credits_: list[Row], held: list[Row], as_at: date) -> Row:
    last = order.last
    mine = [x for x in credits_ if (x["unit"], x["standing_order"]) == (
        last.unit, last.standing_order)]  # fmt: skip
    own = [x for x in mine if x["number"] is not None]
    last_met = max((x["number"] for x in own if x["receipt"]), default=0)
    missing = [x for x in own if x["status"] in ("late", "missed") and x["number"] > last_met]
    came = sorted(
        (x for x in mine if x["receipt"]),
        key=lambda x: (-x["received_on"].toordinal(), x["receipt"]),
    )
    told = [x for x in own if x["status"] != "expected"]
    to_come = [x for x in own if x["status"] == "expected"]
    since = missing[0]["expected_on"] if missing else None
    expected = sum(x["amount"] for x in told)
    received = sum(x["received"] or 0 for x in own)
    return {
        "unit": last.unit,
        "account": last.account,
        "standing_order": last.standing_order,
        "status": _how(order, mine, missing, told, to_come, as_at),
        "amount": last.amount_minor,
        "last_on": last.last_on,
        "next_on": to_come[0]["expected_on"] if to_come else None,
        "late_since": since,
        "missed_in_a_row": sum(x["status"] == "missed" for x in missing),
        "last_received_on": came[0]["received_on"] if came else None,
        "last_received": came[0]["received"] if came else None,
        "expected": expected,
        "received": received,
        "arrears": expected - received,
        "in_suspense": sum(
            (
                x["open_amount"] == last.amount_minor
                or x["candidate"] == f"{last.unit}/{last.account}"
            )
            and x["received_on"] >= since - DAY * (last.early_days or 0)
            for x in held
            if since and x["unit"] == last.unit
        ),
    }


def _newest_first(row: Row) -> tuple[int, str]:
    return -row["received_on"].toordinal(), row["receipt"]


def _may_be_it(terms: OrderRow, held: Row, since: date) -> bool:
    mine = held["candidate"] == f"{terms.unit}/{terms.account}"
    alike = mine or held["open_amount"] == terms.amount_minor
    in_time = held["received_on"] >= since - DAY * (terms.early_days or 0)
    return bool(alike and in_time and held["unit"] == terms.unit)


def _how(
    order: Order,
    mine: list[Row],
    missing: list[Row],
    told: list[Row],
    to_come: list[Row],
    as_at: date,
) -> str:
    if any(x["status"] == "unexpected" for x in mine):
        return "unexpected"
    if order.end and order.end.from_on <= as_at:
        return order.end.kind
    if sum(x["status"] == "missed" for x in missing) >= (order.last.stopped_after or 0):
        return "probably_stopped"
    if told and told[-1]["status"] in ("late", "missed", "changed"):
        return str(told[-1]["status"])
    if not to_come and order.end is None:
        return "finished"
    return "as_expected" if told else "not_started"
