"""Holds an explanation against two independent figures: the movements, and the state row."""

from collections.abc import Sequence

import psycopg

from ledger.account_state import AccountState
from ledger.ids import account_stream, stream_id
from ledger.recorded import RecordedEvent
from ledger.store import Store
from ledger.streams import load
from service.explain_money import require_equal
from service.explain_values import Checks, Explanation, Target


def check(
    url: str, store: Store, explanation: Explanation, history: Sequence[RecordedEvent]
) -> Checks:
    """Compare; raises DoesNotAddUpError when a figure is there and is another."""
    movements, note = _with_movements(url, explanation)
    state, other = _with_state(store, explanation, history)
    return Checks(movements, state, "; ".join(part for part in (note, other) if part))


def _with_movements(url: str, explanation: Explanation) -> tuple[bool | None, str]:
    with psycopg.connect(url) as connection:
        connection.execute("SET ROLE tallystick_reader")
        row = connection.execute(
            "SELECT position FROM reporting.progress WHERE projection = 'live'"
        ).fetchone()
        if explanation.position > (row[0] if row else 0):
            return None, "the read models have not read all of these events yet"
        figure = _figure(connection, explanation)
    require_equal(
        explanation.balance_minor, figure, f"the lines and the movements of {explanation.target}"
    )
    return True, ""


def _figure(connection: "psycopg.Connection[tuple[object, ...]]", explanation: Explanation) -> int:
    target = explanation.target
    if target.item is None:
        query = (
            "SELECT coalesce(sum(balance), 0) * 100 FROM reporting.account_balances(%s, %s)"
            " WHERE unit = %s AND account = %s"
        )
    else:
        query = (
            "SELECT coalesce(sum(open_amount), 0) * 100 FROM reporting.open_items(%s, %s)"
            " WHERE unit = %s AND account = %s AND item = %s"
        )
    names = [name for name in (target.unit, target.account, target.item) if name is not None]
    row = connection.execute(query, (explanation.as_at, explanation.as_known, *names)).fetchone()
    return int(str(row[0]).partition(".")[0]) if row else 0


def _with_state(
    store: Store, explanation: Explanation, history: Sequence[RecordedEvent]
) -> tuple[bool | None, str]:
    target = explanation.target
    if history and (
        history[-1].position > explanation.position
        or max(event.envelope.effective_on for event in history) > explanation.as_at
    ):
        return None, "events were recorded or take effect after this view"
    name = account_stream(target.unit, target.account)
    row = store.streams([stream_id(name)]).get(stream_id(name))
    state = load(name, bytes(row.state)) if row and row.version == len(history) else None
    if not isinstance(state, AccountState):
        return None, "the account moved while it was explained"
    require_equal(
        explanation.balance_minor, _owed(state, target), f"the lines and the state of {target}"
    )
    return True, ""


def _owed(state: AccountState, target: Target) -> int:
    if target.item is None:
        return state.open_minor - state.unapplied_minor
    item = state.items.get(target.item)
    return item.open_minor if item else 0
