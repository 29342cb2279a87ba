"""The facts of money that came in without an account: a receipt in suspense."""

from datetime import date
from typing import ClassVar, Literal

from ledger.values import Candidate, ClaimOutcome, Fact, Method, ReversalReason


class ReceiptFact(Fact):
    """A fact of a receipt that is, or was, in suspense."""

    receipt: str
    unit: str
    currency: str


class ReceiptSuspended(ReceiptFact):
    """Money came in that could not be identified; candidates are kept with their rules.

    `bank_reference` is the bank's own name of the entry; `batch_payments` is how many payments it
    stands for when the bank booked a batch.
    """

    topic: ClassVar[str] = "receipt-suspended.v1"
    amount_minor: int
    method: Method
    value_on: date
    reason: str
    candidates: tuple[Candidate, ...] = ()
    bank_account: str | None = None
    payer_digest: str | None = None
    payer_account_digest: str | None = None
    bank_reference: str | None = None
    batch_payments: int | None = None


class ReceiptMovedToSuspense(ReceiptFact):
    """Money that is in the ledger already begins a receipt in suspense of its own.

    Either a part was split off `from_receipt`, which is in suspense itself; or it is a receipt of
    the account `from_unit`, `from_account` that was not its own. The other leg is in the same
    append and names this receipt; the bank does not move.
    """

    topic: ClassVar[str] = "receipt-moved-to-suspense.v1"
    from_receipt: str | None = None
    from_unit: str | None = None
    from_account: str | None = None
    amount_minor: int
    method: Method
    value_on: date
    reason: str
    candidates: tuple[Candidate, ...] = ()
    bank_account: str | None = None
    payer_digest: str | None = None
    payer_account_digest: str | None = None


class SuspenseAssigned(ReceiptFact):
    """Somebody is to find out whose the money is."""

    topic: ClassVar[str] = "suspense-assigned.v1"
    owner: str
    assigned_by: str


class SuspenseSplit(ReceiptFact):
    """A part became a receipt of its own, in suspense too; its leg is in the same append."""

    topic: ClassVar[str] = "suspense-split.v1"
    amount_minor: int
    new_receipt: str
    reason: str


class SuspenseIdentified(ReceiptFact):
    """A part or the whole was found to belong to an account; the account's leg is in the append."""

    topic: ClassVar[str] = "suspense-identified.v1"
    amount_minor: int
    to_unit: str
    to_account: str
    account_receipt: str
    reason: str


class SuspenseIdentifiedAsRun(ReceiptFact):
    """The whole is the bank's credit of a Direct Debit run, whose leg is in the same append."""

    topic: ClassVar[str] = "suspense-identified-as-run.v1"
    amount_minor: int
    to_run: str


class SuspenseIdentifiedAsRefund(ReceiptFact):
    """The whole is a refund of the account that came back, whose leg is in the same append."""

    topic: ClassVar[str] = "suspense-identified-as-refund.v1"
    amount_minor: int
    to_unit: str
    to_account: str
    refund: str


class SuspenseTransferred(ReceiptFact):
    """A part or the whole left for a named place outside the debtors ledger (a GL code)."""

    topic: ClassVar[str] = "suspense-transferred.v1"
    amount_minor: int
    to_gl_account: str
    reason: str


class SuspenseReturnProposed(ReceiptFact):
    """Sending money back to its payer is asked for; no money moves yet."""

    topic: ClassVar[str] = "suspense-return-proposed.v1"
    proposed_by: str
    suspense_return: str
    amount_minor: int
    way: Literal["refund", "return"]
    reason: str
    accepts_claim_risk: bool | None = None


class SuspenseReturnApproved(ReceiptFact):
    """Another person approved: the money is payable to its payer."""

    topic: ClassVar[str] = "suspense-return-approved.v1"
    suspense_return: str
    amount_minor: int


class SuspenseReturnRejected(ReceiptFact):
    """A proposed return to the payer was turned down."""

    topic: ClassVar[str] = "suspense-return-rejected.v1"
    suspense_return: str
    reason: str


class SuspenseReturnPaid(ReceiptFact):
    """The money left our bank for its payer; `claim` is its bank's claim on the same, if any."""

    topic: ClassVar[str] = "suspense-return-paid.v1"
    suspense_return: str
    amount_minor: int
    paid_on: date
    payment_reference: str
    claim: str | None = None


class SuspenseReturnFailed(ReceiptFact):
    """The return did not reach the payer: the money is in suspense again."""

    topic: ClassVar[str] = "suspense-return-failed.v1"
    suspense_return: str
    amount_minor: int
    was_paid: bool
    reason: str


class SuspenseReversed(ReceiptFact):
    """The bank took the money back while it was still in suspense."""

    topic: ClassVar[str] = "suspense-reversed.v1"
    amount_minor: int
    reason: ReversalReason
    bank_account: str | None = None


class SuspenseClaimed(ReceiptFact):
    """A bank claims back the collection that this money is of: it stays here while that lives.

    The claim is on the receipt `of_receipt` of the account `of_unit`, `of_account`; at most
    `amount_minor` of what is here came from it.
    """

    topic: ClassVar[str] = "suspense-claimed.v1"
    claim: str
    amount_minor: int
    of_unit: str
    of_account: str
    of_receipt: str
    debit_on: date


class SuspenseClaimClosed(ReceiptFact):
    """The claim on the collection that this money is of is over."""

    topic: ClassVar[str] = "suspense-claim-closed.v1"
    claim: str
    of_receipt: str
    outcome: ClaimOutcome
