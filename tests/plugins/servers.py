"""PostgreSQL servers of a test's own, to be killed and started again, and small disks to fill."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.embedded import EmbeddedServer, discard, ensure_running, kill
from service.embedded_database import APP_LOGIN, EmbeddedDatabase, app_password, ensure_database
from service.migrations import migrate

MEBIBYTE = 1 << 20
ROOM_TO_START = 400  # mebibytes: a cluster, a first segment of the log, perhaps the programs


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A server of this test alone, with a migrated ledger in it."""

    home: Path
    server: EmbeddedServer
    database: EmbeddedDatabase

    def kill(self) -> None:
        """End it as a loss of power would."""
        kill(self.home)

    def start(self) -> None:
        """Start it again, on the port that it had; nothing happens when it runs."""
        ensure_running(self.home)

    def restart(self) -> None:
        """Both."""
        self.kill()
        self.start()


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A file system in memory whose size can be changed while it is in use."""

    folder: Path

    def leave(self, mebibytes: int) -> None:
        """Make it so large that so much is free."""
        found = os.statvfs(self.folder)
        used = (found.f_blocks - found.f_bfree) * found.f_frsize
        size = used + mebibytes * MEBIBYTE
        _mount("-o", f"remount,size={size}", str(self.folder))

    def fill(self) -> None:
        """Let somebody else's file take all that is left."""
        with (self.folder / "ballast").open("ab", buffering=0) as file:
            for size in (MEBIBYTE, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def empty(self) -> None:
        """Remove that file."""
        (self.folder / "ballast").unlink()

    def read_only(self, *, on: bool) -> None:
        """Take every right to write away, or give it back."""
        _mount("-o", f"remount,{'ro' if on else 'rw'}", str(self.folder))


def _mount(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["mount", *words], capture_output=True, text=True, check=True)


@pytest.fixture
def small_disk(open_folder: Path) -> Iterator[SmallDisk]:
    """A small disk; skipped, with the reason, where a test may not mount one."""
    folder = open_folder / "disk"
    folder.mkdir()
    try:
        size = f"size={ROOM_TO_START}m,mode=0711"
        _mount("-t", "tmpfs", "-o", size, "tallystick-test", str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        words = getattr(error, "stderr", None) or str(error)
        pytest.skip(f"a file system in memory cannot be mounted here: {words.strip()}")
    one = SmallDisk(folder)
    yield one
    _mount("-o", f"remount,rw,size={ROOM_TO_START}m", str(folder))
    discard(folder / "server")
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def own_server(open_folder: Path) -> OwnServer:
    """A server of this test alone, on the disk of all."""
    return _started(open_folder / "server")


@pytest.fixture
def server_on_small_disk(small_disk: SmallDisk) -> OwnServer:
    """A server of this test alone, whose data is on the small disk."""
    return _started(small_disk.folder / "server")


def _started(home: Path) -> OwnServer:
    server = ensure_running(home)
    database = ensure_database(server)
    migrate(database.owner_url, login_passwords={APP_LOGIN: app_password(server)})
    return OwnServer(home, server, database)
