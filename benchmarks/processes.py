"""How intake grows with processes, and where it ends: at the store, with one append at a time.

Each process takes the messages of a partition of its own, as the consumers of a topic do. The
store's limit is measured beside it: the same batches, decided before the clock starts, appended
one after the other by one process and by two.
"""

import multiprocessing as mp
import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

from benchmarks.ground import POLICY, TODAY, Clock, Results, ledger, ledger_database
from benchmarks.intake import BATCH, NoParties, open_accounts
from benchmarks.messages import messages
from consumers.billing_entries import from_message
from consumers.billing_sink import BillingSink
from consumers.keeping import Keeping
from consumers.message import Message
from ledger.authority import parse_policy
from ledger.handle import Ledger
from ledger.round import Round
from ledger.store import Store
from ledger.store_values import Batch
from service.embedded import EmbeddedServer
from service.raw_files import RawStore
from service.wiring import settle_memory

READY_SECONDS_MAX = 300
PROCESSES = (1, 2, 4)
_started: list[Barrier] = []  # one in each worker, given by its initializer


def bench(running: EmbeddedServer, results: Results, each: int) -> None:
    """Take `each` messages in every process; print the rate and the share of one process's."""
    alone = 0.0
    for count in PROCESSES:
        rate = _intake(running, count, each)
        alone = alone or rate
        results.add(
            f"intake of billing messages, {count} {'process' if count == 1 else 'processes'}",
            f"{rate:,.0f} events/s",
            f"{rate / alone:.2f} of one process, on {os.cpu_count()} cores",
        )
    for count in PROCESSES[:2]:
        limit = _appended(running, count, each)
        results.add(
            f"the store's limit: decided batches appended by {count}",
            f"{limit:,.0f} events/s",
            f"{limit / alone:.1f}x one process's intake",
        )


def _intake(running: EmbeddedServer, processes: int, each: int) -> float:
    return _rate(running, processes, _take, _Share(each, each // 5))


def _appended(running: EmbeddedServer, processes: int, each: int) -> float:
    # One bill an account, so that no batch waits for the version that another gives.
    return _rate(running, processes, _append, _Share(each // 2, each // 2))


class _Share(NamedTuple):
    """What one process takes: how many messages, over how many accounts of its own."""

    messages: int
    accounts: int


def _rate(
    running: EmbeddedServer,
    processes: int,
    work: Callable[[int, str, Path, _Share], float],
    share: _Share,
) -> float:
    context = mp.get_context("spawn")
    barrier = context.Barrier(processes)
    with ledger_database(running, f"bench_of_{processes}") as database:
        with ledger(database) as door:
            open_accounts(door, processes * share.accounts)
        with ProcessPoolExecutor(processes, context, _begin, (barrier,)) as pool:
            done: list[Future[float]] = [
                pool.submit(work, place, database.app_url, running.home, share)
                for place in range(processes)
            ]
            slowest = max(one.result() for one in done)
    return processes * share.messages / slowest


def _begin(barrier: Barrier) -> None:
    _started.append(barrier)


def _batches(place: int, share: _Share) -> list[list[Message]]:
    """The messages of one partition: accounts and bills that no other process has."""
    count, accounts = share
    source = (
        one._replace(partition=place)
        for one in messages(count, accounts, place * count, place * accounts)
    )
    return [list(islice(source, BATCH)) for _ in range(0, count, BATCH)]


def _take(place: int, url: str, home: Path, share: _Share) -> float:
    """Take the messages of a partition; the seconds from the moment when all were ready."""
    store = Store(url)
    door = Ledger(store, parse_policy(POLICY.read_text(encoding="utf-8")), lambda: TODAY)
    keeping = Keeping(RawStore(home / "raw"), NoParties(), str)
    sink = BillingSink(door, keeping, door.policy.actor("system:intake"), "bench")
    batches = _batches(place, share)
    store.last_position()
    settle_memory()
    _started[0].wait(READY_SECONDS_MAX)
    clock = Clock()
    for batch in batches:
        sink.take(batch)
    seconds = clock.seconds
    store.close()
    return seconds


def _append(place: int, url: str, _home: Path, share: _Share) -> float:
    """Decide the batches of a partition, then only append them."""
    store = Store(url)
    policy = parse_policy(POLICY.read_text(encoding="utf-8"))
    actor = policy.actor("system:intake")
    decided: list[Batch] = []
    for batch in _batches(place, share):
        attempt = Round(store, policy, TODAY)
        entries = [from_message(message, actor, TODAY).entry for message in batch]
        attempt.load(entries)
        for entry in entries:
            attempt.take(entry)
        decided.append(attempt.batch(None))
    settle_memory()
    _started[0].wait(READY_SECONDS_MAX)
    clock = Clock()
    for appending in decided:
        store.append(appending)
    seconds = clock.seconds
    store.close()
    return seconds
