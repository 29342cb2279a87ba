"""Facts of an account as an officer says them, as far as the desks meet them."""

from collections.abc import Iterable

from ledger import events as e
from ledger import indemnity_events as i
from ledger.suspense import BY_OFFICER
from ledger.values import ItemAmount, Match
from service.desk_claim_words import of_claim
from service.explain_terms import BY_METHOD, WHY, WRITTEN_OFF, day, joined, money


def of_account(fact: e.AccountFact) -> str:
    """One sentence about a fact of an account, the account named; its topic in words otherwise."""
    place = f"{fact.unit}/{fact.account}"
    match fact:
        case e.PaymentReceived():
            return f"{place} was given {_received(fact)}"
        case e.PaymentAllocated():
            why = WHY.get(fact.rule, f"by the rule {fact.rule}")
            settled = f"{_sum(fact.lines, fact.currency)} of it settled {_bills(fact.lines)}"
            return f"{settled} of {place}, {why}"
        case e.PaymentUnallocated():
            taken = _sum(fact.lines, fact.currency)
            return f"{taken} of it was taken off {_bills(fact.lines)} of {place}: {fact.reason}"
        case e.PaymentMovedToSuspense():
            amount = money(fact.amount_minor, fact.currency)
            return (
                f"{amount} was taken off {place} and is in suspense again, as receipt"
                f" {fact.new_receipt}: {fact.reason}"
            )
        case e.DebtWrittenBack():
            amount = money(fact.amount_minor, fact.currency)
            return f"{amount} that had been written off of {_bills(fact.lines)} is owed again"
        case e.WriteOffApproved():
            amount = money(fact.amount_minor, fact.currency)
            why = WRITTEN_OFF[fact.reason]
            return f"{amount} of bill {fact.invoice} of {place} was written off: {why}"
        case i.IndemnityClaimRaised() | i.IndemnityClaimChallenged() | i.IndemnityClaimClosed():
            return f"{place}: {of_claim(fact)}"
        case i.CreditClaimed() | i.CreditClaimClosed():
            return f"{place}: {of_claim(fact)}"
        case _:
            return f"{place}: {titled(fact.topic)}"


def titled(topic: str) -> str:
    """`invoice-issued.v1` as a person says it: `Invoice issued`."""
    return topic.rpartition(".")[0].replace("-", " ").capitalize()


def matched(match: Match | None) -> str:
    """How a match was made, in words to follow a sentence; empty when a person made it."""
    if match is None:
        return ""
    second = match.runner_up
    if second is None:
        return f", with {match.score} points and no other candidate"
    other = f"{second.unit}/{second.account} with {second.score}"
    return f", with {match.score} points; the next was {other}"


def _received(fact: e.PaymentReceived) -> str:
    amount = money(fact.amount_minor, fact.currency)
    way = f"{amount}{BY_METHOD[fact.method]} with value of {day(fact.value_on)}"
    rule = "an officer" if fact.rule == BY_OFFICER else fact.rule
    return f"{way}, found by {rule}{matched(fact.match)}{_variance(fact)}"


def _variance(fact: e.PaymentReceived) -> str:
    amount = money(abs(fact.variance_minor), fact.currency)
    match fact.variance:
        case "exact":
            return ", exactly what was due"
        case "part_payment":
            return f", {amount} short of what was due"
        case "overpayment":
            return f", {amount} more than was due"
        case "duplicate_payment":
            return ", for a bill that was paid before"
        case _:
            return ", on account"


def _sum(lines: Iterable[ItemAmount], currency: str) -> str:
    return money(sum(line.amount_minor for line in lines), currency)


def _bills(lines: Iterable[ItemAmount]) -> str:
    return joined([f"bill {item}" for item in dict.fromkeys(line.item for line in lines)])
