"""Direct Debit mandates: everything that happened to each instruction, one row an event."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ledger import mandate_events as m
from ledger.recorded import RecordedEvent
from ledger.values import Fact
from projections.tables import Column, Table

TABLE = "projection.mandates_v2"
VIEW = "reporting.mandate_events"
KINDS = (
    "drafted",
    "notified",
    "lodged",
    "lodgement_stopped",
    "activated",
    "rejected",
    "suspended",
    "resumed",
    "cancelled",
    "amended",
    "former_ended",
    "former_moved",
    "final_ordered",
    "final_undone",
    "expired",
    "dormant",
    "erased",
)
FACTS: tuple[type[Fact], ...] = (
    m.MandateDrafted,
    m.MandateNotified,
    m.MandateLodged,
    m.LodgementStopped,
    m.MandateActivated,
    m.MandateRejected,
    m.MandateSuspended,
    m.MandateResumed,
    m.MandateCancelled,
    m.MandateAmended,
    m.FormerInstructionEnded,
    m.FinalCollectionOrdered,
    m.MandateEnded,
)

MANDATES = Table(
    comment="Direct Debit mandates: what happened to each instruction, one row an event.",
    columns=(
        Column("position", "bigint NOT NULL", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("effective_on", "date NOT NULL", "Day on which it takes effect."),
        Column("kind", "text NOT NULL", f"What happened: {', '.join(KINDS)}."),
        Column("sun", "text NOT NULL", "Service user number that collects."),
        Column("mandate", "text NOT NULL", "Core reference of the instruction."),
        Column("actor", "text NOT NULL", "Who did it, or told it."),
        Column("unit", "text", "Unit of the account that it pays; only of drafted."),
        Column("account", "text", "Debtor account that it pays; only of drafted."),
        Column("party", "text", "Opaque id of the payer; only of drafted."),
        Column("code", "text", "0N, 0S or 0C of lodged; how of lodgement_stopped; reason code."),
        Column("reason", "text", "Why, in words; who cancelled of cancelled."),
        Column("happened_on", "date", "Processing day of lodged; day of the report or notice."),
        Column("run", "text", "Run that carried it, or did not after all."),
        Column("item", "integer", "Number of the instruction in its run."),
        Column("details", "integer", "Number of the bank details, from 1."),
        Column("to_lodge", "text", "0N, 0S or 0C that the next run must carry after this."),
        Column("advice", "text", "Line of the bank's report that told it."),
    ),
    constraints=(
        "PRIMARY KEY (position)",
        f"CHECK (kind IN ({', '.join(repr(kind) for kind in KINDS)}))",
    ),
    indexes=("(sun, mandate, position)", "(run, item) WHERE kind = 'lodged'"),
)


class _Row(NamedTuple):
    """What an event says, in the order of the table after its head."""

    kind: str
    unit: str | None = None
    account: str | None = None
    party: str | None = None
    code: str | None = None
    reason: str | None = None
    happened_on: Any = None
    run: str | None = None
    item: int | None = None
    details: int | None = None
    to_lodge: str | None = None
    advice: str | None = None


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The row of an event of a mandate."""
    fact = event.fact
    if not isinstance(fact, m.MandateFact):
        return
    row = _row(fact)
    if row is not None:
        on, actor = event.envelope.effective_on, event.envelope.actor
        head = (event.position, event.recorded_at, on, row.kind, fact.sun, fact.mandate, actor)
        yield (*head, *row[1:])


def _row(fact: m.MandateFact) -> _Row | None:
    match fact:
        case m.MandateDrafted():
            return _Row(
                "drafted",
                fact.unit,
                fact.account,
                fact.party,
                reason=fact.scheme,
                happened_on=fact.agreed_on,
                details=1,
                to_lodge="0S" if fact.is_migrated else "0N",
            )
        case m.MandateNotified():
            return _Row("notified", reason=fact.notice, happened_on=fact.given_on)
        case m.MandateActivated():
            return _Row("activated", happened_on=fact.lodged_on)
        case m.FinalCollectionOrdered():
            kind = "final_ordered" if fact.is_final else "final_undone"
            return _Row(kind, reason=fact.reason)
        case m.MandateEnded():
            return _Row(fact.end, happened_on=fact.last_used_on)
        case _:
            return _told(fact)


def _told(fact: m.MandateFact) -> _Row | None:
    match fact:
        case m.MandateRejected():
            return _Row(
                "rejected",
                code=fact.code,
                reason=fact.reason,
                happened_on=fact.reported_on,
                advice=fact.advice,
            )
        case m.MandateSuspended():
            return _Row("suspended", reason=fact.reason, advice=fact.advice)
        case m.MandateResumed():
            return _Row("resumed", reason=fact.reason, advice=fact.advice)
        case m.MandateCancelled():
            return _Row(
                "cancelled",
                code=fact.code,
                reason=f"{fact.by}: {fact.reason}",
                happened_on=fact.reported_on,
                to_lodge="0C" if fact.tell_bank else None,
                advice=fact.advice,
            )
        case m.MandateAmended():
            return _Row(
                "amended",
                code=fact.code,
                reason=fact.reason,
                details=fact.details,
                to_lodge="0N" if fact.relodge else None,
                advice=fact.advice,
            )
        case _:
            return _lodging(fact)


def _lodging(fact: m.MandateFact) -> _Row | None:
    match fact:
        case m.MandateLodged():
            return _Row(
                "lodged",
                code=fact.code,
                happened_on=fact.processing_on,
                run=fact.run,
                item=fact.item,
                details=fact.details,
            )
        case m.LodgementStopped():
            return _Row(
                "lodgement_stopped",
                code=fact.how,
                reason=fact.reason,
                run=fact.run,
                item=fact.item,
                to_lodge=fact.to_lodge,
                advice=fact.advice,
            )
        case m.FormerInstructionEnded():
            return _Row(
                "former_moved" if fact.is_moved else "former_ended",
                code=fact.code,
                reason=fact.reason,
                happened_on=fact.reported_on,
                details=fact.details,
                advice=fact.advice,
            )
        case _:
            return None
