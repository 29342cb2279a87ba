"""A receipt in suspense: its state, and how each fact changes it."""

from datetime import date

from pydantic import Field

from ledger import suspense_events as s
from ledger.account_state import Dated, Payable
from ledger.values import Candidate, Method, Value

STATE_SHAPE = 2


class ReceiptState(Value):
    """What the next decision about a receipt in suspense must know."""

    receipt: str
    unit: str
    currency: str
    method: Method
    value_on: date
    amount_minor: int
    held_minor: int
    parts: int
    bank_account: str | None
    payer_digest: str | None
    payer_account_digest: str | None
    candidates: tuple[Candidate, ...]
    returns: dict[str, s.SuspenseReturnProposed] = Field(default_factory=dict)
    returns_payable: dict[str, Payable] = Field(default_factory=dict)


def evolve(state: ReceiptState | None, dated: Dated) -> ReceiptState:
    """The state after a fact. Raises ValueError for a history that cannot be."""
    fact = dated.fact
    if isinstance(fact, s.ReceiptSuspended):
        if state is not None:
            raise ValueError(f"receipt {fact.receipt} was suspended twice")
        return _suspended(fact)
    if state is None:
        raise ValueError(f"{fact.topic} on a receipt that was never in suspense")
    match fact:
        case s.SuspenseIdentified() | s.SuspenseTransferred() | s.SuspenseReversed():
            return _left(state, fact.amount_minor)
        case s.SuspenseReturnProposed():
            returns = {**state.returns, fact.suspense_return: fact}
            return state.model_copy(update={"returns": returns})
        case s.SuspenseReturnRejected():
            return _not_waiting(state, fact.suspense_return)
        case s.SuspenseReturnApproved():
            one = Payable(amount_minor=fact.amount_minor, approved_on=dated.effective_on)
            payable = {**state.returns_payable, fact.suspense_return: one}
            left = _left(_not_waiting(state, fact.suspense_return), fact.amount_minor)
            return left.model_copy(update={"returns_payable": payable})
        case s.SuspenseReturnPaid():
            payable = {**state.returns_payable}
            if payable.pop(fact.suspense_return, None) is None:
                raise ValueError(f"return {fact.suspense_return} is not payable")
            return state.model_copy(update={"returns_payable": payable})
        case _:
            raise ValueError(f"{fact.topic} is no fact of a receipt in suspense")


def _suspended(fact: s.ReceiptSuspended) -> ReceiptState:
    return ReceiptState(
        held_minor=fact.amount_minor, parts=0, **fact.model_dump(exclude={"reason"})
    )


def _left(state: ReceiptState, amount_minor: int) -> ReceiptState:
    held = state.held_minor - amount_minor
    if held < 0:
        raise ValueError(f"more than is held would leave receipt {state.receipt}")
    return state.model_copy(update={"held_minor": held, "parts": state.parts + 1})


def _not_waiting(state: ReceiptState, suspense_return: str) -> ReceiptState:
    returns = {name: one for name, one in state.returns.items() if name != suspense_return}
    return state.model_copy(update={"returns": returns})
