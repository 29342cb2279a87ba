"""Each role tries everything on every relation of the catalogue: what is not granted is denied.

Nothing is taken from a list of tables: what a database holds is asked of pg_catalog, so a table, a
function or a grant that is new and not in the expectations below fails here.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg import sql

from projections import progress_table, rebuild_log
from projections.read_models import READ_MODELS
from projections.reporting import closings, direct_debit_rules
from projections.reporting.reports import REPORTS
from service.embedded_database import EmbeddedDatabase

Rows: TypeAlias = psycopg.Connection[Any]

SCHEMAS = ("ledger", "parties", "evidence", "projection", "reporting", "public")
NOBODY = "nobody in particular"
ROLES = (
    "tallystick_app",
    "tallystick_projector",
    "tallystick_reader",
    "tallystick_auditor",
    NOBODY,
)
READ = frozenset({"SELECT", "COPY TO"})
INSERT = frozenset({"INSERT", "COPY FROM"})
UPDATE = frozenset({"UPDATE"})
DELETE = frozenset({"DELETE"})
NONE = frozenset[str]()

ATTEMPTS = {
    "SELECT": "SELECT * FROM {table} LIMIT 1",
    "INSERT": "INSERT INTO {table} DEFAULT VALUES",
    "UPDATE": "UPDATE {table} SET {column} = NULL WHERE false",
    "DELETE": "DELETE FROM {table} WHERE false",
    "TRUNCATE": "TRUNCATE {table}",
    "ALTER": "ALTER TABLE {table} ADD COLUMN intruder int",
    "DROP": "DROP TABLE {table} CASCADE",
    "TRIGGER": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "NEW TRIGGER": "CREATE TRIGGER intruder BEFORE INSERT ON {table}"
    " EXECUTE FUNCTION ledger.forbid()",
    "RULE": "CREATE RULE intruder AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "GRANT": "GRANT ALL ON {table} TO PUBLIC",
    "OWNER": "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "DO": "DO $do$ BEGIN DELETE FROM {table} WHERE false; END $do$",
    "COPY TO": "COPY (TABLE {table} LIMIT 1) TO STDOUT",
    "COPY FROM": "COPY {table} FROM STDIN",
}
ALL = frozenset(ATTEMPTS)
# By its kind a thing that cannot be done to this relation at all: as good as denied.
IMPOSSIBLE = ("42809", "0A000", "55000")
NOTHING_GRANTED = "01007"  # a GRANT by somebody who may not grant is only a warning

_OF_THE_LEDGER: dict[str, dict[str, frozenset[str]]] = {
    "ledger.events": {"app": READ | INSERT, "projector": READ, "auditor": READ},
    "ledger.register": {"app": READ | INSERT, "auditor": READ},
    "ledger.seals": {"app": READ | INSERT, "projector": READ, "auditor": READ},
    "ledger.streams": {"app": READ | INSERT | UPDATE, "projector": READ, "auditor": READ},
    "ledger.positions": {"app": READ | INSERT | UPDATE, "projector": READ, "auditor": READ},
    "ledger.meta": {"app": READ, "projector": READ, "auditor": READ},
    "parties.keys": {"app": READ | INSERT | UPDATE | DELETE | {"DO"}},
    "parties.records": {"app": READ | INSERT | UPDATE | DELETE | {"DO"}},
    "evidence.files": {"app": READ | INSERT | DELETE | {"DO"}},
    "evidence.bank_lines": {"app": READ | INSERT | DELETE | {"DO"}},
    "public.schema_version": {"app": READ},
}
_IN_PROJECTION = {
    *(model.name for model in READ_MODELS),
    progress_table.TABLE,
    rebuild_log.TABLE,
}
_IN_REPORTING = {
    *(model.view for model in READ_MODELS),
    *(f"reporting.{report.name}" for report in REPORTS),
    progress_table.VIEW,
    "reporting.dim_date",
    "reporting.definitions",
    *direct_debit_rules.NAMES,
    *closings.TABLES,
}


def expected(relation: str, role: str) -> frozenset[str] | None:
    """What a role may do to a relation; None for a relation that nobody has thought of."""
    short = role.removeprefix("tallystick_")
    if relation in _OF_THE_LEDGER:
        return _OF_THE_LEDGER[relation].get(short, NONE)
    if relation in _IN_PROJECTION:
        return {"projector": ALL, "app": READ, "auditor": READ}.get(short, NONE)
    if relation in _IN_REPORTING:
        return ALL if short == "projector" else NONE if role == NOBODY else READ
    return None


@pytest.fixture
def owner(database: EmbeddedDatabase) -> Iterator[Rows]:
    with psycopg.connect(database.owner_url) as connection:
        yield connection


def relations(owner: Rows) -> list[str]:
    """Every table, view and foreign table outside the system's own schemas."""
    rows = owner.execute(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','v','m','f','p')"
        " AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1"
    )
    return [row[0] for row in rows]


def _first_columns(owner: Rows) -> dict[str, str]:
    return dict(
        owner.execute(
            "SELECT format('%I.%I', n.nspname, c.relname), min(quote_ident(a.attname))"
            " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE a.attnum > 0 AND a.attidentity = '' AND NOT a.attisdropped GROUP BY 1"
        ).fetchall()
    )


def may(connection: Rows, statement: str) -> bool:
    """Whether rights let a statement pass; whatever it did is undone."""
    warnings = list[str]()

    def note(diagnostic: psycopg.errors.Diagnostic) -> None:
        warnings.append(diagnostic.sqlstate or "")

    connection.add_notice_handler(note)
    try:
        with connection.transaction(force_rollback=True), connection.cursor() as cursor:
            connection.execute("SET LOCAL statement_timeout = '10s'")
            if statement.startswith("COPY ") and "STD" in statement:
                with cursor.copy(statement.encode()) as copy:
                    if " TO " in statement:
                        list(copy)
            else:
                cursor.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.Error as error:
        return error.sqlstate not in IMPOSSIBLE
    finally:
        connection.remove_notice_handler(note)
    return NOTHING_GRANTED not in warnings


@pytest.fixture
def acting(database: EmbeddedDatabase, owner: Rows) -> Iterator[Callable[[str], Rows]]:
    """Connections of the application's login in a role; `nobody` is a login without any."""
    opened: list[Rows] = []

    def connect(role: str) -> Rows:
        connection = psycopg.connect(database.app_url, autocommit=True)
        opened.append(connection)
        if role != NOBODY:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        return connection

    yield connect
    for connection in opened:
        connection.close()


def deviations(owner: Rows, acting: Callable[[str], Rows], roles: Sequence[str]) -> list[str]:
    """Where what a role can do is not what it may do."""
    columns, found = _first_columns(owner), list[str]()
    everything = relations(owner)
    owner.rollback()  # it must hold no lock that an attempt would wait for
    for role in roles:
        connection = acting(role)
        for relation in everything:
            wanted = expected(relation, role)
            if wanted is None:
                found.append(f"nobody has said who may do what with {relation}")
                continue
            column = columns.get(relation, "x")
            can = {
                name
                for name, attempt in ATTEMPTS.items()
                if may(connection, attempt.format(table=relation, column=column))
            }
            found += [f"{role} can {name} {relation}" for name in sorted(can - wanted)]
            if wanted is not ALL:  # an owner may do all, and not all can be done to a view
                found += [f"{role} cannot {name} {relation}" for name in sorted(wanted - can)]
    return found


def test_each_role_can_do_exactly_what_it_may_with_every_relation(
    owner: Rows, acting: Callable[[str], Rows]
) -> None:
    assert len(relations(owner)) > 40
    found = deviations(owner, acting, ROLES)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    ("meddling", "found"),
    [
        ("GRANT UPDATE ON ledger.streams TO tallystick_auditor", ["auditor can UPDATE"]),
        ("GRANT DELETE ON ledger.positions TO PUBLIC", ["app can DELETE", "auditor can DELETE"]),
        ("REVOKE INSERT ON ledger.seals FROM tallystick_app", ["app cannot INSERT"]),
        ("CREATE TABLE ledger.extra (x int)", ["nobody has said"]),
        ("CREATE SCHEMA more CREATE VIEW more.names AS SELECT 1 AS x", ["nobody has said"]),
    ],
)
def test_a_right_too_many_or_too_few_and_a_table_nobody_thought_of_are_found(
    owner: Rows, acting: Callable[[str], Rows], meddling: str, found: Sequence[str]
) -> None:
    """The controls of the test above."""
    owner.execute(meddling.encode())
    owner.commit()
    seen = deviations(owner, acting, ("tallystick_app", "tallystick_auditor"))
    for one in found:
        assert any(one in deviation for deviation in seen), seen


# -- beyond the relations --------------------------------------------------------------------

EVERYWHERE = (
    "CREATE SCHEMA mine",
    "SET session_replication_role = replica",
    "SET ROLE tallystick_owner",
    "SET SESSION AUTHORIZATION postgres",
    "CREATE ROLE mine",
    "ALTER ROLE tallystick SUPERUSER",
    "GRANT tallystick_owner TO tallystick",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO '/tmp/tallystick-intruder'",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT lo_import('/etc/hostname')",
    "CREATE EXTENSION file_fdw SCHEMA reporting",
    "CREATE EVENT TRIGGER intruder ON ddl_command_start EXECUTE FUNCTION ledger.forbid()",
    "CREATE PUBLICATION intruder FOR ALL TABLES",
    "CREATE OR REPLACE FUNCTION ledger.forbid() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "DROP FUNCTION ledger.forbid() CASCADE",
    "DO $do$ BEGIN EXECUTE 'SET LOCAL session_replication_role = replica'; END $do$",
    "SELECT set_config('session_replication_role', 'replica', true)",
    "ALTER DATABASE postgres SET fsync = off",
    "SELECT pg_switch_wal()",
)
IN_A_SCHEMA = (
    "CREATE TABLE {schema}.mine (x int)",
    "CREATE FUNCTION {schema}.mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    "CREATE SEQUENCE {schema}.mine",
    "ALTER SCHEMA {schema} RENAME TO mine",
    "DROP SCHEMA {schema} CASCADE",
)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_can_step_out_of_itself(acting: Callable[[str], Rows], role: str) -> None:
    connection = acting(role)
    assert [one for one in EVERYWHERE if may(connection, one)] == []


@pytest.mark.parametrize("role", ROLES)
def test_only_the_projector_makes_things_and_only_in_its_two_schemas(
    acting: Callable[[str], Rows], role: str
) -> None:
    connection = acting(role)
    can = {
        schema
        for schema in SCHEMAS
        for attempt in IN_A_SCHEMA
        if may(connection, attempt.format(schema=schema))
    }
    assert can == ({"projection", "reporting"} if role == "tallystick_projector" else set())


def test_a_superuser_can_do_all_of_that(owner: Rows) -> None:
    """The control: the attempts are real ones, and are not denied by their form."""
    harmless = [one for one in EVERYWHERE if "(SELECT 1) TO" not in one]
    denied = [one for one in harmless if not may(owner, one)]
    assert denied == []
    for attempt in IN_A_SCHEMA:
        assert may(owner, attempt.format(schema="ledger")), attempt


def test_every_schema_of_the_database_is_one_of_those(owner: Rows) -> None:
    rows = owner.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'"
        " AND nspname <> 'information_schema'"
    )
    assert {row[0] for row in rows} == set(SCHEMAS)


def functions(owner: Rows) -> list[tuple[str, bool, str]]:
    """Every function of our schemas: its signature, whether it acts as its owner, and the owner."""
    return owner.execute(
        "SELECT p.oid::regprocedure::text, p.prosecdef, p.proowner::regrole::text FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE p.prokind = 'f' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
        " ORDER BY 1"
    ).fetchall()


def test_no_function_acts_with_the_rights_of_its_owner(owner: Rows) -> None:
    found = functions(owner)
    assert len(found) > 20
    assert [name for name, definer, _ in found if definer] == []
    owners = {"tallystick_owner", "tallystick_projector"}
    assert {holder for _, _, holder in found} == owners
    owner.execute(
        "CREATE FUNCTION ledger.door() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
    )
    assert [name for name, definer, _ in functions(owner) if definer] == ["ledger.door()"]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_calls_the_functions_of_reporting_and_changes_none(
    owner: Rows, acting: Callable[[str], Rows], role: str
) -> None:
    found = [name for name, _, _ in functions(owner)]
    owner.rollback()
    connection = acting(role)
    own = {name for name in found if may(connection, f"ALTER FUNCTION {name} STRICT")}
    reporting = {name for name in found if name.startswith("reporting.")}
    assert own == (reporting if role == "tallystick_projector" else set())
    schemas = "SELECT has_schema_privilege(%s, 'USAGE')"
    usable = {
        schema
        for schema in ("ledger", "reporting")
        if (connection.execute(schemas, (schema,)).fetchone() or (False,))[0]
    }
    assert ("reporting" in usable) == (role != NOBODY)
    # ledger.forbid() answers to triggers alone, whoever calls it.
    assert not may(connection, "SELECT ledger.forbid()")


def test_rights_to_columns_sequences_and_things_to_come_are_those_that_were_meant(
    owner: Rows,
) -> None:
    columns = (
        "SELECT attrelid::regclass::text, attname FROM pg_attribute"
        " WHERE attacl IS NOT NULL AND attrelid >= 16384"
    )
    assert owner.execute(columns).fetchall() == []
    owner.execute("GRANT UPDATE (holder) ON ledger.register TO tallystick_app")
    assert owner.execute(columns).fetchall() == [("ledger.register", "holder")], "the control"
    sequences = owner.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' AND relacl IS NOT NULL"
    ).fetchall()
    assert sequences == []
    to_come = owner.execute(
        "SELECT defaclrole::regrole::text, defaclnamespace::regnamespace::text,"
        " (SELECT array_agg(grantee::regrole || ' ' || privilege_type ORDER BY 1)::text"
        "  FROM (SELECT * FROM aclexplode(defaclacl) WHERE grantee <> defaclrole) AS a)"
        " FROM pg_default_acl ORDER BY 2"
    ).fetchall()
    assert [(one[0], one[1]) for one in to_come] == [
        ("tallystick_projector", "projection"),
        ("tallystick_projector", "reporting"),
    ]
    for _, _, rights in to_come:
        assert set(rights.strip("{}").replace('"', "").split(",")) <= {
            "tallystick_app SELECT",
            "tallystick_auditor SELECT",
            "tallystick_reader SELECT",
        }
