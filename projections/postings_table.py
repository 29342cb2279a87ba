"""The postings table: the double-entry lines of every money event, for the trial balance.

The lines of one position add up to zero. Here is the declaration only.
"""

from projections import tables
from projections.tables import Column, Table

TABLE = "projection.postings_v1"
VIEW = "reporting.postings"

POSTINGS = Table(
    comment="Double-entry lines of every money event; the lines of a position add up to zero.",
    columns=(
        Column("position", "bigint NOT NULL", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column(
            "amount_minor",
            "bigint NOT NULL",
            "Signed amount in minor units (pence): debit positive, credit negative.",
        ),
        Column("effective_on", "date NOT NULL", "Day on which the line takes effect."),
        Column("line", "smallint NOT NULL", "Number of the line within its event, from 0."),
        Column("unit", "text NOT NULL", "Legal entity or operating unit whose books these are."),
        Column("currency", "text NOT NULL", "ISO 4217 code of amount_minor."),
        Column("gl_account", "text NOT NULL", "Account of the general ledger."),
        Column("service", "text", "Service of an income line; NULL elsewhere."),
        Column("cost_code", "text", "Cost code of an income line; NULL elsewhere."),
    ),
    constraints=("PRIMARY KEY (position, line)",),
    indexes=("USING brin (recorded_at)",),
)

COLUMNS = POSTINGS.column_names


def create_table(name: str = TABLE) -> str:
    """DDL of an empty postings table called `name`, without its secondary indexes."""
    return tables.create_table(POSTINGS, name)


def create_indexes(name: str = TABLE) -> str:
    """DDL of its secondary indexes; run after a rebuild has filled the table."""
    return tables.create_indexes(POSTINGS, name)


def create_view(name: str = TABLE) -> str:
    """DDL that makes `reporting.postings` read the table called `name`."""
    return tables.create_view(POSTINGS, VIEW, name)
