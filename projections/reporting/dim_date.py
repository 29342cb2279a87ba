"""The calendar of the reporting schema: one row per day from 1990 to 2050.

Working days are those of `ledger.calendar`, so that a working-day age in a report and a deadline in
the ledger can never disagree.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import psycopg

from ledger.calendar import (
    bank_holidays,
    financial_year,
    financial_year_label,
    is_working_day,
)
from projections import tables
from projections.tables import Column, Table

NAME = "reporting.dim_date"
FIRST_DAY = date(1990, 1, 1)  # effective dates go back 30 years at most
LAST_DAY = date(2050, 12, 31)

DIM_DATE = Table(
    comment="Calendar from 1990 to 2050 with the council's financial year and English bank "
    "holidays, one row per day.",
    columns=(
        Column("day", "date PRIMARY KEY", "The day."),
        Column("financial_year", "text NOT NULL", "Financial year, April to March: 2025-26."),
        Column("financial_month", "smallint NOT NULL", "Month of the financial year, April is 1."),
        Column("month_on", "date NOT NULL", "First day of the calendar month."),
        Column("working_day", "boolean NOT NULL", "Monday to Friday and no bank holiday."),
        Column(
            "working_day_number",
            "integer NOT NULL",
            "Working days from 1 January 1990 up to and including the day.",
        ),
        Column("bank_holiday", "boolean NOT NULL", "English bank holiday or substitute day."),
    ),
    constraints=(),
    indexes=(),
)


class Day(NamedTuple):
    """One row of the calendar, in the order of its columns."""

    day: date
    financial_year: str
    financial_month: int
    month_on: date
    working_day: bool
    working_day_number: int
    bank_holiday: bool


def days() -> Iterator[Day]:
    """Every row of the calendar, in order."""
    number = 0
    for offset in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=offset)
        working = is_working_day(day)
        number += working
        yield Day(
            day,
            financial_year_label(financial_year(day)),
            (day.month - 4) % 12 + 1,
            day.replace(day=1),
            working,
            number,
            day in bank_holidays(day.year),
        )


def fill(connection: psycopg.Connection) -> None:
    """Make the table hold exactly `days()`.

    Bank holidays are proclaimed late and a newer holidays library may know more of them, so the
    calendar is compared in full each time and not only filled once.
    """
    wanted = [tuple(day) for day in days()]
    if connection.execute("SELECT * FROM reporting.dim_date ORDER BY day").fetchall() == wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM reporting.dim_date")
        with cursor.copy("COPY reporting.dim_date FROM STDIN") as copy:
            for row in wanted:
                copy.write_row(row)


def create_table() -> str:
    """DDL of the empty calendar."""
    return tables.create_table(DIM_DATE, NAME)
