"""Every request that can be made of a debtor account or of a receipt in suspense, as one page.

A command is what somebody wants; it holds no decision. Who asks, when it shall take effect and
where it came from stand around it in a `Request`. `action` is the word by which the authority
policy names it; `looks_back` says that its decider must see the stream's facts, not only the
state, because it undoes something that has left the state.
"""

from datetime import date
from typing import ClassVar, Literal, TypeAlias

from ledger.values import (
    Candidate,
    CreditLine,
    CreditReason,
    DebtType,
    HoldKind,
    Instalment,
    InvoiceLine,
    Method,
    ReversalReason,
    Value,
    WriteOffReason,
)


class Command(Value):
    """Base of all commands."""

    action: ClassVar[str]
    looks_back: ClassVar[bool] = False


class AccountCommand(Command):
    """A command to one debtor account."""

    unit: str
    account: str


class OpenAccount(AccountCommand):
    """Open a debtor account; the payment reference is minted by the ledger."""

    action: ClassVar[str] = "open_account"
    debt_type: DebtType
    party: str | None = None
    terms_days: int = 30
    apply_credit: bool = True
    currency: str = "GBP"


class AmendAccount(AccountCommand):
    """Change terms, debt type or party; what is None stays as it is."""

    action: ClassVar[str] = "amend_account"
    debt_type: DebtType | None = None
    party: str | None = None
    terms_days: int | None = None
    apply_credit: bool | None = None


class IssueInvoice(AccountCommand):
    """Post a bill. Without instalments the whole is due on `due_on`."""

    action: ClassVar[str] = "issue_invoice"
    invoice: str
    service: str
    invoiced_on: date
    tax_point_on: date
    due_on: date
    currency: str
    description: str
    po_reference: str | None = None
    lines: tuple[InvoiceLine, ...]
    instalments: tuple[Instalment, ...] = ()
    net_minor: int
    vat_minor: int
    gross_minor: int


class CreditInvoice(AccountCommand):
    """Credit an invoice by `lines`, or as a whole (`whole`): a cancellation."""

    action: ClassVar[str] = "credit_invoice"
    looks_back: ClassVar[bool] = True
    credit_note: str
    invoice: str
    reason: CreditReason
    source_document: str
    description: str = ""
    lines: tuple[CreditLine, ...] = ()
    gross_minor: int | None = None
    whole: bool = False


class ApproveCreditNote(AccountCommand):
    """Approve a credit note that was above its maker's authority."""

    action: ClassVar[str] = "approve_credit_note"
    credit_note: str


class RejectCreditNote(AccountCommand):
    """Turn down a proposed credit note."""

    action: ClassVar[str] = "reject_credit_note"
    credit_note: str
    reason: str


class ReceivePayment(AccountCommand):
    """Post money that is known to belong to this account, and allocate it by the named rules.

    `invoice` is the invoice that the payer named, if any. `rule` is how the account was found.
    """

    action: ClassVar[str] = "receive_payment"
    receipt: str
    amount_minor: int
    currency: str = "GBP"
    method: Method
    value_on: date
    rule: str
    invoice: str | None = None
    bank_account: str | None = None
    matched_reference: str | None = None
    payer_digest: str | None = None
    payer_account_digest: str | None = None
    from_suspense: str | None = None


class AllocationTarget(Value):
    """An item to allocate to or from; without an amount, as much as possible."""

    item: str
    amount_minor: int | None = None


class Allocate(AccountCommand):
    """Allocate unapplied credit of a receipt: to the targets, or without any, oldest due first."""

    action: ClassVar[str] = "allocate"
    receipt: str
    targets: tuple[AllocationTarget, ...] = ()


class Unallocate(AccountCommand):
    """Take allocations of a receipt back: from the targets, or without any, all of them."""

    action: ClassVar[str] = "unallocate"
    looks_back: ClassVar[bool] = True
    receipt: str
    targets: tuple[AllocationTarget, ...] = ()
    reason: str


class ReversePayment(AccountCommand):
    """The money of a receipt went back; re-open exactly what it paid."""

    action: ClassVar[str] = "reverse_payment"
    looks_back: ClassVar[bool] = True
    receipt: str
    reason: ReversalReason


class TransferCredit(AccountCommand):
    """Move unapplied credit to another account; both legs or none."""

    action: ClassVar[str] = "transfer_credit"
    transfer: str
    amount_minor: int
    to_unit: str
    to_account: str
    reason: str


class ProposeRefund(AccountCommand):
    """Ask for unapplied credit to be paid back."""

    action: ClassVar[str] = "propose_refund"
    refund: str
    amount_minor: int
    reason: str


class ApproveRefund(AccountCommand):
    """Approve a refund that another person proposed; everything is checked again."""

    action: ClassVar[str] = "approve_refund"
    refund: str


class RejectRefund(AccountCommand):
    """Turn down a proposed refund."""

    action: ClassVar[str] = "reject_refund"
    refund: str
    reason: str


class RecordRefundPaid(AccountCommand):
    """Record that an approved refund left our bank."""

    action: ClassVar[str] = "record_refund_paid"
    refund: str
    payment_reference: str


class RecordRefundFailed(AccountCommand):
    """Record that an approved or paid refund did not reach the debtor."""

    action: ClassVar[str] = "record_refund_failed"
    looks_back: ClassVar[bool] = True
    refund: str
    reason: str


class ProposeWriteOff(AccountCommand):
    """Put debt forward as irrecoverable; without an amount, all that is open on the invoice."""

    action: ClassVar[str] = "propose_write_off"
    write_off: str
    invoice: str
    amount_minor: int | None = None
    reason: WriteOffReason
    evidence: str


class ApproveWriteOff(AccountCommand):
    """Write off what another person proposed; everything is checked again."""

    action: ClassVar[str] = "approve_write_off"
    write_off: str


class RejectWriteOff(AccountCommand):
    """Turn down a proposed write-off."""

    action: ClassVar[str] = "reject_write_off"
    write_off: str
    reason: str


class WriteBack(AccountCommand):
    """Make written-off debt collectable again; without an amount, all that was written off."""

    action: ClassVar[str] = "write_back"
    looks_back: ClassVar[bool] = True
    write_off: str
    amount_minor: int | None = None
    reason: str


class PlaceHold(AccountCommand):
    """Put a hold on the account or on one invoice; a dispute names its amount and department."""

    action: ClassVar[str] = "place_hold"
    hold: str
    kind: HoldKind
    invoice: str | None = None
    amount_minor: int | None = None
    department: str | None = None
    until: date | None = None
    reason: str


class ReleaseHold(AccountCommand):
    """End a hold."""

    action: ClassVar[str] = "release_hold"
    hold: str
    outcome: str


class SuspenseCommand(Command):
    """A command to one receipt in suspense."""

    receipt: str


class SuspendReceipt(SuspenseCommand):
    """Post money whose account is not known."""

    action: ClassVar[str] = "suspend_receipt"
    unit: str
    amount_minor: int
    currency: str = "GBP"
    method: Method
    value_on: date
    reason: str
    candidates: tuple[Candidate, ...] = ()
    bank_account: str | None = None
    payer_digest: str | None = None
    payer_account_digest: str | None = None


class IdentifySuspense(SuspenseCommand):
    """Give a part or, without an amount, the rest to the account it belongs to."""

    action: ClassVar[str] = "identify_suspense"
    to_unit: str
    to_account: str
    amount_minor: int | None = None
    invoice: str | None = None
    reason: str


class TransferSuspense(SuspenseCommand):
    """Send a part or the rest to a named place outside the debtors ledger."""

    action: ClassVar[str] = "transfer_suspense"
    to_gl_account: str
    amount_minor: int | None = None
    reason: str


class ProposeSuspenseReturn(SuspenseCommand):
    """Ask for a part or the rest to go back to its payer."""

    action: ClassVar[str] = "propose_suspense_return"
    suspense_return: str
    amount_minor: int | None = None
    way: Literal["refund", "return"] = "return"
    reason: str


class ApproveSuspenseReturn(SuspenseCommand):
    """Approve a return to the payer that another person proposed."""

    action: ClassVar[str] = "approve_suspense_return"
    suspense_return: str


class RejectSuspenseReturn(SuspenseCommand):
    """Turn down a proposed return to the payer."""

    action: ClassVar[str] = "reject_suspense_return"
    suspense_return: str
    reason: str


class RecordSuspenseReturnPaid(SuspenseCommand):
    """Record that an approved return left our bank."""

    action: ClassVar[str] = "record_suspense_return_paid"
    suspense_return: str
    payment_reference: str


class ReverseSuspense(SuspenseCommand):
    """The bank took back money that was still in suspense."""

    action: ClassVar[str] = "reverse_suspense"
    reason: ReversalReason


AnyCommand: TypeAlias = AccountCommand | SuspenseCommand
