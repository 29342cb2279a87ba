"""The commands for which the money of one receipt is followed, and their decisions."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ledger import commands as c
from ledger import indemnity_commands as ic
from ledger.account_state import AccountState, Dated
from ledger.claim_settling import settle_indemnity_claim
from ledger.decision import Context
from ledger.ids import account_stream
from ledger.indemnity import closed_by_return, raise_indemnity_claim, withdraw_indemnity_claim
from ledger.reversals import reverse_payment
from ledger.states import Decided, States
from ledger.streams import StreamState
from ledger.whereabouts import Place, whereabouts

Following: TypeAlias = (
    ic.RaiseIndemnityClaim | ic.SettleIndemnityClaim | ic.WithdrawIndemnityClaim | c.ReversePayment
)
FOLLOWING = (
    ic.RaiseIndemnityClaim,
    ic.SettleIndemnityClaim,
    ic.WithdrawIndemnityClaim,
    c.ReversePayment,
)


def places_of(
    command: c.AnyCommand,
    state_of: Callable[[str], StreamState],
    facts_of: Callable[[str], Sequence[Dated]],
) -> tuple[Place, ...]:
    """Where the money of the receipt came to that a command claims, or ends the claim on.

    None for any other command, and for one without a live claim.
    """
    if not isinstance(command, FOLLOWING):
        return ()
    stream = account_stream(command.unit, command.account)
    state = state_of(stream)
    if not isinstance(state, AccountState):
        return ()
    if isinstance(command, ic.RaiseIndemnityClaim):
        return whereabouts(stream, command.receipt, command.amount_minor, facts_of)
    for one in state.claims.values():
        named = one.receipt if isinstance(command, c.ReversePayment) else one.claim
        if named == (command.receipt if isinstance(command, c.ReversePayment) else command.claim):
            return whereabouts(stream, one.receipt, one.amount_minor, facts_of)
    return ()


def decide_followed(command: Following, states: States, context: Context) -> Decided:
    """The facts of such a command, on every stream that it touches."""
    match command:
        case ic.RaiseIndemnityClaim():
            return raise_indemnity_claim(states, command, context)
        case ic.SettleIndemnityClaim():
            return settle_indemnity_claim(states, command, context)
        case ic.WithdrawIndemnityClaim():
            return withdraw_indemnity_claim(states, command, context)
        case c.ReversePayment():
            reversed_ = reverse_payment(states.of(0, AccountState), command, context)
            ended = closed_by_return(states, command, context)
            return [(states.names[0], reversed_), *ended]
