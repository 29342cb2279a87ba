"""A short page about one account: what is owed, what stands against it, what was last."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ledger.account_state import AccountState
from ledger.events import HoldPlaced
from ledger.ids import account_stream, stream_id
from ledger.money import format_minor
from ledger.references import spaced
from ledger.streams import load
from service.explain_json import as_json
from service.explain_terms import day, money
from service.explain_text import open_table
from service.explain_values import Explanation
from service.wiring import App

LAST_LINES = 8


def state_of(app: App, explanation: Explanation) -> AccountState:
    """The account's state now. Raises TypeError when there is none."""
    name = account_stream(explanation.target.unit, explanation.target.account)
    row = app.store.streams([stream_id(name)])[stream_id(name)]
    state = load(name, bytes(row.state))
    if not isinstance(state, AccountState):
        raise TypeError(f"{name} is no account")
    return state


def page_json(explanation: Explanation, state: AccountState) -> dict[str, Any]:
    """The page for a script."""
    whole = as_json(explanation)
    kept = ("unit", "account", "currency", "as_at", "sentences", "balance", "open", "overdue")
    return {
        "format": "tallystick.account.v1",
        **{name: whole[name] for name in (*kept, "unapplied_credit", "open_items")},
        "reference": state.reference,
        "debt_type": state.debt_type,
        "holds": [hold.model_dump(mode="json", exclude_none=True) for hold in _holds(state)],
        "last": whole["lines"][-LAST_LINES:],
    }


def _holds(state: AccountState) -> list[HoldPlaced]:
    return sorted(state.holds.values(), key=lambda hold: hold.hold)


def show(explanation: Explanation, state: AccountState, console: Console) -> None:
    """Print the page."""
    target, currency = explanation.target, explanation.currency
    head = f"{target.unit}/{target.account}, {state.debt_type.replace('_', ' ')}"
    console.print(Text(f"{head}, payment reference {spaced(state.reference)}", style="bold"))
    for sentence in explanation.sentences:
        console.print(Text(sentence))
    console.print(
        Text(
            f"Balance {money(explanation.balance_minor, currency)}: overdue"
            f" {money(explanation.overdue_minor, currency)}, unapplied credit"
            f" {money(explanation.unapplied_minor, currency)}."
        )
    )
    if explanation.parts:
        console.print(open_table(explanation.parts, currency))
    for hold in _holds(state):
        _show_hold(hold, currency, console)
    _show_last(explanation, console)
    console.print(Text(f"Every penny: tallystick explain {target}", style="dim"))


def _show_hold(hold: HoldPlaced, currency: str, console: Console) -> None:
    amount = f" of {money(hold.amount_minor, currency)}" if hold.amount_minor else ""
    place = f" on bill {hold.invoice}" if hold.invoice else ""
    until = f" until {day(hold.until)}" if hold.until else ""
    kind = hold.kind.replace("_", " ")
    console.print(Text(f"Hold {hold.hold}: {kind}{amount}{place}{until}: {hold.reason}"))


def _show_last(explanation: Explanation, console: Console) -> None:
    table = Table("last", "", title=None)
    table.add_column(
        "£" if explanation.currency == "GBP" else explanation.currency, justify="right"
    )
    for line in explanation.lines[-LAST_LINES:]:
        amount = format_minor(line.amount_minor, thousands=True) if line.amount_minor else "-"
        on = line.trace.effective_on.isoformat()
        table.add_row(on, escape(line.text), amount)
    if explanation.lines:
        console.print(table)
