"""The facts of an indemnity claim: the payer's bank takes a Direct Debit back, whatever its age.

While a claim is live nothing of the collection may be paid to the payer by us: it would be paid
twice. So the claim is written down wherever the money went, and nothing of it moves from there. The
debt is owed again on the day on which our bank account is debited.
"""

from datetime import date
from typing import ClassVar

from ledger.events import AccountFact
from ledger.values import ClaimedRefund, ClaimOutcome


class IndemnityClaimRaised(AccountFact):
    """A bank claims a collection back (DDICA); no money has moved yet.

    `refunds` are those that were approved before: to be stopped, or paid already and so paid twice.
    """

    topic: ClassVar[str] = "indemnity-claim-raised.v1"
    claim: str
    sun: str
    mandate: str
    receipt: str
    amount_minor: int
    code: str
    reason: str
    raised_on: date
    challenge_by: date
    debit_on: date
    advice: str
    refunds: tuple[ClaimedRefund, ...] | None = None


class IndemnityClaimChallenged(AccountFact):
    """We disputed the claim with the bank, in time."""

    topic: ClassVar[str] = "indemnity-claim-challenged.v1"
    claim: str
    grounds: str


class IndemnityClaimClosed(AccountFact):
    """The claim is over.

    Settled: the money went back. Withdrawn by the bank: it stays. Returned: the collection came
    back unpaid instead (ARUDD), and there is nothing left to claim.
    """

    topic: ClassVar[str] = "indemnity-claim-closed.v1"
    claim: str
    receipt: str
    amount_minor: int
    outcome: ClaimOutcome
    advice: str | None = None


class CreditClaimed(AccountFact):
    """A bank claims back a collection whose money came on to this account: it stays here meanwhile.

    The claim is on the receipt `of_receipt` of the account `of_unit`, `of_account`; at most
    `amount_minor` of the receipt here came from it.
    """

    topic: ClassVar[str] = "credit-claimed.v1"
    claim: str
    receipt: str
    amount_minor: int
    of_unit: str
    of_account: str
    of_receipt: str
    debit_on: date


class CreditClaimClosed(AccountFact):
    """The claim on the collection that a receipt of this account is of is over."""

    topic: ClassVar[str] = "credit-claim-closed.v1"
    claim: str
    receipt: str
    of_receipt: str
    outcome: ClaimOutcome
