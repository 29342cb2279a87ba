"""Every request that can be made of an indemnity claim on an account, as one page."""

from datetime import date
from typing import ClassVar

from ledger.commands import AccountCommand


class RaiseIndemnityClaim(AccountCommand):
    """Record that a bank claims a collection back."""

    action: ClassVar[str] = "raise_indemnity_claim"
    looks_back: ClassVar[bool] = True
    claim: str
    sun: str
    mandate: str
    receipt: str
    amount_minor: int
    code: str
    reason: str
    raised_on: date
    debit_on: date
    advice: str


class ChallengeIndemnityClaim(AccountCommand):
    """Record that we disputed a claim, within the time for it."""

    action: ClassVar[str] = "challenge_indemnity_claim"
    looks_back: ClassVar[bool] = True
    claim: str
    grounds: str


class SettleIndemnityClaim(AccountCommand):
    """Our bank account was debited: the money went back, and the debt is owed again."""

    action: ClassVar[str] = "settle_indemnity_claim"
    looks_back: ClassVar[bool] = True
    claim: str


class WithdrawIndemnityClaim(AccountCommand):
    """The bank withdrew its claim before it was settled."""

    action: ClassVar[str] = "withdraw_indemnity_claim"
    looks_back: ClassVar[bool] = True
    claim: str
    advice: str
