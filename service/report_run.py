"""Runs a report as the reader: its rows, how fresh they are, and whether its identities hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier, Placeholder

from projections import runner
from projections.reporting import configure, direct_debit_rules
from projections.reporting.close import close_periods
from projections.reporting.reports import REPORTS, Report
from projections.runner import AnotherRunnerError
from service.nearest import nearest
from service.reading import only_reads, position_read, require
from service.wiring import App

Kind: TypeAlias = Literal["text", "pounds", "fraction", "number", "count"]
Row: TypeAlias = tuple[Any, ...]

_CATCH_UP_ATTEMPTS = 20  # another runner may be filling the same tables: then its work is ours
_NUMERIC, _INTEGERS = 1700, (20, 21, 23)  # the type numbers of PostgreSQL


class ReportError(ValueError):
    """The question cannot be asked so; the sentence says what to ask instead."""


@dataclass(frozen=True, slots=True)
class Question:
    """A report, from where it looks, and its own parameters by name."""

    report: Report
    as_at: date
    as_known: datetime
    unit: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    at_least: int = 0  # the position of the log that the answer must know


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the answer: its name and what its values are."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Freshness:
    """The last position that the read models have, and how many events they are behind the log.

    On a replica the log is as far as it was replayed, at `replayed_at`.
    """

    position: int
    behind: int
    replayed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BrokenIdentity:
    """An identity of the published figures that does not hold."""

    definition: str
    name: str
    unit: str
    currency: str
    left_minor: int
    right_minor: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a report says, and what it rests on."""

    question: Question
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    freshness: Freshness
    identities: int
    broken: tuple[BrokenIdentity, ...]


def find_report(name: str) -> Report:
    """The report of that name, with dashes or underscores. Raises ReportError."""
    known = {report.name: report for report in REPORTS}
    asked = name.strip().lower().replace("-", "_")
    if asked not in known:
        raise ReportError(f"there is no report {name!r}; did you mean {nearest(asked, known)}?")
    return known[asked]


def catch_up(app: App) -> None:
    """Let the read models read what is in the log; another runner may be faster.

    Where nothing can be written they are as `tallystick project` filled them.
    """
    with runner.connect(app.urls.app) as connection:
        if only_reads(connection):
            return
        direct_debit_rules.fill(connection, app.direct_debit)
        for _ in range(_CATCH_UP_ATTEMPTS):
            try:
                runner.catch_up(connection)
            except AnotherRunnerError:
                continue
            close_periods(connection)
            return


def known_now(app: App) -> datetime:
    """A moment at which everything that is in the log is known."""
    with app.store.cursor() as cursor:
        row = cursor.execute("SELECT max(sealed_at) FROM ledger.seals").fetchone()
    now = app.store.now()
    return max(now, row[0]) if row and row[0] else now


def ask(app: App, question: Question) -> Answer:
    """Run a report and the identities with it, in one snapshot.

    Raises ReportError, and NotYetError when the snapshot does not have the question's position.
    """
    last = app.store.last_position()
    with psycopg.connect(app.urls.app) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SET LOCAL ROLE tallystick_reader")
        require(connection, question.at_least)
        configure(connection)
        try:
            columns, rows = _rows(connection, question)
        except psycopg.DataError as error:
            raise ReportError(_why(error)) from error
        fresh = _freshness(connection, last)
        identities, broken = _identities(connection, question)
    return Answer(question, columns, rows, fresh, identities, broken)


def _why(error: psycopg.DataError) -> str:
    """The function's own sentence, which stands in quotes where a cast was made to fail."""
    text = error.diag.message_primary or "a value cannot be read"
    own = re.search(r'"(.+ is .+)"', text)
    return own[1] if own else text


def _rows(
    connection: Connection[Row], question: Question
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    values = {"as_at": question.as_at, "as_known": question.as_known, **question.parameters}
    cursor = connection.execute(_query(question.report, question.parameters), values)
    comments = _comments(connection, question.report)
    described = cursor.description or ()
    columns = tuple(
        Column(one.name, _kind(one.type_code, comments.get(one.name, ""))) for one in described
    )
    names = [column.name for column in columns]
    rows = cursor.fetchall()
    if question.unit is not None:
        if "unit" not in names:
            raise ReportError(f"report {question.report.name} is of the whole ledger: no --unit")
        rows = _of_unit(connection, rows, names.index("unit"), question.unit)
    keys = [index for index, column in enumerate(columns) if column.kind in ("text", "count")]
    return columns, tuple(sorted(rows, key=lambda row: _sorting(row, keys)))


def _query(report: Report, parameters: Mapping[str, str]) -> Composed:
    types = {parameter.name: parameter.sql_type for parameter in report.parameters}
    extra = [
        SQL(", {} => {}::{}").format(Identifier(name), Placeholder(name), SQL(types[name]))
        for name in parameters
    ]
    return SQL("SELECT * FROM {}(%(as_at)s, %(as_known)s{})").format(
        Identifier(*report.function.split(".")), SQL("").join(extra)
    )


def _of_unit(connection: Connection[Row], rows: Sequence[Row], at: int, unit: str) -> list[Row]:
    found = [row for row in rows if row[at] == unit]
    if found:
        return found
    cursor = connection.execute("SELECT DISTINCT unit FROM reporting.account_terms")
    units = [name for (name,) in cursor.fetchall()]
    if unit not in units and units:
        raise ReportError(f"there is no unit {unit!r}; did you mean {nearest(unit, units)}?")
    return []


def _comments(connection: Connection[Row], report: Report) -> dict[str, str]:
    cursor = connection.execute(
        "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0",
        (report.function,),
    )
    return {name: comment or "" for name, comment in cursor.fetchall()}


def _kind(type_code: int, comment: str) -> Kind:
    if type_code in _INTEGERS:
        return "count"
    if type_code != _NUMERIC:
        return "text"
    if comment.startswith("Pounds"):
        return "pounds"
    return "fraction" if "fraction of one" in comment and "days" not in comment else "number"


def _sorting(row: Row, keys: Sequence[int]) -> tuple[tuple[bool, Any], ...]:
    """By what names the row, whole numbers as numbers; what is of all units comes last."""
    return tuple((row[key] is None, 0 if row[key] is None else row[key]) for key in keys)


def _freshness(connection: Connection[Row], last: int) -> Freshness:
    position = position_read(connection)
    row = connection.execute(
        "SELECT pg_last_xact_replay_timestamp() WHERE pg_is_in_recovery()"
    ).fetchone()
    return Freshness(position, max(last - position, 0), row[0] if row else None)


def _identities(
    connection: Connection[Row], question: Question
) -> tuple[int, tuple[BrokenIdentity, ...]]:
    """How many identities were looked at, and those that do not hold; of the unit, if one."""
    cursor = connection.execute(
        "SELECT definition, name, unit, currency, left_minor, right_minor, holds"
        " FROM reporting.identities(%s, %s) WHERE %s::text IS NULL OR unit = %s"
        " ORDER BY definition, unit, currency",
        (question.as_at, question.as_known, question.unit, question.unit),
    )
    rows = cursor.fetchall()
    return len(rows), tuple(BrokenIdentity(*row[:6]) for row in rows if not row[6])
