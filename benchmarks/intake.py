"""Intake against two peers of the same run: a binary COPY of the same rows, and plain library use.

COPY is the ceiling: the stored rows with all their indexes, nothing decided, nothing sealed.
The library one event at a time is what a straightforward program does.
"""

import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks.ground import (
    TODAY,
    Clock,
    Results,
    ledger,
    ledger_database,
    library_environment,
)
from benchmarks.messages import messages, record
from consumers.avro_files import write_container
from consumers.billing_entries import from_message
from consumers.billing_files import BillingIntake
from consumers.billing_sink import BillingSink
from consumers.keeping import Keeping, PartyDetails
from consumers.message import Message
from ledger import commands as c
from ledger.handle import Ledger
from ledger.recorded import Source
from ledger.requests import Request
from ledger.round import Round
from service.embedded import EmbeddedServer
from service.raw_files import RawStore

BATCH = 1_000
VANILLA_EVENTS = 1_500
FRESH = 10_000_000  # numbers of bills that no other part of the run has used


class NoParties:
    """A keeper of persons for messages that carry none."""

    def put_all(self, details: Sequence[tuple[str, PartyDetails]]) -> None:
        """Bills carry no personal data."""


def bench(running: EmbeddedServer, results: Results, count: int) -> None:
    """Measure intake from decoded Kafka messages and from a file; print ratios."""
    accounts = count // 5
    batches = _batches(count, accounts)
    with ledger_database(running, "bench_intake") as database, ledger(database) as door:
        open_accounts(door, accounts)
        keeping = Keeping(RawStore(running.home / "raw"), NoParties(), str)
        sink = BillingSink(door, keeping, door.policy.actor("system:intake"), "bench")
        clock = Clock()
        for batch in batches:
            sink.take(batch)
        rate = clock.rate(count)
        ceiling = copy_rate(database.owner_url, accounts)
        results.add("raw binary COPY of the same event rows", f"{ceiling:,.0f} events/s")
        results.add(
            "intake of billing messages, one process", _per_second(rate), _of(rate, ceiling)
        )
        _phases(door, count // 3, accounts, results)
    file_rate = _file_rate(running, count // 2, accounts)
    results.add("intake from an Avro file", _per_second(file_rate), _of(file_rate, ceiling))
    vanilla = _vanilla_rate(running)
    results.add(
        "eventsourcing, one aggregate and one event at a time",
        _per_second(vanilla),
        f"intake is {rate / vanilla:.0f}x",
    )


class _Laps:
    """CPU of this process, added up for each step of a round."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._last = time.process_time()

    def begin(self) -> None:
        """Start a round."""
        self._last = time.process_time()

    def end(self, step: str) -> None:
        """Count what passed since the last end to a step."""
        now = time.process_time()
        self.spent[step] = self.spent.get(step, 0.0) + now - self._last
        self._last = now


def _phases(door: Ledger, count: int, accounts: int, results: Results) -> None:
    """Where a message's time goes: CPU of this process for each step of a batch."""
    actor = door.policy.actor("system:intake")
    laps = _Laps()
    for batch in _batches(count, accounts, first=FRESH):
        laps.begin()
        entries = [from_message(message, actor, TODAY).entry for message in batch]
        laps.end("decode and translate")
        attempt = Round(door.store, door.policy, TODAY)
        attempt.load(entries)
        laps.end("load")
        for entry in entries:
            attempt.take(entry)
        laps.end("decide")
        appending = attempt.batch(None)
        laps.end("dump states")
        door.store.append(appending)
        laps.end("append")
    for step, seconds in laps.spent.items():
        results.add(f"intake, CPU of a message: {step}", f"{seconds / count * 1e6:,.0f} us")


def _per_second(rate: float) -> str:
    return f"{rate:,.0f} events/s"


def _of(rate: float, ceiling: float) -> str:
    return f"{rate / ceiling:.2f} of COPY"


def _batches(count: int, accounts: int, first: int = 0) -> list[list[Message]]:
    source = messages(count, accounts, first)
    return [list(islice(source, BATCH)) for _ in range(0, count, BATCH)]


def open_accounts(door: Ledger, accounts: int) -> None:
    """Open the accounts that the bills are for."""
    actor, source = door.policy.actor("system:intake"), Source("system", "benchmark")
    requests = [
        Request(
            c.OpenAccount(unit="HSG", account=f"{number:07d}", debt_type="rent"),
            actor,
            source,
            f"open-{number}",
        )
        for number in range(accounts)
    ]
    for start in range(0, accounts, BATCH):
        door.handle(requests[start : start + BATCH])


def copy_rate(owner_url: str, skip: int) -> float:
    """Rows a second of a binary COPY of the event rows after a position, indexes and all."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE copied (LIKE ledger.events INCLUDING ALL)")
        rows = connection.execute(
            "SELECT originator_id, originator_version, topic, state, notification_id, recorded_at"
            " FROM ledger.events WHERE notification_id > %s ORDER BY notification_id",
            (skip,),
        ).fetchall()
        clock = Clock()
        for start in range(0, len(rows), BATCH):
            _copy(connection, rows[start : start + BATCH])
        return clock.rate(len(rows))


def _copy(
    connection: psycopg.Connection[tuple[object, ...]], rows: Sequence[tuple[object, ...]]
) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY copied FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["uuid", "int8", "text", "bytea", "int8", "timestamptz"])
        for row in rows:
            copy.write_row(row)


def _file_rate(running: EmbeddedServer, count: int, accounts: int) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        ledger_database(running, "bench_file") as database,
        ledger(database) as door,
    ):
        path = Path(folder) / "bills.avro"
        write_container(path, "InvoiceIssued", (record(n, accounts) for n in range(count)))
        open_accounts(door, accounts)
        keeping = Keeping(RawStore(running.home / "raw"), NoParties(), str)
        intake = BillingIntake(door, keeping, door.policy.actor("system:intake"))
        clock = Clock()
        intake.take(path, "Avro container of billing messages")
        return clock.rate(count)


class _Bill(Aggregate):
    """A bill as the library's guide would write it."""

    @event("Issued")
    def __init__(self, account: str, gross_minor: int) -> None:
        self.account = account
        self.gross_minor = gross_minor


def _vanilla_rate(running: EmbeddedServer) -> float:
    name = f"vanilla{uuid4().hex[:8]}"
    application: Application[UUID] = Application(env=library_environment(running, name))
    bills = [_Bill(f"{number}", 10_000) for number in range(VANILLA_EVENTS)]
    clock = Clock()
    for bill in bills:
        application.save(bill)
    rate = clock.rate(VANILLA_EVENTS)
    application.close()
    return rate
