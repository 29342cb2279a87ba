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


def check(store: Store, explanation: Explanation, history: Sequence[RecordedEvent]) -> Checks:
    """Compare; raises DoesNotAddUpError when a figure is there and is another."""
    movements, note = _with_movements(store, explanation)
    state, other = _with_state(store, explanation, history)
    return Checks(movements, state, "; ".join(part for part in (note, other) if part))


def _with_movements(store: Store, explanation: Explanation) -> tuple[bool | None, str]:
    with store.cursor() as cursor:
        row = cursor.execute(
            "SELECT position FROM reporting.progress WHERE projection = 'live'"
        ).fetchone()
        if explanation.position > (row[0] if row else 0):
            return None, "the read models have not read all of these events yet"
        figure = _figure(cursor, explanation)
    require_equal(
        explanation.balance_minor, figure, f"the lines and the movements of {explanation.target}"
    )
    return True, ""


def _figure(cursor: "psycopg.Cursor[tuple[object, ...]]", explanation: Explanation) -> int:
    """The sum of the movements; not by way of a report, which takes longer to plan than to run."""
    target = explanation.target
    row = cursor.execute(
        "SELECT coalesce(sum(amount_minor), 0) FROM reporting.movements_at(%s, %s)"
        " WHERE unit = %s AND account = %s AND control IN ('debtors', 'unapplied')"
        " AND (%s::text IS NULL OR (control = 'debtors' AND item = %s))",
        (
            explanation.as_at,
            explanation.as_known,
            target.unit,
            target.account,
            target.item,
            target.item,
        ),
    ).fetchone()
    return int(str(row[0])) if row else 0


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
