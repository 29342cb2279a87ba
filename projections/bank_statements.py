"""Every bank statement that was taken: what it covers, its balances, what became of its lines."""

from collections.abc import Iterator
from typing import Any

from ledger.intake_events import BankStatementTaken
from ledger.recorded import RecordedEvent
from projections.tables import Column, Table

TABLE = "projection.bank_statements_v1"
VIEW = "reporting.bank_statements"

BANK_STATEMENTS = Table(
    comment="Bank statements that were read to their end, one row per statement of a file.",
    columns=(
        Column("position", "bigint PRIMARY KEY", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("taken_on", "date NOT NULL", "Business day on which it was taken."),
        Column(
            "ends_on",
            "date NOT NULL",
            "Last booking day of its lines; the day on which it was taken when it has none.",
        ),
        Column("first_on", "date", "First booking day of its lines; NULL without lines."),
        Column("last_on", "date", "Last booking day of its lines; NULL without lines."),
        Column("opening_minor", "bigint", "Opening balance in minor units; NULL if not stated."),
        Column("closing_minor", "bigint", "Closing balance in minor units; NULL if not stated."),
        Column("lines", "integer NOT NULL", "Lines of the statement."),
        Column("lines_minor", "bigint NOT NULL", "Signed sum of all its lines, in minor units."),
        Column("posted_minor", "bigint NOT NULL", "Minor units posted to accounts."),
        Column("suspended_minor", "bigint NOT NULL", "Minor units that went to suspense."),
        Column("other_minor", "bigint NOT NULL", "Signed minor units that are no receipts."),
        Column("quarantined_lines", "integer NOT NULL", "Rows that were set aside."),
        Column("quarantined_minor", "bigint NOT NULL", "Minor units set aside, where readable."),
        Column("duplicates_minor", "bigint NOT NULL", "Minor units that an earlier file brought."),
        Column("sequence", "integer", "Number of the statement; NULL when the bank gives none."),
        Column("unit", "text NOT NULL", "Legal entity or operating unit of the bank account."),
        Column("bank_account", "text NOT NULL", "Our bank account."),
        Column("currency", "text NOT NULL", "ISO 4217 code of the amounts."),
        Column("statement", "text NOT NULL", "The bank's own id of the statement."),
        Column("format", "text NOT NULL", "Format that the file was read by."),
        Column("file_name", "text NOT NULL", "Name of the file."),
        Column("digest", "text NOT NULL", "SHA-256 of the file, which is kept."),
    ),
    constraints=(),
    indexes=("(bank_account, ends_on)",),
)


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The row of a statement that was taken."""
    fact = event.fact
    if not isinstance(fact, BankStatementTaken):
        return
    parts = (fact.posted, fact.suspended, fact.other, fact.quarantined, fact.duplicates)
    yield (
        event.position,
        event.recorded_at,
        event.envelope.effective_on,
        fact.last_on or event.envelope.effective_on,
        fact.first_on,
        fact.last_on,
        fact.opening_minor,
        fact.closing_minor,
        sum(part.lines for part in parts),
        sum(part.amount_minor for part in parts),
        fact.posted.amount_minor,
        fact.suspended.amount_minor,
        fact.other.amount_minor,
        fact.quarantined.lines,
        fact.quarantined.amount_minor,
        fact.duplicates.amount_minor,
        fact.sequence,
        fact.unit,
        fact.bank_account,
        fact.currency,
        fact.statement,
        fact.format,
        fact.file_name,
        fact.digest,
    )
