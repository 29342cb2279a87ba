"""On the entry day the accounts are credited: provisional until the days for returns are over."""

from dataclasses import dataclass, field
from datetime import date

from psycopg.rows import tuple_row

from consumers.returned_collections import credit_identity, credit_of
from ledger.account_state import collection_receipt
from ledger.collection_run import CollectionRunState
from ledger.commands import ReceivePayment
from ledger.money import format_minor
from ledger.recorded import Source
from ledger.requests import Request
from service.desk_orders import Order
from service.direct_debit.runs import run_states
from service.direct_debit.states import PAGE
from service.reading import figures
from service.report_run import catch_up
from service.wiring import App

_UNCREDITED = """
    SELECT i.collection, i.unit, i.account, i.amount_minor, i.entry_on, i.invoices
    FROM reporting.collection_events AS i
    WHERE i.run = %(run)s AND i.kind = 'instructed'
        AND i.collection NOT IN (
            SELECT s.collection FROM reporting.collection_events AS s WHERE s.kind = 'stopped')
        AND 'DD:' || i.collection NOT IN (
            SELECT r.receipt FROM reporting.receipts AS r
            WHERE r.kind = 'received' AND r.receipt LIKE %(receipts)s)
    ORDER BY i.item
"""
_GOING = """
    SELECT coalesce(sum(i.amount_minor), 0)::bigint FROM reporting.collection_events AS i
    WHERE i.run = %(run)s AND i.kind = 'instructed'
        AND i.collection NOT IN (
            SELECT s.collection FROM reporting.collection_events AS s WHERE s.kind = 'stopped')
"""


@dataclass(slots=True)
class Credited:
    """What crediting did: runs, receipts, money in minor units, and what could not be done."""

    runs: list[str] = field(default_factory=list)
    receipts: int = 0
    amount_minor: int = 0
    waiting: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def credit(app: App, order: Order, on: date) -> Credited:
    """Credit the accounts of every run whose payers have been debited by a day.

    A run without its Input report waits: Bacs may have refused some of it.
    """
    catch_up(app)
    done = Credited()
    for run, state in run_states(app).items():
        if state.status not in ("released", "signed_off") or state.opened.entry_on > on:
            continue
        if state.reported is None:
            done.waiting.append(run)
            continue
        _credit_run(app, order, state, done)
    return done


def _is_taken(app: App, state: CollectionRunState, done: Credited) -> bool:
    """Whether Bacs took all that goes by the ledger: no more is credited than was taken."""
    run, reported = state.opened.run, state.reported
    with figures(app.urls.app) as connection:
        row = connection.execute(_GOING, {"run": run}).fetchone()
    going, taken = row[0] if row else 0, reported.accepted_minor if reported else 0
    if going > taken:
        done.problems.append(
            f"run {run} is not credited: {format_minor(going)} of it goes by the ledger, and"
            f" Bacs took {format_minor(taken)}; stop what it rejected"
        )
    return going <= taken


def _credit_run(app: App, order: Order, state: CollectionRunState, done: Credited) -> None:
    run, found = state.opened.run, False
    with (
        figures(app.urls.app) as connection,
        connection.cursor("uncredited", row_factory=tuple_row) as cursor,
    ):
        cursor.execute(_UNCREDITED, {"run": run, "receipts": collection_receipt(f"{run}/%")})
        while page := cursor.fetchmany(PAGE):
            if not found and not _is_taken(app, state, done):
                return
            found = True
            _post(app, [_request(app, order, *row) for row in page], done)
    if found:
        done.runs.append(run)


def _request(
    app: App,
    order: Order,
    collection: str,
    unit: str,
    account: str,
    amount_minor: int,
    entry_on: date,
    invoices: list[str],
) -> Request:
    return Request(
        credit_of(collection, (unit, account), amount_minor, entry_on, invoices),
        app.actor(order.actor),
        Source("command", order.verb),
        credit_identity(collection),
        correlation=f"run|{collection.rpartition('/')[0]}",
    )


def _post(app: App, requests: list[Request], done: Credited) -> None:
    for request, outcome in zip(requests, app.ledger.handle(requests), strict=True):
        payment = request.command
        if not isinstance(payment, ReceivePayment):
            raise TypeError(type(payment))
        if outcome.refusals:
            why = "; ".join(one.sentence for one in outcome.refusals)
            amount = format_minor(payment.amount_minor)
            done.problems.append(f"{payment.receipt} of {amount}: {why}")
        elif outcome.status == "posted":
            done.receipts += 1
            done.amount_minor += payment.amount_minor
