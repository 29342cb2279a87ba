"""Deciding about indemnity claims: raised, challenged, settled, withdrawn."""

from ledger import commands as c
from ledger import indemnity_commands as ic
from ledger import indemnity_events as i
from ledger.account_state import AccountState, Dated
from ledger.bacs_days import BacsDays
from ledger.decision import Context, Decision, in_range, name, opened, positive, text
from ledger.indemnity_guard import not_claimed
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.reversals import reverse_payment
from ledger.trail import receipt_trail
from ledger.values import ClaimOutcome


def raise_indemnity_claim(
    state: AccountState | None, command: ic.RaiseIndemnityClaim, context: Context
) -> Decision:
    """Record that a bank claims a collection back; from now on nothing of it is refunded."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    name(command.claim, "the claim")
    positive(command.amount_minor, "the claim")
    in_range(command.debit_on, context.today, "day of the debit")
    trail = receipt_trail(command.receipt, context.history)
    if trail is None:
        raise refuse(
            Code.RECEIPT_NOT_ON_ACCOUNT, f"receipt {command.receipt} was never on this account"
        )
    if command.claim in account.claims:
        raise refuse(Code.NOTHING_TO_CHANGE, f"claim {command.claim} is known already")
    if trail.moved_to is not None:
        raise refuse(
            Code.RECEIPT_NOT_ON_ACCOUNT,
            f"receipt {command.receipt} left this account: it is in suspense as {trail.moved_to}",
        )
    if trail.reversed:
        raise refuse(Code.RECEIPT_ALREADY_REVERSED, f"receipt {command.receipt} went back already")
    if trail.amount_minor != command.amount_minor:
        raise refuse(
            Code.AMOUNT_DIFFERS,
            f"receipt {command.receipt} is of {format_minor(trail.amount_minor)},"
            f" {format_minor(command.amount_minor)} is claimed",
        )
    not_claimed(account, [command.receipt], f"claim {command.claim}")
    days = BacsDays(context.direct_debit.extra_holidays)
    table = context.direct_debit.table_on(command.raised_on)
    fact = i.IndemnityClaimRaised(
        challenge_by=days.after(command.raised_on, table.challenge_working_days), **dict(command)
    )
    return (Dated(fact, command.raised_on),)


def challenge_indemnity_claim(
    state: AccountState | None, command: ic.ChallengeIndemnityClaim, context: Context
) -> Decision:
    """Record that we disputed a claim; after its last day it is too late."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    claim = _live(account, command.claim)
    text(command.grounds, "the grounds")
    if context.today > claim.challenge_by:
        raise refuse(
            Code.TOO_LATE_TO_CHALLENGE,
            f"claim {command.claim} could be challenged until {claim.challenge_by.isoformat()}",
        )
    return (Dated(i.IndemnityClaimChallenged(**dict(command)), context.today),)


def _live(account: AccountState, claim: str) -> i.IndemnityClaimRaised:
    one = account.claims.get(claim)
    if one is None:
        raise refuse(Code.CLAIM_NOT_FOUND, f"account {account.account} has no live claim {claim}")
    return one


def settle_indemnity_claim(
    state: AccountState | None, command: ic.SettleIndemnityClaim, context: Context
) -> Decision:
    """The money went back: what the collection had paid is owed again."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    claim = _live(account, command.claim)
    back = c.ReversePayment(
        unit=account.unit,
        account=account.account,
        receipt=claim.receipt,
        reason="indemnity_claim",
    )
    reversed_ = reverse_payment(state, back, context._replace(effective_on=claim.debit_on))
    return (*reversed_, Dated(_closed(claim, "settled"), claim.debit_on))


def _closed(
    claim: i.IndemnityClaimRaised, outcome: ClaimOutcome, advice: str | None = None
) -> i.IndemnityClaimClosed:
    return i.IndemnityClaimClosed(
        unit=claim.unit,
        account=claim.account,
        claim=claim.claim,
        receipt=claim.receipt,
        amount_minor=claim.amount_minor,
        outcome=outcome,
        advice=advice,
    )


def withdraw_indemnity_claim(
    state: AccountState | None, command: ic.WithdrawIndemnityClaim, context: Context
) -> Decision:
    """The bank withdrew its claim: the money stays, and can be refunded again."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    claim = _live(account, command.claim)
    return (Dated(_closed(claim, "withdrawn", command.advice), context.today),)
