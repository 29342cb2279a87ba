"""A primary and a streaming replica of it, each a real server of its own; and what asks them."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from service.embedded import EmbeddedServer, discard, ensure_running
from service.embedded_database import APP_LOGIN, app_password, ensure_database
from service.embedded_place import Place, find_place, programs
from service.migrations import migrate

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Line:
    """The command line of one host: its settings, and what it printed."""

    home: Path
    urls: dict[str, str]

    def environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
            "TALLYSTICK_HOME": str(self.home),
            "TALLYSTICK_PARTY_KEY": "p" * 32,
            "TALLYSTICK_DIGEST_KEY": "d" * 32,
            **self.urls,
        }

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from service.cli import main; main()", *words]
        return subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, check=False
        )

    def start(self, *words: str, stderr: Any = subprocess.PIPE) -> subprocess.Popen[str]:  # noqa: ANN401 - as subprocess takes it
        command = [sys.executable, "-c", "from service.cli import main; main()", *words]
        return subprocess.Popen(
            command, env=self.environment(), stdout=subprocess.PIPE, stderr=stderr, text=True
        )

    def json(self, *words: str) -> Any:  # noqa: ANN401 - whatever JSON says
        done = self(*words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def _line(home: Path, **settings: str) -> Line:
    return Line(home, {f"TALLYSTICK_{name.upper()}": one for name, one in settings.items()})


@pytest.fixture
def line() -> Callable[..., Line]:
    """`line(home, database_url=...)`: the command line of a host."""
    return _line


@dataclass(frozen=True)
class Pair:
    """The primary and its replica, with the URLs of the application's login on each."""

    primary: EmbeddedServer
    replica: EmbeddedServer
    primary_url: str
    replica_url: str
    home: Path

    def line(self, **settings: str) -> Line:
        """A command line that decides on the primary and asks the replica."""
        urls = {"database_url": self.primary_url, "reporting_url": self.replica_url}
        return _line(self.home, **urls | settings)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """A replica that receives everything and replays nothing."""
        self._on_replica("SELECT pg_wal_replay_pause()")
        self._until("SELECT pg_get_wal_replay_pause_state() = 'paused'")
        try:
            yield
        finally:
            self.resume()

    def resume(self) -> None:
        """Replay again."""
        self._on_replica("SELECT pg_wal_replay_resume()")

    def caught_up(self) -> None:
        """Wait until the replica has replayed what the primary has written."""
        with psycopg.connect(self.primary.url("postgres"), autocommit=True) as connection:
            row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
        assert row is not None
        self._until(f"SELECT pg_last_wal_replay_lsn() >= '{row[0]}'::pg_lsn")

    def _on_replica(self, query: str) -> Any:  # noqa: ANN401 - SQL decides
        with psycopg.connect(self.replica.url("postgres"), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None

    def _until(self, query: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._on_replica(query):
            assert time.monotonic() < deadline, query
            time.sleep(0.05)


def _primary(home: Path) -> tuple[EmbeddedServer, str]:
    server = ensure_running(home)
    database = ensure_database(server)
    migrate(database.owner_url, login_passwords={APP_LOGIN: app_password(server)})
    return server, database.app_url


def _base_backup(primary: EmbeddedServer, home: Path) -> None:
    """A copy of the primary's files that will stream from it, where `ensure_running` finds it."""
    original = find_place(primary.home)
    assert original is not None
    home.mkdir()
    home.chmod(0o711)
    shutil.copytree(primary.home / "secrets", home / "secrets")  # logins are copied with the data
    place = Place(home / "postgres", original.user)
    place.folder.mkdir()
    place.user.own(place.folder)
    done = place.user.run(
        [
            programs(original) / "pg_basebackup",
            f"--dbname={primary.url('postgres')}",
            f"--pgdata={place.data}",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--wal-method=stream",
        ],
        timeout_seconds=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def pair(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A primary with a ledger, and a replica that streams from it."""
    name = f"pair-{secrets.token_hex(6)}"  # the run takes both servers down at its end
    primary, url = _primary(run_folder / f"{name}-primary")
    _base_backup(primary, run_folder / f"{name}-replica")
    replica = ensure_running(run_folder / f"{name}-replica")
    there = ensure_database(replica).app_url
    yield Pair(primary, replica, url, there, tmp_path_factory.mktemp("home"))
    discard(replica.home)
    discard(primary.home)
