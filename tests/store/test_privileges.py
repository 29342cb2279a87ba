"""Each role may do what it needs and nothing else; append-only holds even for a superuser."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg import sql

from ledger.checks import verify
from ledger.store import Store
from service.embedded_database import EmbeddedDatabase

Desk: TypeAlias = Any  # conftest's, which a test cannot import
As: TypeAlias = Callable[[str], psycopg.Connection[Any]]

APPEND_ONLY = ("events", "register", "seals", "meta")
WRITES = {
    "UPDATE": "UPDATE {table} SET {column} = {column}",
    "DELETE": "DELETE FROM {table}",
    "TRUNCATE": "TRUNCATE {table}",
}
COLUMN = {
    "events": "topic",
    "register": "holder",
    "seals": "root",
    "meta": "sandbox",
    "streams": "name",
    "positions": "fingerprint",
}
READERS_OF_LEDGER = ("tallystick_projector", "tallystick_auditor")


@pytest.fixture
def acting(database: EmbeddedDatabase, desk: Desk) -> Iterator[As]:
    """Connections of the application's login that took a role; the ledger has events."""
    desk.open("1")
    opened: list[psycopg.Connection[Any]] = []

    def connect(role: str) -> psycopg.Connection[Any]:
        connection = psycopg.connect(database.app_url, autocommit=True)
        opened.append(connection)
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        return connection

    yield connect
    for connection in opened:
        connection.close()


def statement(kind: str, table: str) -> bytes:
    text = WRITES[kind].format(table=f"ledger.{table}", column=COLUMN[table])
    return text.encode()


def denied(connection: psycopg.Connection[Any], query: bytes | str) -> bool:
    try:
        connection.execute(query.encode() if isinstance(query, str) else query)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def test_the_application_may_not_change_what_was_recorded(acting: As) -> None:
    application = acting("tallystick_app")
    for table in APPEND_ONLY:
        for kind in WRITES:
            assert denied(application, statement(kind, table)), (kind, table)


OUT_OF_ROLE = (
    "DELETE FROM ledger.streams",
    "TRUNCATE ledger.streams",
    "DELETE FROM ledger.positions",
    "INSERT INTO ledger.meta (sandbox) VALUES (true)",
    "DROP TABLE ledger.events",
    "ALTER TABLE ledger.events ADD COLUMN x int",
    "ALTER TABLE ledger.events DISABLE TRIGGER ALL",
    "DROP TRIGGER no_update_delete ON ledger.events",
    "CREATE TABLE ledger.mine (x int)",
    "CREATE TABLE public.mine (x int)",
    "CREATE SCHEMA mine",
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION ledger.forbid() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
    "SET ROLE tallystick_owner",
    "CREATE ROLE mine",
    "COPY ledger.events TO PROGRAM 'cat'",
    "INSERT INTO reporting.movements DEFAULT VALUES",
)


def test_the_application_may_not_step_out_of_its_role(acting: As) -> None:
    application = acting("tallystick_app")
    for query in OUT_OF_ROLE:
        assert denied(application, query), query


def test_the_application_may_do_what_an_append_needs(acting: As) -> None:
    """The control of the two tests above: they do not pass because everything is denied."""
    connection = acting("tallystick_app")
    for query in (
        "SELECT * FROM ledger.events",
        "INSERT INTO ledger.register VALUES ('message', 'm', '', '', 1)",
        "UPDATE ledger.streams SET name = name",
        "INSERT INTO parties.keys VALUES (gen_random_uuid(), '')",
    ):
        assert not denied(connection, query), query


def test_the_reader_reads_reporting_and_nothing_else(acting: As) -> None:
    reader = acting("tallystick_reader")
    assert not denied(reader, "SELECT * FROM reporting.movements")
    for table in (
        *(f"ledger.{name}" for name in COLUMN),
        "parties.keys",
        "parties.records",
        "public.schema_version",
    ):
        assert denied(reader, f"TABLE {table}"), table
    assert denied(reader, "DELETE FROM reporting.movements")
    assert denied(reader, "CREATE TABLE reporting.mine (x int)")
    visible = reader.execute(
        "SELECT DISTINCT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'v', 'm') AND has_schema_privilege(n.oid, 'USAGE')"
        " AND has_table_privilege(c.oid, 'SELECT')"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    assert visible == [("reporting",)]


def test_the_projector_writes_nothing_in_the_ledger(acting: As) -> None:
    projector = acting("tallystick_projector")
    for table in COLUMN:
        for kind in WRITES:
            assert denied(projector, statement(kind, table)), (kind, table)
        assert denied(projector, f"INSERT INTO ledger.{table} TABLE ledger.{table}"), table


def test_the_projector_sees_the_log_and_no_personal_data(acting: As) -> None:
    projector = acting("tallystick_projector")
    assert not denied(projector, "SELECT * FROM ledger.events")
    assert denied(projector, "SELECT * FROM parties.records")
    assert denied(projector, "SELECT * FROM parties.keys")


def test_the_auditor_reads_all_of_the_ledger_and_no_personal_data(acting: As) -> None:
    auditor = acting("tallystick_auditor")
    for table in COLUMN:
        assert not denied(auditor, f"TABLE ledger.{table}"), table
        for kind in WRITES:
            assert denied(auditor, statement(kind, table)), (table, kind)
    assert denied(auditor, "SELECT * FROM parties.records")
    assert denied(auditor, "SELECT * FROM parties.keys")


def test_the_auditor_can_verify_the_whole_ledger(database: EmbeddedDatabase, acting: As) -> None:
    store = Store(database.app_url, role="tallystick_auditor")
    try:
        assert verify(store) == ()
    finally:
        store.close()


def test_the_login_without_a_role_may_do_nothing(database: EmbeddedDatabase, acting: As) -> None:
    with psycopg.connect(database.app_url, autocommit=True) as bare:
        for table in ("ledger.events", "parties.records", "reporting.movements"):
            assert denied(bare, f"TABLE {table}"), table


@pytest.mark.parametrize("replica", [False, True], ids=["superuser", "replica"])
def test_triggers_stop_even_a_superuser(
    owner: psycopg.Connection[Any], desk: Desk, *, replica: bool
) -> None:
    desk.open("1")
    if replica:
        owner.execute("SET session_replication_role = replica")
    for table in APPEND_ONLY:
        for kind in WRITES:
            with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
                owner.execute(statement(kind, table))


def test_triggers_stop_the_owner_of_the_tables(owner: psycopg.Connection[Any], desk: Desk) -> None:
    desk.open("1")
    owner.execute("SET ROLE tallystick_owner")
    for table in APPEND_ONLY:
        for kind in WRITES:
            with pytest.raises(psycopg.errors.RestrictViolation):
                owner.execute(statement(kind, table))


def test_ordinary_triggers_would_not_stop_a_replica(
    owner: psycopg.Connection[Any], desk: Desk
) -> None:
    """The control: with ENABLE instead of ENABLE ALWAYS the superuser gets through."""
    desk.open("1")
    owner.execute("ALTER TABLE ledger.register ENABLE TRIGGER no_update_delete")
    owner.execute("SET session_replication_role = replica")
    assert owner.execute("DELETE FROM ledger.register").rowcount > 0
