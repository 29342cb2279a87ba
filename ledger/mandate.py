"""The state of one Direct Debit mandate: what the next decision about it must know.

    draft -> notified -> lodged -> active <-> suspended -> cancelled | rejected | expired | dormant

A collection that is settled one way or the other stays for the reports that may still come; the
oldest leave, and are looked up in the history when a late report names them.
"""

from datetime import date
from typing import Literal, TypeAlias

from pydantic import Field

from ledger import mandate_events as m
from ledger.account_state import Dated
from ledger.invariants import ImpossibleHistoryError
from ledger.lodging import OVER, Lodging, lodged, moved_on, unlodged
from ledger.values import CollectionCode, InstructionCode, Value

STATE_SHAPE = 3
COLLECTIONS_KEPT = 24  # two years of monthly ones

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
]
CollectionStatus: TypeAlias = Literal["instructed", "stopped", "returned"]
ENDED: tuple[MandateStatus, ...] = ("cancelled", "rejected", "expired", "dormant")


class Announced(Value):
    """What the payer was told for a day, and what an officer has changed of it since."""

    notice: str
    given_on: date
    amount_minor: int
    take_minor: int
    withheld: str | None = None


class Collection(Value):
    """One collection, and how it stands."""

    code: CollectionCode
    amount_minor: int
    processing_on: date
    entry_on: date
    invoices: tuple[str, ...]
    notice: str = ""
    announced_on: date = date.min
    status: CollectionStatus = "instructed"
    reason_code: str | None = None
    represented: bool = False
    represents: str | None = None


class MandateState(Value):
    """What the next decision about a mandate must know.

    `is_held` is whether the payer's bank holds the instruction. `to_lodge` is the instruction that
    the next run must carry, if any. `was` is the status that a suspension or a cancellation ended;
    only what its bank has cancelled (`by_bank`) can its bank reinstate.
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
    has_collected: bool = False
    announced: dict[date, Announced] = Field(default_factory=dict)
    collections: dict[str, Collection] = Field(default_factory=dict)

    @property
    def is_ended(self) -> bool:
        """Whether nothing can be collected any more, unless its bank reinstates it."""
        return self.status in ENDED


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
        case m.MandateEnded():
            return {"status": fact.end, **OVER}
        case _:
            return _collecting(state, dated)


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
        new |= {place: "notified", "to_lodge": "0N", "is_held": False, "has_collected": False}
        new["lodging"] = None
    return new


def _collecting(state: MandateState, dated: Dated) -> dict[str, object]:
    fact = dated.fact
    match fact:
        case m.CollectionsAnnounced():
            told = {
                one.entry_on: Announced(
                    notice=fact.notice,
                    given_on=fact.given_on,
                    amount_minor=one.amount_minor,
                    take_minor=one.amount_minor,
                )
                for one in fact.collections
            }
            return {"announced": state.announced | told}
        case m.CollectionWithheld():
            return _told(state, fact.entry_on, {"withheld": fact.reason})
        case m.CollectionAmended():
            return _told(state, fact.entry_on, {"take_minor": fact.amount_minor, "withheld": None})
        case m.CollectionInstructed():
            return _instructed(state, fact, dated.effective_on)
        case m.CollectionStopped():
            return _stopped(state, fact)
        case m.CollectionReturned():
            return _settled(
                state, fact.collection, {"status": "returned", "reason_code": fact.code}
            )
        case _:
            raise ImpossibleHistoryError(f"{fact.topic} is no fact of a mandate")


def _told(state: MandateState, day: date, new: dict[str, object]) -> dict[str, object]:
    told = state.announced[day].model_copy(update=new)
    return {"announced": state.announced | {day: told}}


def _instructed(
    state: MandateState, fact: m.CollectionInstructed, today: date
) -> dict[str, object]:
    name = collection_name(fact.run, fact.item)
    one = Collection(
        code=fact.code,
        amount_minor=fact.amount_minor,
        processing_on=fact.processing_on,
        entry_on=fact.entry_on,
        invoices=fact.invoices,
        notice=fact.notice,
        announced_on=fact.announced_on,
        represents=fact.represents,
    )
    all_ = dict(state.collections)
    if fact.represents in all_:
        all_[fact.represents] = all_[fact.represents].model_copy(update={"represented": True})
    all_[name] = one
    kept = dict(list(all_.items())[-COLLECTIONS_KEPT:])
    taken = None if fact.represents else fact.entry_on
    later = {day: told for day, told in state.announced.items() if day > today and day != taken}
    return {
        "announced": later,
        "collections": kept,
        "has_collected": True,
        "last_used_on": max(state.last_used_on, fact.processing_on),
    }


def _stopped(state: MandateState, fact: m.CollectionStopped) -> dict[str, object]:
    one = state.collections.get(fact.collection)
    if one is None:  # it left the state long ago
        return {}
    all_ = state.collections | {fact.collection: one.model_copy(update={"status": "stopped"})}
    new: dict[str, object] = {"collections": all_}
    if one.represents is not None:  # the unpaid one can be presented again after all
        if one.represents in all_:
            again = all_[one.represents].model_copy(update={"represented": False})
            all_[one.represents] = again
        return new
    after = list(all_)[list(all_).index(fact.collection) :]
    if one.code == "01" and all(all_[name].status == "stopped" for name in after):
        new["has_collected"] = False  # no bank has seen the first one
    if not state.is_ended:
        # The payer was told all the same: it can be taken in another run of that day.
        told = Announced(
            notice=one.notice,
            given_on=one.announced_on,
            amount_minor=one.amount_minor,
            take_minor=one.amount_minor,
        )
        new["announced"] = {one.entry_on: told, **state.announced}
    return new


def _settled(state: MandateState, name: str, new: dict[str, object]) -> dict[str, object]:
    one = state.collections.get(name)
    if one is None:  # it left the state long ago
        return {}
    return {"collections": state.collections | {name: one.model_copy(update=new)}}


def collection_name(run: str, item: int) -> str:
    """The name of a collection: its run and its number there."""
    return f"{run}/{item}"
