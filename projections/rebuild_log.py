"""Every rebuild that was switched to: when, how far, and what was accepted to differ, and why.

Not a read model: nothing in the log says that somebody rebuilt, so it is kept through rebuilds.
"""

from typing import Any

from psycopg import Connection

from projections import tables
from projections.tables import Column, Table

TABLE = "projection.rebuilds"

REBUILDS = Table(
    comment="Every rebuild of the read models that was switched to, one row each.",
    columns=(
        Column("rebuilt_at", "timestamptz PRIMARY KEY", "Moment of the switch, server's clock."),
        Column("position", "bigint NOT NULL", "Last position of the log that was folded."),
        Column("code", "text NOT NULL", "Digest of the code that folded it."),
        Column("cells_compared", "bigint NOT NULL", "Cells of figures that were compared."),
        Column("differences", "bigint NOT NULL", "Cells and rows that were not the same."),
        Column("accepted_reason", "text", "Why differences were accepted; NULL without any."),
    ),
    constraints=("CHECK (differences = 0 OR accepted_reason IS NOT NULL)",),
    indexes=(),
)


def record(
    connection: Connection[Any], position: int, code: str, cells: int, differences: int, why: str
) -> None:
    """Add a row for the switch that the open transaction makes; `why` is empty without need."""
    row = connection.execute("SELECT to_regclass(%s) IS NULL", (TABLE,)).fetchone()
    if row is not None and row[0]:
        connection.execute(tables.create_table(REBUILDS, TABLE).encode())
    connection.execute(
        "INSERT INTO projection.rebuilds VALUES (clock_timestamp(), %s, %s, %s, %s, %s)",
        (position, code, cells, differences, why if differences else None),
    )
