"""The read models: filled by one process, rebuilt by several, and how far they lag behind intake.

The fill and the rebuild are over the long log. The lag is that of a live runner in a process of its
own while another one takes in billing messages as fast as it can, and is asked four times a second.
"""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.ground import POLICY, TODAY, Clock, Results, ledger, ledger_database
from benchmarks.intake import BATCH, NoParties, open_accounts
from benchmarks.messages import messages
from consumers.billing_sink import BillingSink
from consumers.keeping import Keeping
from ledger.authority import parse_policy
from ledger.handle import Ledger
from ledger.store import Store
from projections import runner
from projections.rebuild import Today, Work, rebuild
from service.embedded import EmbeddedServer
from service.embedded_database import EmbeddedDatabase
from service.raw_files import RawStore
from service.wiring import settle_memory

ACCOUNTS = 2_000
MESSAGES = 20_000
ASKED_EVERY_SECONDS = 0.25
_SPAWN = multiprocessing.get_context("spawn")


def fill(app_url: str, events: int, library_rate: float, results: Results) -> None:
    """Fill the live read models from the whole log, in one process."""
    with runner.connect(app_url) as connection:
        clock = Clock()
        runner.catch_up(connection)
        rate = clock.rate(events)
    results.add(
        f"read models filled from {events:,} events, one process",
        f"{rate:,.0f} events/s",
        f"{rate / library_rate:.0f}x the library's runner, {events / rate:.0f} s",
    )


def rebuild_all(app_url: str, results: Results) -> None:
    """Rebuild beside the live ones: the fill by several processes, and the whole with comparing."""
    clock = Clock()
    folded: list[tuple[float, int]] = []
    stages: dict[str, float] = {}
    work = Work(
        on_progress=lambda done, _total: folded.append((clock.seconds, done)),
        on_stage=lambda stage: stages.setdefault(stage, clock.seconds),
    )
    with runner.connect(app_url) as connection:
        done = rebuild(connection, Today(TODAY, datetime.now(UTC)), work)
    if not done.switched:
        raise RuntimeError(f"the rebuild differs: {done.differences[:3]}")
    seconds = next(at for at, count in folded if count == done.position)
    results.add(
        f"rebuild of {done.position:,} events, {work.workers} processes: folding",
        f"{done.position / seconds:,.0f} events/s",
        f"{seconds:.0f} s",
    )
    results.add(
        f"rebuild of {done.position:,} events: indexes, comparing {done.cells_compared:,} cells"
        " and all rows, switch",
        f"{clock.seconds - seconds:.0f} s",
        f"{clock.seconds:.0f} s in all, of it comparing {stages['switch'] - stages['compare']:.0f} s",
    )


def lag(running: EmbeddedServer, results: Results) -> None:
    """How far the live read models are behind a writer at full speed, in seconds and events."""
    with ledger_database(running, "bench_lag") as database:
        with ledger(database) as door:
            open_accounts(door, ACCOUNTS)
        raw = running.home / "raw"
        with (
            _process(_follow, database.app_url, raw),
            _process(_take_in, database.app_url, raw) as intake,
        ):
            intake.recv()  # it has everything in memory, and begins
            clock = Clock()
            behind = list(_asked(database, intake))
            rate = clock.rate(MESSAGES)
    seconds = sorted(one for one, _ in behind)
    results.add(
        "lag of the read models while intake runs at full speed",
        f"{seconds[len(seconds) // 2]:.2f} s median",
        f"{seconds[-1]:.2f} s most, {max(events for _, events in behind):,} events;"
        f" intake {rate:,.0f} events/s beside it",
    )


@contextmanager
def _process(target: Callable[[str, Path, Pipe], None], url: str, raw: Path) -> Iterator[Pipe]:
    """A process with a pipe to it, ended at the end."""
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=target, args=(url, raw, theirs), daemon=True)
    process.start()
    try:
        yield ours
    finally:
        process.kill()
        process.join()


def _asked(database: EmbeddedDatabase, intake: Pipe) -> Iterator[tuple[float, int]]:
    """The lag, again and again until the writer is done."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        while not intake.poll():
            yield _lag(connection)
            time.sleep(ASKED_EVERY_SECONDS)


def _lag(connection: psycopg.Connection[Any]) -> tuple[float, int]:
    """The age of the oldest event that is not in the read models, and how many there are."""
    row = connection.execute(
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(s.sealed_at)), 0)::float8,"
        " coalesce(max(s.last_position) - p.position, 0) FROM (SELECT coalesce(max(position), 0)"
        " AS position FROM projection.progress) AS p"
        " LEFT JOIN ledger.seals AS s ON s.last_position > p.position GROUP BY p.position"
    ).fetchone()
    return row if row else (0.0, 0)


def _follow(url: str, _raw: Path, _pipe: Pipe) -> None:
    """A live runner, until it is killed."""
    settle_memory()
    runner.run(url, threading.Event())


def _take_in(url: str, raw: Path, pipe: Pipe) -> None:
    """Take in bills as fast as one process can."""
    store = Store(url)
    door = Ledger(store, parse_policy(POLICY.read_text(encoding="utf-8")), lambda: TODAY)
    keeping = Keeping(RawStore(raw), NoParties(), str)
    sink = BillingSink(door, keeping, door.policy.actor("system:intake"), "bench")
    waiting = list(messages(MESSAGES, ACCOUNTS))
    settle_memory()
    pipe.send("begin")
    for start in range(0, MESSAGES, BATCH):
        sink.take(waiting[start : start + BATCH])
    pipe.send("done")
    store.close()
