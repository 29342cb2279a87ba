"""Closings: sums of all that was known at a position, from which a figure can start.

A closing says which part of the log it sums up (everything up to `position`) and up to which day
it may forget the days (`closed_on`). A figure as at that day or later, as known at that position or
later, is the closing and the movements recorded after it, whenever those take effect: a late one
comes after the position like any other. Other figures are computed from the movements alone.

A closing is no record of anything: it may be dropped at any time and is dropped when a rebuild
switches tables. It is made from the movements, never from an earlier closing.
"""

from projections import tables
from projections.tables import Column, Table

CLOSINGS = Table(
    comment="Closings of the movements and postings, one row each; disposable.",
    columns=(
        Column("closing", "integer PRIMARY KEY", "Number of the closing, from 1."),
        Column("closed_on", "date NOT NULL", "Last day that its lines are summed up to."),
        Column("position", "bigint NOT NULL", "Last position of the log that is in it."),
        Column("recorded_at", "timestamptz NOT NULL", "When that position was recorded."),
    ),
    constraints=(),
    indexes=(),
)
_CLOSING = Column("closing", "integer NOT NULL", "Number of the closing.")
_AMOUNT = "bigint NOT NULL"
CLOSED_LINES = Table(
    comment="What was open at a closing, summed by item and kind, and its accounts; disposable.",
    columns=(
        _CLOSING,
        Column("effective_on", "date NOT NULL", "The closing's day, or a later day of effect."),
        Column("amount_minor", _AMOUNT, "Signed sum in minor units; 0 where only a name is kept."),
        Column("invoiced_on", "date", "Date of the invoice."),
        Column("due_on", "date", "Due date of the instalment or invoice."),
        Column("received_on", "date", "Latest value date of a receipt in the row."),
        Column("instalment", "smallint", "Instalment of the invoice, from 1."),
        Column("is_first", "boolean NOT NULL", "True when no line of its item is left out."),
        Column("unit", "text NOT NULL", "Legal entity or operating unit."),
        Column(
            "account", "text", "Debtor account; NULL in a row that only keeps a service's name."
        ),
        Column("debt_type", "text NOT NULL", "Debt type of the account."),
        Column("currency", "text NOT NULL", "ISO 4217 code of amount_minor."),
        Column("service", "text", "Service that issued the invoice."),
        Column("item", "text", "Invoice number, or REVERSAL:<receipt>."),
        Column(
            "control",
            "text NOT NULL",
            "debtors or unapplied; account in a row that only keeps an account's name.",
        ),
        Column("kind", "text NOT NULL", "Kind of the movements; brought_forward for an account."),
    ),
    constraints=(),
    indexes=("(closing, unit, account)",),
)
CLOSED_DAYS = Table(
    comment="Movements between two closings, summed by day; disposable.",
    columns=(
        _CLOSING,
        Column("effective_on", "date NOT NULL", "Day on which the movements take effect."),
        Column("amount_minor", _AMOUNT, "Signed sum in minor units."),
        Column("unit", "text NOT NULL", "Legal entity or operating unit."),
        Column("currency", "text NOT NULL", "ISO 4217 code of amount_minor."),
        Column("control", "text NOT NULL", "Where the money stands."),
        Column("kind", "text NOT NULL", "Kind of the movements."),
    ),
    constraints=(),
    indexes=(),
)
CLOSED_POSTINGS = Table(
    comment="Postings between two closings, summed by day, debits and credits apart; disposable.",
    columns=(
        _CLOSING,
        Column("effective_on", "date NOT NULL", "Day on which the postings take effect."),
        Column("amount_minor", _AMOUNT, "Signed sum in minor units."),
        Column("unit", "text NOT NULL", "Legal entity or operating unit."),
        Column("currency", "text NOT NULL", "ISO 4217 code of amount_minor."),
        Column("gl_account", "text NOT NULL", "Account of the general ledger."),
        Column("service", "text", "Service of an income line."),
    ),
    constraints=(),
    indexes=(),
)
TABLES: dict[str, Table] = {
    "reporting.closings": CLOSINGS,
    "reporting.closed_lines": CLOSED_LINES,
    "reporting.closed_days": CLOSED_DAYS,
    "reporting.closed_postings": CLOSED_POSTINGS,
}


def create_table(name: str) -> str:
    """DDL of one of the tables, empty, with its indexes."""
    return tables.create_table(TABLES[name], name) + tables.create_indexes(TABLES[name], name)
