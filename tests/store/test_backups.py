"""A backup that is not whole is refused, a whole one is proved, and a dump carries rights along."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger.checks import verify
from ledger.store import Store
from service.embedded import EmbeddedPostgresError, EmbeddedServer, discard, ensure_running
from service.embedded_database import (
    APP_LOGIN,
    EmbeddedDatabase,
    app_password,
    ensure_database,
)
from service.embedded_place import find_place, programs
from service.migrations import migrate
from service.start_checks import check_start

Archived: TypeAlias = Any  # of tests/plugins/archiving.py, loaded by path
NewDesk: TypeAlias = Callable[[Store], Any]


def _archiving() -> ModuleType:
    name = "tallystick_test_archiving"
    if name not in sys.modules:
        path = Path(__file__).parents[1] / "plugins" / "archiving.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def archived(open_folder: Path, desk_on: NewDesk) -> Archived:
    """A small ledger with a base backup and three archived pieces of log after it."""
    one = _archiving().archived_server(open_folder)
    database = ensure_database(one.server)
    migrate(database.owner_url, login_passwords={APP_LOGIN: app_password(one.server)})
    store = Store(database.app_url)
    desk = desk_on(store)
    desk.open("1")
    one.run("backup")
    for number in range(3):
        desk.give(desk.pay("1", f"R{number}", 100))
        one.archive_all()
    store.close()
    return one


def _app_url(server: EmbeddedServer) -> str:
    return server.url("tallystick", APP_LOGIN, app_password(server))


def test_a_backup_is_proved_by_postgresqls_own_checks(
    archived: Archived, open_folder: Path
) -> None:
    """pg_verifybackup ran with the backup; pg_amcheck runs on what was restored."""
    server = archived.restore(open_folder / "second", None)
    try:
        with psycopg.connect(server.url("tallystick")) as connection:
            row = connection.execute("SHOW data_checksums").fetchone()
        assert row == ("on",)
        _archiving().Archived(server, archived.backup).run("weekly")
        store = Store(_app_url(server))
        assert store.last_position() == 4
        assert verify(store) == ()
        store.close()
    finally:
        discard(server.home)


def test_a_byte_that_changed_in_a_backup_is_found(archived: Archived) -> None:
    """The control of the one above: the backup is not believed by itself."""
    (victim, *_) = sorted((archived.backup / "base" / "base").rglob("[1-9]*[0-9]"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    place = archived.place
    done = place.user.run([programs(place) / "pg_verifybackup", archived.backup / "base"])
    assert done.returncode != 0
    assert "checksum mismatch" in done.stderr


def test_a_log_that_ends_too_early_is_not_opened_as_if_it_were_whole(
    archived: Archived, open_folder: Path
) -> None:
    """The tail of the archive is missing: a moment beyond it is refused, in PostgreSQL's words."""
    with psycopg.connect(archived.server.url("tallystick")) as connection:
        (moment,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)
        seal = connection.execute(
            "SELECT number, encode(hash, 'hex') FROM ledger.seals ORDER BY number DESC LIMIT 1"
        ).fetchone()
    archived.segments()[-1].unlink()
    with pytest.raises((EmbeddedPostgresError, psycopg.OperationalError)):
        archived.restore(open_folder / "second", moment)
    log = (open_folder / "second" / "postgres" / "server.log").read_text(encoding="utf-8")
    assert "recovery ended before configured recovery target was reached" in log
    # Without a target it opens as far as it goes: only the seal that was copied out can tell.
    server = archived.restore(open_folder / "third", None)
    try:
        store = Store(_app_url(server))
        assert verify(store) == (), "what is there is whole in itself"
        assert store.last_position() == 3
        assert seal is not None
        assert [one.number for one in store.seals_after(seal[0] - 1, 9)] == []
        store.close()
    finally:
        discard(server.home)


# -- pg_dump ---------------------------------------------------------------------------------

RIGHTS = """
    SELECT 'schema ' || nspname, nspacl::text FROM pg_namespace
    WHERE nspname IN ('ledger', 'parties', 'evidence', 'projection', 'reporting', 'public')
    UNION ALL
    SELECT 'relation ' || n.nspname || '.' || c.relname, c.relowner::regrole || ' ' || coalesce(
        (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(c.relacl) AS a), '')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('ledger', 'parties', 'evidence', 'projection', 'reporting')
        AND c.relkind IN ('r', 'v', 'S')
    UNION ALL
    SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname, tgenabled::text FROM pg_trigger
    WHERE NOT tgisinternal
    UNION ALL
    SELECT 'member ' || roleid::regrole || ' of ' || member::regrole, inherit_option::text
    FROM pg_auth_members WHERE roleid::regrole::text LIKE 'tallystick%'
    UNION ALL
    SELECT 'role ' || rolname, concat(rolcanlogin, rolsuper, rolinherit) FROM pg_roles
    WHERE rolname LIKE 'tallystick%'
    ORDER BY 1, 2
"""


def rights(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(RIGHTS).fetchall()


@pytest.fixture
def another_server(open_folder: Path) -> Iterator[EmbeddedServer]:
    """A server on which Tallystick was never installed."""
    server = ensure_running(open_folder / "another")
    yield server
    discard(server.home)


def test_a_dump_brings_log_roles_rights_and_triggers_to_another_server(
    database: EmbeddedDatabase,
    filled: Any,  # noqa: ANN401 - the conftest's, which cannot be imported
    embedded: EmbeddedServer,
    another_server: EmbeddedServer,
) -> None:
    before = filled.store.rows_after(0, 1_000_000)
    target = _dumped_and_restored(embedded, database, another_server)
    url = target.url("tallystick", APP_LOGIN, app_password(embedded))
    assert check_start(url, _server_now(url), {}) == ()
    store = Store(url)
    assert store.rows_after(0, 1_000_000) == before
    assert verify(store) == ()
    store.close()
    assert rights(target.url("tallystick")) == rights(database.owner_url)
    with psycopg.connect(target.url("tallystick"), autocommit=True) as owner:
        owner.execute("REVOKE INSERT ON ledger.events FROM tallystick_app")
        owner.execute("ALTER TABLE ledger.seals ENABLE TRIGGER no_truncate")
    lost = set(rights(database.owner_url)) - set(rights(target.url("tallystick")))
    assert {str(one[0]) for one in lost} == {
        "relation ledger.events",
        "trigger ledger.seals no_truncate",
    }, "the control: a right or a trigger that was lost is seen"


def _server_now(url: str) -> Callable[[], Any]:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    return lambda: row[0]


def _dumped_and_restored(
    source: EmbeddedServer, database: EmbeddedDatabase, target: EmbeddedServer
) -> EmbeddedServer:
    """By pg_dump and pg_restore, as the page says; the roles first."""
    place = find_place(source.home)
    assert place is not None
    there, here = source.url("postgres"), target.url("tallystick")
    ensure_database(target)
    text = (
        f'cd "{place.folder}"; PATH="{programs(place)}:$PATH";'
        f" pg_dumpall --roles-only -d '{there}' | grep -v 'ROLE postgres' >roles.sql;"
        f" psql -q -v ON_ERROR_STOP=1 -f roles.sql '{here}' >&2;"
        f" pg_dump --format=custom --file=one.dump '{database.owner_url}';"
        f" pg_restore --exit-on-error --dbname='{here}' one.dump; rm one.dump roles.sql"
    )
    done = place.user.run(["/bin/sh", "-eu", "-c", text], timeout_seconds=120)
    assert done.returncode == 0, done.stderr
    return target
