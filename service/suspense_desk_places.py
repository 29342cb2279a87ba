"""What the candidates of a receipt owe, beside its amount, with the difference."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.account_state import AccountState, OpenItem
from ledger.ids import account_stream
from ledger.money import format_minor
from ledger.stream_states import states_of
from ledger.values import Candidate
from service.wiring import App

BILLS_MAX = 12  # open bills of one account that are shown: those nearest to the amount


@dataclass(frozen=True, slots=True)
class OpenBill:
    """One open bill beside the receipt.

    `left_minor` is what the receipt would leave over: zero when it is exactly what is open, below
    zero when the receipt is short of it.
    """

    item: str
    due_on: date
    open_minor: int
    left_minor: int

    def as_json(self) -> dict[str, str]:
        """For a script; amounts are pounds and pence."""
        return {
            "item": self.item,
            "due_on": self.due_on.isoformat(),
            "open": format_minor(self.open_minor),
            "difference": format_minor(self.left_minor),
        }


@dataclass(frozen=True, slots=True)
class Place:
    """The account of a candidate: what it owes, and its bills nearest to the receipt's amount.

    `left_minor` is what the receipt would leave over when it paid all that is open. `refunds` are
    those of just its amount that were paid, and that it may be the return of.
    """

    unit: str
    account: str
    debt_type: str
    currency: str
    open_minor: int
    unapplied_minor: int
    left_minor: int
    bills: tuple[OpenBill, ...]
    more: int
    refunds: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For a script; amounts are pounds and pence."""
        return {
            "account": f"{self.unit}/{self.account}",
            "debt_type": self.debt_type,
            "currency": self.currency,
            "open": format_minor(self.open_minor),
            "unapplied_credit": format_minor(self.unapplied_minor),
            "difference": format_minor(self.left_minor),
            "open_items": [bill.as_json() for bill in self.bills],
            "more_open_items": self.more,
            "refunds_of_this_amount": list(self.refunds),
        }


def places_of(app: App, candidates: Iterable[Candidate], amount_minor: int) -> tuple[Place, ...]:
    """The accounts of the candidates, each once, in their order."""
    names = dict.fromkeys(account_stream(one.unit, one.account) for one in candidates)
    states = states_of(app.store, list(names), AccountState)
    return tuple(_place(state, amount_minor) for state in states.values())


def _place(state: AccountState, amount_minor: int) -> Place:
    bills = sorted(
        (_bill(item, amount_minor) for item in state.items.values()),
        key=lambda bill: (abs(bill.left_minor), bill.due_on, bill.item),
    )
    return Place(
        unit=state.unit,
        account=state.account,
        debt_type=state.debt_type,
        currency=state.currency,
        open_minor=state.open_minor,
        unapplied_minor=state.unapplied_minor,
        left_minor=amount_minor - state.open_minor,
        bills=tuple(bills[:BILLS_MAX]),
        more=max(len(bills) - BILLS_MAX, 0),
        refunds=tuple(
            name for name, one in state.refunds_sent.items() if one.amount_minor == amount_minor
        ),
    )


def _bill(item: OpenItem, amount_minor: int) -> OpenBill:
    due_on = min(part.due_on for part in item.instalments)
    return OpenBill(item.item, due_on, item.open_minor, amount_minor - item.open_minor)
