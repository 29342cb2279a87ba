"""What a process refuses to start on: settings under which the ledger's promises do not hold.

Each refusal names the setting and says in one sentence what mends it. The checks run as the
application's own login, over a connection of their own, and change nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row

from service.migrations import VERSION_TABLE, known_versions

POSTGRES_VERSION_MIN = 150_000
CLOCK_DIFFERENCE_MAX = timedelta(seconds=5)
APPEND_ONLY = ("events", "register", "seals", "meta")
_APP_ROLE = "tallystick_app"
_OWNER_ROLE = "tallystick_owner"
_TRUE = ("y", "yes", "t", "true", "on", "1")  # as the event-sourcing library reads them
_DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")

# By the catalogue, not by name: the bare login may not look into the schema.
_LEDGER_IS_THERE = (
    "SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'ledger' AND c.relname = 'events')"
)

_Rows = Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class StartRefusal:
    """Why a process does not start: the setting that is wrong, and what mends it."""

    setting: str
    sentence: str


def check_start(
    app_url: str, now: Callable[[], datetime], environment: Mapping[str, str]
) -> tuple[StartRefusal, ...]:
    """Everything that stands against starting; none when all is well.

    `app_url` is the application's, `now` a clock of this machine with a time zone, `environment`
    the variables of the process. Raises psycopg.OperationalError when the server is not there.
    """
    found = list(_environment(environment))
    with psycopg.connect(app_url, autocommit=True, row_factory=tuple_row) as connection:
        found += _server(connection)
        found += _clock(connection, now)
        found += _pooler(connection)
        missing = list(_migration(connection))
        found += missing or [*_triggers(connection), *_privileges(connection)]
    return tuple(found)


def _environment(environment: Mapping[str, str]) -> Iterator[StartRefusal]:
    for name, value in sorted(environment.items()):
        # The library reads its variables with any application's name in front of them.
        if name.endswith("POSTGRES_ENABLE_DB_FUNCTIONS") and value.lower() in _TRUE:
            yield StartRefusal(
                name,
                f"{name} makes events be inserted without the lock that readers rely on: unset it",
            )


def _server(connection: _Rows) -> Iterator[StartRefusal]:
    yield from version_refusals(connection.info.server_version)
    for name in _DURABILITY:
        if _value(connection, "SELECT current_setting(%s)", name) == "off":
            yield StartRefusal(
                name,
                f"{name} is off, so a power cut can lose money that was reported as posted:"
                f" set {name} = on in postgresql.conf, and for the database and its logins",
            )
    encoding = _value(connection, "SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        yield StartRefusal(
            "encoding",
            f"the database is encoded in {encoding}, which cannot hold every name:"
            " create it with ENCODING 'UTF8' and move the data",
        )


def version_refusals(server_version: int) -> tuple[StartRefusal, ...]:
    """The refusal of a server that is too old; a version is 150004 for 15.4."""
    if server_version >= POSTGRES_VERSION_MIN:
        return ()
    return (
        StartRefusal(
            "server_version",
            f"the server is PostgreSQL {server_version // 10_000}:"
            f" upgrade it to {POSTGRES_VERSION_MIN // 10_000} or later",
        ),
    )


def _clock(connection: _Rows, now: Callable[[], datetime]) -> Iterator[StartRefusal]:
    there: datetime = _value(connection, "SELECT clock_timestamp()")
    difference = now() - there
    if abs(difference) > CLOCK_DIFFERENCE_MAX:
        yield StartRefusal(
            "clock",
            f"this machine's clock differs from the database server's by"
            f" {round(difference.total_seconds())} seconds: set both by the same time servers",
        )


def _pooler(connection: _Rows) -> Iterator[StartRefusal]:
    known = connection.info.backend_pid
    connection.execute("SET application_name = 'tallystick-start-check'")
    seen = [_value(connection, "SELECT pg_backend_pid()") for _ in range(2)]
    kept = _value(connection, "SELECT current_setting('application_name')")
    if {known, *seen} != {known} or kept != "tallystick-start-check":
        yield StartRefusal(
            "connection_pooler",
            "a connection pooler stands between us and the server, so neither our role nor our"
            " locks are sure to be ours: let the URL name PostgreSQL itself",
        )


def _migration(connection: _Rows) -> Iterator[StartRefusal]:
    there = _value(connection, _LEDGER_IS_THERE)
    if not there or not _may_act(connection):
        yield StartRefusal(
            "migration",
            "this database holds no ledger that this login may use: run `tallystick migrate`",
        )
        return
    connection.execute(f"SET ROLE {_APP_ROLE}")
    version = _value(connection, f"SELECT max(version_num) FROM {VERSION_TABLE}")  # noqa: S608 - our own constant
    connection.execute("RESET ROLE")
    known = known_versions()
    if version not in known:
        yield StartRefusal(
            "migration",
            f"the database was migrated to {version} by a newer Tallystick: install that one",
        )
    elif version != known[0]:
        yield StartRefusal(
            "migration", f"the database is at {version}, not {known[0]}: run `tallystick migrate`"
        )


def _may_act(connection: _Rows) -> bool:
    query = (
        "SELECT coalesce((SELECT pg_has_role(session_user, oid, 'MEMBER') FROM pg_roles"
        " WHERE rolname = %s), false)"
    )
    return bool(_value(connection, query, _APP_ROLE))


def _triggers(connection: _Rows) -> Iterator[StartRefusal]:
    rows = connection.execute(
        "SELECT c.relname, count(t.oid) FROM pg_class c JOIN pg_namespace n ON n.oid ="
        " c.relnamespace LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgenabled = 'A'"
        " AND t.tgname IN ('no_update_delete', 'no_truncate')"
        " WHERE n.nspname = 'ledger' AND c.relname = ANY(%s) GROUP BY 1 ORDER BY 1",
        (list(APPEND_ONLY),),
    ).fetchall()
    for table, triggers in rows:
        if triggers != 2:
            yield StartRefusal(
                "append_only_triggers",
                f"the triggers that keep ledger.{table} append-only are missing or disabled: find"
                " out who did that, run `tallystick verify`, then restore and ENABLE ALWAYS them",
            )


def _privileges(connection: _Rows) -> Iterator[StartRefusal]:
    if _value(connection, "SELECT pg_has_role(session_user, %s, 'MEMBER')", _OWNER_ROLE):
        yield StartRefusal(
            "application_login",
            "the application's login is a superuser or a member of the owner's role:"
            " give it a login of its own, as `tallystick migrate` makes one",
        )
        return
    rows = connection.execute(
        "SELECT w.name, c.relname, p.name"
        " FROM (SELECT %s::name UNION SELECT session_user) AS w(name), pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace,"
        " unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p(name)"
        " WHERE n.nspname = 'ledger' AND c.relname = ANY(%s)"
        " AND (has_table_privilege(w.name, c.oid, p.name)"
        " OR (p.name = 'UPDATE' AND has_any_column_privilege(w.name, c.oid, 'UPDATE')))"
        " ORDER BY 1, 2, 3",
        (_APP_ROLE, list(APPEND_ONLY)),
    ).fetchall()
    for role, table, privilege in rows:
        yield StartRefusal(
            "application_privileges",
            f"{role} may {privilege} ledger.{table}:"
            f" REVOKE {privilege} ON ledger.{table} FROM {role} (or from the role it has it by)",
        )


def _value(connection: _Rows, query: str, *arguments: object) -> Any:  # noqa: ANN401 - SQL decides
    row = connection.execute(query, arguments or None).fetchone()
    return row[0] if row is not None else None
