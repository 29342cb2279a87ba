"""The closed lists and the small values that facts and commands are made of."""

from datetime import date
from typing import ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

DebtType: TypeAlias = Literal[
    "sundry",
    "rent",
    "service_charge",
    "garage",
    "housing_benefit_overpayment",
    "adult_social_care",
    "commercial_rent",
    "licence",
]
Method: TypeAlias = Literal[
    "bank_transfer", "direct_debit", "standing_order", "cheque", "cash", "card", "other"
]
CreditReason: TypeAlias = Literal[
    "billing_error",
    "overcharge",
    "duplicate_bill",
    "service_not_provided",
    "agreed_reduction",
    "tenancy_ended",
    "cancelled",
]
Variance: TypeAlias = Literal[
    "exact", "part_payment", "overpayment", "duplicate_payment", "on_account"
]
ReversalReason: TypeAlias = Literal[
    "cheque_bounced",
    "direct_debit_unpaid",
    "indemnity_claim",
    "recalled_by_bank",
    "posted_in_error",
]
WriteOffReason: TypeAlias = Literal[
    "uneconomic",
    "insolvent",
    "deceased_no_estate",
    "absconded",
    "statute_barred",
    "cannot_be_proved",
    "court_refused",
    "hardship",
    "small_balance",
]
SmallBalanceReason: TypeAlias = Literal["small_balance", "short_payment", "rounding"]
# Direct Debit: how the payer agreed; what was found when the account was checked; Bacs codes.
MandateScheme: TypeAlias = Literal["paper", "paperless"]
DetailsCheck: TypeAlias = Literal["valid", "cannot_be_checked"]
InstructionCode: TypeAlias = Literal["0N", "0S", "0C"]
CollectionCode: TypeAlias = Literal["01", "17", "18", "19"]
CancelledBy: TypeAlias = Literal["payer", "bank", "us", "deceased"]
MandateEnd: TypeAlias = Literal["expired", "dormant", "erased"]
StoppedHow: TypeAlias = Literal[
    "rejected", "returned", "withdrawn", "abandoned", "mandate_rejected"
]
CollectionLayout: TypeAlias = Literal["standard18", "paygate", "accesspay"]
ClaimOutcome: TypeAlias = Literal["settled", "withdrawn", "returned"]
# Standing orders: how often they pay, and who told us.
Frequency: TypeAlias = Literal["weekly", "fortnightly", "four_weekly", "monthly", "quarterly"]
ToldBy: TypeAlias = Literal["payer", "letter", "bank", "bank_lines", "department"]
AliasKind: TypeAlias = Literal["account", "name"]
HoldKind: TypeAlias = Literal["dispute", "breathing_space", "insolvency", "vulnerability", "other"]


class Value(BaseModel):
    """A frozen value; unknown fields are an error, so nothing is dropped silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class InvoiceLine(Value):
    """One line of a bill: what it is for, how it is coded, and its VAT."""

    description: str
    service: str
    cost_code: str
    vat_code: str
    net_minor: int
    vat_minor: int
    period_from: date | None = None
    period_to: date | None = None


class Instalment(Value):
    """A part of an invoice with a due date of its own; numbered from 1."""

    number: int
    due_on: date
    amount_minor: int


class CreditLine(Value):
    """A part of a credit note, coded like the invoice line that it reduces."""

    service: str
    cost_code: str
    vat_code: str
    net_minor: int
    vat_minor: int


class ItemAmount(Value):
    """An amount on one instalment of one open item, with what ageing must know of it."""

    item: str
    instalment: int
    service: str
    invoiced_on: date
    due_on: date
    amount_minor: int


class ReceiptAmount(Value):
    """An amount of the unapplied credit of one receipt, with what a fold must know of it."""

    receipt: str
    value_on: date
    method: Method
    amount_minor: int


class ClaimedRefund(Value):
    """A refund of money that a bank claims back: to be stopped, or paid already.

    It is of the receipt by its name where the refund was made: on an account, or in suspense.
    """

    refund: str
    receipt: str
    unit: str | None = None
    account: str | None = None
    amount_minor: int
    is_paid: bool


class RulePoints(Value):
    """A matching rule that held, and the points that the policy of the day gives for it."""

    rule: str
    points: int


class Candidate(Value):
    """An account that a receipt may belong to, and the rule that says most for it.

    `score` is the sum of the points of `rules`; `invoices` are the bills that it would pay. The
    three are absent where no matching policy was asked.
    """

    unit: str
    account: str
    rule: str
    score: int | None = None
    rules: tuple[RulePoints, ...] | None = None
    invoices: tuple[str, ...] | None = None


class Match(Value):
    """Why a receipt was given to its account with no person: the score, its rules, the second best.

    `policy_from` is the date from which the matching policy was in force by which it was decided.
    """

    policy_from: date
    score: int
    rules: tuple[RulePoints, ...]
    runner_up: Candidate | None = None


class AllocationTarget(Value):
    """An item to allocate to or from; without an amount, as much as possible."""

    item: str
    amount_minor: int | None = None


class AnnouncedCollection(Value):
    """What a payer was told will be taken, and on which day the account is debited."""

    entry_on: date
    amount_minor: int


class SmallBalanceLine(Value):
    """What is left open on one invoice, and why it may be written off without a case."""

    unit: str
    account: str
    invoice: str
    amount_minor: int
    reason: SmallBalanceReason


class Tolerance(Value):
    """How far from its day a credit of a standing order counts, and when the order has stopped."""

    early_days: int
    late_after_working_days: int
    stopped_after_missed: int


class Refusal(Value):
    """One reason why an input was refused: a code of `ledger.rejections` and its sentence."""

    code: str
    sentence: str


class Fact(Value):
    """Base of all facts."""

    topic: ClassVar[str]
