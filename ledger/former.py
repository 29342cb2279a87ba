"""Instructions at banks that the payer has left: what they were, and whether a bank has one still.

When a payer changes banks through us, the instruction at the old bank is cancelled by a 0C in the
file that carries the new one. What the old bank says later is about the old instruction only.
"""

from datetime import date
from typing import TYPE_CHECKING

from ledger import mandate_events as m
from ledger.values import InstructionCode, Value

if TYPE_CHECKING:  # the state of a mandate holds them, so it imports this module
    from ledger.mandate import MandateState

KEPT = 4  # nobody hears of an older one
OVER: dict[str, object] = {"is_held": False, "lodged": None}  # a 0C that does not go is not missed


class Lodging(Value):
    """The instruction that was put into a run last, and what the mandate was before it."""

    run: str
    item: int
    code: InstructionCode
    was_held: bool
    lodged_on: date | None
    last_used_on: date


class FormerInstruction(Value):
    """One instruction that was replaced: its bank details, from the first to the last number.

    `is_held` is true until a 0C has gone, or its bank says that it is over. `lodged` is the place
    of that 0C, its run and number; `sent` is what it was lodged with itself, on `lodged_on`.
    `is_unheard_of` says that this never went, so that its bank has nothing to cancel.
    """

    since: int
    details: int
    payer_account_digest: str
    is_held: bool = True
    lodged: tuple[str, int] | None = None
    sent: Lodging | None = None
    lodged_on: date | None = None
    is_unheard_of: bool = False


def left_behind(state: "MandateState") -> tuple[FormerInstruction, ...]:
    """The former instructions of a mandate whose payer's account changes now."""
    one = FormerInstruction(
        since=state.since,
        details=state.details,
        payer_account_digest=state.payer_account_digest,
        sent=state.lodging,
        lodged_on=state.lodged_on,
    )
    return (*state.former, one)[-KEPT:]


def named(state: "MandateState", of_account: str | None) -> FormerInstruction | None:
    """The former instruction that a bank speaks of, by the account it names; None: the present."""
    if not state.former:
        return None
    unheard_of = state.to_lodge == "0N"  # no bank can speak of what was not lodged
    if of_account == state.payer_account_digest and not unheard_of:
        return None
    of_it = [one for one in state.former if one.payer_account_digest == of_account]
    if of_it:
        return of_it[-1]
    return state.former[-1] if unheard_of else None


def former_of(state: "MandateState", details: int) -> FormerInstruction | None:
    """The former instruction that bank details belonged to; None: the present one."""
    if details >= state.since:
        return None
    return next((one for one in state.former if one.since <= details <= one.details), None)


def changed(
    state: "MandateState", details: int, new: dict[str, object]
) -> tuple[FormerInstruction, ...]:
    """The former instructions, that with those details as it is now."""
    return tuple(
        one.model_copy(update=new) if one.details == details else one for one in state.former
    )


def place_of(
    state: "MandateState", place: tuple[str, int]
) -> tuple[InstructionCode, InstructionCode | None] | None:
    """The instruction of a bank that was left at a place of a run; what waits without it."""
    for one in state.former:
        if one.lodged == place:
            return "0C", "0C" if _has_it(state, one) else None
        if one.sent is not None and (one.sent.run, one.sent.item) == place:
            return one.sent.code, None
    return None


def _has_it(state: "MandateState", one: FormerInstruction) -> bool:
    """Whether its bank waits for a 0C that did not go; of an erased payer none can be written."""
    return not one.is_unheard_of and state.status != "erased"


def taken_back(state: "MandateState", place: tuple[str, int]) -> dict[str, object]:
    """What changes when an instruction of a bank that was left did not go."""
    for one in state.former:
        sent = one.sent
        if one.lodged == place:
            again: dict[str, object] = {"is_held": _has_it(state, one), "lodged": None}
            return {"former": changed(state, one.details, again)}
        if sent is not None and (sent.run, sent.item) == place:
            held = one.is_held and sent.was_held
            gone: dict[str, object] = {
                "is_held": held,
                "sent": None,
                "is_unheard_of": not sent.was_held,
            }
            days = _days_before(state, sent) if state.lodged_on == one.lodged_on else {}
            return {"former": changed(state, one.details, gone), **days}
    return {}


def _days_before(state: "MandateState", sent: Lodging) -> dict[str, object]:
    """The days of the mandate without what was sent to a bank that was left, the last that was."""
    new: dict[str, object] = {"lodged_on": sent.lodged_on}
    if state.last_used_on == state.lodged_on:  # nothing was collected since
        new["last_used_on"] = sent.last_used_on
    return new


def ended(state: "MandateState", fact: m.FormerInstructionEnded) -> dict[str, object]:
    """What changes when a bank says that a former instruction is over, or was moved to here."""
    new: dict[str, object] = {"former": changed(state, fact.details, OVER)}
    old = next((one for one in state.former if one.details == fact.details), None)
    if not fact.is_moved or old is None or state.to_lodge != "0N":
        return new
    new |= {"is_held": True, "since": old.since, "lodging": old.sent}
    if state.lodged_on is None:  # taken over on paper, and to be converted still
        return new | {"to_lodge": "0S"}
    place = "was" if state.status == "suspended" else "status"
    return new | {place: "lodged", "to_lodge": None}
