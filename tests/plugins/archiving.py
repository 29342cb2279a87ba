"""A PostgreSQL that archives its write-ahead log, its base backup, and restores to a moment.

Exactly the way that docs/operating.md tells: the fenced blocks `drill=NAME` of that page are what
is run here, with their folders and addresses put in the place of the page's. Loaded by path.
"""

import os
import re
import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from service.embedded import EmbeddedServer, ensure_running, stop
from service.embedded_place import Place, find_place, programs

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"
ARCHIVED_SECONDS_MAX = 60


def drill(name: str) -> str:
    """The text of the page's block `drill=NAME`."""
    text = PAGE.read_text(encoding="utf-8")
    (block,) = re.findall(rf"^```\w+ drill={name}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return str(block)


@dataclass(frozen=True)
class Archived:
    """One server whose log is archived; everything of its backup is in `backup`."""

    server: EmbeddedServer
    backup: Path

    @property
    def place(self) -> Place:
        found = find_place(self.server.home)
        assert found is not None
        return found

    def run(self, block: str, database: str = "tallystick") -> str:
        """Run a block of the page as the server's user, who owns the backup."""
        words = {
            "/backup/": f"{self.backup}/",
            "--host=127.0.0.1": f"--host=127.0.0.1 --port={self.server.port}",
            " tallystick\n": f" {database}\n",
        }
        text = drill(block)
        for there, here in words.items():
            text = text.replace(there, here)
        head = f'set -eu\nPATH="{programs(self.place)}:$PATH"\n'
        head += f"export PGPASSWORD={self.server.superuser_password}\n"
        done = self.place.user.run(["/bin/sh", "-c", head + text], timeout_seconds=300)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def archive_all(self) -> None:
        """Close the segment that is being written, and wait until it is in the archive."""
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            row = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
            connection.execute("SELECT pg_switch_wal()")
        assert row is not None
        last = self.backup / "wal" / row[0]
        deadline = time.monotonic() + ARCHIVED_SECONDS_MAX
        while not last.exists():
            assert time.monotonic() < deadline, f"{last} is not archived"
            time.sleep(0.05)

    def segments(self) -> list[Path]:
        """The archived pieces of the log, in order."""
        return sorted(one for one in (self.backup / "wal").iterdir() if len(one.name) == 24)

    def restore(
        self, home: Path, until: datetime | None, wal: Path | None = None
    ) -> EmbeddedServer:
        """A server of its own in `home`, as this one was at a moment; None: the archive's end."""
        home.mkdir()
        home.chmod(0o711)
        shutil.copytree(self.server.home / "secrets", home / "secrets")
        folder = home / "postgres"
        folder.mkdir()
        self.place.user.own(folder)
        data = folder / "data"
        done = self.place.user.run(["cp", "-a", self.backup / "base", data], timeout_seconds=300)
        assert done.returncode == 0, done.stderr
        text = drill("restore").replace("/backup/wal", str(wal or self.backup / "wal"))
        kept = [one for one in text.splitlines() if not one.startswith("recovery_target_time")]
        if until is not None:
            kept.append(f"recovery_target_time = '{until.isoformat()}'")
        self._write(data / "postgresql.auto.conf", "\n".join([*kept, "archive_mode = off", ""]))
        self._write(data / "recovery.signal", "")
        server = ensure_running(home)
        _opened(server)
        return server

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="ascii")
        path.chmod(0o600)
        if self.place.user.drops:
            os.chown(path, self.place.user.uid, self.place.user.gid)


def _opened(server: EmbeddedServer) -> None:
    """Wait until a restored server has come to its moment: until then it can only be read."""
    deadline = time.monotonic() + ARCHIVED_SECONDS_MAX
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        while True:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
            if row is not None and not row[0]:
                return
            assert time.monotonic() < deadline, "the server is still recovering"
            time.sleep(0.05)


def archived_server(folder: Path) -> Archived:
    """A fresh server in `folder` that archives as the page says, and an empty backup."""
    server = ensure_running(folder / "first")
    backup = folder / "backup"
    place = find_place(server.home)
    assert place is not None
    for one in (backup, backup / "wal"):
        one.mkdir()
        place.user.own(one)
    settings = drill("server").replace("/backup/", f"{backup}/")
    # Only for the test: which append had committed at a moment is then known exactly.
    settings += "track_commit_timestamp = on\n"
    with (place.data / "postgresql.conf").open("a", encoding="ascii") as file:
        file.write(settings)
    stop(server.home)
    return Archived(ensure_running(server.home), backup)
