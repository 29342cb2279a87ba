"""What happened to an indemnity claim, as an officer says it."""

from ledger import bacs_codes
from ledger import indemnity_events as i
from ledger import suspense_events as s
from ledger.money import format_minor
from ledger.values import ClaimedRefund, ClaimOutcome, Fact

_ENDED: dict[ClaimOutcome, str] = {
    "settled": "was paid: the debt is owed again",
    "withdrawn": "was dropped",
    "returned": "ended: the collection came back unpaid instead",
}


def of_claim(fact: Fact) -> str:
    """One sentence about a fact of a claim, without its full stop."""
    match fact:
        case i.IndemnityClaimRaised():
            amount = format_minor(fact.amount_minor, thousands=True)
            return (
                f"the payer's bank claims £{amount} back, {fact.reason} (DDICA {fact.code}):"
                f" {fact.claim}, to be challenged until {fact.challenge_by:%-d %B %Y}"
            )
        case i.IndemnityClaimChallenged():
            return f"we challenged claim {fact.claim}: {fact.grounds}"
        case i.IndemnityClaimClosed() | i.CreditClaimClosed() | s.SuspenseClaimClosed():
            return f"claim {fact.claim} {_ENDED[fact.outcome]}"
        case i.CreditClaimed() | s.SuspenseClaimed():
            amount = format_minor(fact.amount_minor, thousands=True)
            return (
                f"up to £{amount} of receipt {fact.receipt} is claimed back from"
                f" {fact.of_unit}/{fact.of_account}, claim {fact.claim}: it stays here meanwhile"
            )
        case _:
            return fact.topic


def of_refund(one: ClaimedRefund) -> str:
    """What to do about a refund of money that a bank claims back."""
    amount = format_minor(one.amount_minor, thousands=True)
    place = "suspense" if one.account is None else f"{one.unit}/{one.account}"
    what = f"refund {one.refund} of £{amount} from {place} (receipt {one.receipt})"
    if one.is_paid:
        return f"paid twice when the claim is settled: {what} had left our bank: get it back"
    return f"stop {what}, which is approved, and record it as failed"


def reason_in_words(code: str, told: str) -> str:
    """A reason code of DDICA in words; what the bank told for a code that is not known."""
    known = bacs_codes.DDICA.get(code)
    return f"{known.meaning} ({code})" if known is not None else told
