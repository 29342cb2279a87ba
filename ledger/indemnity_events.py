"""The facts of an indemnity claim: the payer's bank takes a Direct Debit back, whatever its age.

While a claim is live nothing of the collection may be paid to the payer by us: it would be paid
twice. The debt is owed again on the day on which our bank account is debited.
"""

from datetime import date
from typing import ClassVar

from ledger.events import AccountFact
from ledger.values import ClaimOutcome


class IndemnityClaimRaised(AccountFact):
    """A bank claims a collection back (DDICA); no money has moved yet."""

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


class IndemnityClaimChallenged(AccountFact):
    """We disputed the claim with the bank, in time."""

    topic: ClassVar[str] = "indemnity-claim-challenged.v1"
    claim: str
    grounds: str


class IndemnityClaimClosed(AccountFact):
    """The claim is over: settled, the money went back; or withdrawn by the bank, it stays."""

    topic: ClassVar[str] = "indemnity-claim-closed.v1"
    claim: str
    receipt: str
    amount_minor: int
    outcome: ClaimOutcome
    advice: str | None = None
