"""A report that needs more room on the database's disk than it may have: one clear sentence."""

from collections.abc import Callable
from typing import Any, TypeAlias

import psycopg
from psycopg import sql

from ledger.checks import verify

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here
Part: TypeAlias = Any  # of plugins/processes.py

BILLS = 1_500
# A report takes much memory before it asks for the disk: more than a test has to sort.
WITH_LITTLE_MEMORY = """
from importlib import import_module
install = import_module("projections.reporting.install")
install.SETTINGS = {**install.SETTINGS, "work_mem": "64kB"}
from service.cli import main
main()
"""


def report(tallystick: Part) -> tuple[int, str]:
    """How `tallystick report` ends, and what it says to standard error."""
    words = ("report", "open_items", "--as-at", "2025-12-31", "--format", "csv")
    running = tallystick._begin("-c", WITH_LITTLE_MEMORY, *words)
    said, _ = running.process.communicate(timeout=120)
    return running.process.returncode, running.log() if running.process.returncode else said


def test_a_report_over_its_limit_says_so_and_harms_nothing(
    council: Council,
    database: Any,  # noqa: ANN401
    processes: Callable[..., Part],
) -> None:
    council.opened("1")
    for first in range(0, BILLS, 500):
        numbers = range(first, first + 500)
        council.post(*(council.billing.invoice("1", f"INV-{n}", 100 + n) for n in numbers))
    tallystick = processes(council, database)
    limit = sql.SQL("ALTER DATABASE {} SET {} TO {}")
    here = sql.Identifier(database.name)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(limit.format(here, sql.Identifier("temp_file_limit"), sql.Literal("8kB")))
        refused = report(tallystick)
        owner.execute(sql.SQL("ALTER DATABASE {} RESET temp_file_limit").format(here))
    answered = report(tallystick)
    words = 'temporary file size exceeds "temp_file_limit" (8kB)'
    assert refused == (1, f"error: a limit of the database is reached: {words}\n")
    assert answered[0] == 0, answered
    assert len(answered[1].splitlines()) > BILLS
    assert verify(council.app.store) == ()
