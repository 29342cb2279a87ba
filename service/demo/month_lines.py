"""The bank month as values: lines with the truth beside them, advices, what officers know."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from consumers.formats.methods import Method
from consumers.matching import rules
from service.demo.month_banks import Bank
from service.demo.month_town import Tenant

UNOPENED = "unopened-batch"
LineKey: TypeAlias = tuple[str, int, date]  # bank account, pence, value date


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One line as the bank books it, and what must become of it.

    `expected` is the rule that puts it on the account of `owner`, the reason for which it waits in
    suspense, or empty for a line that is no receipt. `owner` is whose money it is: nobody's here
    when it is None. `paid_to` is a virtual account, `batch` the number of payments in one sum that
    the bank does not list.
    """

    kind: str
    bank: Bank
    on: date
    amount_minor: int
    text: str
    expected: str
    owner: tuple[str, str] | None = None
    method: Method = "bank_transfer"
    payer: Tenant | None = None
    payer_name: str | None = None
    paid_to: str | None = None
    batch: int = 0

    @property
    def key(self) -> LineKey:
        """What tells it from every other line of the month."""
        return self.bank.account, self.amount_minor, self.on

    @property
    def is_applied(self) -> bool:
        """Whether it must go to its account with no person."""
        return self.expected in rules.RULES

    @property
    def name(self) -> str | None:
        """Who paid, as the bank calls him."""
        return self.payer_name or (self.payer.payer if self.payer else None)


@dataclass(frozen=True, slots=True)
class AdvisedPayment:
    """One payment of an advice; a negative one is taken back. `waits`: it falls short."""

    tenant: Tenant
    amount_minor: int
    text: str
    waits: bool = False


@dataclass(frozen=True, slots=True)
class MonthAdvice:
    """A document about the money of one line."""

    kind: str
    line: MonthLine
    arrives_on: date
    payments: tuple[AdvisedPayment, ...]


@dataclass(frozen=True, slots=True)
class MonthReturn:
    """A Direct Debit or cheque that came back: the payment, and the day on which the bank says."""

    line: MonthLine
    reference: str
    on: date


@dataclass(slots=True)
class Known:
    """What officers and debtors know that no bank line says."""

    virtual: list[tuple[Tenant, str]] = field(default_factory=list)
    instructions: list[Tenant] = field(default_factory=list)
    remembered: dict[LineKey, Tenant] = field(default_factory=dict)
    mixed_up: dict[LineKey, tuple[Tenant, Tenant]] = field(default_factory=dict)  # right, wrong
    shared: dict[LineKey, tuple[Tenant, Tenant]] = field(default_factory=dict)
    strangers: dict[LineKey, str] = field(default_factory=dict)  # what is done with their money
    cheques: list[MonthReturn] = field(default_factory=list)
    debits: list[MonthReturn] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BankMonth:
    """Everything of the month."""

    tenants: tuple[Tenant, ...]
    lines: tuple[MonthLine, ...]
    advices: tuple[MonthAdvice, ...]
    known: Known

    def truth(self) -> dict[LineKey, MonthLine]:
        """The lines by what tells them apart."""
        return {line.key: line for line in self.lines}

    def advised(self) -> Iterator[tuple[MonthAdvice, AdvisedPayment]]:
        """Every payment of every advice."""
        for advice in self.advices:
            for payment in advice.payments:
                yield advice, payment
