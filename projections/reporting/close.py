"""Makes, checks and drops the closings that figures over a long history start from."""

from collections.abc import Mapping
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

from projections.reporting.closings import TABLES

STEP_POSITIONS = 1_000_000  # of the log, from one closing to the next
_CLOSING_LOCK = 0x7A11_5C10  # one process at a time makes closings in a database

_NEXT = """
SELECT coalesce(k.closing, 0) + 1, reporting.day_of(m.recorded_at) - 1, m.position, m.recorded_at,
    coalesce(k.position, 0)
FROM (SELECT max(c.closing) AS closing, max(c.position) AS position FROM reporting.closings AS c)
    AS k
CROSS JOIN LATERAL (
    SELECT x.position, x.recorded_at FROM reporting.movements AS x
    WHERE x.position >= coalesce(k.position, 0) + %s ORDER BY x.position LIMIT 1
) AS m
"""
_OF_ITEM = SQL("m.unit, m.account, m.debt_type, m.currency, m.service, m.item")
# An item is kept with all its lines as soon as one of its sums is open: of a debt type, a due date.
_LINES = """
INSERT INTO {closed_lines} (closing, effective_on, amount_minor, invoiced_on, due_on,
    received_on, instalment, is_first, unit, account, debt_type, currency, service, item, control,
    kind)
WITH known AS NOT MATERIALIZED (
    SELECT x.* FROM reporting.movements AS x WHERE x.position <= {position}
),
still_open AS MATERIALIZED (
    SELECT DISTINCT f.unit, f.account, f.item, f.part
    FROM (
        SELECT m.unit, m.account, m.item, coalesce(m.instalment, 0) AS part
        FROM known AS m
        WHERE m.control = 'debtors' AND m.effective_on <= {closed_on}
        GROUP BY {of_item}, coalesce(m.instalment, 0), m.invoiced_on, m.due_on
        HAVING sum(m.amount_minor) <> 0
    ) AS f
)
SELECT {closing}, {closed_on}, sum(m.amount_minor), m.invoiced_on, m.due_on, NULL::date,
    m.instalment, true, {of_item}, m.control, m.kind
FROM known AS m
JOIN still_open AS o ON o.unit = m.unit AND o.account = m.account AND o.item = m.item
    AND o.part = coalesce(m.instalment, 0)
WHERE m.control = 'debtors' AND m.effective_on <= {closed_on}
GROUP BY {of_item}, m.instalment, m.invoiced_on, m.due_on, m.control, m.kind
UNION ALL
SELECT {closing}, m.effective_on, sum(m.amount_minor), m.invoiced_on, m.due_on,
    CASE WHEN m.kind = 'received' THEN m.effective_on END, m.instalment, m.kind = 'billed',
    {of_item}, m.control, m.kind
FROM known AS m
WHERE m.control IN ('debtors', 'unapplied') AND m.effective_on > {closed_on}
GROUP BY {of_item}, m.instalment, m.invoiced_on, m.due_on, m.control, m.kind, m.effective_on
UNION ALL
SELECT {closing}, {closed_on},
    coalesce(sum(m.amount_minor) FILTER (WHERE m.control = 'unapplied'), 0), NULL, NULL,
    max(m.effective_on) FILTER (WHERE m.kind = 'received'), NULL, false, m.unit, m.account,
    m.debt_type, m.currency, NULL, NULL,
    CASE WHEN bool_or(m.control = 'unapplied') THEN 'unapplied' ELSE 'account' END,
    'brought_forward'
FROM known AS m
WHERE m.control IN ('debtors', 'unapplied') AND m.effective_on <= {closed_on}
GROUP BY m.unit, m.account, m.debt_type, m.currency
UNION ALL
SELECT DISTINCT {closing}, {closed_on}, 0::bigint, NULL::date, NULL::date, NULL::date,
    NULL::smallint, false, m.unit, NULL, m.debt_type, m.currency, m.service, NULL, 'debtors',
    'brought_forward'
FROM known AS m
WHERE m.control = 'debtors' AND m.effective_on <= {closed_on}
"""
_DAYS = """
INSERT INTO {closed_days} (closing, effective_on, amount_minor, unit, currency, control, kind)
SELECT {closing}, m.effective_on, sum(m.amount_minor), m.unit, m.currency, m.control, m.kind
FROM reporting.movements AS m
WHERE m.position > {after} AND m.position <= {position}
GROUP BY m.unit, m.currency, m.control, m.kind, m.effective_on
"""
_POSTINGS = """
INSERT INTO {closed_postings} (closing, effective_on, amount_minor, unit, currency, gl_account,
    service)
SELECT {closing}, p.effective_on, sum(p.amount_minor), p.unit, p.currency, p.gl_account, p.service
FROM reporting.postings AS p
WHERE p.position > {after} AND p.position <= {position}
GROUP BY p.unit, p.currency, p.gl_account, p.service, p.effective_on, p.amount_minor > 0
"""


def close_periods(
    connection: Connection[tuple[Any, ...]], step_positions: int = STEP_POSITIONS
) -> int:
    """Make every closing that is due, each in a transaction of its own; how many were made.

    `connection` is the projector's, in autocommit. Does nothing while another process is at it.
    """
    made = 0
    while _close_next(connection, step_positions):
        made += 1
    if made:
        for name in TABLES:
            connection.execute(SQL("ANALYZE {}").format(_identifier(name)))
    return made


def forget_closings(connection: Connection[tuple[Any, ...]]) -> None:
    """Drop all closings: figures are computed from the movements alone until new ones are made.

    In an open transaction nobody else makes closings until it ends.
    """
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_CLOSING_LOCK,))
    # DELETE and not TRUNCATE: a reader that still sees a closing must see its lines too.
    for name in TABLES:
        connection.execute(SQL("DELETE FROM {}").format(_identifier(name)))


def wrong_closings(connection: Connection[tuple[Any, ...]]) -> list[int]:
    """Compute every closing again from the movements; the numbers of those that differ."""
    wrong, after = [], 0
    for closing, closed_on, position, _ in connection.execute(
        "SELECT closing, closed_on, position, recorded_at FROM reporting.closings ORDER BY closing"
    ).fetchall():
        with connection.transaction(force_rollback=True):
            if _differs(connection, _values(closing, closed_on, position, after)):
                wrong.append(closing)
        after = position
    return wrong


def _close_next(connection: Connection[tuple[Any, ...]], step_positions: int) -> bool:
    with connection.transaction():
        row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (_CLOSING_LOCK,))
        if not row.fetchall()[0][0]:
            return False
        due = connection.execute(_NEXT, (step_positions,)).fetchone()
        if due is None:
            return False
        closing, closed_on, position, recorded_at, after = due
        # The planner takes what is known at a position for few lines, and would look each up.
        connection.execute("SET LOCAL work_mem = '256MB'; SET LOCAL enable_nestloop = off")
        _fill(connection, _values(closing, closed_on, position, after), TABLES_OF_SUMS)
        connection.execute(
            "INSERT INTO reporting.closings (closing, closed_on, position, recorded_at)"
            " VALUES (%s, %s, %s, %s)",
            (closing, closed_on, position, recorded_at),
        )
    return True


TABLES_OF_SUMS: Mapping[str, str] = {
    name.removeprefix("reporting."): name for name in TABLES if name != "reporting.closings"
}


def _values(closing: int, closed_on: object, position: int, after: int) -> dict[str, Literal]:
    named = {"closing": closing, "closed_on": closed_on, "position": position, "after": after}
    return {name: Literal(value) for name, value in named.items()}


def _fill(
    connection: Connection[tuple[Any, ...]], values: Mapping[str, Literal], names: Mapping[str, str]
) -> None:
    targets = {short: _identifier(name) for short, name in names.items()}
    for statement in (_LINES, _DAYS, _POSTINGS):
        connection.execute(SQL(statement).format(of_item=_OF_ITEM, **values, **targets))


def _differs(connection: Connection[tuple[Any, ...]], values: Mapping[str, Literal]) -> bool:
    again = {short: f"pg_temp.{short}" for short in TABLES_OF_SUMS}
    for short, name in TABLES_OF_SUMS.items():
        connection.execute(
            SQL("CREATE TEMPORARY TABLE {} (LIKE {})").format(Identifier(short), _identifier(name))
        )
    _fill(connection, values, again)
    for short, name in TABLES_OF_SUMS.items():
        found = connection.execute(
            SQL(
                "(SELECT * FROM {kept} WHERE closing = {closing} EXCEPT ALL SELECT * FROM {again})"
                " UNION ALL (SELECT * FROM {again} EXCEPT ALL"
                " SELECT * FROM {kept} WHERE closing = {closing}) LIMIT 1"
            ).format(
                kept=_identifier(name),
                again=Identifier("pg_temp", short),
                closing=values["closing"],
            )
        )
        if found.fetchone() is not None:
            return True
    return False


def _identifier(name: str) -> Identifier:
    return Identifier(*name.split("."))
