"""The collections of one mandate: what was announced, what was put into a run, how it ended.

A collection that is settled one way or the other stays for the reports that may still come; the
oldest leave, and are looked up in the history when a late report names them.
"""

from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

from ledger import mandate_events as m
from ledger.account_state import Dated
from ledger.invariants import ImpossibleHistoryError
from ledger.values import CollectionCode, Value

if TYPE_CHECKING:  # the state of a mandate holds collections, so it imports this module
    from ledger.mandate import MandateState

COLLECTIONS_KEPT = 24  # two years of monthly ones

CollectionStatus: TypeAlias = Literal["instructed", "stopped", "returned"]


class Announced(Value):
    """What the payer was told for a day, and what an officer has changed of it since."""

    notice: str
    given_on: date
    amount_minor: int
    take_minor: int
    withheld: str | None = None


class Collection(Value):
    """One collection, and how it stands.

    `original_on` is the day on which the debt was processed first, and `again` how often it has
    been presented again since: zero for what is no re-presentation. `is_unheard_of` says that its
    instruction never went, so that no bank can take it for a first one.
    """

    code: CollectionCode
    details: int
    amount_minor: int
    processing_on: date
    entry_on: date
    original_on: date
    again: int = 0
    invoices: tuple[str, ...]
    notice: str = ""
    announced_on: date = date.min
    status: CollectionStatus = "instructed"
    reason_code: str | None = None
    represented: bool = False
    represents: str | None = None
    is_unheard_of: bool = False


def collection_name(run: str, item: int) -> str:
    """The name of a collection: its run and its number there."""
    return f"{run}/{item}"


def collection_of(fact: m.CollectionInstructed, unpaid: Collection | None = None) -> Collection:
    """The collection that was put into a run, and the unpaid one that it presents again."""
    return Collection(
        code=fact.code,
        details=fact.details,
        amount_minor=fact.amount_minor,
        processing_on=fact.processing_on,
        entry_on=fact.entry_on,
        original_on=unpaid.original_on if unpaid else fact.processing_on,
        again=unpaid.again + 1 if unpaid else 0,
        invoices=fact.invoices,
        notice=fact.notice,
        announced_on=fact.announced_on,
        represents=fact.represents,
    )


def collecting(state: "MandateState", dated: Dated) -> dict[str, object]:
    """What a fact about collections changes of a mandate."""
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


def _told(state: "MandateState", day: date, new: dict[str, object]) -> dict[str, object]:
    told = state.announced[day].model_copy(update=new)
    return {"announced": state.announced | {day: told}}


def _instructed(
    state: "MandateState", fact: m.CollectionInstructed, today: date
) -> dict[str, object]:
    all_ = dict(state.collections)
    unpaid = all_.get(fact.represents or "")
    if fact.represents is not None and unpaid is not None:
        all_[fact.represents] = unpaid.model_copy(update={"represented": True})
    all_[collection_name(fact.run, fact.item)] = collection_of(fact, unpaid)
    names = list(all_)
    leaving = [all_.pop(name) for name in names[:-COLLECTIONS_KEPT]]
    taken = None if fact.represents else fact.entry_on
    later = {day: told for day, told in state.announced.items() if day > today and day != taken}
    return {
        "announced": later,
        "collections": all_,
        "collected_before": state.collected_before or any(map(state.is_seen, leaving)),
        "last_used_on": max(state.last_used_on, fact.processing_on),
    }


def _stopped(state: "MandateState", fact: m.CollectionStopped) -> dict[str, object]:
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


def unheard_of(state: "MandateState") -> dict[str, object]:
    """What changes when the instruction never went: its bank has yet to see a first collection."""
    unheard = {
        name: one.model_copy(update={"is_unheard_of": True})
        for name, one in state.collections.items()
    }
    return {"collections": unheard, "collected_before": False}


def _settled(state: "MandateState", name: str, new: dict[str, object]) -> dict[str, object]:
    one = state.collections.get(name)
    if one is None:  # it left the state long ago
        return {}
    return {"collections": state.collections | {name: one.model_copy(update=new)}}
