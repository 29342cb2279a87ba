"""`make bench`: every figure as a ratio against a ceiling or a peer of the same run.

SCALE sets the length of the long log (1m by default); from 10m on the reports are measured over a
true log of that length, which is built once under benchmarks/.cache and goes on where it stopped.
Writes benchmarks/results.md.
"""

import os
import platform
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import psycopg

from benchmarks import (
    bank_files,
    direct_debit,
    direct_debit_figures,
    formats,
    history,
    intake,
    kafka,
    lag,
    log,
    long_log,
    matching,
    pages,
    peers,
    peers_tables,
    processes,
    read_models,
    reports,
    submission,
)
from benchmarks.ground import Clock, Results, ledger_database, server
from ledger.store import Store
from service.embedded import EmbeddedServer

RESULTS = Path(__file__).parent / "results.md"
INTAKE_MESSAGES = 30_000
MOVEMENTS = 1_000_000
LONG = 10_000_000  # from here on the reports stand on a true log


def main() -> int:
    """Run everything; the exit code says only whether it ran."""
    size = _size(os.environ.get("SCALE", "1m"))
    results, clock = Results(), Clock()
    with server() as running:
        peers.bench(running, results)
        intake.bench(running, results, INTAKE_MESSAGES)
        processes.bench(running, results, INTAKE_MESSAGES)
        kafka.bench(running, results, INTAKE_MESSAGES // 2)
        at_small = log.bench(running, results, min(size, MOVEMENTS))
        lag.bench(running, results)
        matching.bench(running, results)
        bank_files.bench(running, results)
        collections = direct_debit.LARGE if size >= LONG else direct_debit.COLLECTIONS
        direct_debit.bench(running, results, collections)
        direct_debit_figures.bench(running, results, MOVEMENTS)
        if size < LONG:
            _made_reports(running, results)
    if size >= LONG:
        _true_reports(results, size, at_small)
    for figure, value in formats.bench():
        results.add(figure, value)
    submission.bench(results)
    RESULTS.write_text(_page(results, clock.seconds), encoding="utf-8")
    print(f"written to {RESULTS.name} after {clock.seconds:.0f} s")
    return 0


def _size(text: str) -> int:
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1].lower(), 1)
    return int(text[:-1] if factor > 1 else text) * factor


def _made_reports(running: EmbeddedServer, results: Results) -> None:
    """The reports over movements that are made inside the database."""
    with (
        ledger_database(running, "bench_reports") as database,
        psycopg.connect(database.owner_url, autocommit=True) as connection,
    ):
        reports.fill(connection, MOVEMENTS)
        _add(results, reports.bench(connection), MOVEMENTS)
        peers_tables.million(connection, results, peers.PAST)


def _true_reports(results: Results, size: int, at_small: float) -> None:
    """A log that is built once and kept: its appends, its reports, its rebuild."""
    with (
        long_log.long_log(size) as database,
        psycopg.connect(database.owner_url, autocommit=True) as connection,
    ):
        row = connection.execute("SELECT count(*) FROM reporting.movements").fetchone()
        movements = row[0] if row else 0
        timings = reports.bench(connection, first=history.FIRST, days=history.DAYS)
        _add(results, timings, movements)
        pages.bench(database, results, size)
        read_models.rebuild_all(database.app_url, results)
        moment = datetime.combine(history.FIRST + timedelta(history.DAYS), time(18), UTC)
        store = Store(database.app_url, clock=lambda: moment)
        log.append_at(store, size, at_small, results)
        store.close()


def _add(results: Results, timings: list[reports.ReportTiming], movements: int) -> None:
    for timing in timings:
        results.add(
            f"report {timing.report} at random dates, {movements:,} movements",
            f"{timing.median_seconds:.2f} s median",
            f"{timing.slowest_seconds:.2f} s slowest",
        )


def _page(results: Results, seconds: float) -> str:
    rows = "\n".join(f"| {figure} | {value} | {ratio} |" for figure, value, ratio in results.rows)
    made = datetime.now(UTC).date().isoformat()
    return (
        "# Measured figures\n\n"
        f"Made by `make bench` on {made}, in {seconds:.0f} s, on {os.cpu_count()} cores"
        f" ({platform.machine()}), Python {platform.python_version()}, the embedded PostgreSQL"
        " with fsync on.\nMachines differ: compare ratios, not rates.\n\n"
        f"| figure | value | against |\n|---|--:|---|\n{rows}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
