"""Indemnity claims on Direct Debits: raised, challenged, and how each ended."""

from collections.abc import Iterator
from typing import Any

from ledger import indemnity_events as i
from ledger.recorded import RecordedEvent
from ledger.values import Fact
from projections.tables import Column, Table

TABLE = "projection.indemnity_claims_v2"
VIEW = "reporting.indemnity_claim_events"
FACTS: tuple[type[Fact], ...] = (
    i.IndemnityClaimRaised,
    i.IndemnityClaimChallenged,
    i.IndemnityClaimClosed,
)

INDEMNITY_CLAIMS = Table(
    comment="Indemnity claims on Direct Debits, one row an event.",
    columns=(
        Column("position", "bigint NOT NULL", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("effective_on", "date NOT NULL", "Day on which it takes effect."),
        Column("kind", "text NOT NULL", "raised, challenged, settled, withdrawn or returned."),
        Column("unit", "text NOT NULL", "Unit of the account."),
        Column("account", "text NOT NULL", "Debtor account whose collection is claimed."),
        Column("claim", "text NOT NULL", "The bank's reference of the claim."),
        Column("actor", "text NOT NULL", "Who did it, or told it."),
        Column("amount_minor", "bigint", "Minor units that are claimed; NULL of challenged."),
        Column("receipt", "text", "Receipt that is claimed back; NULL of challenged."),
        Column("sun", "text", "Service user number; only of raised."),
        Column("mandate", "text", "Core reference of the instruction; only of raised."),
        Column("code", "text", "The bank's reason code, 1 to 8; only of raised."),
        Column("reason", "text", "The reason or the grounds, in words."),
        Column("challenge_by", "date", "Last day to challenge it; only of raised."),
        Column("debit_on", "date", "Day on which our account is debited; only of raised."),
        Column("advice", "text", "Line of the bank's report that told it."),
    ),
    constraints=(
        "PRIMARY KEY (position)",
        "CHECK (kind IN ('raised', 'challenged', 'settled', 'withdrawn', 'returned'))",
    ),
    indexes=("(unit, account, claim)",),
)


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The row of an event about an indemnity claim."""
    fact, on, actor = event.fact, event.envelope.effective_on, event.envelope.actor
    head = (event.position, event.recorded_at, on)
    match fact:
        case i.IndemnityClaimRaised():
            yield (
                *(*head, "raised", fact.unit, fact.account, fact.claim, actor),
                *(fact.amount_minor, fact.receipt, fact.sun, fact.mandate, fact.code),
                *(fact.reason, fact.challenge_by, fact.debit_on, fact.advice),
            )
        case i.IndemnityClaimChallenged():
            own = (*head, "challenged", fact.unit, fact.account, fact.claim, actor)
            yield (*own, None, None, None, None, None, fact.grounds, None, None, None)
        case i.IndemnityClaimClosed():
            own = (*head, fact.outcome, fact.unit, fact.account, fact.claim, actor)
            money = (fact.amount_minor, fact.receipt)
            yield (*own, *money, None, None, None, None, None, None, fact.advice)
        case _:
            return
