"""The open bills of an account, in the order in which an amount is held against them; pure."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from ledger.account_state import AccountState


class OpenLine(NamedTuple):
    """One open instalment; in their order the oldest is due first, as money is allocated."""

    due_on: date
    item: str
    number: int
    amount_minor: int


class OpenBills:
    """The open bills of one account; worked out once however many lines ask."""

    def __init__(self, state: AccountState) -> None:
        self.state = state
        self.totals = {item: one.open_minor for item, one in state.items.items()}

    @cached_property
    def lines(self) -> list[OpenLine]:
        """All open instalments, oldest due first."""
        return sorted(
            OpenLine(part.due_on, item.item, part.number, part.open_minor)
            for item in self.state.items.values()
            for part in item.instalments
        )

    @cached_property
    def following(self) -> dict[str, OpenLine]:
        """The oldest open instalment of each bill, the bill with the oldest of all first."""
        first: dict[str, OpenLine] = {}
        for line in self.lines:
            first.setdefault(line.item, line)
        return first

    @property
    def oldest_first(self) -> list[str]:
        """The bills in the order of their oldest open instalments."""
        return list(self.following)

    @cached_property
    def balances(self) -> tuple[int, ...]:
        """All that is owed, without and with the account's own credit set against it."""
        owed = sum(self.totals.values())
        net = owed - self.state.unapplied_minor
        return (owed,) if net in (owed, 0) else (owed, net)

    def expected(self, last_on: date) -> list[OpenLine]:
        """The oldest open instalment of each bill, where it is due until a day."""
        return [line for line in self.following.values() if line.due_on <= last_on]

    def are_paid_anyhow(self, bills: Sequence[str], amount_minor: int) -> bool:
        """Whether oldest due first, an amount would go to these bills and no other."""
        for line in self.lines:
            if amount_minor <= 0:
                break
            if line.item not in bills:
                return False
            amount_minor -= line.amount_minor
        return True
