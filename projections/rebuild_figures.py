"""The figures over the new tables of a rebuild, before any reader sees them.

Every function of schema `reporting` is made a second time among the session's temporary objects,
reading the new tables. So the figures of both sides can be computed while readers and the live
runner go on, and nothing is left when the session ends.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL

from projections import tables
from projections.read_models import READ_MODELS
from projections.reporting import closings, definitions, dim_date, direct_debit_rules
from projections.reporting.install import SUPPORT, sql_text
from projections.reporting.reports import REPORTS

SCHEMA = "pg_temp"
_OF_REPORTING = re.compile(r"\breporting\.([a-z_]+)")
# What no rebuild makes anew is read where it is.
_SHARED = frozenset({dim_date.NAME, definitions.NAME, *direct_debit_rules.NAMES})


@contextmanager
def figures_over(
    connection: Connection[Any], targets: Mapping[str, str], position: int
) -> Iterator[str]:
    """The schema whose functions read the new tables, which stand at a position."""
    connection.execute("DISCARD TEMP")
    with connection.transaction():
        _progress(connection, position)
        for model in READ_MODELS:
            view = tables.create_view(model.table, _instead(model.view), targets[model.name])
            connection.execute(view.encode())
        for closing in closings.TABLES:  # none: figures of new tables start from no old sum
            connection.execute(
                f"CREATE TEMPORARY TABLE {_short(closing)} (LIKE {closing})".encode()
            )
        for name in (*SUPPORT, *(report.name for report in REPORTS)):
            connection.execute(_OF_REPORTING.sub(_named, sql_text(name)).encode())
    try:
        yield SCHEMA
    finally:
        if not connection.broken:
            connection.execute("DISCARD TEMP")


def _progress(connection: Connection[Any], position: int) -> None:
    """The progress that the live tables had at the position; they may be further by now."""
    connection.execute(
        SQL(
            "CREATE TEMPORARY VIEW progress AS SELECT p.projection, {n}::bigint AS position,"
            " (SELECT recorded_at FROM ledger.events WHERE notification_id = {n}) AS recorded_at"
            " FROM projection.progress AS p"
        ).format(n=position)
    )


def _named(found: re.Match[str]) -> str:
    return _instead(found[0])


def _instead(name: str) -> str:
    return name if name in _SHARED else f"{SCHEMA}.{_short(name)}"


def _short(name: str) -> str:
    return name.partition(".")[2]
