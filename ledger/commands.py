"""Every request that can be made of a debtor account, as one page.

Those about receipts in suspense, payer aliases, small balances and quarantine stand in
`suspense_commands`, `alias_commands`, `small_balance_commands` and `quarantine_commands`.

A command is what somebody wants; it holds no decision. Who asks, when it shall take effect and
where it came from stand around it in a `Request`. `action` is the word by which the authority
policy names it; `looks_back` says that its decider must see the stream's facts, not only the
state, because it undoes something that has left the state.
"""

from datetime import date
from typing import ClassVar, TypeAlias

from ledger.values import (
    AliasKind,
    CreditLine,
    CreditReason,
    DebtType,
    HoldKind,
    Instalment,
    InvoiceLine,
    Match,
    Method,
    ReversalReason,
    Value,
    WriteOffReason,
)
from ledger.values import AllocationTarget as AllocationTarget  # noqa: PLC0414 - a part of commands


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
    party_name_digest: str | None = None


class AmendAccount(AccountCommand):
    """Change terms, debt type, party or the digest of its name; what is None stays as it is."""

    action: ClassVar[str] = "amend_account"
    debt_type: DebtType | None = None
    party: str | None = None
    terms_days: int | None = None
    apply_credit: bool | None = None
    party_name_digest: str | None = None


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

    `invoice` is the invoice that the payer named, if any; `invoices` are several of which the
    amount is the explained sum, paid in that order. `rule` is how the account was found, and
    `match` why that was good enough with no person. `from_suspense` is the ledger's own: money
    leaves suspense by `IdentifySuspense` only.
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
    match: Match | None = None
    invoices: tuple[str, ...] | None = None


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


class MoveToSuspense(AccountCommand):
    """Take a receipt that was matched wrongly off the account, whose right account is not known.

    What it settled is taken back; what of it had left already is owed to us again. The money is in
    suspense as `new_receipt`, a name that no receipt has and that does not end in `/` and digits:
    those are the ledger's own names of parts.
    """

    action: ClassVar[str] = "move_to_suspense"
    looks_back: ClassVar[bool] = True
    receipt: str
    new_receipt: str
    reason: str


class AssignVirtualAccount(AccountCommand):
    """Give the account a bank account number of its own to pay to; for good.

    `virtual_account` is a sort code and an account number as `SSSSSS-NNNNNNNN`; what is written in
    another way is brought into that form by `references.virtual_account`.
    """

    action: ClassVar[str] = "assign_virtual_account"
    virtual_account: str


class RecordPaymentInstruction(AccountCommand):
    """Keep what the debtor asked for ("pay my March rent"); it beats every rule.

    With a receipt, what that receipt settled is taken back as far as it differs, and the targets
    are paid. Without one, the next payment of the account pays the targets first, once.
    """

    action: ClassVar[str] = "record_payment_instruction"
    looks_back: ClassVar[bool] = True
    instruction: str
    targets: tuple[AllocationTarget, ...]
    receipt: str | None = None
    given_on: date
    wording: str


class TransferCredit(AccountCommand):
    """Move unapplied credit to another account; both legs or none."""

    action: ClassVar[str] = "transfer_credit"
    transfer: str
    amount_minor: int
    to_unit: str
    to_account: str
    reason: str


class ProposeRefund(AccountCommand):
    """Ask for unapplied credit to be paid back.

    `accepts_claim_risk` says that the proposer knows that the payer of a Direct Debit can still
    claim it back from the bank.
    """

    action: ClassVar[str] = "propose_refund"
    refund: str
    amount_minor: int
    reason: str
    accepts_claim_risk: bool = False


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
    """Record that an approved refund left our bank.

    `paid_despite_claim` says that it left although the payer's bank claims the same money back.
    """

    action: ClassVar[str] = "record_refund_paid"
    refund: str
    payment_reference: str
    paid_despite_claim: bool | None = None


class RecordRefundFailed(AccountCommand):
    """Record that an approved or paid refund did not reach the debtor.

    `advice` is what Bacs said of it, when it did: its report and the day on which it was sent.
    """

    action: ClassVar[str] = "record_refund_failed"
    looks_back: ClassVar[bool] = True
    refund: str
    reason: str
    advice: str | None = None


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


class HoldForEstate(PlaceHold):
    """Place the hold of an account whose payer has died, as a bank tells it."""

    action: ClassVar[str] = "hold_for_estate"


class ReleaseHold(AccountCommand):
    """End a hold."""

    action: ClassVar[str] = "release_hold"
    hold: str
    outcome: str


class SuspenseCommand(Command):
    """A command to one receipt in suspense: of `ledger.suspense_commands`."""

    receipt: str


class AliasCommand(Command):
    """A command about one payer of a unit: of `ledger.alias_commands`."""

    unit: str
    kind: AliasKind
    digest: str


class SmallBalancesCommand(Command):
    """A command about one batch of small balances: of `ledger.small_balance_commands`."""

    batch: str


class QuarantineCommand(Command):
    """A command about a stream that is, or shall be, stopped: of `ledger.quarantine_commands`."""

    stream: str


class MandateCommand(Command):
    """A command about one Direct Debit mandate: of `ledger.mandate_commands`."""

    sun: str
    mandate: str


class CollectionRunCommand(Command):
    """A command about one submission to Bacs: of `ledger.collection_run_commands`."""

    run: str


class StandingOrderCommand(Command):
    """A command about one standing order to an account: of `ledger.standing_order_commands`."""

    unit: str
    standing_order: str


AnyCommand: TypeAlias = (
    AccountCommand
    | SuspenseCommand
    | AliasCommand
    | SmallBalancesCommand
    | QuarantineCommand
    | MandateCommand
    | CollectionRunCommand
    | StandingOrderCommand
)
