"""A long log that is built once and kept: events, seals, read models and closings of four years.

Kept under `benchmarks/.cache`, in a database and a server of its own. The position of the log says
where a build that was stopped goes on. Only the accounts that are asked for as a page have a real
state; the others' rows hold none, since nothing is decided on them.
"""

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from functools import lru_cache
from itertools import islice
from pathlib import Path
from uuid import UUID

from benchmarks import facts, history
from benchmarks.history import Order
from ledger import account, streams
from ledger.account_state import STATE_SHAPE, AccountState
from ledger.ids import account_stream, event_id, intake_stream, receipt_stream, stream_id
from ledger.recorded import Source, encode, shared_part
from ledger.store import Store
from ledger.store_values import Batch, NewEvent, StreamRow
from projections import runner
from projections.reporting.close import close_periods
from service import embedded
from service.embedded_database import APP_LOGIN, EmbeddedDatabase, app_password, ensure_database
from service.migrations import migrate

CACHE = Path(__file__).parent / ".cache"
ACCOUNTS_OF_TEN_MILLION = 500_000
PAGES = 20  # accounts that have a real state
BATCH = 5_000
_TOLD = 100_000


class Builder:
    """Appends the history from where the log ends."""

    def __init__(self, database: EmbeddedDatabase, events: int) -> None:
        self._events = events
        self._accounts = accounts_of(events)
        self._store = Store(database.app_url, clock=self._now)
        self._moment = datetime.combine(history.FIRST, time(18), UTC)
        self._versions = array("H", [0]) * self._accounts
        self._taken = 0
        self._lines = 0
        self._states: dict[int, AccountState | None] = dict.fromkeys(pages(self._accounts))

    def _now(self) -> datetime:
        return self._moment

    def build(self) -> None:
        """Append until the log has that many events."""
        position = self._store.last_position()
        source = history.orders(self._events, self._accounts)
        done = 0
        while done < self._events:
            batch = list(islice(source, min(BATCH, self._events - done)))
            kept = batch[max(0, position - done) :]
            for order in batch[: len(batch) - len(kept)]:
                self._pass(order)
            if kept:
                self._append(kept)
            done += len(batch)
            if done % _TOLD == 0 and kept:
                print(f"{done:,} events of {self._events:,} in the log", flush=True)
        self._store.close()

    def _pass(self, order: Order) -> None:
        """Count an order that is in the log already."""
        _, version = self._stream(order)
        if order.bill.account in self._states and order.kind not in _OFF_ACCOUNT:
            self._fold(order, version)

    def _append(self, orders: list[Order]) -> None:
        events, rows = [], {}
        for order in orders:
            name, version = self._stream(order)
            one = _stream_id(name)
            dated = facts.dated(order)
            identity = f"{order.kind}-{order.bill.account}-{order.bill.number}-{order.recorded}"
            state = encode(dated, event_id(identity, version), _shared(order))
            events.append(NewEvent(one, version, dated.fact.topic, state))
            kept = b"{}"
            if order.bill.account in self._states and order.kind not in _OFF_ACCOUNT:
                kept = streams.dump(self._fold(order, version))
            rows[one] = StreamRow(one, name, version, STATE_SHAPE, kept)
        day = history.day(max(order.recorded for order in orders))
        self._moment = datetime.combine(day, time(18), UTC)
        self._store.append(Batch(events, list(rows.values())))

    def _stream(self, order: Order) -> tuple[str, int]:
        """The stream of an order's event, and its version there."""
        bill = order.bill
        if order.kind in _OF_BANK:
            kind = intake_stream if order.kind == "statement" else receipt_stream
            return kind(f"{order.kind}-{bill.account}-{bill.number}-{order.recorded}"), 1
        if order.kind in _OF_SUSPENSE:
            return receipt_stream(facts.suspended_of(bill)), _OF_SUSPENSE.index(order.kind) + 1
        self._versions[bill.account] += 1
        name = account_stream(history.unit_of(bill.account), facts.name_of(bill.account))
        return name, self._versions[bill.account]

    def _fold(self, order: Order, version: int) -> AccountState:
        state = account.evolve(self._states[order.bill.account], facts.dated(order))
        self._states[order.bill.account] = state
        del version
        return state


_OF_BANK = ("statement", "refund_on_statement")
_OF_SUSPENSE = ("suspended", "identified")
_OFF_ACCOUNT = (*_OF_BANK, *_OF_SUSPENSE)
_BY_OFFICER = frozenset({"identified", "refund_approved", "written_off", "disputed"})


def _stream_id(name: str) -> UUID:
    return stream_id(name)


@lru_cache(maxsize=4096)
def _shared_of(unit: str, recorded: int, by_officer: bool) -> bytes:  # noqa: FBT001 - a cache key
    if by_officer:
        return shared_part("officer.ames", Source("command", "desk"), f"desk-{recorded}")
    on = history.day(recorded - 1)
    source = Source("file", f"{unit}-{on}.csv", facts.digest_of(unit, recorded), line=1)
    return shared_part("system:intake", source, f"{unit}-{on}")


def _shared(order: Order) -> bytes:
    unit = history.unit_of(order.bill.account)
    return _shared_of(unit, order.recorded, order.kind in _BY_OFFICER)


def accounts_of(events: int) -> int:
    """How many accounts a history of that many events has."""
    return max(PAGES, events * ACCOUNTS_OF_TEN_MILLION // 10_000_000)


def pages(accounts: int) -> list[int]:
    """The accounts that have a real state."""
    return [number * (accounts // PAGES) for number in range(PAGES)]


@contextmanager
def long_log(events: int) -> Iterator[EmbeddedDatabase]:
    """A database with a log of that many events and its read models; built if it is not there."""
    home = CACHE / f"{events}"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    running = embedded.ensure_running(home)
    try:
        database = ensure_database(running, "long_log")
        passwords = {APP_LOGIN: app_password(running)}
        migrate(database.owner_url, login_passwords=passwords, sandbox=True)
        Builder(database, events).build()
        _fill(database, events)
        yield database
    finally:
        embedded.stop(home)


def _fill(database: EmbeddedDatabase, events: int) -> None:
    with runner.connect(database.app_url) as connection:
        if runner.progress(connection) < events:
            print("filling the read models", flush=True)
            runner.catch_up(connection)
        close_periods(connection)
