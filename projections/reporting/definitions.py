"""Every definition that a figure can name, with its formula and where it comes from.

A changed formula is a new version with a new row; a published id never changes its meaning.
"""

from dataclasses import astuple

import psycopg

from projections import tables
from projections.reporting.definition import Definition
from projections.reporting.definitions_of_cash import OF_CASH
from projections.reporting.definitions_of_debt import OF_DEBT
from projections.reporting.definitions_of_direct_debits import OF_DIRECT_DEBITS
from projections.reporting.definitions_of_identities import OF_IDENTITIES
from projections.reporting.definitions_of_standing_orders import OF_STANDING_ORDERS
from projections.tables import Column, Table

NAME = "reporting.definitions"

DEFINITIONS_TABLE = Table(
    comment="What each definition id of a figure means, one row per id and version.",
    columns=(
        Column("definition", "text PRIMARY KEY", "Definition id and version, such as DD-1.v1."),
        Column("title", "text NOT NULL", "Name in words."),
        Column("formula", "text NOT NULL", "How the figure is computed."),
        Column("measured_in", "text NOT NULL", "Unit of the figure: pounds, days or a fraction."),
        Column("source", "text NOT NULL", "Where the definition comes from."),
    ),
    constraints=(),
    indexes=(),
)

DEFINITIONS: tuple[Definition, ...] = (
    *OF_DEBT,
    *OF_CASH,
    *OF_DIRECT_DEBITS,
    *OF_STANDING_ORDERS,
    *OF_IDENTITIES,
)


def create_table() -> str:
    """DDL of the empty table of definitions."""
    return tables.create_table(DEFINITIONS_TABLE, NAME)


def fill(connection: psycopg.Connection) -> None:
    """Make the table hold exactly `DEFINITIONS`."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM reporting.definitions")
        with cursor.copy("COPY reporting.definitions FROM STDIN") as copy:
            for definition in DEFINITIONS:
                copy.write_row(astuple(definition))
