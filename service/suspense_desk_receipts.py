"""Finding receipts in suspense: their states and their first facts, as they are this moment.

Read from the store and not from the read models: an officer sees a receipt the moment it is posted,
and his own command the moment it is given.
"""

import difflib
from collections.abc import Iterable, Sequence

import psycopg

from ledger import registers
from ledger.ids import receipt_stream, stream_id
from ledger.receipt import ReceiptState
from ledger.recorded import RecordedEvent, decode
from ledger.stream_states import states_of as _states_of
from service.wiring import App

_PREFIX = "receipt:"
_LIKENESS_MIN = 0.6
_NAMED_MAX = 5  # receipts that a prefix may name and that are still listed


class ReceiptNotFoundError(LookupError):
    """There is no such receipt in suspense; the sentence says where it is, or names the nearest."""


def find_receipt(app: App, word: str) -> ReceiptState:
    """The receipt of that name, or the only one whose name begins so. Raises ReceiptNotFoundError.

    A receipt that has left suspense is found too: it keeps its history.
    """
    asked = word.strip()
    for name in dict.fromkeys((asked, asked.upper())):
        found = states_of(app, [name]).get(name)
        if found is not None:
            return found
    names = _beginning_with(app, asked)
    if len(names) == 1:
        return states_of(app, names)[names[0]]
    raise ReceiptNotFoundError(_not_found(app, asked, names))


def states_of(app: App, receipts: Sequence[str]) -> dict[str, ReceiptState]:
    """The states of the receipts that are, or were, in suspense, in the sequence asked for."""
    names = {receipt_stream(receipt): receipt for receipt in receipts}
    found = _states_of(app.store, list(names), ReceiptState)
    return {names[name]: state for name, state in found.items()}


def history_of(app: App, receipt: str) -> tuple[RecordedEvent, ...]:
    """All events of a receipt in suspense, in order."""
    return app.store.history(stream_id(receipt_stream(receipt)))


def first_events(app: App, receipts: Iterable[str]) -> dict[str, RecordedEvent]:
    """The event by which each receipt came into suspense, in one query."""
    names = {stream_id(receipt_stream(receipt)): receipt for receipt in receipts}
    with app.store.cursor() as cursor:
        cursor.execute(
            "SELECT notification_id, originator_id, originator_version, recorded_at, topic, state"
            " FROM ledger.events WHERE originator_id = ANY(%b::uuid[]) AND originator_version = 1",
            (list(names),),
            binary=True,
        )
        return {names[row[1]]: decode(*row) for row in cursor.fetchall()}


def free_names(app: App, receipt: str, count: int) -> list[str]:
    """The next names for receipts that are made from this one: `R-1-S1`, `R-1-S2`, ..."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        batch = [f"{receipt}-S{number + step}" for step in range(1, count + 9)]
        taken = app.store.registered([(registers.RECEIPT, name) for name in batch])
        found += [name for name in batch if (registers.RECEIPT, name) not in taken]
        number += len(batch)
    return found[:count]


def place_of(app: App, receipt: str) -> str | None:
    """The account that a receipt was posted to, as `UNIT/ACCOUNT`; None when to none."""
    key = registers.RECEIPT, receipt
    row = app.store.registered([key]).get(key)
    return row.holder.replace("|", "/", 1) if row is not None and row.holder else None


def _beginning_with(app: App, word: str) -> list[str]:
    if not word:
        return []
    found = app.store.stream_names(receipt_stream(word.upper()))
    return [name.removeprefix(_PREFIX) for name in found]


def _not_found(app: App, word: str, names: Sequence[str]) -> str:
    if names:
        shown = ", ".join(names[:_NAMED_MAX])
        more = f" and {len(names) - _NAMED_MAX} more" if len(names) > _NAMED_MAX else ""
        return f"{word!r} is the beginning of several receipts: {shown}{more}"
    account = place_of(app, word)
    if account is not None:
        return (
            f"receipt {word} is not in suspense, it is on account {account}; if it does not belong"
            f" there: tallystick suspense move {account} {word}"
        )
    close = difflib.get_close_matches(word.upper(), _held(app), n=1, cutoff=_LIKENESS_MIN)
    hint = f"; the nearest that is: {close[0]}" if close else ""
    return f"no receipt {word!r} is or was in suspense{hint}"


def _held(app: App) -> list[str]:
    """The receipts in suspense as the read models know them: enough to guess a misspelt one."""
    with psycopg.connect(app.urls.app) as connection:
        connection.execute("SET ROLE tallystick_reader")
        rows = connection.execute("SELECT receipt FROM reporting.suspense").fetchall()
    return [row[0] for row in rows]
