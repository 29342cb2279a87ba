"""How long one account's page of facts takes: its balance explained, and every check of it."""

import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks import history
from benchmarks.facts import name_of
from benchmarks.ground import POLICY, Results
from benchmarks.long_log import accounts_of, pages
from ledger.authority import parse_policy
from ledger.handle import Ledger
from ledger.store import Store
from service.account_page import page_json, state_of
from service.embedded_database import EmbeddedDatabase
from service.explain import explain
from service.raw_files import RawStore

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Asked:
    store: Store
    ledger: Ledger
    raw: RawStore


def bench(database: EmbeddedDatabase, results: Results, events: int) -> None:
    """Time the pages of the accounts that have a real state."""
    last = history.FIRST + timedelta(days=history.DAYS)
    moment = datetime(last.year, last.month, last.day, 18, tzinfo=UTC)
    store = Store(database.app_url, clock=lambda: moment)
    policy = parse_policy(POLICY.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        app = _Asked(store, Ledger(store, policy, lambda: last), RawStore(Path(folder)))
        seconds = sorted(
            _page(app, account, last) for account in pages(accounts_of(events)) * ROUNDS
        )
    store.close()
    results.add(
        f"one account's page of facts, explained and checked, {events:,} events",
        f"{seconds[len(seconds) // 2] * 1_000:.0f} ms median",
        f"{seconds[-1] * 1_000:.0f} ms slowest",
    )


def _page(app: _Asked, account: int, as_at: date) -> float:
    begun = time.perf_counter()
    explanation = explain(app, f"{history.unit_of(account)}/{name_of(account)}", as_at=as_at)
    page_json(explanation, state_of(app, explanation))  # type: ignore[arg-type]  # asks the store only
    return time.perf_counter() - begun
