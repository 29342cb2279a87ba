"""The state of one debtor account: only what the next decision needs.

A settled invoice leaves the state, so it does not grow with history. What stays is what is open,
unapplied credit, live proposals, holds, and debt that was written off and may wake up.

`raised_on` of an item or of a credit is the latest effective date on which it was raised (issued,
re-opened, received). Nothing may lower it with an earlier effective date; by that rule no item and
no credit is ever negative, at any date, as known at any time.
"""

from dataclasses import dataclass
from datetime import date

from ledger import events as e
from ledger.values import DebtType, Fact, ItemAmount, Method, Value

STATE_SHAPE = 1  # raise it when AccountState changes: stored rows of another shape are refolded
SETTLED_KEPT_MAX = 24  # recently settled invoices, by which a second payment is called a duplicate


@dataclass(frozen=True, slots=True)
class Dated:
    """A fact with the date on which it takes effect."""

    fact: Fact
    effective_on: date


class OpenInstalment(Value):
    """What is still open of one instalment."""

    number: int
    due_on: date
    open_minor: int


class OpenItem(Value):
    """One invoice, or a recoverable reversal, with the instalments that are open."""

    item: str
    service: str
    invoiced_on: date
    raised_on: date
    gross_minor: int
    instalments: tuple[OpenInstalment, ...]

    @property
    def open_minor(self) -> int:
        """What is open on the item."""
        return sum(instalment.open_minor for instalment in self.instalments)


class Credit(Value):
    """The unapplied part of one receipt."""

    receipt: str
    method: Method
    value_on: date
    raised_on: date
    unapplied_minor: int


class SettledItem(Value):
    """An invoice that was settled in full."""

    item: str
    gross_minor: int


class WrittenOff(Value):
    """Written-off debt that may be written back."""

    invoice: str
    raised_on: date
    lines: tuple[ItemAmount, ...]


class YearTotals(Value):
    """What was refunded and written off in a financial year, against splitting to avoid a limit."""

    year: int = 0
    refunded_minor: int = 0
    written_off_minor: int = 0


class AccountState(Value):
    """What the next decision about an account must know."""

    unit: str
    account: str
    reference: str
    debt_type: DebtType
    party: str | None
    terms_days: int
    apply_credit: bool
    currency: str
    opened_on: date
    items: dict[str, OpenItem] = {}
    credits: dict[str, Credit] = {}
    settled: tuple[SettledItem, ...] = ()
    written_off: dict[str, WrittenOff] = {}
    credit_notes: dict[str, e.CreditNoteProposed] = {}
    refunds: dict[str, e.RefundProposed] = {}
    refunds_payable: dict[str, e.RefundApproved] = {}
    write_offs: dict[str, e.WriteOffProposed] = {}
    holds: dict[str, e.HoldPlaced] = {}
    totals: YearTotals = YearTotals()

    @property
    def open_minor(self) -> int:
        """What the account owes, before unapplied credit."""
        return sum(item.open_minor for item in self.items.values())

    @property
    def unapplied_minor(self) -> int:
        """Unapplied credit, as a positive amount."""
        return sum(credit.unapplied_minor for credit in self.credits.values())
