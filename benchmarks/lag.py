"""How far the read models lag behind a writer that never rests.

The live runner is a process of its own, and so is the writer: the whole intake of billing messages
as fast as one process can, then appends of ready events at a pace that no intake reaches yet. The
lag is asked four times a second.
"""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.ground import POLICY, TODAY, Clock, Results, ledger, ledger_database
from benchmarks.intake import BATCH, NoParties, open_accounts
from benchmarks.log import batches
from benchmarks.messages import messages
from consumers.billing_sink import BillingSink
from consumers.keeping import Keeping
from ledger.authority import parse_policy
from ledger.handle import Ledger
from ledger.store import Store
from projections import runner
from service.embedded import EmbeddedServer
from service.embedded_database import EmbeddedDatabase
from service.raw_files import RawStore
from service.wiring import settle_memory

ACCOUNTS = 2_000
MESSAGES = 20_000
APPENDED = 100_000
APPENDED_PER_SECOND = 10_000
ASKED_EVERY_SECONDS = 0.25
_SPAWN = multiprocessing.get_context("spawn")
_Task = Callable[[str, Path, Pipe], None]


def bench(running: EmbeddedServer, results: Results) -> None:
    """The lag behind the whole intake, and behind appends at a fixed pace."""
    with ledger_database(running, "bench_lag") as database:
        with ledger(database) as door:
            open_accounts(door, ACCOUNTS)
        _measure(running, database, _take_in, MESSAGES, "intake runs at full speed", results)
    with ledger_database(running, "bench_lag_paced") as database:
        what = f"{APPENDED_PER_SECOND:,} events/s are appended"
        _measure(running, database, _append, APPENDED, what, results)


def _measure(
    running: EmbeddedServer,
    database: EmbeddedDatabase,
    writer: _Task,
    count: int,
    what: str,
    results: Results,
) -> None:
    raw = running.home / "raw"
    with (
        _process(_follow, database.app_url, raw),
        _process(writer, database.app_url, raw) as written,
    ):
        written.recv()  # it has everything in memory, and begins
        clock = Clock()
        behind = list(_asked(database, written))
        rate = clock.rate(count)
    seconds = sorted(one for one, _ in behind)
    events = max(events for _, events in behind)
    median = seconds[len(seconds) // 2]
    results.add(
        f"lag of the read models while {what}",
        f"{seconds[-1]:.2f} s at most",
        f"{median:.2f} s median, {events:,} events; {rate:,.0f} events/s came in",
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


def _asked(database: EmbeddedDatabase, written: Pipe) -> Iterator[tuple[float, int]]:
    """The lag, again and again until the writer is done."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        while not written.poll():
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
    return row or (0.0, 0)


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


def _append(url: str, _raw: Path, pipe: Pipe) -> None:
    """Append ready events at a fixed pace."""
    store = Store(url)
    waiting = list(islice(batches(), APPENDED // BATCH))
    settle_memory()
    pipe.send("begin")
    clock = Clock()
    for number, batch in enumerate(waiting, 1):
        store.append(batch)
        time.sleep(max(0.0, number * BATCH / APPENDED_PER_SECOND - clock.seconds))
    pipe.send("done")
    store.close()
