"""What lodging an instruction changes of a mandate, and what it is again when it never went."""

from typing import TYPE_CHECKING

from ledger import mandate_events as m
from ledger.collection import unheard_of
from ledger.former import Lodging, changed, place_of, taken_back
from ledger.values import InstructionCode

if TYPE_CHECKING:  # the state is changed by this module, so it imports it
    from ledger.mandate import MandateState, MandateStatus

# What is so when no bank holds the instruction any more, and none will be told of it.
OVER: dict[str, object] = {"is_held": False, "to_lodge": None, "lodging": None, "announced": {}}


def moved_on(
    state: "MandateState", to: "MandateStatus", from_: tuple["MandateStatus", ...]
) -> dict[str, object]:
    """The next step of the set-up; behind a suspension it is where resuming goes on."""
    place = "was" if state.status == "suspended" else "status"
    return {place: to} if getattr(state, place) in from_ else {}


def lodged(state: "MandateState", fact: m.MandateLodged) -> dict[str, object]:
    """What changes when an instruction is put into a run."""
    if fact.code == "0C" and fact.details != state.details:
        gone = {"is_held": False, "lodged": (fact.run, fact.item)}
        return {"former": changed(state, fact.details, gone)}
    lodging = Lodging(
        run=fact.run,
        item=fact.item,
        code=fact.code,
        was_held=state.is_held,
        lodged_on=state.lodged_on,
        last_used_on=state.last_used_on,
    )
    if fact.code == "0C":
        return {"is_held": False, "to_lodge": None, "lodging": lodging}
    return {
        **moved_on(state, "lodged", ("draft", "notified")),
        "is_held": True,
        "to_lodge": None,
        "lodging": lodging,
        "lodged_on": fact.processing_on,
        "last_used_on": max(state.last_used_on, fact.processing_on),
    }


def lodged_at(
    state: "MandateState", run: str, item: int
) -> tuple[InstructionCode, InstructionCode | None] | None:
    """The instruction at a place of a run, and what the next run must carry when it did not go.

    None when it is no instruction that the mandate was lodged with last, there or at a bank that
    the payer has left.
    """
    lodging = state.lodging
    if lodging is not None and (lodging.run, lodging.item) == (run, item):
        return lodging.code, _waits_again(state, lodging)
    return place_of(state, (run, item))


def _waits_again(state: "MandateState", lodging: Lodging) -> InstructionCode | None:
    """A mandate that was cancelled since has nothing to say to a bank that never heard of it.

    Of an erased payer there is nothing that could be said.
    """
    if state.status == "erased":
        return None
    if lodging.code != "0C" and state.status == "cancelled":
        return "0C" if lodging.was_held else None
    return lodging.code


def unlodged(state: "MandateState", fact: m.LodgementStopped) -> dict[str, object]:
    """What changes when the instruction that was lodged last did not go."""
    before = state.lodging
    if before is None or (before.run, before.item) != (fact.run, fact.item):
        return taken_back(state, (fact.run, fact.item))
    new: dict[str, object] = {
        "lodging": None,
        "is_held": before.was_held,
        "to_lodge": fact.to_lodge,
    }
    if before.code == "0C":
        return new
    place = "was" if state.status in ("suspended", "cancelled") else "status"
    if getattr(state, place) in ("lodged", "active"):
        new[place] = "notified"
    if state.last_used_on == state.lodged_on:  # nothing was collected since
        new["last_used_on"] = before.last_used_on
    if before.code == "0N":
        new |= unheard_of(state)
    return new | {"lodged_on": before.lodged_on}
