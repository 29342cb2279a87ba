"""Compares the live read models with rebuilt ones: every row, and every cell of every report.

Both sides must stand at the same position and must not move meanwhile; the caller sees to that.
A difference names its cell, so that a person can say why it is there before anything is switched.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from ledger.calendar import financial_year
from projections.reporting.reports import REPORTS

DIFFERENCES_MAX = 500  # kept of one rebuild; when everything is wrong, no longer list helps

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A day and a moment: figures as at the day, as known at the moment."""

    as_at: date
    as_known: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell that is not the same on both sides; `column` is empty when the whole row is.

    `where` is a report or a read model; `viewpoint` is None for the rows of a read model. A side
    that has no such row is None.
    """

    where: str
    viewpoint: Viewpoint | None
    row: str
    column: str
    live: str | None
    rebuilt: str | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Every report from every viewpoint, as the tables stood when they were read."""

    rows: Mapping[tuple[str, Viewpoint], tuple[Row, ...]]

    @property
    def cells(self) -> int:
        """How many cells there are to compare."""
        return sum(len(row) for rows in self.rows.values() for row in rows)


def viewpoints(
    today: date, now: datetime, earlier: datetime | None = None
) -> tuple[Viewpoint, ...]:
    """Today, the last month's end and the last financial year's end; as known now and earlier."""
    last_month = date(today.year, today.month, 1).toordinal() - 1
    days = (today, date.fromordinal(last_month), date(financial_year(today), 3, 31))
    moments = (now,) if earlier is None else (now, earlier)
    return tuple(Viewpoint(day, moment) for day in days for moment in moments)


def read_figures(connection: Connection[Any], points: Sequence[Viewpoint]) -> Figures:
    """Run every report from every viewpoint, with the reader's rights, in a transaction."""
    found: dict[tuple[str, Viewpoint], tuple[Row, ...]] = {}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SET LOCAL ROLE tallystick_reader")
        for report in REPORTS:
            query = SQL("SELECT * FROM {}(%s, %s)").format(Identifier(*report.function.split(".")))
            for point in points:
                cursor.execute(query, (point.as_at, point.as_known))
                found[report.name, point] = tuple(cursor.fetchall())
        cursor.execute("SET LOCAL ROLE tallystick_projector")
    return Figures(found)


def differing_cells(live: Figures, rebuilt: Figures) -> Iterator[Difference]:
    """Every cell that is not the same in two sets of figures."""
    for (name, point), rows in live.rows.items():
        mine, theirs = _by_key(rows), _by_key(rebuilt.rows[name, point])
        for key in sorted({*mine, *theirs}):
            yield from _of_row(name, point, key, mine.get(key), theirs.get(key))


def _of_row(
    name: str, point: Viewpoint, key: str, live: Row | None, rebuilt: Row | None
) -> Iterator[Difference]:
    if live is None or rebuilt is None:
        yield Difference(name, point, key, "", _text(live), _text(rebuilt))
        return
    for column, value in live.items():
        if value != rebuilt[column]:
            yield Difference(name, point, key, column, str(value), str(rebuilt[column]))


def _text(row: Row | None) -> str | None:
    if row is None:
        return None
    return ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)


def _by_key(rows: Sequence[Row]) -> dict[str, Row]:
    """Rows under what names them: every value that is no figure; equal names are counted."""
    seen: dict[str, int] = defaultdict(int)
    keyed = {}
    for row in rows:
        names = [str(value) for value in row.values() if _names(value)]
        key = " / ".join(names)
        seen[key] += 1
        keyed[key if seen[key] == 1 else f"{key} ({seen[key]})"] = row
    return keyed


def _names(value: object) -> bool:
    return value is not None and not isinstance(value, Decimal | int | datetime)


def differing_rows(
    connection: Connection[Any], model: str, columns: Sequence[str], live: str, rebuilt: str
) -> Iterator[Difference]:
    """The rows that are in one of two tables only, by EXCEPT both ways.

    `live` and `rebuilt` are `schema.table`; `columns` are those that both have, position first.
    """
    for one, other, is_live in ((live, rebuilt, True), (rebuilt, live, False)):
        cursor = connection.execute(
            SQL("SELECT {c} FROM {a} EXCEPT SELECT {c} FROM {b} ORDER BY 1 LIMIT {n}").format(
                c=SQL(", ").join(map(Identifier, columns)),
                a=Identifier(*one.split(".")),
                b=Identifier(*other.split(".")),
                n=DIFFERENCES_MAX,
            )
        )
        for row in cursor.fetchall():
            text = _text(dict(zip(columns, row, strict=True)))
            where = f"position {row[0]}"
            sides = (text, None) if is_live else (None, text)
            yield Difference(model, None, where, "", *sides)
