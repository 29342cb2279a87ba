"""Other receipts in suspense that the same payer sent."""

import psycopg

from ledger.receipt import ReceiptState
from service.report_run import known_now
from service.suspense_desk_receipts import states_of
from service.wiring import App


def siblings_of(app: App, one: ReceiptState) -> tuple[ReceiptState, ...]:
    """Receipts of the same unit in suspense by the same payer, the oldest first.

    The same payer is the same bank account; only where one of the two lines does not say the
    account, the same name.
    """
    if one.payer_account_digest is None and one.payer_digest is None:
        return ()
    states = states_of(app, _held_in(app, one.unit)).values()
    found = [other for other in states if other.held_minor and is_sibling(one, other)]
    return tuple(sorted(found, key=lambda other: (other.value_on, other.receipt)))


def is_sibling(one: ReceiptState, other: ReceiptState) -> bool:
    """Whether two different receipts come from the same payer."""
    if other.receipt == one.receipt or other.unit != one.unit:
        return False
    if one.payer_account_digest is not None and other.payer_account_digest is not None:
        return one.payer_account_digest == other.payer_account_digest
    return one.payer_digest is not None and one.payer_digest == other.payer_digest


def _held_in(app: App, unit: str) -> list[str]:
    with psycopg.connect(app.urls.app) as connection:
        connection.execute("SET ROLE tallystick_reader")
        rows = connection.execute(
            "SELECT receipt FROM reporting.suspense(%s, %s) WHERE unit = %s ORDER BY 1",
            (app.ledger.today(), known_now(app), unit),
        ).fetchall()
    return [row[0] for row in rows]
