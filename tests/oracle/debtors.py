"""What the random council remembers of its debtors: accounts, debts, receipts."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass
class Debt:
    """An invoice, an instalment or a re-opened refund."""

    keys: dict[str, Any]
    open: int
    last_on: date


@dataclass
class Receipt:
    """Money received for an account and where it went."""

    name: str
    cash_on: date
    amount: int
    credit: int
    paid: list[tuple[Debt, int]] = field(default_factory=list)
    refunded: int = 0
    moved: bool = False


@dataclass
class Account:
    """A debtor account."""

    keys: dict[str, Any]
    last_on: date
    debts: list[Debt] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
