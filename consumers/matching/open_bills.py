"""The open bills of an account, in the order in which an amount is held against them; pure."""

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias

from ledger.account_state import AccountState, OpenItem

# One open instalment: due date, bill, number, open amount; sorted as money is allocated. A plain
# tuple, because millions are sorted.
OpenLine: TypeAlias = tuple[date, str, int, int]


class OpenBills:
    """The open bills of one account; worked out when it is asked, and once."""

    __slots__ = ("_following", "_lines", "state", "totals")

    def __init__(self, state: AccountState) -> None:
        self.state = state
        self.totals = {number: _open_minor(item) for number, item in state.items.items()}
        self._lines: list[OpenLine] | None = None
        self._following: dict[str, OpenLine] | None = None

    @property
    def lines(self) -> list[OpenLine]:
        """All open instalments, oldest due first."""
        if self._lines is None:
            self._lines = sorted(
                [
                    (part.due_on, number, part.number, part.open_minor)
                    for number, item in self.state.items.items()
                    for part in item.instalments
                ]
            )
        return self._lines

    @property
    def following(self) -> dict[str, OpenLine]:
        """The oldest open instalment of each bill, the bill with the oldest of all first."""
        if self._following is None:
            self._following = {}
            for line in self.lines:
                self._following.setdefault(line[1], line)
        return self._following

    @property
    def oldest_first(self) -> list[str]:
        """The bills in the order of their oldest open instalments."""
        return list(self.following)

    @property
    def balances(self) -> tuple[int, ...]:
        """All that is owed, without and with the account's own credit set against it."""
        owed = sum(self.totals.values())
        net = owed - self.state.unapplied_minor
        return (owed,) if net in (owed, 0) else (owed, net)

    def expected(self, last_on: date) -> list[OpenLine]:
        """The oldest open instalment of each bill, where it is due until a day."""
        return [line for line in self.following.values() if line[0] <= last_on]

    def are_paid_anyhow(self, bills: Sequence[str], amount_minor: int) -> bool:
        """Whether oldest due first, an amount would go to these bills and no other."""
        for _, bill, _, open_minor in self.lines:
            if amount_minor <= 0:
                break
            if bill not in bills:
                return False
            amount_minor -= open_minor
        return True


def _open_minor(item: OpenItem) -> int:
    parts = item.instalments
    return parts[0].open_minor if len(parts) == 1 else item.open_minor
