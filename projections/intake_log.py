"""What each source sent that was refused, quarantined or read, and how it was resolved."""

from collections.abc import Iterator
from typing import Any

from ledger import intake_events as i
from ledger.recorded import RecordedEvent
from projections import tables
from projections.tables import Column, Table

TABLE = "projection.intake_log_v1"
VIEW = "reporting.intake_log"

INTAKE_LOG = Table(
    comment="Every input that was refused, unreadable or quarantined, and its resolution.",
    columns=(
        Column("position", "bigint PRIMARY KEY", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("source", "text NOT NULL", "Stream of the source: a topic or a file."),
        Column("message", "text NOT NULL", "Identity of the input within the ledger."),
        Column("status", "text NOT NULL", "refused, unreadable, quarantined, posted or discarded."),
        Column("code", "text", "Code of the first refusal; NULL for a resolution."),
        Column("sentence", "text", "What to put right, or why it was resolved so."),
        Column("amount_minor", "bigint", "Amount of a quarantined row in minor units, if known."),
        Column("digest", "text", "SHA-256 of the input's bytes, which are kept beside the ledger."),
        Column("place", "text", "File and line, or topic, partition and offset."),
    ),
    constraints=(),
    indexes=("(message)",),
)

COLUMNS = INTAKE_LOG.column_names


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The row of an event about an input that was not posted, or of its resolution."""
    fact = event.fact
    head = (event.position, event.recorded_at)
    match fact:
        case i.MessageRefused():
            yield (*head, fact.source, fact.message, "refused", *_why(fact), None, fact.digest)
        case i.MessageUnreadable():
            yield (*head, fact.source, fact.message, "unreadable", *_why(fact), None, fact.digest)
        case i.RowQuarantined():
            amount = fact.amount_minor
            yield (
                *head,
                fact.source,
                fact.message,
                "quarantined",
                *_why(fact),
                amount,
                fact.digest,
            )
        case i.FileRefused():
            yield (*head, fact.source, fact.digest, "refused", *_why(fact), None, fact.digest)
        case i.IntakeResolved():
            yield (*head, fact.source, fact.message, fact.outcome, None, fact.reason, None, None)
        case _:
            return


def log_rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The same rows with the place of the input, in the order of `COLUMNS`."""
    for row in rows(event):
        yield (*row, _place(event))


def _why(
    fact: i.MessageRefused | i.MessageUnreadable | i.RowQuarantined | i.FileRefused,
) -> tuple[str, str]:
    return fact.refusals[0].code, "; ".join(refusal.sentence for refusal in fact.refusals)


def _place(event: RecordedEvent) -> str:
    source = event.envelope.source
    if source.kind == "kafka":
        return f"{source.name} partition {source.partition} offset {source.offset}"
    return f"{source.name} line {source.line}" if source.line is not None else source.name


def create_table(name: str = TABLE) -> str:
    """DDL of an empty table called `name`, without its secondary indexes."""
    return tables.create_table(INTAKE_LOG, name)


def create_indexes(name: str = TABLE) -> str:
    """DDL of its secondary indexes."""
    return tables.create_indexes(INTAKE_LOG, name)


def create_view(name: str = TABLE) -> str:
    """DDL that makes `reporting.intake_log` read the table called `name`."""
    return tables.create_view(INTAKE_LOG, VIEW, name)
