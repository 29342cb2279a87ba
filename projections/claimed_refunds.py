"""Refunds of money that a payer's bank claims back: to be stopped, paid, or failed after all."""

from collections.abc import Iterator
from typing import Any

from ledger import events as e
from ledger import indemnity_events as i
from ledger import suspense_events as s
from ledger.recorded import RecordedEvent
from ledger.values import Fact
from projections.tables import Column, Table

TABLE = "projection.claimed_refunds_v1"
VIEW = "reporting.claimed_refund_events"
FACTS: tuple[type[Fact], ...] = (
    i.IndemnityClaimRaised,
    e.RefundPaid,
    e.RefundFailed,
    s.SuspenseReturnPaid,
    s.SuspenseReturnFailed,
)

CLAIMED_REFUNDS = Table(
    comment="Refunds of money that a payer's bank claims back, as a claim found them, and later.",
    columns=(
        Column("position", "bigint NOT NULL", "Position of the event in the log; no unit."),
        Column("line", "integer NOT NULL", "Number of the refund within the event."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("effective_on", "date NOT NULL", "Day on which it takes effect."),
        Column(
            "kind",
            "text NOT NULL",
            "payable or paid; failed, of any refund, whether its money was claimed or not.",
        ),
        Column("refund", "text NOT NULL", "Name of the refund, or of the return from suspense."),
        Column("refund_unit", "text", "Unit of the account of the refund; NULL in suspense."),
        Column("refund_account", "text", "Account of the refund; NULL in suspense."),
        Column("refund_receipt", "text", "Receipt of which it is; NULL later on an account."),
        Column("amount_minor", "bigint NOT NULL", "Minor units of the refund, or its part of it."),
        Column("claim", "text", "The bank's reference of the claim; NULL of failed."),
        Column("claim_unit", "text", "Unit of the claimed account; only as the claim found it."),
        Column("claim_account", "text", "The claimed account; only as the claim found it."),
        Column("claim_receipt", "text", "The claimed receipt; only as the claim found it."),
    ),
    constraints=(
        "PRIMARY KEY (position, line)",
        "CHECK (kind IN ('payable', 'paid', 'failed'))",
    ),
    indexes=("(refund)", "(claim)"),
)


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The rows of a claim, one a refund that it found; and that of a refund that went on."""
    fact = event.fact
    head = (event.recorded_at, event.envelope.effective_on)
    no_claim = (None, None, None)
    match fact:
        case i.IndemnityClaimRaised():
            for line, one in enumerate(fact.refunds or (), 1):
                kind = "paid" if one.is_paid else "payable"
                where = (one.refund, one.unit, one.account, one.receipt, one.amount_minor)
                of = (fact.claim, fact.unit, fact.account, fact.receipt)
                yield (event.position, line, *head, kind, *where, *of)
        case e.RefundPaid(claim=str()) | e.RefundFailed():
            at = (fact.refund, fact.unit, fact.account, None, fact.amount_minor)
            yield (event.position, 1, *head, *_then(fact, at), *no_claim)
        case s.SuspenseReturnPaid(claim=str()) | s.SuspenseReturnFailed():
            held = (fact.suspense_return, None, None, fact.receipt, fact.amount_minor)
            yield (event.position, 1, *head, *_then(fact, held), *no_claim)
        case _:
            return


def _then(fact: Fact, where: tuple[Any, ...]) -> tuple[Any, ...]:
    claim = getattr(fact, "claim", None)
    return ("failed" if claim is None else "paid", *where, claim)
