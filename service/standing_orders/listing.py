"""How standing orders stand, as the report says it, and what in suspense may be what is missed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row

from ledger.money import format_minor
from ledger.standing_orders import StandingOrderState
from ledger.values import Frequency
from service import suspense_desk
from service.desk_rules import SAID
from service.explain_terms import day, money
from service.line_search import Wanted as WantedLine
from service.line_search import find_lines, words_of
from service.report_run import known_now
from service.standing_orders.named import find_order, reference_of
from service.suspense_desk import Held
from service.wiring import App

LATE = ("late", "missed", "probably_stopped")
STATUSES: dict[str, tuple[str, ...]] = {
    "late": LATE,
    "changed": ("changed",),
    "stopped": ("probably_stopped", "stopped", "unexpected"),
    "finished": ("finished",),
}
_QUERY = """
SELECT unit, account, standing_order, status, frequency, currency,
    (amount * 100)::bigint AS amount_minor, first_on, last_on, next_on, late_since,
    missed_in_a_row, last_received_on, (last_received * 100)::bigint AS last_received_minor,
    (expected * 100)::bigint AS expected_minor, (received * 100)::bigint AS received_minor,
    (arrears * 100)::bigint AS arrears_minor
FROM reporting.standing_orders(%s, %s) AS s
WHERE (%s::text IS NULL OR s.unit = %s)
ORDER BY late_since NULLS LAST, unit, account, standing_order
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One standing order as the report on them says it."""

    unit: str
    account: str
    standing_order: str
    status: str
    frequency: Frequency
    currency: str
    amount_minor: int
    first_on: date
    last_on: date | None
    next_on: date | None
    late_since: date | None
    missed_in_a_row: int
    last_received_on: date | None
    last_received_minor: int | None
    expected_minor: int
    received_minor: int
    arrears_minor: int

    def as_json(self) -> dict[str, Any]:
        """For a script; amounts are pounds and pence, days ISO 8601."""
        return {
            "unit": self.unit,
            "account": self.account,
            "standing_order": self.standing_order,
            "status": self.status,
            "frequency": self.frequency,
            "currency": self.currency,
            "amount": format_minor(self.amount_minor),
            "first_on": self.first_on.isoformat(),
            "last_on": _iso(self.last_on),
            "next_on": _iso(self.next_on),
            "late_since": _iso(self.late_since),
            "missed_in_a_row": self.missed_in_a_row,
            "last_received_on": _iso(self.last_received_on),
            "last_received": None
            if self.last_received_minor is None
            else format_minor(self.last_received_minor),
            "expected": format_minor(self.expected_minor),
            "received": format_minor(self.received_minor),
            "arrears": format_minor(self.arrears_minor),
        }


def _iso(on: date | None) -> str | None:
    return None if on is None else on.isoformat()


def standing_orders(app: App, unit: str | None = None) -> list[Standing]:
    """Every standing order of a unit, or of all. The read models must have caught up."""
    with psycopg.connect(app.urls.app, row_factory=class_row(Standing)) as connection:
        connection.execute("SET ROLE tallystick_reader")
        asked = (app.ledger.today(), known_now(app), unit, unit)
        return connection.execute(_QUERY, asked).fetchall()


@dataclass(frozen=True, slots=True)
class Alike:
    """A receipt in suspense that may be what is missed, and what speaks for it."""

    held: Held
    why: tuple[str, ...]

    def sentence(self) -> str:
        """For a screen."""
        amount = money(self.held.held_minor, self.held.currency)
        came = f"{amount} with value of {day(self.held.received_on)} is in suspense"
        return f"{came}, {self.held.receipt}: {'; '.join(self.why)}"

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {**self.held.as_json(), "why": list(self.why)}


class Suspense:
    """What is in suspense, read once, to look there before anybody is asked for money."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._held = suspense_desk.listed(app)

    def like(self, late: Standing) -> tuple[Alike, ...]:
        """What came since the order is late and has its amount, its reference or its account."""
        if late.late_since is None:
            return ()
        since = late.late_since - timedelta(days=7)
        quoting = self._quoting(find_order(self._app, f"{late.unit}/{late.standing_order}"), since)
        found = (
            Alike(one, tuple(_why(one, late, quoting)))
            for one in self._held
            if one.unit == late.unit and one.received_on >= since
        )
        return tuple(one for one in found if one.why)

    def _quoting(self, state: StandingOrderState, since: date) -> frozenset[str]:
        """The receipts whose lines have every word of the payer's reference."""
        reference = reference_of(self._app, state)
        words = words_of([reference]) if reference else ()
        if not words:
            return frozenset()
        lines = find_lines(self._app.lines, WantedLine(day_from=since, words=words))
        return frozenset(line.receipt for line in lines if line.receipt)


def _why(one: Held, late: Standing, quoting: frozenset[str]) -> Iterator[str]:
    if one.held_minor == late.amount_minor and one.currency == late.currency:
        yield "it is the same amount"
    if one.receipt in quoting:
        yield "its line quotes the order's reference"
    if one.candidate == f"{late.unit}/{late.account}":
        rule = one.candidate_rule or ""
        yield f"it may be this account's: {SAID.get(rule, rule)}"
