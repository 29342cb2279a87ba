"""The bank's credit of a run: one receipt in suspense that is the total of many collections.

Found by bank account, day and amount together: what Bacs accepted, or that less what the bank took
off at once for items that came back. Two runs of the same total on one day are left to an officer.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import psycopg

from ledger.bacs_days import BacsDays
from ledger.collection_run import CollectionRunState
from ledger.collection_run_commands import IdentifyRunCredit
from ledger.recorded import Source
from ledger.requests import Request
from service.direct_debit.runs import run_states
from service.reading import figures
from service.report_run import catch_up
from service.wiring import INTAKE_ACTOR, App

LATE_WORKING_DAYS = 2  # by which a bank shows the credit after the entry day
_SUSPENDED = """
    SELECT r.receipt FROM reporting.receipts AS r
    WHERE r.kind = 'suspended' AND r.bank_account = %(bank_account)s
        AND r.effective_on BETWEEN %(first)s AND %(last)s AND r.amount_minor = %(amount)s
        AND NOT EXISTS (
            SELECT FROM reporting.receipts AS g
            WHERE g.receipt = r.receipt AND g.unit = r.unit
                AND g.kind NOT IN ('suspended', 'assigned'))
"""
_RETURNED_BY = """
    SELECT coalesce(sum(r.amount_minor), 0)::bigint FROM reporting.collection_events AS r
    JOIN reporting.collection_events AS i ON i.collection = r.collection AND i.kind = 'instructed'
    WHERE i.run = %(run)s AND (
        (r.kind = 'returned' AND r.told_on <= %(on)s)
        -- What Bacs returned at input is accepted, and taken off again at once.
        OR (r.kind = 'stopped' AND r.code = 'returned'))
"""


class Paired(NamedTuple):
    """A run whose credit was found: minor units, and what was taken off at once."""

    run: str
    receipt: str
    amount_minor: int
    returned_minor: int


def pair(app: App) -> list[Paired]:
    """Identify every receipt in suspense that is the credit of a run."""
    waiting = {
        run: state
        for run, state in run_states(app).items()
        if state.status == "released" and state.reported is not None and not state.credited_minor
    }
    if not waiting:
        return []
    catch_up(app)
    found = [one for state in waiting.values() for one in _found(app, state)]
    return [one for one in found if _identify(app, one)]


def _found(app: App, state: CollectionRunState) -> Iterator[Paired]:
    opened, reported = state.opened, state.reported
    accepted = reported.accepted_minor if reported else 0
    if accepted == 0:
        return
    days = BacsDays(app.direct_debit.extra_holidays)
    last = days.after(opened.entry_on, LATE_WORKING_DAYS)
    with figures(app.urls.app) as connection:
        returned = _number(connection, opened.run, last)
        for off in dict.fromkeys((0, returned)):
            values = {
                "bank_account": opened.bank_account,
                "first": opened.entry_on,
                "last": last,
                "amount": accepted - off,
            }
            receipts = [row[0] for row in connection.execute(_SUSPENDED, values)]
            if len(receipts) == 1:
                yield Paired(opened.run, receipts[0], accepted - off, off)
                return


def _number(connection: psycopg.Connection[tuple[int]], run: str, on: date) -> int:
    row = connection.execute(_RETURNED_BY, {"run": run, "on": on}).fetchone()
    return row[0] if row else 0


def _identify(app: App, one: Paired) -> bool:
    request = Request(
        IdentifyRunCredit(receipt=one.receipt, to_run=one.run, returned_minor=one.returned_minor),
        app.actor(INTAKE_ACTOR),
        Source("system", "direct-debit"),
        f"run-credit|{one.run}|{one.receipt}",
        correlation=f"run|{one.run}",
    )
    (outcome,) = app.ledger.handle([request])
    return outcome.status == "posted"
