"""Every fact of a debtor account, readable as one page.

A fact is immutable and pure: what happened, never who told us or when we learned it (that is the
envelope's). Amounts are integers of minor units in the fact's currency. Each fact has a chosen
topic with a version; a stored fact is never changed, a new shape is a new version plus an upcast.
Facts hold no personal data: a debtor is an opaque party id, a payer is a keyed digest.
"""

from datetime import date
from typing import ClassVar

from ledger.values import (
    AllocationTarget,
    CreditLine,
    CreditReason,
    DebtType,
    Fact,
    HoldKind,
    Instalment,
    InvoiceLine,
    ItemAmount,
    Match,
    Method,
    ReceiptAmount,
    ReversalReason,
    SmallBalanceReason,
    Variance,
    WriteOffReason,
)


class AccountFact(Fact):
    """A fact of one debtor account."""

    unit: str
    account: str


class MoneyFact(AccountFact):
    """A fact that moves money on a debtor account."""

    debt_type: DebtType
    currency: str


# --- the account ---------------------------------------------------------------------------------


class AccountOpened(AccountFact):
    """A debtor account exists; `reference` is the payment reference with check digits we minted."""

    topic: ClassVar[str] = "account-opened.v1"
    reference: str
    debt_type: DebtType
    party: str | None = None
    terms_days: int
    apply_credit: bool
    currency: str
    party_name_digest: str | None = None


class AccountAmended(AccountFact):
    """Terms, debt type, party or its name's digest changed; only what changed is present."""

    topic: ClassVar[str] = "account-amended.v1"
    debt_type: DebtType | None = None
    party: str | None = None
    terms_days: int | None = None
    apply_credit: bool | None = None
    party_name_digest: str | None = None


class VirtualAccountAssigned(AccountFact):
    """The account has a bank account number of its own (`SSSSSS-NNNNNNNN`), and no other ever."""

    topic: ClassVar[str] = "virtual-account-assigned.v1"
    virtual_account: str


class PaymentInstructionRecorded(AccountFact):
    """What the debtor asked his money to pay: of one receipt, or of the next payment that comes."""

    topic: ClassVar[str] = "payment-instruction-recorded.v1"
    instruction: str
    targets: tuple[AllocationTarget, ...]
    receipt: str | None = None
    given_on: date
    wording: str


class HoldPlaced(AccountFact):
    """Something stands against collection: a dispute with its amount, or another hold."""

    topic: ClassVar[str] = "hold-placed.v1"
    hold: str
    kind: HoldKind
    invoice: str | None = None
    amount_minor: int | None = None
    department: str | None = None
    until: date | None = None
    reason: str


class HoldReleased(AccountFact):
    """A hold ended, with its outcome in a word."""

    topic: ClassVar[str] = "hold-released.v1"
    hold: str
    outcome: str


# --- bills and credit notes ----------------------------------------------------------------------


class InvoiceIssued(MoneyFact):
    """A bill: the account owes `gross_minor`, in one or more instalments."""

    topic: ClassVar[str] = "invoice-issued.v1"
    invoice: str
    service: str
    invoiced_on: date
    tax_point_on: date
    due_on: date
    description: str
    po_reference: str | None = None
    lines: tuple[InvoiceLine, ...]
    instalments: tuple[Instalment, ...]
    gross_minor: int


class CreditNoteProposed(MoneyFact):
    """A credit note above its maker's authority; no money moves until another approves."""

    topic: ClassVar[str] = "credit-note-proposed.v1"
    proposed_by: str
    credit_note: str
    invoice: str
    reason: CreditReason
    source_document: str
    description: str
    lines: tuple[CreditLine, ...]
    gross_minor: int


class CreditNoteRejected(AccountFact):
    """A proposed credit note was turned down."""

    topic: ClassVar[str] = "credit-note-rejected.v1"
    credit_note: str
    reason: str


class InvoiceCredited(MoneyFact):
    """A credit note reduced what is open on an invoice; `settles` says which instalments."""

    topic: ClassVar[str] = "invoice-credited.v1"
    credit_note: str
    invoice: str
    reason: CreditReason
    source_document: str
    description: str
    lines: tuple[CreditLine, ...]
    settles: tuple[ItemAmount, ...]
    gross_minor: int


# --- cash ----------------------------------------------------------------------------------------


class PaymentReceived(MoneyFact):
    """Money for a known account; it is unapplied credit until it is allocated.

    `match` is there when a score decided with no person; `instruction` names the debtor's standing
    instruction that was used up by this payment.
    """

    topic: ClassVar[str] = "payment-received.v1"
    receipt: str
    amount_minor: int
    method: Method
    value_on: date
    rule: str
    variance: Variance
    variance_minor: int
    bank_account: str | None = None
    matched_reference: str | None = None
    payer_digest: str | None = None
    payer_account_digest: str | None = None
    from_suspense: str | None = None
    match: Match | None = None
    instruction: str | None = None


class PaymentAllocated(MoneyFact):
    """Unapplied credit of a receipt settled open items, by a named rule."""

    topic: ClassVar[str] = "payment-allocated.v1"
    receipt: str
    value_on: date
    rule: str
    lines: tuple[ItemAmount, ...]


class PaymentUnallocated(MoneyFact):
    """An allocation was taken back: the items are open again, the credit is unapplied again."""

    topic: ClassVar[str] = "payment-unallocated.v1"
    receipt: str
    method: Method
    value_on: date
    reason: str
    lines: tuple[ItemAmount, ...]


class PaymentReversed(MoneyFact):
    """The money went back: what it paid is open again.

    `reopened` is what was still allocated, `unapplied_minor` what was not, `recoverable_minor`
    what had already left the receipt (refunded or transferred) and is now owed to us again.
    The three add up to `amount_minor`.
    """

    topic: ClassVar[str] = "payment-reversed.v1"
    receipt: str
    amount_minor: int
    method: Method
    value_on: date
    reversed_on: date
    service: str
    reason: ReversalReason
    reopened: tuple[ItemAmount, ...]
    unapplied_minor: int
    recoverable_minor: int
    bank_account: str | None = None


class PaymentMovedToSuspense(MoneyFact):
    """The account was the wrong one: the receipt's whole money is in suspense, as `new_receipt`.

    Before it stands the taking back of what it settled. `unapplied_minor` was then on the account;
    `recoverable_minor` had left it already (refunded or transferred) and is owed to us again. The
    two add up to `amount_minor`; the leg in suspense is in the same append.
    """

    topic: ClassVar[str] = "payment-moved-to-suspense.v1"
    receipt: str
    new_receipt: str
    amount_minor: int
    method: Method
    value_on: date
    moved_on: date
    service: str
    reason: str
    unapplied_minor: int
    recoverable_minor: int


class CreditTransferredOut(MoneyFact):
    """Unapplied credit left this account for another; the other leg is in the same append."""

    topic: ClassVar[str] = "credit-transferred-out.v1"
    transfer: str
    receipts: tuple[ReceiptAmount, ...]
    amount_minor: int
    to_unit: str
    to_account: str
    reason: str


class CreditTransferredIn(MoneyFact):
    """Unapplied credit came from another account, as a receipt of its own."""

    topic: ClassVar[str] = "credit-transferred-in.v1"
    transfer: str
    receipt: str
    amount_minor: int
    value_on: date
    method: Method
    from_unit: str
    from_account: str
    from_receipts: tuple[ReceiptAmount, ...]
    reason: str


# --- refunds -------------------------------------------------------------------------------------


class RefundProposed(MoneyFact):
    """A refund of unapplied credit is asked for; no money moves yet."""

    topic: ClassVar[str] = "refund-proposed.v1"
    proposed_by: str
    refund: str
    receipts: tuple[ReceiptAmount, ...]
    amount_minor: int
    reason: str
    accepts_claim_risk: bool | None = None


class RefundApproved(MoneyFact):
    """Another person approved: the credit is now payable to the debtor."""

    topic: ClassVar[str] = "refund-approved.v1"
    refund: str
    receipts: tuple[ReceiptAmount, ...]
    amount_minor: int


class RefundRejected(AccountFact):
    """A proposed refund was turned down or lapsed."""

    topic: ClassVar[str] = "refund-rejected.v1"
    refund: str
    reason: str


class RefundPaid(MoneyFact):
    """The refund left our bank; `claim` is its payer's bank's claim on the same money, if any."""

    topic: ClassVar[str] = "refund-paid.v1"
    refund: str
    amount_minor: int
    paid_on: date
    payment_reference: str
    claim: str | None = None


class RefundFailed(MoneyFact):
    """The refund came back: the credit is unapplied again."""

    topic: ClassVar[str] = "refund-failed.v1"
    refund: str
    receipts: tuple[ReceiptAmount, ...]
    amount_minor: int
    was_paid: bool
    reason: str
    advice: str | None = None


class RefundReturned(AccountFact):
    """The bank credited the money of a refund that failed; its receipt's leg is in the append.

    The account has its credit since the refund failed: nothing moves on it.
    """

    topic: ClassVar[str] = "refund-returned.v1"
    refund: str
    amount_minor: int
    receipt: str


# --- write-offs ----------------------------------------------------------------------------------


class WriteOffProposed(MoneyFact):
    """Debt is put forward as irrecoverable, with reason and evidence; no money moves yet."""

    topic: ClassVar[str] = "write-off-proposed.v1"
    proposed_by: str
    write_off: str
    invoice: str
    amount_minor: int
    reason: WriteOffReason
    evidence: str


class WriteOffApproved(MoneyFact):
    """An authorised person wrote the debt off: by itself, or in a batch of small balances."""

    topic: ClassVar[str] = "write-off-approved.v1"
    write_off: str
    invoice: str
    amount_minor: int
    reason: WriteOffReason
    lines: tuple[ItemAmount, ...]
    batch: str | None = None
    small_balance: SmallBalanceReason | None = None


class WriteOffRejected(AccountFact):
    """A proposed write-off was turned down."""

    topic: ClassVar[str] = "write-off-rejected.v1"
    write_off: str
    reason: str


class DebtWrittenBack(MoneyFact):
    """Written-off debt is collectable again, because money or news came."""

    topic: ClassVar[str] = "debt-written-back.v1"
    write_off: str
    amount_minor: int
    reason: str
    lines: tuple[ItemAmount, ...]
