"""The kinds of streams: how the state of each is stored, read and refolded."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from ledger import (
    account,
    account_state,
    aliases,
    collection_run,
    mandate,
    payer_references,
    quarantine,
    receipt,
    small_balances,
    standing_orders,
)
from ledger.account_state import AccountState, Dated
from ledger.aliases import AliasState
from ledger.collection_run import CollectionRunState, OriginatorState
from ledger.mandate import MandateState
from ledger.payer_references import PayerReferencesState
from ledger.quarantine import QuarantineState
from ledger.receipt import ReceiptState
from ledger.recorded import RecordedEvent
from ledger.small_balances import SmallBalancesState
from ledger.standing_orders import StandingOrderState
from ledger.store_values import StreamRow

KeptState: TypeAlias = (
    AccountState
    | ReceiptState
    | AliasState
    | SmallBalancesState
    | QuarantineState
    | MandateState
    | PayerReferencesState
    | CollectionRunState
    | OriginatorState
    | StandingOrderState
)
StreamState: TypeAlias = KeptState | None

NO_STATE = b"{}"


class _Kind(NamedTuple):
    """One kind of stream that has a state."""

    state: type[KeptState]
    shape: int
    evolve: Callable[[Any, Dated], KeptState]


# by the word before the first colon of a stream's name
_KINDS: dict[str, _Kind] = {
    "account": _Kind(AccountState, account_state.STATE_SHAPE, account.evolve),
    "receipt": _Kind(ReceiptState, receipt.STATE_SHAPE, receipt.evolve),
    "alias": _Kind(AliasState, aliases.STATE_SHAPE, aliases.evolve),
    "small-balances": _Kind(SmallBalancesState, small_balances.STATE_SHAPE, small_balances.evolve),
    "mandate": _Kind(MandateState, mandate.STATE_SHAPE, mandate.evolve),
    "payer-references": _Kind(
        PayerReferencesState, payer_references.STATE_SHAPE, payer_references.evolve_references
    ),
    "collection-run": _Kind(CollectionRunState, collection_run.STATE_SHAPE, collection_run.evolve),
    "originator": _Kind(
        OriginatorState, collection_run.STATE_SHAPE, collection_run.evolve_originator
    ),
    "standing-order": _Kind(
        StandingOrderState, standing_orders.STATE_SHAPE, standing_orders.evolve
    ),
    "quarantine": _Kind(QuarantineState, quarantine.STATE_SHAPE, quarantine.evolve),
}


def _kind_of(name: str) -> _Kind | None:
    return _KINDS.get(name.partition(":")[0])


def shape_of(name: str) -> int:
    """The version of the state's shape for a stream of that name."""
    kind = _kind_of(name)
    return account_state.STATE_SHAPE if kind is None else kind.shape


def evolve(name: str, state: StreamState, dated: Dated) -> StreamState:
    """The state after a fact; the streams of sources have none."""
    kind = _kind_of(name)
    if kind is None:
        return None
    if state is not None and not isinstance(state, kind.state):
        raise TypeError(f"the state of another kind was met in the stream {name}")
    return kind.evolve(state, dated)


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
    kind = _kind_of(name)
    return None if kind is None else kind.state.model_validate_json(data)


def read(row: StreamRow, history: Callable[[UUID], Sequence[RecordedEvent]]) -> StreamState:
    """The state of a stored row; one that another version of the code wrote is folded again."""
    if row.shape == shape_of(row.name):
        return load(row.name, bytes(row.state))
    return fold(row.name, [event.dated for event in history(row.stream_id)[: row.version]])
