"""Compares the live read models with rebuilt ones: every row, and every cell of every report.

Figures are compared from the same position on both sides; the caller sees to that. Rows are never
changed, so those up to a position can be compared while more are added.
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
BLOCK_POSITIONS = 10_000  # of the log, whose rows are compared by one sum before they are by row

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


def read_figures(
    connection: Connection[Any], points: Sequence[Viewpoint], schema: str = "reporting"
) -> Figures:
    """Run every report from every viewpoint, by the functions of a schema, in a transaction."""
    found: dict[tuple[str, Viewpoint], tuple[Row, ...]] = {}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        for report in REPORTS:
            query = SQL("SELECT * FROM {}(%s, %s)").format(Identifier(schema, report.name))
            for point in points:
                cursor.execute(query, (point.as_at, point.as_known))
                found[report.name, point] = tuple(cursor.fetchall())
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


@dataclass(frozen=True, slots=True)
class Sides:
    """A read model's live and rebuilt table as `schema.table`, and the columns that both have."""

    model: str
    columns: Sequence[str]
    live: str
    rebuilt: str


def differing_rows(
    connection: Connection[Any], sides: Sides, after: int, last: int
) -> Iterator[Difference]:
    """The rows of some positions that are in one of two tables only, or not as often in both.

    Blocks of positions are compared by the number of their rows and the sum of the rows' hashes, in
    one pass over each table; the rows of a block that differs are compared by EXCEPT both ways.
    """
    for block in _differing_blocks(connection, sides, after, last):
        begin = max(after, block * BLOCK_POSITIONS - 1)
        end = min(last, (block + 1) * BLOCK_POSITIONS - 1)
        yield from _rows_of_block(connection, sides, begin, end)


def _differing_blocks(
    connection: Connection[Any], sides: Sides, after: int, last: int
) -> Sequence[int]:
    sums = (
        "SELECT position / {size} AS block, count(*) AS n,"
        " sum(hash_record_extended(ROW({c}), 0)) AS total FROM {t}"
        " WHERE position > {after} AND position <= {last} GROUP BY 1"
    )
    columns = SQL(", ").join(map(Identifier, sides.columns))
    of_live, of_rebuilt = (
        SQL(sums).format(
            size=BLOCK_POSITIONS,
            c=columns,
            t=Identifier(*table.split(".")),
            after=after,
            last=last,
        )
        for table in (sides.live, sides.rebuilt)
    )
    query = SQL(
        "SELECT block FROM ({}) AS l FULL JOIN ({}) AS r USING (block)"
        " WHERE (l.n, l.total) IS DISTINCT FROM (r.n, r.total) ORDER BY block LIMIT {}"
    ).format(of_live, of_rebuilt, DIFFERENCES_MAX)
    return [block for (block,) in connection.execute(query).fetchall()]


def _rows_of_block(
    connection: Connection[Any], sides: Sides, after: int, last: int
) -> Iterator[Difference]:
    for one, other, is_live in (
        (sides.live, sides.rebuilt, True),
        (sides.rebuilt, sides.live, False),
    ):
        cursor = connection.execute(
            SQL(
                "SELECT {c} FROM {a} WHERE position > {after} AND position <= {last} EXCEPT ALL"
                " SELECT {c} FROM {b} WHERE position > {after} AND position <= {last}"
                " ORDER BY 1 LIMIT {n}"
            ).format(
                c=SQL(", ").join(map(Identifier, sides.columns)),
                a=Identifier(*one.split(".")),
                b=Identifier(*other.split(".")),
                after=after,
                last=last,
                n=DIFFERENCES_MAX,
            )
        )
        for row in cursor.fetchall():
            text = _text(dict(zip(sides.columns, row, strict=True)))
            where = f"position {row[0]}"
            mine = (text, None) if is_live else (None, text)
            yield Difference(sides.model, None, where, "", *mine)
