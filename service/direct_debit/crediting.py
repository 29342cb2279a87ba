"""On the entry day the accounts are credited: provisional until the days for returns are over."""

from dataclasses import dataclass, field
from datetime import date

import psycopg
from psycopg.rows import tuple_row

from consumers.returned_collections import CREDIT_RULE, credit_identity
from ledger.collection_run import CollectionRunState
from ledger.commands import ReceivePayment
from ledger.money import format_minor
from ledger.recorded import Source
from ledger.requests import Request
from service.desk_orders import Order
from service.direct_debit.runs import run_states
from service.direct_debit.states import PAGE
from service.report_run import catch_up
from service.wiring import App

_UNCREDITED = """
    SELECT i.collection, i.unit, i.account, i.amount_minor, i.entry_on, i.invoices
    FROM reporting.collection_events AS i
    WHERE i.run = %(run)s AND i.kind = 'instructed'
        AND NOT EXISTS (
            SELECT FROM reporting.collection_events AS s
            WHERE s.collection = i.collection AND s.kind = 'stopped')
        AND NOT EXISTS (
            SELECT FROM reporting.receipts AS r
            WHERE r.receipt = 'DD:' || i.collection AND r.kind = 'received')
    ORDER BY i.item
"""


@dataclass(slots=True)
class Credited:
    """What crediting did: runs, receipts, money in minor units, and what could not be done."""

    runs: list[str] = field(default_factory=list)
    receipts: int = 0
    amount_minor: int = 0
    waiting: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def receipt_of(collection: str) -> str:
    """The name of the receipt of a collection."""
    return f"DD:{collection}"


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


def _credit_run(app: App, order: Order, state: CollectionRunState, done: Credited) -> None:
    run, found = state.opened.run, False
    with psycopg.connect(app.urls.app) as connection:
        connection.execute("SET ROLE tallystick_reader")
        with connection.cursor("uncredited", row_factory=tuple_row) as cursor:
            cursor.execute(_UNCREDITED, {"run": run})
            while page := cursor.fetchmany(PAGE):
                found = True
                _post(app, [credit_request(app, order, *row) for row in page], done)
    if found:
        done.runs.append(run)


def credit_request(
    app: App,
    order: Order,
    collection: str,
    unit: str,
    account: str,
    amount_minor: int,
    entry_on: date,
    invoices: list[str],
) -> Request:
    """The payment that a collection is to its account; the same however often it is asked for."""
    return Request(
        ReceivePayment(
            unit=unit,
            account=account,
            receipt=receipt_of(collection),
            amount_minor=amount_minor,
            method="direct_debit",
            value_on=entry_on,
            rule=CREDIT_RULE,
            invoices=tuple(invoices) or None,
        ),
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
