"""The orders of a long history: four financial years of a council, in the order of recording.

Cheap and repeatable: an order is a few numbers, and `facts` makes an event of it only when it must
be appended. So a build that was stopped goes over what is in the log already without encoding it.
Bills are paid early, late, in part, through suspense or not at all; some receipts are recorded long
after their value date, some bounce, some are refunded; every bank day has its statement.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple, TypeAlias

FIRST = date(2022, 4, 1)
DAYS = 4 * 365 + 1
SEED = 20260331
EVENTS_PER_BILL = 3.12
UNITS = ("COR", "HSG", "ASC")
_TERMS_DAYS = 28

Kind: TypeAlias = Literal[
    "opened",
    "billed",
    "disputed",
    "settled_dispute",
    "received",
    "allocated",
    "suspended",
    "identified",
    "found",
    "credited",
    "written_off",
    "refund_approved",
    "refund_paid",
    "refund_on_statement",
    "bounced",
    "statement",
]


class Bill(NamedTuple):
    """A bill and what becomes of it; dates are days since the first."""

    number: int
    account: int
    billed: int
    amount_minor: int
    paid_minor: int
    paid: int
    by_bank: bool

    @property
    def due(self) -> int:
        """The day on which it falls due."""
        return self.billed + _TERMS_DAYS


@dataclass(frozen=True, slots=True)
class Order:
    """An event to be made: its kind, the day it is recorded on, and what it is about.

    `amounts` are the statement's opening, posted, suspended and other sums with their counts.
    """

    kind: Kind
    recorded: int
    bill: Bill
    amounts: tuple[int, ...] = ()


def day(number: int) -> date:
    """The date of a day of the history."""
    return FIRST + timedelta(days=number)


def unit_of(account: int) -> str:
    """The unit that an account belongs to."""
    return UNITS[account % len(UNITS)]


def orders(events: int, accounts: int) -> Iterator[Order]:
    """About `events` orders of as many accounts as given; the caller stops where he wants."""
    chance = random.Random(SEED)  # noqa: S311 - a repeatable history, no secret
    bills = int((events - accounts) / EVENTS_PER_BILL)
    for account in range(accounts):
        yield Order("opened", 0, _nothing(account))
    waiting: dict[int, list[Order]] = defaultdict(list)
    bank = _Bank()
    number = 0
    today = 0
    while True:
        for _ in range(max(1, bills // DAYS)):
            number += 1
            for order in _life(chance, number, chance.randrange(accounts), today):
                waiting[order.recorded].append(order)
        for order in waiting.pop(today, ()):
            bank.see(order)
            yield order
        yield from bank.statements(today)
        today += 1


def _nothing(account: int) -> Bill:
    return Bill(0, account, 0, 0, 0, 0, by_bank=False)


def _life(chance: random.Random, number: int, account: int, today: int) -> Iterator[Order]:
    """Everything that will be recorded about one bill, each with its day."""
    fate, amount = chance.random(), chance.randrange(1_000, 41_000)
    recorded = today + (chance.randrange(5, 90) if chance.random() < 0.01 else 0)
    paid = max(today + _TERMS_DAYS - 20 + int(chance.random() ** 2 * 150), recorded)
    is_late = chance.random() < 0.02
    told = paid + (chance.randrange(30, 300) if is_late else 1)
    paid_minor = amount // 2 if fate < 0.05 else amount + (1_000 + number % 7_000) * (fate > 0.98)
    bill = Bill(number, account, today, amount, paid_minor, paid, by_bank=not is_late)
    yield Order("billed", recorded, bill)
    if number % 5 == 0:
        yield Order("disputed", recorded + 20, bill)
        yield Order("settled_dispute", recorded + 35, bill)
    if fate < 0.03:
        yield from _through_suspense(bill, told, told + chance.randrange(3, 12))
    elif fate < 0.85 or fate > 0.98:
        yield Order("received", told, bill)
        yield Order("allocated", told, bill)
    if fate > 0.98:
        yield Order("refund_approved", told + 20, bill)
        yield Order("refund_paid", told + 22, bill)
        yield Order("refund_on_statement", told + 23, bill)
    elif 0.84 < fate < 0.85:
        yield Order("bounced", told + 10, bill)
    elif 0.85 < fate < 0.90:
        yield Order("credited", recorded + 61, bill)
    elif 0.90 < fate < 0.92:
        yield Order("written_off", recorded + 300, bill)


def _through_suspense(bill: Bill, told: int, found: int) -> Iterator[Order]:
    yield Order("suspended", told, bill)
    for kind in ("identified", "found", "allocated"):
        yield Order(kind, found, bill)


class _Bank:
    """What each unit's bank account showed on a day, and its balance before."""

    def __init__(self) -> None:
        self._balance = dict.fromkeys(UNITS, 0)
        self._today: dict[str, list[int]] = defaultdict(lambda: [0] * 6)

    def see(self, order: Order) -> None:
        """Count what is on the statement: lines and pounds, posted, suspended and other."""
        bill, place, amount = order.bill, -1, 0
        if order.kind == "received" and bill.by_bank:
            place, amount = 0, bill.paid_minor
        elif order.kind == "suspended" and bill.by_bank:
            place, amount = 2, bill.paid_minor
        elif order.kind == "refund_on_statement":
            place, amount = 4, bill.amount_minor - bill.paid_minor
        elif order.kind == "bounced" and bill.by_bank:
            place, amount = 4, -bill.paid_minor
        if place >= 0:
            sums = self._today[unit_of(bill.account)]
            sums[place] += 1
            sums[place + 1] += amount

    def statements(self, today: int) -> Iterator[Order]:
        """The statements of the units whose account moved."""
        for number, unit in enumerate(UNITS):
            if unit in self._today:
                sums = self._today.pop(unit)
                opening = self._balance[unit]
                self._balance[unit] += sums[1] + sums[3] + sums[5]
                yield Order("statement", today, _nothing(number), (opening, *sums))
