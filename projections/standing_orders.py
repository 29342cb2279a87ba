"""Standing orders: what was expected from when on, and how each ended, one row an event."""

from collections.abc import Iterator
from typing import Any

from ledger import standing_order_events as s
from ledger.calendar import ONE_DAY
from ledger.recorded import RecordedEvent
from projections.tables import Column, Table

TABLE = "projection.standing_orders_v1"
VIEW = "reporting.standing_order_events"

STANDING_ORDERS = Table(
    comment="Standing orders: what is expected from a day on, one row an event.",
    columns=(
        Column("position", "bigint NOT NULL", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("effective_on", "date NOT NULL", "Day on which it takes effect."),
        Column("kind", "text NOT NULL", "expected, changed, stopped or finished."),
        Column("unit", "text NOT NULL", "Unit of the account."),
        Column("standing_order", "text NOT NULL", "The standing order, by its name."),
        Column("account", "text NOT NULL", "Debtor account that it pays."),
        Column("actor", "text NOT NULL", "Who recorded it."),
        Column("from_on", "date NOT NULL", "First day of these terms; first without any."),
        Column("told_by", "text", "payer, letter, bank, bank_lines or department; else NULL."),
        Column("reason", "text", "Why it changed or ended; NULL of expected."),
        Column("amount_minor", "bigint", "Minor units of one payment; NULL of an end."),
        Column("currency", "text", "ISO 4217 code of amount_minor; NULL of an end."),
        Column("frequency", "text", "weekly, fortnightly, four_weekly, monthly or quarterly."),
        Column("day_of_month", "integer", "Day of the month where from_on does not say it."),
        Column("last_on", "date", "Last day on which it can pay; NULL when it has none."),
        Column("early_days", "integer", "Calendar days before, from which on a credit counts."),
        Column("late_after", "integer", "Working days after, until which a credit is in time."),
        Column("stopped_after", "integer", "Missed credits in a row, after which it has stopped."),
    ),
    constraints=(
        "PRIMARY KEY (position)",
        "CHECK (kind IN ('expected', 'changed', 'stopped', 'finished'))",
        "CHECK (kind IN ('stopped', 'finished') OR amount_minor IS NOT NULL)",
    ),
    indexes=("(unit, standing_order, position)",),
)


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The row of an event of a standing order."""
    fact = event.fact
    if not isinstance(fact, s.StandingOrderFact):
        return
    on, actor = event.envelope.effective_on, event.envelope.actor
    head = (event.position, event.recorded_at, on)
    own = (fact.unit, fact.standing_order, fact.account, actor)
    nothing = (None,) * 8
    match fact:
        case s.StandingOrderExpected():
            yield (*head, "expected", *own, fact.first_on, fact.told_by, None, *_terms(fact))
        case s.StandingOrderChanged():
            said = (fact.first_on, fact.told_by, fact.reason)
            yield (*head, "changed", *own, *said, *_terms(fact))
        case s.StandingOrderStopped():
            said = (fact.from_on, fact.told_by, fact.reason)
            yield (*head, "stopped", *own, *said, *nothing)
        case s.StandingOrderFinished():
            after = (fact.last_on + ONE_DAY, None, fact.reason)
            yield (*head, "finished", *own, *after, *nothing)
        case _:
            return


def _terms(fact: s.StandingOrderTerms) -> tuple[Any, ...]:
    within = fact.tolerance
    return (
        fact.amount_minor,
        fact.currency,
        fact.frequency,
        fact.day_of_month,
        fact.last_on,
        within.early_days,
        within.late_after_working_days,
        within.stopped_after_missed,
    )
