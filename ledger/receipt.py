"""A receipt in suspense: its state, and how each fact changes it.

`raised_on` is the latest effective date on which money came into it. Nothing leaves it with an
earlier effective date; by that rule it is never negative, at any date, as known at any time.
"""

from datetime import date

from pydantic import Field

from ledger import suspense_events as s
from ledger.account_state import Dated, Payable
from ledger.claim_marks import let_go, stopped
from ledger.invariants import ImpossibleHistoryError
from ledger.values import Candidate, Method, Value

STATE_SHAPE = 4


class Sent(Value):
    """A return that left our bank, and the day on which it did."""

    amount_minor: int
    paid_on: date


class ReceiptState(Value):
    """What the next decision about a receipt in suspense must know."""

    receipt: str
    unit: str
    currency: str
    method: Method
    value_on: date
    raised_on: date
    amount_minor: int
    held_minor: int = Field(ge=0)
    parts: int
    bank_account: str | None
    payer_digest: str | None
    payer_account_digest: str | None
    candidates: tuple[Candidate, ...]
    bank_reference: str | None = None
    batch_payments: int | None = None
    owner: str | None = None
    returns: dict[str, s.SuspenseReturnProposed] = Field(default_factory=dict)
    returns_payable: dict[str, Payable] = Field(default_factory=dict)
    returns_paid: dict[str, Sent] = Field(default_factory=dict)
    claims: tuple[s.SuspenseClaimed, ...] = ()
    taken_back: tuple[s.SuspenseClaimed, ...] = ()


def evolve(state: ReceiptState | None, dated: Dated) -> ReceiptState:
    """The state after a fact. Raises ImpossibleHistoryError for a history that cannot be."""
    fact, on = dated.fact, dated.effective_on
    if isinstance(fact, s.ReceiptSuspended | s.ReceiptMovedToSuspense):
        if state is not None:
            raise ImpossibleHistoryError(f"receipt {fact.receipt} was suspended twice")
        return _suspended(fact, on)
    if state is None:
        raise ImpossibleHistoryError(f"{fact.topic} on a receipt that was never in suspense")
    match fact:
        case s.SuspenseAssigned():
            return state.model_copy(update={"owner": fact.owner})
        case s.SuspenseIdentified() | s.SuspenseTransferred() | s.SuspenseReversed():
            return _left(state, fact.amount_minor)
        case s.SuspenseIdentifiedAsRun() | s.SuspenseIdentifiedAsRefund() | s.SuspenseSplit():
            return _left(state, fact.amount_minor)
        case s.SuspenseReturnProposed():
            returns = {**state.returns, fact.suspense_return: fact}
            return state.model_copy(update={"returns": returns})
        case s.SuspenseReturnRejected():
            return _not_waiting(state, fact.suspense_return)
        case s.SuspenseReturnApproved():
            return _approved(state, fact, on)
        case s.SuspenseReturnPaid():
            return _paid(state, fact)
        case s.SuspenseReturnFailed():
            return _failed(state, fact, on)
        case s.SuspenseClaimed():
            payable = stopped(state.returns_payable, fact.claim)
            return state.model_copy(
                update={"claims": (*state.claims, fact), "returns_payable": payable}
            )
        case s.SuspenseClaimClosed():
            return _claim_closed(state, fact)
        case _:
            raise ImpossibleHistoryError(f"{fact.topic} is no fact of a receipt in suspense")


def _suspended(fact: s.ReceiptSuspended | s.ReceiptMovedToSuspense, on: date) -> ReceiptState:
    not_kept = {"reason", "from_receipt", "from_unit", "from_account"}
    kept = {field: value for field, value in fact if field not in not_kept}
    return ReceiptState(raised_on=on, held_minor=fact.amount_minor, parts=0, **kept)


def _left(state: ReceiptState, amount_minor: int) -> ReceiptState:
    held = state.held_minor - amount_minor
    if held < 0:
        raise ImpossibleHistoryError(f"more than is held would leave receipt {state.receipt}")
    return state.model_copy(update={"held_minor": held, "parts": state.parts + 1})


def _claim_closed(state: ReceiptState, fact: s.SuspenseClaimClosed) -> ReceiptState:
    same = fact.claim, fact.of_receipt
    over = tuple(one for one in state.claims if (one.claim, one.of_receipt) == same)
    payable, taken_back = state.returns_payable, (*state.taken_back, *over)
    if fact.outcome == "withdrawn":
        payable, taken_back = let_go(payable, fact.claim), state.taken_back
    return state.model_copy(
        update={
            "claims": tuple(one for one in state.claims if one not in over),
            "taken_back": taken_back,
            "returns_payable": payable,
        }
    )


def _not_waiting(state: ReceiptState, suspense_return: str) -> ReceiptState:
    returns = {name: one for name, one in state.returns.items() if name != suspense_return}
    return state.model_copy(update={"returns": returns})


def _approved(state: ReceiptState, fact: s.SuspenseReturnApproved, on: date) -> ReceiptState:
    one = Payable(amount_minor=fact.amount_minor, approved_on=on)
    payable = {**state.returns_payable, fact.suspense_return: one}
    left = _left(_not_waiting(state, fact.suspense_return), fact.amount_minor)
    return left.model_copy(update={"returns_payable": payable})


def _paid(state: ReceiptState, fact: s.SuspenseReturnPaid) -> ReceiptState:
    payable = {**state.returns_payable}
    if payable.pop(fact.suspense_return, None) is None:
        raise ImpossibleHistoryError(f"return {fact.suspense_return} is not payable")
    sent = Sent(amount_minor=fact.amount_minor, paid_on=fact.paid_on)
    paid = {**state.returns_paid, fact.suspense_return: sent}
    return state.model_copy(update={"returns_payable": payable, "returns_paid": paid})


def _failed(state: ReceiptState, fact: s.SuspenseReturnFailed, on: date) -> ReceiptState:
    payable, paid = {**state.returns_payable}, {**state.returns_paid}
    gone = paid.pop(fact.suspense_return, None) or payable.pop(fact.suspense_return, None)
    if gone is None:
        raise ImpossibleHistoryError(
            f"return {fact.suspense_return} was not approved, or failed already"
        )
    return state.model_copy(
        update={
            "held_minor": state.held_minor + fact.amount_minor,
            "raised_on": max(state.raised_on, on),
            "returns_payable": payable,
            "returns_paid": paid,
        }
    )
