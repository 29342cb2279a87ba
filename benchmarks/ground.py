"""What every benchmark stands on: a server and databases of its own, and a table of results."""

import multiprocessing
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from ledger.authority import parse_policy
from ledger.handle import Ledger
from ledger.store import Store
from service import embedded
from service.embedded import EmbeddedServer
from service.embedded_database import (
    APP_LOGIN,
    EmbeddedDatabase,
    app_password,
    drop_database,
    ensure_database,
)
from service.migrations import migrate
from service.wiring import settle_memory

TODAY = date(2026, 4, 30)
POLICY = Path(__file__).parent.parent / "ledger" / "policy" / "authority.toml"


@dataclass(slots=True)
class Results:
    """Rows of a figure, its value, and its ratio against a ceiling or a peer of the same run."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, figure: str, value: str, ratio: str = "") -> None:
        """Add a row and say it at once."""
        self.rows.append((figure, value, ratio))
        print(f"{figure:<62} {value:>22}  {ratio}", flush=True)


@contextmanager
def server() -> Iterator[EmbeddedServer]:
    """A PostgreSQL for this run only."""
    home = Path(tempfile.mkdtemp(prefix="tallystick-bench-"))
    home.chmod(0o711)
    try:
        yield embedded.ensure_running(home)
    finally:
        embedded.discard(home)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def ledger_database(running: EmbeddedServer, name: str) -> Iterator[EmbeddedDatabase]:
    """A fresh, migrated database."""
    database = ensure_database(running, name)
    migrate(database.owner_url, login_passwords={APP_LOGIN: app_password(running)})
    yield database
    drop_database(running, name)


def library_environment(running: EmbeddedServer, name: str) -> dict[str, str]:
    """What the event-sourcing library wants to be told, to keep an application's own tables."""
    parts = conninfo_to_dict(running.url("postgres"))
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": "postgres",
        "POSTGRES_HOST": str(parts["host"]),
        "POSTGRES_PORT": str(parts["port"]),
        "POSTGRES_USER": "postgres",
        "POSTGRES_PASSWORD": running.superuser_password,
        "APPLICATION_NAME": name,
    }


@contextmanager
def ledger(database: EmbeddedDatabase) -> Iterator[Ledger]:
    """The ledger's door on a database, on a fixed business day."""
    store = Store(database.app_url)
    settle_memory()
    try:
        yield Ledger(store, parse_policy(POLICY.read_text(encoding="utf-8")), lambda: TODAY)
    finally:
        store.close()


def peak_megabytes(pid: int | None = None) -> int:
    """The most memory that a process had; `getrusage` would count that of its parent too."""
    status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes) // 1024


class PeakOfAll:
    """The most memory of this process and, together with it, of any that it started."""

    LOOK_SECONDS = 0.2

    def __init__(self) -> None:
        self._others = 0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def _look(self) -> None:
        while not self._over.wait(self.LOOK_SECONDS):
            pids = [one.pid for one in multiprocessing.active_children()]
            with suppress(OSError, StopIteration):  # it ended meanwhile
                self._others = max(self._others, sum(peak_megabytes(pid) for pid in pids))

    def megabytes(self) -> int:
        """What it came to; the watch ends."""
        self._over.set()
        self._watch.join()
        return peak_megabytes() + self._others


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Elapsed wall time."""
        return time.perf_counter() - self._start

    def rate(self, count: int) -> float:
        """Things a second."""
        return count / self.seconds
