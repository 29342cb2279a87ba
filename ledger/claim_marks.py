"""What a claim of a bank leaves in a state: which money stays, and which refunds must not be paid.

A refund that is on its way when a claim comes stays stopped when the money has gone back; only a
claim that was withdrawn lets it go.
"""

from collections.abc import Mapping

from ledger import indemnity_events as i
from ledger.account_state import AccountState, Payable
from ledger.values import Fact


def claim_changes(state: AccountState, fact: Fact) -> dict[str, object]:
    """What a fact about a claim changes in an account; nothing for any other fact."""
    payable = state.refunds_payable
    match fact:
        case i.IndemnityClaimRaised():
            marked = stopped(payable, fact.claim, fact.receipt)
            return {"claims": {**state.claims, fact.claim: fact}, "refunds_payable": marked}
        case i.CreditClaimed():
            marked = stopped(payable, fact.claim, fact.receipt)
            return {"claimed": (*state.claimed, fact), "refunds_payable": marked}
        case i.IndemnityClaimClosed():
            live = {name: one for name, one in state.claims.items() if name != fact.claim}
            return {"claims": live, "refunds_payable": _after(payable, fact)}
        case i.CreditClaimClosed():
            same = fact.claim, fact.receipt, fact.of_receipt
            over = tuple(
                one for one in state.claimed if (one.claim, one.receipt, one.of_receipt) == same
            )
            left = tuple(one for one in state.claimed if one not in over)
            gone = () if fact.outcome == "withdrawn" else over
            return {
                "claimed": left,
                "taken_back": (*state.taken_back, *gone),
                "refunds_payable": _after(payable, fact),
            }
        case _:
            return {}


def _after(
    payable: Mapping[str, Payable], fact: i.IndemnityClaimClosed | i.CreditClaimClosed
) -> dict[str, Payable]:
    return let_go(payable, fact.claim) if fact.outcome == "withdrawn" else dict(payable)


def stopped(
    payable: Mapping[str, Payable], claim: str, receipt: str | None = None
) -> dict[str, Payable]:
    """What is payable, with a claim's mark on what is of a receipt; on all of it without one."""
    return {
        name: one.model_copy(update={"claims": (*one.claims, claim)})
        if receipt is None or receipt in one.receipts
        else one
        for name, one in payable.items()
    }


def let_go(payable: Mapping[str, Payable], claim: str) -> dict[str, Payable]:
    """What is payable, without the mark of a claim that was withdrawn."""
    return {
        name: one.model_copy(update={"claims": tuple(c for c in one.claims if c != claim)})
        for name, one in payable.items()
    }
