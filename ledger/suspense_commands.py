"""Every request that can be made of a receipt in suspense, as one page."""

from datetime import date
from typing import ClassVar, Literal

from ledger.commands import SuspenseCommand
from ledger.values import Candidate, Match, Method, ReversalReason


class SuspendReceipt(SuspenseCommand):
    """Post money whose account is not known.

    `bank_reference` is the bank's own name of the entry, by which an advice finds it, and
    `batch_payments` how many payments the entry stands for, when it is a batch that is not opened.
    """

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
    bank_reference: str | None = None
    batch_payments: int | None = None


class IdentifySuspense(SuspenseCommand):
    """Give a part or, without an amount, the rest to the account it belongs to.

    `rule` and `match` say how it was found when no person did; an officer gives neither.
    """

    action: ClassVar[str] = "identify_suspense"
    to_unit: str
    to_account: str
    amount_minor: int | None = None
    invoice: str | None = None
    reason: str
    rule: str | None = None
    match: Match | None = None
    invoices: tuple[str, ...] | None = None


class SplitSuspense(SuspenseCommand):
    """Make a part of a receipt a receipt of its own, that is found or sent back by itself.

    `new_receipt` is a name that no receipt has and that does not end in `/` and digits: those are
    the ledger's own names of parts. The digests are those of the part's payer, when known.
    """

    action: ClassVar[str] = "split_suspense"
    new_receipt: str
    amount_minor: int
    reason: str
    candidates: tuple[Candidate, ...] = ()
    payer_digest: str | None = None
    payer_account_digest: str | None = None


class AssignSuspense(SuspenseCommand):
    """Say who is to find out whose the money is; `owner` is the id of an actor."""

    action: ClassVar[str] = "assign_suspense"
    owner: str


class TransferSuspense(SuspenseCommand):
    """Send a part or the rest to a named place outside the debtors ledger."""

    action: ClassVar[str] = "transfer_suspense"
    to_gl_account: str
    amount_minor: int | None = None
    reason: str


class ProposeSuspenseReturn(SuspenseCommand):
    """Ask for a part or the rest to go back to its payer.

    `accepts_claim_risk` says that the proposer knows that the payer of a Direct Debit can still
    claim it back from the bank.
    """

    action: ClassVar[str] = "propose_suspense_return"
    suspense_return: str
    amount_minor: int | None = None
    way: Literal["refund", "return"] = "return"
    reason: str
    accepts_claim_risk: bool | None = None


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
    """Record that an approved return left our bank.

    `paid_despite_claim` says that it left although the payer's bank claims the same money back.
    """

    action: ClassVar[str] = "record_suspense_return_paid"
    suspense_return: str
    payment_reference: str
    paid_despite_claim: bool | None = None


class RecordSuspenseReturnFailed(SuspenseCommand):
    """Record that an approved or paid return did not reach the payer: it is in suspense again."""

    action: ClassVar[str] = "record_suspense_return_failed"
    suspense_return: str
    reason: str


class ReverseSuspense(SuspenseCommand):
    """The bank took back money that was still in suspense."""

    action: ClassVar[str] = "reverse_suspense"
    reason: ReversalReason
