"""Runs of Direct Debits: every step of each submission to Bacs."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from ledger import collection_run_events as r
from ledger.recorded import RecordedEvent
from projections.tables import Column, Table

TABLE = "projection.collection_runs_v2"
VIEW = "reporting.collection_run_events"
KINDS = (
    "opened",
    "written",
    "released",
    "abandoned",
    "reported",
    "withdrawn",
    "refused",
    "instructions_rejected",
    "credited",
    "signed_off",
)

COLLECTION_RUNS = Table(
    comment="Runs of Direct Debits: every step of each submission to Bacs, one row an event.",
    columns=(
        Column("position", "bigint NOT NULL", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("effective_on", "date NOT NULL", "Day on which it takes effect."),
        Column("kind", "text NOT NULL", f"What happened: {', '.join(KINDS)}."),
        Column("run", "text NOT NULL", "Name of the run."),
        Column("actor", "text NOT NULL", "Who did it, or told it."),
        Column("unit", "text", "Unit that collects; of opened and credited."),
        Column("sun", "text", "Service user number that collects; only of opened."),
        Column("serial", "text", "Serial number of the submission; only of opened."),
        Column("bank_account", "text", "Our bank account; only of opened."),
        Column("layout", "text", "Layout of the file; only of opened."),
        Column("input_on", "date", "Last day to send it; only of opened."),
        Column("processing_on", "date", "Processing day; only of opened."),
        Column("entry_on", "date", "Day on which payers are debited; only of opened."),
        Column("items", "integer", "Collections: written, accepted of reported, signed off."),
        Column("amount_minor", "bigint", "Minor units: written, released, accepted, credited."),
        Column("rejected_items", "integer", "Collections that Bacs rejected; of reported."),
        Column("rejected_minor", "bigint", "Their minor units; of reported."),
        Column("returned_minor", "bigint", "Minor units the bank took off at once; of credited."),
        Column("receipt", "text", "Receipt in suspense that the bank credited; of credited."),
        Column("digest", "text", "SHA-256 of the file or of the report."),
        Column("reason", "text", "Why; of abandoned, refused, instructions_rejected."),
    ),
    constraints=(
        "PRIMARY KEY (position)",
        f"CHECK (kind IN ({', '.join(repr(kind) for kind in KINDS)}))",
    ),
    indexes=("(run, position)",),
)


class _Row(NamedTuple):
    """What an event says, in the order of the table after its head."""

    kind: str
    unit: str | None = None
    sun: str | None = None
    serial: str | None = None
    bank_account: str | None = None
    layout: str | None = None
    input_on: date | None = None
    processing_on: date | None = None
    entry_on: date | None = None
    items: int | None = None
    amount_minor: int | None = None
    rejected_items: int | None = None
    rejected_minor: int | None = None
    returned_minor: int | None = None
    receipt: str | None = None
    digest: str | None = None
    reason: str | None = None


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The row of an event of a run."""
    fact = event.fact
    if not isinstance(fact, r.CollectionRunFact):
        return
    row = _row(fact)
    on, actor = event.envelope.effective_on, event.envelope.actor
    yield (event.position, event.recorded_at, on, row.kind, fact.run, actor, *row[1:])


def _row(fact: r.CollectionRunFact) -> _Row:
    match fact:
        case r.RunOpened():
            return _Row(
                "opened",
                fact.unit,
                fact.sun,
                fact.serial,
                fact.bank_account,
                fact.layout,
                fact.input_on,
                fact.processing_on,
                fact.entry_on,
            )
        case r.RunWritten():
            return _Row(
                "written",
                items=fact.collections,
                amount_minor=fact.amount_minor,
                digest=fact.digest,
            )
        case r.RunReleased():
            return _Row("released", amount_minor=fact.amount_minor, digest=fact.digest)
        case _:
            return _after(fact)


def _after(fact: r.CollectionRunFact) -> _Row:
    match fact:
        case r.RunAbandoned():
            return _Row("abandoned", reason=fact.reason)
        case r.RunReported():
            return _Row(
                "reported",
                items=fact.accepted,
                amount_minor=fact.accepted_minor,
                rejected_items=fact.rejected,
                rejected_minor=fact.rejected_minor,
                digest=fact.digest,
            )
        case r.RunWithdrawn():
            return _Row("withdrawn", digest=fact.digest)
        case r.RunRefused():
            return _Row("refused", digest=fact.digest, reason=fact.reason)
        case r.RunInstructionsRejected():
            return _Row("instructions_rejected", digest=fact.digest, reason=fact.reason)
        case r.RunCredited():
            return _Row(
                "credited",
                fact.unit,
                amount_minor=fact.amount_minor,
                returned_minor=fact.returned_minor,
                receipt=fact.receipt,
            )
        case r.RunSignedOff():
            return _Row("signed_off", items=fact.collections, amount_minor=fact.amount_minor)
        case _:
            raise TypeError(f"{fact.topic} has no row")
