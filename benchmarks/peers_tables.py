"""The peer that a team would write for itself: SQL tables, triggers, a journal (inhouse.sql)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg

from benchmarks.ground import Clock, Results, ledger_database
from benchmarks.peers_work import (
    ACCOUNTS,
    SINGLE,
    SIZES,
    Bare,
    Deed,
    Timing,
    account_of,
    deeds,
    measure,
)
from service.embedded import EmbeddedServer

OURS = "Tallystick"
TABLES = "SQL tables with triggers"
INHOUSE = Path(__file__).parent / "inhouse.sql"

_Rows = psycopg.Connection[tuple[object, ...]]

# One statement for all bills of a transaction and one for all payments: the fastest it can be had.
_BILLS = (
    "INSERT INTO inhouse.invoice SELECT number, account, on_day, on_day + 28, minor, minor"
    " FROM unnest(%b::text[], %b::text[], %b::date[], %b::bigint[])"
    " AS b(number, account, on_day, minor)"
)
_PAYMENTS = (
    "INSERT INTO inhouse.payment SELECT receipt, account, on_day, minor, 0"
    " FROM unnest(%b::text[], %b::text[], %b::date[], %b::bigint[])"
    " AS p(receipt, account, on_day, minor)"
)
# As known now: the second axis, which the tables do not have.
OUR_BALANCES = (
    "SELECT count(*), sum(balance) FROM reporting.account_balances(%s, clock_timestamp())"
    " WHERE balance <> 0"
)
_BALANCES = (
    "SELECT count(*), sum(minor) / 100 FROM (SELECT account, sum(amount_minor) AS minor"
    " FROM inhouse.journal WHERE gl = 'debtors' AND effective_on <= %s GROUP BY account) AS b"
    " WHERE minor <> 0"
)


def bench(running: EmbeddedServer, results: Results, past: date, bare: Bare) -> Iterator[Timing]:
    """Time single deeds and batches, then the balances of all accounts at a past date."""
    with ledger_database(running, "bench_inhouse") as database, _inhouse(database.owner_url) as one:
        first = 0
        for size, count in ((1, SINGLE), *SIZES):
            work, beside = deeds(count, first), bare if size == 1 else None
            yield measure(TABLES, work, size, lambda part: _insert(one, part), beside)
            first += count // 2
        one.execute("VACUUM (ANALYZE) inhouse.journal")
        clock = Clock()
        found = one.execute(_BALANCES, (past,)).fetchone()
        say_balances(TABLES, clock.seconds, found, results)


def million(connection: _Rows, results: Results, past: date) -> None:
    """All balances at a past date from the movements that are there, and from such a journal."""
    connection.execute("CREATE SCHEMA inhouse")
    connection.execute(
        "CREATE TABLE inhouse.journal AS SELECT account, control, effective_on, amount_minor,"
        " CASE WHEN control IN ('debtors', 'unapplied') THEN 'debtors' END AS gl"
        " FROM projection.movements_v1"
    )
    connection.execute("CREATE INDEX ON inhouse.journal (account, effective_on)")
    connection.execute("VACUUM (ANALYZE) inhouse.journal")
    for peer, query in ((OURS, OUR_BALANCES), (TABLES, _BALANCES)):
        clock = Clock()
        found = connection.execute(query.encode(), (past,)).fetchone()
        say_balances(f"{peer}, 1,000,000 movements", clock.seconds, found, results)


def say_balances(
    peer: str, seconds: float, found: tuple[object, ...] | None, results: Results
) -> None:
    """A row of how long the balances of all accounts at a past date took, and what they come to."""
    accounts, total = found or (0, 0)
    results.add(
        f"peers: balances at a past date, {peer}",
        f"{seconds:.3f} s",
        f"{accounts:,} accounts that owe {total:,.2f}",
    )


@contextmanager
def _inhouse(url: str) -> Iterator[_Rows]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(INHOUSE.read_text(encoding="utf-8").encode())
        connection.execute(
            "INSERT INTO inhouse.account (account) SELECT unnest(%s::text[])",
            ([account_of(number) for number in range(ACCOUNTS)],),
        )
        yield connection


def _insert(connection: _Rows, part: Sequence[Deed]) -> None:
    bills = [deed for deed in part if not deed.pays]
    payments = [deed for deed in part if deed.pays]
    with connection.transaction():
        if bills:
            connection.execute(_BILLS, ([deed.bill for deed in bills], *_columns(bills)))
        if payments:
            connection.execute(
                _PAYMENTS, ([deed.receipt for deed in payments], *_columns(payments))
            )


def _columns(part: Sequence[Deed]) -> tuple[list[str], list[date], list[int]]:
    return (
        [deed.account for deed in part],
        [deed.on for deed in part],
        [deed.amount_minor for deed in part],
    )
