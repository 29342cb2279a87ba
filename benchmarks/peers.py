"""Tallystick beside what a council could use instead, in one run on one server.

Everybody has the same durability (fsync and synchronous_commit on), one client and the same deeds:
a bill and its payment in turn. Bare commits are the ceiling of single commands; one is made between
any two commands, so that a busy minute slows both.

    python -m benchmarks.peers          this part of `make bench` alone; writes no page
    PEER_FORMANCE=http://127.0.0.1:3068 python -m benchmarks.peers
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date
from itertools import chain
from uuid import UUID, uuid4

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks import peers_formance, peers_tables
from benchmarks.ground import Clock, Results, ledger, ledger_database, library_environment, server
from benchmarks.intake import open_accounts
from benchmarks.peers_tables import OURS
from benchmarks.peers_work import ACCOUNTS, SINGLE, SIZES, Bare, Deed, Timing, deeds, measure
from ledger import commands as c
from ledger.authority import Actor
from ledger.recorded import Source
from ledger.requests import Request
from ledger.values import InvoiceLine
from projections import runner
from service.embedded import EmbeddedServer

PAST = date(2024, 12, 31)
BARE = "bare commits, one row each"
LIBRARY = "eventsourcing as its guide has it"


def bench(running: EmbeddedServer, results: Results) -> None:
    """Time everybody, ourselves first, and say how each compares."""
    known: list[Timing] = []
    formance = os.environ.get("PEER_FORMANCE")
    with closing(Bare(running.url("postgres"))) as bare:
        groups: list[Iterable[Timing]] = [
            [measure(BARE, range(SINGLE), 1, lambda _: bare())],
            _ours(running, results, bare),
            _library(running, bare),
            peers_tables.bench(running, results, PAST, bare),
            peers_formance.bench(formance, results, bare) if formance else (),
        ]
        for timing in chain.from_iterable(groups):
            known.append(timing)
            results.add(*_row(timing, known))
    if not formance:
        results.add("peers: Formance Ledger", "not measured", "PEER_FORMANCE=URL of one that runs")


def _row(one: Timing, known: Sequence[Timing]) -> tuple[str, str, str]:
    ours = {timing.batch: timing.per_second for timing in known if timing.peer == OURS}
    against = f"p50 {one.p50_ms:,.2f} ms, p99 {one.p99_ms:,.2f} ms"
    if one.bare_ms is not None:
        against += f"; {one.p50_ms / one.bare_ms:.1f} bare commits of {one.bare_ms:.2f} ms"
    if one.peer not in (OURS, BARE) and one.batch in ours:
        against += f"; Tallystick is {ours[one.batch] / one.per_second:.2f}x"
    size = "one at a time" if one.batch == 1 else f"{one.batch:,} a transaction"
    return f"peers: {one.peer}, {size}", f"{one.per_second:,.0f} commands/s", against


# -- the library's own way -----------------------------------------------------------------------


class _Account(Aggregate):
    """An account as the library's guide would write it: its state is folded from its events."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.balance_minor = 0
        self.bills: dict[str, int] = {}

    @event("Billed")
    def bill(self, number: str, amount_minor: int) -> None:
        """Raise a bill."""
        self.bills[number] = amount_minor
        self.balance_minor += amount_minor

    @event("Paid")
    def pay(self, number: str, amount_minor: int) -> None:
        """Pay a bill."""
        self.bills.pop(number)
        self.balance_minor -= amount_minor


def _library(running: EmbeddedServer, bare: Bare) -> Iterator[Timing]:
    name = f"peer{uuid4().hex[:8]}"
    application: Application[UUID] = Application(env=library_environment(running, name))
    work = deeds(SINGLE, 0)
    accounts = {name: _Account(name) for name in sorted({deed.account for deed in work})}
    application.save(*accounts.values())

    def take(part: Sequence[Deed]) -> None:
        (deed,) = part
        account: _Account = application.repository.get(accounts[deed.account].id)
        (account.pay if deed.pays else account.bill)(deed.bill, deed.amount_minor)
        application.save(account)

    yield measure(LIBRARY, work, 1, take, bare)
    application.close()


# -- ours ----------------------------------------------------------------------------------------


def _ours(running: EmbeddedServer, results: Results, bare: Bare) -> Iterator[Timing]:
    with ledger_database(running, "bench_peers") as database, ledger(database) as door:
        open_accounts(door, ACCOUNTS)
        actor, first = door.policy.actor("system:intake"), 0
        for size, count in ((1, SINGLE), *SIZES):
            work = [_request(deed, actor) for deed in deeds(count, first)]
            yield measure(OURS, work, size, door.handle, bare if size == 1 else None)
            first += count // 2
        with runner.connect(database.app_url) as connection:
            runner.catch_up(connection)
        with psycopg.connect(database.owner_url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE) projection.movements_v1")
            clock = Clock()
            found = connection.execute(peers_tables.OUR_BALANCES, (PAST,)).fetchone()
            peers_tables.say_balances(OURS, clock.seconds, found, results)


def _request(deed: Deed, actor: Actor) -> Request:
    source = Source("system", "benchmark")
    command = _payment(deed) if deed.pays else _bill(deed)
    return Request(command, actor, source, f"{deed.receipt if deed.pays else deed.bill}")


def _bill(deed: Deed) -> c.IssueInvoice:
    line = InvoiceLine(
        description="Rent, four weeks",
        service="RENT",
        cost_code="R1000",
        vat_code="E",
        net_minor=deed.amount_minor,
        vat_minor=0,
    )
    return c.IssueInvoice(
        unit="HSG",
        account=deed.account,
        invoice=deed.bill,
        service="RENT",
        invoiced_on=deed.on,
        tax_point_on=deed.on,
        due_on=deed.due_on,
        currency="GBP",
        description="Rent, four weeks",
        lines=(line,),
        net_minor=deed.amount_minor,
        vat_minor=0,
        gross_minor=deed.amount_minor,
    )


def _payment(deed: Deed) -> c.ReceivePayment:
    return c.ReceivePayment(
        unit="HSG",
        account=deed.account,
        receipt=deed.receipt,
        amount_minor=deed.amount_minor,
        method="bank_transfer",
        value_on=deed.on,
        rule="payment-reference",
    )


def main() -> int:
    """This part alone."""
    with server() as running:
        bench(running, Results())
    return 0


if __name__ == "__main__":
    sys.exit(main())
