"""Deciding about indemnity claims: raised, challenged, withdrawn.

A claim is written down on its account and at every place where money of the collection came to, so
that the guards look at one state each. `claim_settling` decides what is done when the money went.
"""

from collections.abc import Iterator
from datetime import date

from ledger import commands as c
from ledger import indemnity_commands as ic
from ledger import indemnity_events as i
from ledger import suspense_events as s
from ledger.account_state import AccountState, Dated
from ledger.bacs_days import BacsDays
from ledger.decision import Context, Decision, in_range, name, opened, positive, text
from ledger.indemnity_guard import not_claimed
from ledger.money import format_minor
from ledger.receipt import ReceiptState
from ledger.rejections import Code, RefusedError, refuse
from ledger.states import Decided, States
from ledger.trail import receipt_trail
from ledger.values import ClaimOutcome
from ledger.whereabouts import gone_back, refunds_of


def raise_indemnity_claim(
    states: States, command: ic.RaiseIndemnityClaim, context: Context
) -> Decided:
    """Record that a bank claims a collection back; from now on nothing of it is refunded."""
    context.authorise(command.action)
    account = opened(states.of(0, AccountState), command.unit, command.account)
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
    if trail.reversed or gone_back(context.places) >= trail.amount_minor:
        raise refuse(Code.RECEIPT_ALREADY_REVERSED, f"receipt {command.receipt} went back already")
    if trail.amount_minor != command.amount_minor:
        raise refuse(
            Code.AMOUNT_DIFFERS,
            f"receipt {command.receipt} is of {format_minor(trail.amount_minor)},"
            f" {format_minor(command.amount_minor)} is claimed",
        )
    live = [one for one in account.claims.values() if one.receipt == command.receipt]
    not_claimed(account, [one.receipt for one in live], f"claim {command.claim}")
    # From here it must succeed.
    days = BacsDays(context.direct_debit.extra_holidays)
    table = context.direct_debit.table_on(command.raised_on)
    fact = i.IndemnityClaimRaised(
        challenge_by=days.after(command.raised_on, table.challenge_working_days),
        refunds=refunds_of(context.places) or None,
        **dict(command),
    )
    own = (Dated(fact, command.raised_on),)
    return [(states.names[0], own), *_marks(fact, states, context)]


def _marks(
    claim: i.IndemnityClaimRaised, states: States, context: Context
) -> Iterator[tuple[str, Decision]]:
    """The claim at every other place where money of the collection came to."""
    of = {"of_unit": claim.unit, "of_account": claim.account, "of_receipt": claim.receipt}
    for place in context.places[1:]:
        what = {**of, "claim": claim.claim, "debit_on": claim.debit_on}
        what |= {"receipt": place.receipt, "amount_minor": place.amount_minor}
        account = states.at(place.stream, AccountState)
        held = states.at(place.stream, ReceiptState)
        if account is not None:
            there = {"unit": account.unit, "account": account.account}
            yield place.stream, (Dated(i.CreditClaimed(**there, **what), claim.raised_on),)
        if held is not None:
            there = {"unit": held.unit, "currency": held.currency}
            yield place.stream, (Dated(s.SuspenseClaimed(**there, **what), claim.raised_on),)


def challenge_indemnity_claim(
    state: AccountState | None, command: ic.ChallengeIndemnityClaim, context: Context
) -> Decision:
    """Record that we disputed a claim; after its last day it is too late."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    claim = live_claim(account, command.claim, context)
    text(command.grounds, "the grounds")
    if context.today > claim.challenge_by:
        raise refuse(
            Code.TOO_LATE_TO_CHALLENGE,
            f"claim {command.claim} could be challenged until {claim.challenge_by.isoformat()}",
        )
    return (Dated(i.IndemnityClaimChallenged(**dict(command)), context.today),)


def live_claim(account: AccountState, claim: str, context: Context) -> i.IndemnityClaimRaised:
    """A claim that is not over; refuses another one, and says how it ended."""
    one = account.claims.get(claim)
    if one is not None:
        return one
    closed = [
        dated
        for dated in context.history
        if isinstance(dated.fact, i.IndemnityClaimClosed) and dated.fact.claim == claim
    ]
    if not closed:
        raise refuse(Code.CLAIM_NOT_FOUND, f"account {account.account} has no live claim {claim}")
    raise _over(closed[-1])


def _over(closed: Dated) -> RefusedError:
    fact, on = closed.fact, closed.effective_on
    if not isinstance(fact, i.IndemnityClaimClosed) or fact.outcome != "settled":
        how = (
            "returned unpaid instead" if getattr(fact, "outcome", "") == "returned" else "withdrawn"
        )
        return refuse(Code.NOTHING_TO_CHANGE, f"the claim was {how} on {on.isoformat()} already")
    amount = format_minor(fact.amount_minor)
    return refuse(
        Code.CLAIM_OVER,
        f"claim {fact.claim} was settled on {on.isoformat()}, and what the collection had paid is"
        f" owed again: no money is back yet. When the bank credits {amount}, it comes into suspense"
        f" as any receipt does; identify it there to account {fact.account} of {fact.unit}, and it"
        " pays the same debt again",
    )


def withdraw_indemnity_claim(
    states: States, command: ic.WithdrawIndemnityClaim, context: Context
) -> Decided:
    """The bank withdrew its claim: the money stays, and can be refunded again."""
    context.authorise(command.action)
    account = opened(states.of(0, AccountState), command.unit, command.account)
    claim = live_claim(account, command.claim, context)
    closed = claim_closed(claim, "withdrawn", command.advice)
    own = (Dated(closed, context.today),)
    return [
        (states.names[0], own),
        *marks_closed(claim, "withdrawn", context.today, states, context),
    ]


def claim_closed(
    claim: i.IndemnityClaimRaised, outcome: ClaimOutcome, advice: str | None = None
) -> i.IndemnityClaimClosed:
    """The fact that a claim is over."""
    return i.IndemnityClaimClosed(
        unit=claim.unit,
        account=claim.account,
        claim=claim.claim,
        receipt=claim.receipt,
        amount_minor=claim.amount_minor,
        outcome=outcome,
        advice=advice,
    )


def marks_closed(
    claim: i.IndemnityClaimRaised,
    outcome: ClaimOutcome,
    on: date,
    states: States,
    context: Context,
) -> Iterator[tuple[str, Decision]]:
    """The end of a claim at every place where it is written down beside its account."""
    what = {"claim": claim.claim, "of_receipt": claim.receipt, "outcome": outcome}
    same = claim.claim, claim.receipt
    for place in context.places[1:]:
        account = states.at(place.stream, AccountState)
        held = states.at(place.stream, ReceiptState)
        if account is not None:
            where = {"unit": account.unit, "account": account.account, "receipt": place.receipt}
            if any(
                (one.claim, one.of_receipt, one.receipt) == (*same, place.receipt)
                for one in account.claimed
            ):
                yield place.stream, (Dated(i.CreditClaimClosed(**where, **what), on),)
        elif held is not None:
            where = {"unit": held.unit, "currency": held.currency, "receipt": place.receipt}
            if any((one.claim, one.of_receipt) == same for one in held.claims):
                yield place.stream, (Dated(s.SuspenseClaimClosed(**where, **what), on),)


def closed_by_return(
    states: States, command: c.ReversePayment, context: Context
) -> Iterator[tuple[str, Decision]]:
    """The end of a live claim on a receipt that the bank took back by another way."""
    account = states.of(0, AccountState)
    for claim in account.claims.values() if account is not None else ():
        if claim.receipt == command.receipt:
            closed = claim_closed(claim, "returned")
            yield states.names[0], (Dated(closed, context.today),)
            yield from marks_closed(claim, "returned", context.today, states, context)
