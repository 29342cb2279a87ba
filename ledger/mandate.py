"""The state of one Direct Debit mandate: what the next decision about it must know.

    draft -> notified -> lodged -> active <-> suspended
        -> cancelled | rejected | expired | dormant | erased

Its collections are in `ledger.collection`.
"""

from datetime import date
from typing import Literal, TypeAlias

from pydantic import Field

from ledger import mandate_events as m
from ledger.account_state import Dated
from ledger.collection import Announced, Collection, collecting
from ledger.former import FormerInstruction, Lodging, ended, left_behind
from ledger.invariants import ImpossibleHistoryError
from ledger.lodging import OVER, lodged, moved_on, unlodged
from ledger.values import InstructionCode, Value

STATE_SHAPE = 4

MandateStatus: TypeAlias = Literal[
    "draft",
    "notified",
    "lodged",
    "active",
    "suspended",
    "cancelled",
    "rejected",
    "expired",
    "dormant",
    "erased",
]
ENDED: tuple[MandateStatus, ...] = ("cancelled", "rejected", "expired", "dormant", "erased")


class MandateState(Value):
    """What the next decision about a mandate must know.

    `is_held` is whether the payer's bank holds the instruction. `to_lodge` is the instruction that
    the next run must carry, if any. `was` is the status that a suspension or a cancellation ended;
    only what its bank has cancelled (`by_bank`) can its bank reinstate. `is_final`
    says that the next collection is the last one. `since` numbers the bank details with which the
    present instruction began; `collected_before` says that a collection on it has left this state.
    """

    sun: str
    mandate: str
    unit: str
    account: str
    party: str
    status: MandateStatus = "draft"
    was: MandateStatus | None = None
    by_bank: bool = False
    details: int = 1
    sealed: str
    payer_account_digest: str
    agreed_on: date
    collect_from: date
    is_held: bool = False
    to_lodge: InstructionCode | None = None
    lodged_on: date | None = None
    lodging: Lodging | None = None
    last_used_on: date
    former: tuple[FormerInstruction, ...] = ()
    is_final: bool = False
    since: int = 1
    collected_before: bool = False
    announced: dict[date, Announced] = Field(default_factory=dict)
    collections: dict[str, Collection] = Field(default_factory=dict)

    @property
    def is_ended(self) -> bool:
        """Whether nothing can be collected any more, unless its bank reinstates it."""
        return self.status in ENDED

    @property
    def waits_for_bank(self) -> bool:
        """Whether the next run must tell a bank something, the present one or one that was left."""
        return self.to_lodge is not None or any(one.is_held for one in self.former)

    @property
    def has_collected(self) -> bool:
        """Whether a collection went out on the present instruction: the first one has code 01."""
        return self.collected_before or any(self.is_seen(one) for one in self.collections.values())

    def is_seen(self, one: Collection) -> bool:
        """Whether a collection is of the present instruction, and was not stopped on its way."""
        is_of_it = one.details >= self.since and not one.is_unheard_of
        return is_of_it and one.status != "stopped"


def evolve(state: MandateState | None, dated: Dated) -> MandateState:
    """The state after a fact. Raises ImpossibleHistoryError for a history that cannot be."""
    fact = dated.fact
    if isinstance(fact, m.MandateDrafted):
        if state is not None:
            raise ImpossibleHistoryError(f"mandate {fact.mandate} was drafted twice")
        return _drafted(fact)
    if state is None:
        raise ImpossibleHistoryError(f"{fact.topic} on a mandate that was never drafted")
    return state.model_copy(update=_changes(state, dated))


def _drafted(fact: m.MandateDrafted) -> MandateState:
    return MandateState(
        sun=fact.sun,
        mandate=fact.mandate,
        unit=fact.unit,
        account=fact.account,
        party=fact.party,
        sealed=fact.sealed,
        payer_account_digest=fact.payer_account_digest,
        agreed_on=fact.agreed_on,
        collect_from=fact.collect_from,
        is_held=fact.is_migrated,
        to_lodge="0S" if fact.is_migrated else "0N",
        last_used_on=fact.agreed_on,
    )


def _changes(state: MandateState, dated: Dated) -> dict[str, object]:
    fact = dated.fact
    match fact:
        case m.MandateNotified():
            return moved_on(state, "notified", ("draft",))
        case m.MandateLodged():
            return lodged(state, fact)
        case m.LodgementStopped():
            return unlodged(state, fact)
        case m.MandateActivated():
            return {"status": "active"}
        case m.MandateRejected():
            return {"status": "rejected", **OVER}
        case m.MandateSuspended():
            return {"status": "suspended", "was": state.status}
        case m.MandateResumed():
            return _resumed(state)
        case m.MandateCancelled():
            return {
                "status": "cancelled",
                "was": state.was if state.status in ("suspended", "cancelled") else state.status,
                "by_bank": fact.advice is not None,
                "is_held": fact.tell_bank,
                "to_lodge": "0C" if fact.tell_bank else None,
                "lodging": None if fact.advice else state.lodging,
                "announced": {},
            }
        case m.MandateAmended():
            return _amended(state, fact)
        case m.FinalCollectionOrdered():
            return {"is_final": fact.is_final}
        case m.FormerInstructionEnded():
            return ended(state, fact)
        case m.MandateEnded():
            return _ended(state, fact)
        case _:
            return collecting(state, dated)


def _ended(state: MandateState, fact: m.MandateEnded) -> dict[str, object]:
    if fact.end != "erased":
        return {"status": fact.end, **OVER}
    # Of an erased payer nothing can be written, not even to a bank that was left. What is in a run
    # already must still be taken out of it.
    former = tuple(one.model_copy(update={"is_held": False}) for one in state.former)
    return {"status": fact.end, **OVER, "lodging": state.lodging, "former": former}


def _resumed(state: MandateState) -> dict[str, object]:
    is_held = state.is_held or state.is_ended
    to_lodge = None if state.status == "cancelled" else state.to_lodge
    return {"status": state.was or "active", "was": None, "is_held": is_held, "to_lodge": to_lodge}


def _amended(state: MandateState, fact: m.MandateAmended) -> dict[str, object]:
    new: dict[str, object] = {
        "details": fact.details,
        "sealed": fact.sealed,
        "payer_account_digest": fact.payer_account_digest,
    }
    if fact.relodge:
        place = "was" if state.status == "suspended" else "status"
        if getattr(state, place) != "draft":  # who was never told must be told still
            new[place] = "notified"
        new |= {"to_lodge": "0N", "is_held": False, "former": left_behind(state)}
        new |= {"since": fact.details, "collected_before": False}
        new["lodging"] = None
    return new
