"""The references of all mandates that one bank account of a payer ever had with us."""

from ledger import mandate_events as m
from ledger.account_state import Dated
from ledger.invariants import ImpossibleHistoryError
from ledger.values import Value

STATE_SHAPE = 1


class PayerReferencesState(Value):
    """The references of all mandates that one bank account of a payer ever had with us."""

    sun: str
    payer_account_digest: str
    mandates: tuple[str, ...]


def evolve_references(state: PayerReferencesState | None, dated: Dated) -> PayerReferencesState:
    """The state after a fact. Raises ImpossibleHistoryError for a history that cannot be."""
    fact = dated.fact
    if not isinstance(fact, m.PayerReferenceTaken):
        raise ImpossibleHistoryError(f"{fact.topic} is no fact of a payer's references")
    before = () if state is None else state.mandates
    return PayerReferencesState(
        sun=fact.sun,
        payer_account_digest=fact.payer_account_digest,
        mandates=(*before, fact.mandate),
    )
