"""Install the reporting schema: tables, calendar, figures, rights."""

from collections.abc import Mapping
from importlib.resources import files

import psycopg

from ledger.direct_debit_policy import NO_DIRECT_DEBITS
from projections import progress_table
from projections.read_models import READ_MODELS
from projections.reporting import closings, definitions, dim_date, direct_debit_rules
from projections.reporting.reports import REPORTS

READER = "tallystick_reader"
PROJECTOR = "tallystick_projector"

# For a session that asks for figures. Grouping ten million lines by account needs room for half a
# million groups, and compiling a query that takes half a second costs more than it saves.
SETTINGS: Mapping[str, str] = {"work_mem": "256MB", "jit": "off"}

# What the reports call, each before what calls it.
SUPPORT = (
    "support",
    "closed_support",
    "bank_support",
    "bank_pairs",
    "direct_debit_support",
    "standing_order_support",
    "standing_order_pairs",
)

_SCHEMAS = f"""
CREATE SCHEMA IF NOT EXISTS projection;
CREATE SCHEMA IF NOT EXISTS reporting;
COMMENT ON SCHEMA reporting IS 'Figures as at a day, as known at a moment; the contract for tools.';
GRANT USAGE, CREATE ON SCHEMA reporting, projection TO {PROJECTOR};
GRANT USAGE ON SCHEMA reporting TO {READER};
"""
_RIGHTS = f"""
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {READER};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA reporting TO {READER};
"""


def install(connection: psycopg.Connection) -> None:
    """Create or renew everything in schema `reporting`, and the tables it reads where missing.

    Idempotent; run by the migration as the owner, in one transaction. Functions and plain views are
    dropped and made again, because their columns may have changed: views that a council builds on
    them belong in a schema of its own, made after this. The views of the read models are left
    pointing where a rebuild has pointed them. Needs the roles
    `tallystick_reader` and `tallystick_projector`, and membership of the latter.
    """
    with connection.transaction():
        _run(connection, _SCHEMAS)
        # The projector owns what it fills and what a rebuild switches; the figures go with them.
        _run(connection, f"SET ROLE {PROJECTOR}")
        _install_tables(connection)
        dim_date.fill(connection)
        definitions.fill(connection)
        drop_figures(connection)
        for name in (*SUPPORT, *(report.name for report in REPORTS)):
            _run(connection, sql_text(name))
        _run(connection, _RIGHTS)
        _run(connection, "RESET ROLE")


def configure(connection: psycopg.Connection) -> None:
    """Give the session of a reporting connection the settings under which reports were measured."""
    for name, value in SETTINGS.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))


def sql_text(name: str) -> str:
    """The text of one SQL file of this package, by its name without suffix."""
    return files(__package__).joinpath(f"{name}.sql").read_text("utf-8")


def drop_figures(connection: psycopg.Connection) -> None:
    """Drop the plain views, then every function of the schema, whatever parameters it had."""
    views = ", ".join(report.function for report in REPORTS)
    _run(connection, f"DROP VIEW IF EXISTS {views}")
    functions = connection.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'reporting'::regnamespace"
    ).fetchall()
    for (function,) in functions:
        _run(connection, f"DROP ROUTINE {function}")  # functions and the one aggregate


def _install_tables(connection: psycopg.Connection) -> None:
    for model in READ_MODELS:
        if _is_missing(connection, model.view):
            if _is_missing(connection, model.name):
                _run(connection, model.create_table(model.name) + model.create_indexes(model.name))
            _run(connection, model.create_view(model.name))
    if _is_missing(connection, progress_table.TABLE):
        _run(connection, progress_table.create_table())
    _run(connection, progress_table.create_view())
    for table in (dim_date, definitions):
        if _is_missing(connection, table.NAME):
            _run(connection, table.create_table())
    if _is_missing(connection, direct_debit_rules.RULES_NAME):
        for name in direct_debit_rules.NAMES:
            _run(connection, direct_debit_rules.create_table(name))
        direct_debit_rules.fill(connection, NO_DIRECT_DEBITS)
    for name in closings.TABLES:
        if _is_missing(connection, name):
            _run(connection, closings.create_table(name))


def _is_missing(connection: psycopg.Connection, name: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NULL", (name,)).fetchone()
    return row is not None and bool(row[0])


def _run(connection: psycopg.Connection, statements: str) -> None:
    connection.execute(statements.encode())
