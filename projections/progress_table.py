"""The progress table: how far each projection has read the log."""

from projections import tables
from projections.tables import Column, Table

TABLE = "projection.progress"
VIEW = "reporting.progress"

PROGRESS = Table(
    comment="How far each projection has read the log, one row per projection.",
    columns=(
        Column("projection", "text PRIMARY KEY", "Name of the projection."),
        Column("position", "bigint NOT NULL", "Last position of the log that it has read."),
        Column("recorded_at", "timestamptz", "When the event at that position was recorded."),
    ),
    constraints=(),
    indexes=(),
)


def create_table() -> str:
    """DDL of the empty progress table."""
    return tables.create_table(PROGRESS, TABLE)


def create_view() -> str:
    """DDL of `reporting.progress`, which the function `freshness` reads."""
    return tables.create_view(PROGRESS, VIEW, TABLE)
