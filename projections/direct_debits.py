"""Direct Debit collections: announced, changed, instructed, stopped, returned."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from ledger import mandate_events as m
from ledger.collection import collection_name
from ledger.recorded import RecordedEvent
from ledger.store_arrays import Texts
from ledger.values import Fact
from projections.tables import Column, Table

TABLE = "projection.collections_v2"
VIEW = "reporting.collection_events"
KINDS = ("announced", "withheld", "amended", "instructed", "stopped", "returned")
FACTS: tuple[type[Fact], ...] = (
    m.CollectionsAnnounced,
    m.CollectionWithheld,
    m.CollectionAmended,
    m.CollectionInstructed,
    m.CollectionStopped,
    m.CollectionReturned,
)

COLLECTIONS = Table(
    comment="Direct Debit collections, from advance notice to return; one row an event and day.",
    columns=(
        Column("position", "bigint NOT NULL", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("amount_minor", "bigint NOT NULL", "Minor units (pence)."),
        Column("effective_on", "date NOT NULL", "Day on which it takes effect."),
        Column("line", "integer NOT NULL", "Number of the row within its event, from 0."),
        Column("kind", "text NOT NULL", f"What happened: {', '.join(KINDS)}."),
        Column("sun", "text NOT NULL", "Service user number that collects."),
        Column("mandate", "text NOT NULL", "Core reference of the instruction."),
        Column("actor", "text NOT NULL", "Who did it, or told it."),
        Column("collection", "text", "Name of the collection; NULL before it is instructed."),
        Column("run", "text", "Run of the collection; only of instructed."),
        Column("item", "integer", "Number of the collection in its run; only of instructed."),
        Column("unit", "text", "Unit of the account; only of instructed."),
        Column("account", "text", "Debtor account that it pays; only of instructed."),
        Column("code", "text", "01, 17, 18 or 19 of instructed; how or why of the others."),
        Column("details", "integer", "Number of the bank details used; only of instructed."),
        Column("input_on", "date", "Day on which Bacs gets the file; only of instructed."),
        Column("processing_on", "date", "Processing day; only of instructed."),
        Column("entry_on", "date", "Day on which the payer is debited."),
        Column("notice", "text", "Advance notice that announced it."),
        Column("told_on", "date", "Day of the notice, of the agreement or of the report."),
        Column("reason", "text", "Why, in words."),
        Column("represents", "text", "Unpaid collection that is presented again."),
        Column("invoices", "text[]", "Bills that it pays, in order; only of instructed."),
        Column("advice", "text", "Line of the bank's report that told it."),
    ),
    constraints=(
        "PRIMARY KEY (position, line)",
        f"CHECK (kind IN ({', '.join(repr(kind) for kind in KINDS)}))",
    ),
    indexes=(
        "(sun, mandate, position)",
        "(run, item) WHERE kind = 'instructed'",
        "(collection) WHERE kind = 'instructed'",
        "(collection) WHERE kind IN ('stopped', 'returned')",
        "(represents) WHERE represents IS NOT NULL",
        "(entry_on) WHERE kind = 'announced'",
    ),
)


class _Row(NamedTuple):
    """What an event says, in the order of the table after its head."""

    kind: str
    amount_minor: int
    collection: str | None = None
    run: str | None = None
    item: int | None = None
    unit: str | None = None
    account: str | None = None
    code: str | None = None
    details: int | None = None
    input_on: date | None = None
    processing_on: date | None = None
    entry_on: date | None = None
    notice: str | None = None
    told_on: date | None = None
    reason: str | None = None
    represents: str | None = None
    invoices: Texts | None = None
    advice: str | None = None


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The rows of an event about collections."""
    fact = event.fact
    if not isinstance(fact, m.MandateFact):
        return
    on, actor = event.envelope.effective_on, event.envelope.actor
    head = (event.position, event.recorded_at)
    for number, row in enumerate(_rows(fact)):
        own = (row.amount_minor, on, number, row.kind, fact.sun, fact.mandate, actor)
        yield (*head, *own, *row[2:])


def _rows(fact: m.MandateFact) -> Iterator[_Row]:
    match fact:
        case m.CollectionsAnnounced():
            for one in fact.collections:
                yield _Row(
                    "announced",
                    one.amount_minor,
                    entry_on=one.entry_on,
                    notice=fact.notice,
                    told_on=fact.given_on,
                )
        case m.CollectionWithheld():
            yield _Row("withheld", fact.amount_minor, entry_on=fact.entry_on, reason=fact.reason)
        case m.CollectionAmended():
            yield _Row(
                "amended",
                fact.amount_minor,
                entry_on=fact.entry_on,
                told_on=fact.agreed_on,
                reason=fact.reason,
            )
        case m.CollectionInstructed():
            yield _instructed(fact)
        case _:
            yield from _ended(fact)


def _ended(fact: m.MandateFact) -> Iterator[_Row]:
    match fact:
        case m.CollectionStopped():
            yield _Row(
                "stopped",
                fact.amount_minor,
                fact.collection,
                code=fact.how,
                reason=fact.reason,
                advice=fact.advice,
            )
        case m.CollectionReturned():
            yield _Row(
                "returned",
                fact.amount_minor,
                fact.collection,
                code=fact.code,
                told_on=fact.reported_on,
                reason=fact.reason,
                advice=fact.advice,
            )
        case _:
            return


def _instructed(fact: m.CollectionInstructed) -> _Row:
    return _Row(
        "instructed",
        fact.amount_minor,
        collection_name(fact.run, fact.item),
        fact.run,
        fact.item,
        fact.unit,
        fact.account,
        fact.code,
        fact.details,
        fact.input_on,
        fact.processing_on,
        fact.entry_on,
        fact.notice,
        fact.announced_on,
        represents=fact.represents,
        invoices=Texts(list(fact.invoices)),
    )
