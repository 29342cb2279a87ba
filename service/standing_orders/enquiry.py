"""One story of a standing order in plain English: what was told, what came, what did not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import class_row

from ledger import standing_order_events as s
from ledger.ids import standing_order_stream, stream_id
from ledger.money import format_minor
from ledger.recorded import RecordedEvent
from ledger.standing_orders import StandingOrderState
from ledger.values import Fact, Frequency, ToldBy
from service.explain_terms import day, money
from service.report_run import known_now
from service.standing_orders.listing import Alike, Standing, Suspense, standing_orders
from service.wiring import App

EVERY: dict[Frequency, str] = {
    "weekly": "every week",
    "fortnightly": "every fortnight",
    "four_weekly": "every four weeks",
    "monthly": "every month",
    "quarterly": "every quarter",
}
SAID_BY: dict[ToldBy, str] = {
    "payer": "the payer said",
    "letter": "a letter said",
    "bank": "the bank said",
    "bank_lines": "the bank's lines show",
    "department": "the department said",
}
_CREDITS = """
SELECT c.number, c.due_on, c.expected_on, c.status, c.currency,
    (c.amount * 100)::bigint AS amount_minor, c.receipt, c.received_on,
    (c.received * 100)::bigint AS received_minor, c.file, c.file_line
FROM reporting.expected_credits(%s, %s) AS c
WHERE c.unit = %s AND c.standing_order = %s
ORDER BY coalesce(c.expected_on, c.received_on), c.number
"""


@dataclass(frozen=True, slots=True)
class Credit:
    """One credit that was expected, or came after the end, as the report says it."""

    number: int | None
    due_on: date | None
    expected_on: date | None
    status: str
    currency: str
    amount_minor: int | None
    receipt: str | None
    received_on: date | None
    received_minor: int | None
    file: str | None
    file_line: int | None

    @property
    def on(self) -> date:
        """The day at which it stands in the story."""
        return self.received_on or self.expected_on or date.max

    def sentence(self) -> str:
        """What became of it."""
        asked = "" if self.amount_minor is None else money(self.amount_minor, self.currency)
        came = "" if self.received_minor is None else money(self.received_minor, self.currency)
        meant = "" if self.expected_on is None else day(self.expected_on)
        place = f" ({self.receipt})" if self.receipt else ""
        return {
            "expected": f"{asked} is expected",
            "met": f"{came} came for {meant}{place}",
            "met_late": f"{came} came late for {meant}{place}",
            "other_amount": f"{came} came for {meant} instead of {asked}{place}",
            "changed": f"{came} came for {meant} instead of {asked}, again: has it changed?{place}",
            "late": f"{asked} is late: nothing that looks like it is on the account",
            "missed": f"{asked} did not come",
            "unexpected": f"{came} came although the order has ended{place}",
        }[self.status]

    def as_json(self) -> dict[str, Any]:
        """For a script; amounts are pounds and pence."""
        pounds = (
            None if one is None else format_minor(one)
            for one in (self.amount_minor, self.received_minor)
        )
        amount, received = pounds
        return {
            "number": self.number,
            "due_on": None if self.due_on is None else self.due_on.isoformat(),
            "expected_on": None if self.expected_on is None else self.expected_on.isoformat(),
            "status": self.status,
            "amount": amount,
            "receipt": self.receipt,
            "received_on": None if self.received_on is None else self.received_on.isoformat(),
            "received": received,
            "file": self.file,
            "file_line": self.file_line,
        }


@dataclass(frozen=True, slots=True)
class Story:
    """A standing order: how it stands, what was told of it, what came, what may be it."""

    standing: Standing
    reference: str | None
    told: tuple[RecordedEvent, ...]
    credits: tuple[Credit, ...]
    alike: tuple[Alike, ...]

    def lines(self) -> Iterator[str]:
        """The story for a screen."""
        one = self.standing
        quoted = f", quoting {self.reference}" if self.reference else ""
        status = one.status.replace("_", " ")
        yield f"Standing order {one.standing_order} to {one.unit}/{one.account}{quoted}: {status}"
        told = (
            (event.envelope.effective_on, f"{_told(event.fact)}  [{event.envelope.actor}]")
            for event in self.told
        )
        came = ((credit.on, credit.sentence()) for credit in self.credits)
        for on, sentence in sorted([*told, *came], key=lambda entry: entry[0]):
            yield f"{on:%d %b %Y}  {sentence}"
        if one.arrears_minor:
            amount = money(abs(one.arrears_minor), one.currency)
            yield f"{amount} {'less' if one.arrears_minor > 0 else 'more'} came than was expected"
        for alike in self.alike:
            yield f"look first: {alike.sentence()}"

    def as_json(self) -> dict[str, Any]:
        """The story for a script."""
        return {
            **self.standing.as_json(),
            "told": [
                {
                    "on": event.envelope.effective_on.isoformat(),
                    "position": event.position,
                    "actor": event.envelope.actor,
                    "sentence": _told(event.fact),
                }
                for event in self.told
            ],
            "credits": [credit.as_json() for credit in self.credits],
            "in_suspense": [alike.as_json() for alike in self.alike],
        }


def story(app: App, state: StandingOrderState, reference: str | None) -> Story:
    """Everything about one standing order. The read models must have caught up."""
    stream = stream_id(standing_order_stream(state.unit, state.standing_order))
    standing = next(
        one
        for one in standing_orders(app, state.unit)
        if one.standing_order == state.standing_order
    )
    return Story(
        standing=standing,
        reference=reference,
        told=tuple(app.store.history(stream)),
        credits=tuple(_credits(app, state)),
        alike=Suspense(app).like(standing),
    )


def _credits(app: App, state: StandingOrderState) -> list[Credit]:
    with psycopg.connect(app.urls.app, row_factory=class_row(Credit)) as connection:
        connection.execute("SET ROLE tallystick_reader")
        asked = (app.ledger.today(), known_now(app), state.unit, state.standing_order)
        return connection.execute(_CREDITS, asked).fetchall()


def _told(fact: Fact) -> str:
    match fact:
        case s.StandingOrderExpected():
            return f"{SAID_BY[fact.told_by]} that {_terms(fact)}"
        case s.StandingOrderChanged():
            return f"{SAID_BY[fact.told_by]} that {_terms(fact)}: {fact.reason}"
        case s.StandingOrderStopped():
            who = SAID_BY[fact.told_by]
            return f"{who} that it stopped, from {day(fact.from_on)} on: {fact.reason}"
        case s.StandingOrderFinished():
            return f"it was put away, its last day was {day(fact.last_on)}: {fact.reason}"
        case _:
            return fact.topic


def _terms(fact: s.StandingOrderTerms) -> str:
    amount = money(fact.amount_minor, fact.currency)
    until = f" until {day(fact.last_on)}" if fact.last_on else ""
    return f"{amount} comes {EVERY[fact.frequency]} from {day(fact.first_on)} on{until}"
