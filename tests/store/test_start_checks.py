"""A process refuses to start where the ledger's promises would not hold, and says what mends it."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from service import embedded_cluster
from service.embedded import EmbeddedServer, ensure_running
from service.embedded_database import (
    APP_LOGIN,
    EmbeddedDatabase,
    app_password,
    drop_database,
    ensure_database,
)
from service.migrations import known_versions
from service.start_checks import StartRefusal, check_start, version_refusals

Owner: TypeAlias = psycopg.Connection[Any]


def now() -> datetime:
    return datetime.now(UTC)


def refused(
    url: str,
    clock: Callable[[], datetime] = now,
    environment: Mapping[str, str] | None = None,
) -> dict[str, StartRefusal]:
    return {one.setting: one for one in check_start(url, clock, environment or {})}


def test_a_migrated_database_on_a_sound_server_is_started_on(database: EmbeddedDatabase) -> None:
    environment = {"PATH": "/usr/bin", "POSTGRES_ENABLE_DB_FUNCTIONS": "no"}
    assert refused(database.app_url, environment=environment) == {}


@pytest.mark.parametrize(
    "name", ["POSTGRES_ENABLE_DB_FUNCTIONS", "TALLYSTICK_POSTGRES_ENABLE_DB_FUNCTIONS"]
)
@pytest.mark.parametrize("value", ["y", "TRUE", "1", "on"])
def test_the_librarys_database_functions_are_refused(
    database: EmbeddedDatabase, name: str, value: str
) -> None:
    assert "unset it" in refused(database.app_url, environment={name: value})[name].sentence


def test_a_server_before_15_is_refused() -> None:
    assert "PostgreSQL 14: upgrade it to 15" in version_refusals(140_012)[0].sentence
    assert version_refusals(150_000) == ()


@pytest.mark.parametrize("seconds", [-6, 6])
def test_a_clock_that_differs_from_the_servers_is_refused(
    database: EmbeddedDatabase, seconds: int
) -> None:
    refusals = refused(database.app_url, lambda: now() + timedelta(seconds=seconds))
    assert list(refusals) == ["clock"]
    assert f"by {seconds} seconds" in refusals["clock"].sentence


def test_a_clock_that_differs_by_little_is_taken(database: EmbeddedDatabase) -> None:
    assert refused(database.app_url, lambda: now() + timedelta(seconds=3)) == {}


def test_commits_that_do_not_wait_for_the_disk_are_refused(
    database: EmbeddedDatabase, owner: Owner
) -> None:
    owner.execute(
        sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(
            sql.Identifier(database.name)
        )
    )
    assert list(refused(database.app_url)) == ["synchronous_commit"]


def test_a_server_that_does_not_flush_is_refused(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = embedded_cluster._settings

    def unsafe(port: int) -> dict[str, str]:
        return {**sound(port), "fsync": "off", "full_page_writes": "off"}

    monkeypatch.setattr(embedded_cluster, "_settings", unsafe)
    server = ensure_running(open_folder / "unsafe")
    refusals = refused(server.url("postgres"))
    assert list(refusals) == ["fsync", "full_page_writes", "migration"]
    assert "power cut" in refusals["fsync"].sentence


def test_a_table_that_is_not_append_only_is_refused(
    database: EmbeddedDatabase, owner: Owner
) -> None:
    for table in ("events", "register", "seals", "meta"):
        for trigger in ("no_update_delete", "no_truncate"):
            for state in ("DISABLE", "ENABLE"):  # an ordinary trigger does not stop a replica
                owner.execute(f"ALTER TABLE ledger.{table} {state} TRIGGER {trigger}".encode())
                refusals = refused(database.app_url)
                assert list(refusals) == ["append_only_triggers"]
                assert f"ledger.{table}" in refusals["append_only_triggers"].sentence
            owner.execute(f"ALTER TABLE ledger.{table} ENABLE ALWAYS TRIGGER {trigger}".encode())
    assert refused(database.app_url) == {}


def test_a_role_that_may_change_the_past_is_refused(
    database: EmbeddedDatabase, owner: Owner
) -> None:
    for privilege in ("DELETE ON ledger.events", "UPDATE (digest) ON ledger.register"):
        for role in ("tallystick_app", "PUBLIC", APP_LOGIN):
            owner.execute(f"GRANT {privilege} TO {role}".encode())
            refusals = refused(database.app_url)
            assert list(refusals) == ["application_privileges"]
            assert "REVOKE" in refusals["application_privileges"].sentence
            owner.execute(f"REVOKE {privilege} FROM {role}".encode())
    assert refused(database.app_url) == {}


def test_a_superuser_is_no_login_for_the_application(database: EmbeddedDatabase) -> None:
    assert list(refused(database.owner_url)) == ["application_login"]


def test_a_database_without_a_ledger_is_refused(embedded: EmbeddedServer) -> None:
    empty = ensure_database(embedded, "start_checks_empty")
    try:
        assert "tallystick migrate" in refused(empty.app_url)["migration"].sentence
    finally:
        drop_database(embedded, "start_checks_empty")


def test_a_database_in_another_encoding_is_refused(embedded: EmbeddedServer) -> None:
    with psycopg.connect(embedded.url("postgres"), autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE start_checks_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        )
    url = embedded.url("start_checks_latin", APP_LOGIN, app_password(embedded))
    try:
        assert "LATIN1" in refused(url)["encoding"].sentence
    finally:
        drop_database(embedded, "start_checks_latin")


@pytest.mark.parametrize(
    ("version", "mended_by"),
    [("9999", "newer Tallystick"), ("0000", "run `tallystick migrate`")],
    ids=["newer", "older"],
)
def test_a_database_of_another_version_is_refused(
    database: EmbeddedDatabase,
    owner: Owner,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    mended_by: str,
) -> None:
    monkeypatch.setattr("service.start_checks.known_versions", lambda: ("0001", "0000"))
    owner.execute("UPDATE public.schema_version SET version_num = %s", (version,))
    assert mended_by in refused(database.app_url)["migration"].sentence


def test_the_known_versions_begin_with_the_newest() -> None:
    assert known_versions()[-1] == "0001"


@pytest.fixture
def pooler(database: EmbeddedDatabase) -> Iterator[str]:
    """A URL that leads through a proxy which, as a pooler does, gives keys of its own."""
    parts = urlsplit(database.app_url)
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(
        target=serve, args=(listening, (parts.hostname, parts.port)), daemon=True
    ).start()
    login = parts.netloc.rpartition("@")[0]
    netloc = f"{login}@127.0.0.1:{listening.getsockname()[1]}"
    yield urlunsplit(parts._replace(netloc=netloc)) + "?sslmode=disable&gssencmode=disable"
    listening.close()


def serve(listening: socket.socket, server: tuple[str, int]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listening.accept()
            upstream = socket.create_connection(server)
            for source, target, change in (
                (client, upstream, bytes),
                (upstream, client, other_key),
            ):
                threading.Thread(target=pump, args=(source, target, change), daemon=True).start()


def pump(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
    with suppress(OSError), source, target:
        while data := source.recv(65_536):
            target.sendall(change(data))
        target.shutdown(socket.SHUT_WR)


def other_key(data: bytes) -> bytes:
    """BackendKeyData ('K', length 12, process id, secret) with another process id."""
    start = data.find(b"K\x00\x00\x00\x0c")
    return data if start < 0 else data[: start + 5] + b"\x00\x00\x00\x01" + data[start + 9 :]


def test_a_connection_pooler_is_refused(pooler: str) -> None:
    refusals = refused(pooler)
    assert list(refusals) == ["connection_pooler"]
    assert "PostgreSQL itself" in refusals["connection_pooler"].sentence
