"""Small balances: every line of every batch, who decided over it, and what was written off."""

from collections.abc import Iterator
from typing import Any

from ledger import small_balance_events as b
from ledger.events import WriteOffApproved
from ledger.recorded import RecordedEvent
from projections.tables import Column, Table

TABLE = "projection.small_balances_v1"
VIEW = "reporting.small_balance_events"

SMALL_BALANCES = Table(
    comment="Lines of batches of small balances, decisions over batches, and write-offs of lines.",
    columns=(
        Column("position", "bigint NOT NULL", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("amount_minor", "bigint NOT NULL", "Minor units; of a batch its total."),
        Column("effective_on", "date NOT NULL", "Day on which it takes effect."),
        Column("line", "integer NOT NULL", "Number of the row within its event, from 0."),
        Column("kind", "text NOT NULL", "proposed, approved, rejected or written_off."),
        Column("batch", "text", "The batch; NULL of a write-off by itself."),
        Column("actor", "text NOT NULL", "Who proposed, decided or carried it out."),
        Column("currency", "text", "ISO 4217 code; NULL in a decision without money."),
        Column("unit", "text", "Unit of the account; NULL in a decision."),
        Column("account", "text", "Debtor account; NULL in a decision."),
        Column("invoice", "text", "Invoice; NULL in a decision."),
        Column("reason", "text", "small_balance, short_payment or rounding; or why rejected."),
    ),
    constraints=(
        "PRIMARY KEY (position, line)",
        "CHECK (kind IN ('proposed', 'approved', 'rejected', 'written_off'))",
    ),
    indexes=(),
)


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The rows of an event about small balances."""
    fact = event.fact
    if not isinstance(fact, b.SmallBalancesFact | WriteOffApproved):
        return
    on, actor = event.envelope.effective_on, event.envelope.actor
    head = (event.position, event.recorded_at)
    match fact:
        case b.SmallBalancesProposed():
            for number, line in enumerate(fact.lines):
                yield (
                    *head,
                    line.amount_minor,
                    on,
                    number,
                    "proposed",
                    fact.batch,
                    fact.proposed_by,
                    fact.currency,
                    line.unit,
                    line.account,
                    line.invoice,
                    line.reason,
                )
        case b.SmallBalancesApproved():
            nowhere = (None, None, None, None)
            total = (fact.total_minor, on, 0, "approved", fact.batch, actor, fact.currency)
            yield (*head, *total, *nowhere)
        case b.SmallBalancesRejected():
            nothing = (0, on, 0, "rejected", fact.batch, actor, None)
            yield (*head, *nothing, None, None, None, fact.reason)
        case WriteOffApproved() if fact.reason == "small_balance":
            gone = (fact.amount_minor, on, 0, "written_off", fact.batch, actor, fact.currency)
            why = fact.small_balance or fact.reason
            yield (*head, *gone, fact.unit, fact.account, fact.invoice, why)
        case _:
            return
