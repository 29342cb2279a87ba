"""The kinds of streams: how the state of each is stored, read and refolded."""

from collections.abc import Iterable
from typing import TypeAlias

from ledger import account, account_state, receipt
from ledger.account_state import AccountState, Dated
from ledger.receipt import ReceiptState

StreamState: TypeAlias = AccountState | ReceiptState | None

NO_STATE = b"{}"


def shape_of(name: str) -> int:
    """The version of the state's shape for a stream of that name."""
    return receipt.STATE_SHAPE if name.startswith("receipt:") else account_state.STATE_SHAPE


def evolve(name: str, state: StreamState, dated: Dated) -> StreamState:
    """The state after a fact; the streams of sources have none."""
    if name.startswith("account:"):
        return account.evolve(_account(state), dated)
    if name.startswith("receipt:"):
        return receipt.evolve(_receipt(state), dated)
    return None


def fold(name: str, history: Iterable[Dated]) -> StreamState:
    """The state of a whole history."""
    state: StreamState = None
    for dated in history:
        state = evolve(name, state, dated)
    return state


def dump(state: StreamState) -> bytes:
    """The bytes of a state, without what is as by default."""
    if state is None:
        return NO_STATE
    return state.model_dump_json(exclude_defaults=True).encode()


def load(name: str, data: bytes) -> StreamState:
    """The state of stored bytes."""
    if name.startswith("account:"):
        return AccountState.model_validate_json(data)
    if name.startswith("receipt:"):
        return ReceiptState.model_validate_json(data)
    return None


def _account(state: StreamState) -> AccountState | None:
    if isinstance(state, ReceiptState):
        raise TypeError("the state of a receipt was met in the stream of an account")
    return state


def _receipt(state: StreamState) -> ReceiptState | None:
    if isinstance(state, AccountState):
        raise TypeError("the state of an account was met in the stream of a receipt")
    return state
