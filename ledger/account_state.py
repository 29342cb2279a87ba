"""The state of one debtor account: only what the next decision needs.

A settled invoice leaves the state, so it does not grow with history. What stays is what is open,
unapplied credit, live proposals, holds, and debt that was written off and may wake up.

`raised_on` of an item or of a credit is the latest effective date on which it was raised (issued,
re-opened, received). Nothing may lower it with an earlier effective date; by that rule no item and
no credit is ever negative, at any date, as known at any time.
"""

from datetime import date
from typing import NamedTuple

from pydantic import Field

from ledger import events as e
from ledger import indemnity_events as i
from ledger.calendar import financial_year
from ledger.sent_refunds import SentRefund
from ledger.values import DebtType, Fact, ItemAmount, Method, Value

STATE_SHAPE = 7  # raise it when AccountState changes: stored rows of another shape are refolded
COLLECTION = "DD:"  # so begins the receipt of a collection; its name follows
COLLECTED_KEPT_MAX = 48  # of two mandates, each with its collections of two years
SETTLED_KEPT_MAX = 24  # recently settled invoices, by which a second payment is called a duplicate


def collection_receipt(collection: str) -> str:
    """The name of the receipt by which a collection is credited to its account."""
    return f"{COLLECTION}{collection}"


class Dated(NamedTuple):
    """A fact with the date on which it takes effect."""

    fact: Fact
    effective_on: date


class OpenInstalment(Value):
    """What is still open of one instalment."""

    number: int
    due_on: date
    open_minor: int = Field(ge=0)


class OpenItem(Value):
    """One invoice, or a recoverable reversal, with the instalments that are open."""

    item: str
    service: str
    invoiced_on: date
    raised_on: date
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
    unapplied_minor: int = Field(ge=0)


class WrittenOff(Value):
    """Written-off debt that may be written back."""

    invoice: str
    raised_on: date
    lines: tuple[ItemAmount, ...]


class Payable(Value):
    """An approved refund that has not left our bank, and the day from which it was payable.

    `claims` are the claims of payers' banks on the same money: paid too, it is paid twice.
    """

    amount_minor: int
    approved_on: date
    receipts: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


class YearTotals(Value):
    """What was refunded and written off in a financial year, against splitting to avoid a limit.

    `small_balances_minor` is the part of what was written off that was in batches of small ones.
    """

    year: int
    refunded_minor: int = 0
    written_off_minor: int = 0
    small_balances_minor: int = 0


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
    items: dict[str, OpenItem] = Field(default_factory=dict)
    credits: dict[str, Credit] = Field(default_factory=dict)
    settled: tuple[str, ...] = ()
    written_off: dict[str, WrittenOff] = Field(default_factory=dict)
    credit_notes: dict[str, e.CreditNoteProposed] = Field(default_factory=dict)
    refunds: dict[str, e.RefundProposed] = Field(default_factory=dict)
    refunds_payable: dict[str, Payable] = Field(default_factory=dict)
    refunds_sent: dict[str, SentRefund] = Field(default_factory=dict)
    write_offs: dict[str, e.WriteOffProposed] = Field(default_factory=dict)
    holds: dict[str, e.HoldPlaced] = Field(default_factory=dict)
    instructions: dict[str, e.PaymentInstructionRecorded] = Field(default_factory=dict)
    collected: tuple[str, ...] = ()
    claims: dict[str, i.IndemnityClaimRaised] = Field(default_factory=dict)
    claimed: tuple[i.CreditClaimed, ...] = ()
    taken_back: tuple[i.CreditClaimed, ...] = ()
    virtual_accounts: tuple[str, ...] = ()
    party_name_digest: str | None = None
    totals: tuple[YearTotals, ...] = ()

    @property
    def open_minor(self) -> int:
        """What the account owes, before unapplied credit."""
        return sum(item.open_minor for item in self.items.values())

    @property
    def unapplied_minor(self) -> int:
        """Unapplied credit, as a positive amount."""
        return sum(credit.unapplied_minor for credit in self.credits.values())

    def totals_of(self, day: date) -> YearTotals:
        """What was refunded and written off in the financial year of a day."""
        year = financial_year(day)
        found = (totals for totals in self.totals if totals.year == year)
        return next(found, YearTotals(year=year))
