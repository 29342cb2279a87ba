"""Draws the bank month: so many lines of every kind, from a seed, the truth beside each."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import cycle
from random import Random
from typing import TypedDict, Unpack

from consumers.formats.methods import Method
from service.demo.month_banks import BANKS, DAYS, WEEKS, Bank
from service.demo.month_lines import BankMonth, Known, MonthAdvice, MonthLine
from service.demo.month_town import Tenant, Town

_WORDS = {"HSG": "RENT", "COR": "HALL", "ASC": "CARE"}


class Said(TypedDict, total=False):
    """What a line says beside its text: see `MonthLine`."""

    owner: Tenant | None
    payer: Tenant | None
    payer_name: str | None
    paid_to: str | None
    method: Method
    batch: int


class Plan:
    """The month while it is drawn: makers of lines add to it."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.town = Town(rng)
        self.lines: list[MonthLine] = []
        self.advices: list[MonthAdvice] = []
        self.known = Known()
        self._turns: dict[tuple[Bank, ...], Callable[[], Bank]] = {}
        self._keys: set[tuple[str, int, date]] = set()

    def bank(self, *banks: Bank) -> Bank:
        """One of the banks, each in its turn."""
        if banks not in self._turns:
            self._turns[banks] = cycle(banks).__next__
        return self._turns[banks]()

    def day(self, *weeks: int) -> date:
        """A working day of one of the weeks, counted from 0; of the whole month without any."""
        days = [day for week in weeks for day in WEEKS[week]] if weeks else DAYS
        return self.rng.choice(days)

    def add(
        self,
        kind: str,
        bank: Bank,
        on: date,
        amount_minor: int,
        text: str,
        expected: str = "",
        **said: Unpack[Said],
    ) -> MonthLine:
        """Add a line; no two lines of a bank account and a day have the same amount."""
        owner = said.get("owner")
        line = MonthLine(
            kind,
            bank,
            on,
            amount_minor,
            text,
            expected,
            owner.place if owner else None,
            said.get("method", "bank_transfer"),
            said.get("payer") if bank.names_payers else None,
            said.get("payer_name"),
            said.get("paid_to"),
            said.get("batch", 0),
        )
        if line.key in self._keys:
            raise ValueError(f"two lines of {amount_minor} pence on {on}: {kind}")
        self._keys.add(line.key)
        self.lines.append(line)
        return line

    def word(self, bank: Bank) -> str:
        """What people call what they pay for."""
        return _WORDS[bank.unit]

    def month(self) -> BankMonth:
        """What was drawn, in the order of the days."""
        lines = sorted(self.lines, key=lambda line: (line.on, line.bank.code, line.amount_minor))
        return BankMonth(tuple(self.town.tenants), tuple(lines), tuple(self.advices), self.known)


def every(count: int, permille: int, least: int = 1) -> int:
    """How many lines of a kind there are among so many."""
    return max(least, count * permille // 1000)


def banks_of(units: Sequence[str] = ("HSG", "COR", "ASC")) -> tuple[Bank, ...]:
    """The bank accounts of units."""
    return tuple(bank for bank in BANKS if bank.unit in units)
