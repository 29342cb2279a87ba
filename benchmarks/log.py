"""A long log: append rate as it grows, the projector against the library's runner, a rebuild.

The log is filled with encoded facts through the real append (position, seal, state rows), without
deciding them, so that a million events are there in a minute.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from uuid import UUID, uuid4, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner

from benchmarks import read_models
from benchmarks.ground import Clock, Results, ledger, ledger_database, library_environment
from ledger import events as e
from ledger.account_state import STATE_SHAPE, Dated
from ledger.ids import account_stream, event_id, stream_id
from ledger.recorded import Source, encode, shared_part
from ledger.store import Store
from ledger.store_values import Batch, NewEvent, StreamRow
from ledger.values import Instalment, InvoiceLine, ItemAmount
from service.embedded import EmbeddedServer

BATCH = 1_000
ACCOUNTS = 50_000
PROBE_EVENTS = 10_000
RUNNER_EVENTS = 2_000
FIRST = date(2024, 4, 1)


def bench(running: EmbeddedServer, results: Results, size: int) -> float:
    """Grow a log to `size` events, measuring on the way; the append rate at the beginning."""
    with ledger_database(running, "bench_log") as database, ledger(database) as door:
        source = batches()
        at_small = 0.0
        filled = 0
        for step in (10_000, 100_000, size):
            while filled < step - PROBE_EVENTS:
                door.store.append(next(source))
                filled += BATCH
            rate = _probe(door.store, source)
            filled += PROBE_EVENTS
            at_small = at_small or rate
            results.add(
                f"append of 1,000 events a transaction, log of {filled:,}",
                f"{rate:,.0f} events/s",
                f"{rate / at_small:.2f} of the rate at {10_000:,}",
            )
        _project(database.app_url, running, results, filled)
    return at_small


def append_at(store: Store, events: int, at_small: float, results: Results) -> None:
    """The append rate on a log that is kept, on streams that it does not have.

    What is appended stays in it, and is not folded into its read models.
    """
    salt = uuid4()
    source = (
        Batch(
            [one._replace(stream_id=uuid5(salt, one.stream_id.hex)) for one in batch.events],
            [one._replace(stream_id=uuid5(salt, one.stream_id.hex)) for one in batch.streams],
        )
        for batch in batches()
    )
    rate = _probe(store, source)
    results.add(
        f"append of 1,000 events a transaction, log of {events:,}",
        f"{rate:,.0f} events/s",
        f"{rate / at_small:.2f} of the rate at {10_000:,}",
    )


def _probe(store: Store, source: Iterator[Batch]) -> float:
    batches = list(islice(source, PROBE_EVENTS // BATCH))
    clock = Clock()
    for batch in batches:
        store.append(batch)
    return clock.rate(PROBE_EVENTS)


def _project(app_url: str, running: EmbeddedServer, results: Results, events: int) -> None:
    library = _library_rate(running)
    results.add("the library's projection runner", f"{library:,.0f} events/s")
    read_models.fill(app_url, events, library, results)
    read_models.rebuild_all(app_url, results)


def batches() -> Iterator[Batch]:
    """Ready batches of bills, payments and allocations, without end."""
    versions: dict[int, int] = {}
    shared = shared_part("system:intake", Source("system", "benchmark"), "benchmark")
    facts = _facts()
    while True:
        events, streams = [], {}
        for account, number, dated in islice(facts, BATCH):
            one = stream_id(account_stream("HSG", f"{account:07d}"))
            versions[account] = versions.get(account, 0) + 1
            state = encode(dated, event_id(f"bench-{number}", versions[account]), shared)
            events.append(NewEvent(one, versions[account], dated.fact.topic, state))
            streams[one] = _row(one, account, versions[account])
        yield Batch(events, list(streams.values()))


def _row(one: UUID, account: int, version: int) -> StreamRow:
    name = account_stream("HSG", f"{account:07d}")
    return StreamRow(one, name, version, STATE_SHAPE, b"{}")


def _facts() -> Iterator[tuple[int, int, Dated]]:
    number = 0
    while True:
        account = number % ACCOUNTS
        billed = FIRST + timedelta(days=number // 500 % 700)
        paid = billed + timedelta(days=20 + number % 30)
        yield account, number, Dated(_bill(account, number, billed), billed)
        yield account, number, Dated(_payment(account, number, paid), paid)
        yield account, number, Dated(_allocation(account, number, billed, paid), paid)
        number += 1


def _bill(account: int, number: int, billed: date) -> e.InvoiceIssued:
    due = billed + timedelta(days=28)
    line = InvoiceLine(
        description="Rent",
        service="RENT",
        cost_code="R1000",
        vat_code="E",
        net_minor=12_000,
        vat_minor=0,
    )
    return e.InvoiceIssued(
        unit="HSG",
        account=f"{account:07d}",
        debt_type="rent",
        currency="GBP",
        invoice=f"HSG-{number:08d}",
        service="RENT",
        invoiced_on=billed,
        tax_point_on=billed,
        due_on=due,
        description="Rent",
        lines=(line,),
        instalments=(Instalment(number=1, due_on=due, amount_minor=12_000),),
        gross_minor=12_000,
    )


def _payment(account: int, number: int, paid: date) -> e.PaymentReceived:
    return e.PaymentReceived(
        unit="HSG",
        account=f"{account:07d}",
        debt_type="rent",
        currency="GBP",
        receipt=f"R-{number:016X}",
        amount_minor=12_000,
        method="bank_transfer",
        value_on=paid,
        rule="account-reference",
        variance="exact",
        variance_minor=0,
    )


def _allocation(account: int, number: int, billed: date, paid: date) -> e.PaymentAllocated:
    item = ItemAmount(
        item=f"HSG-{number:08d}",
        instalment=1,
        service="RENT",
        invoiced_on=billed,
        due_on=billed + timedelta(days=28),
        amount_minor=12_000,
    )
    return e.PaymentAllocated(
        unit="HSG",
        account=f"{account:07d}",
        debt_type="rent",
        currency="GBP",
        receipt=f"R-{number:016X}",
        value_on=paid,
        rule="oldest-due-first",
        lines=(item,),
    )


class _View(PostgresTrackingRecorder):
    """The smallest view of the library's: nothing but its tracking."""


class _LibraryProjection(Projection[_View]):
    name = "bench"

    def process_event(self, domain_event: object, tracking: Tracking) -> None:
        """Record the position of each event, as the library's guide does."""
        del domain_event
        self.view.insert_tracking(tracking)


def _library_rate(running: EmbeddedServer) -> float:
    name = f"bench{uuid4().hex[:8]}"
    env = library_environment(running, name)
    kind = type(name, (Application,), {"name": name})
    application = kind(env=env)
    last = 0
    for _ in range(RUNNER_EVENTS // 100):
        recordings = application.save(*(Aggregate() for _ in range(100)))
        last = max(recording.notification.id for recording in recordings)
    application.close()
    clock = Clock()
    peer: ProjectionRunner[Application[UUID], _View] = ProjectionRunner(
        application_class=kind, projection_class=_LibraryProjection, view_class=_View, env=env
    )
    with peer:
        peer.wait(last, timeout=120)
    return clock.rate(RUNNER_EVENTS)
