"""One Bacs submission: its state, and how each fact changes it.

    opened -> written -> released -> signed off
                      -> abandoned   -> withdrawn | refused

The Input report and the bank's credit come in any order once the file has gone.
"""

from typing import Literal, TypeAlias

from ledger import collection_run_events as r
from ledger.account_state import Dated
from ledger.invariants import ImpossibleHistoryError
from ledger.values import Value

STATE_SHAPE = 2

RunStatus: TypeAlias = Literal[
    "opened", "written", "released", "abandoned", "withdrawn", "refused", "signed_off"
]


class CollectionRunState(Value):
    """What the next decision about a run must know; `ended_because` is why it was given up."""

    opened: r.RunOpened
    status: RunStatus = "opened"
    written: r.RunWritten | None = None
    reported: r.RunReported | None = None
    credited_minor: int = 0
    returned_minor: int = 0
    ended_because: str = ""
    instructions_rejected: str | None = None


class OriginatorState(Value):
    """The last serial that a service user has used."""

    sun: str
    last_serial: int


def evolve(state: CollectionRunState | None, dated: Dated) -> CollectionRunState:
    """The state after a fact. Raises ImpossibleHistoryError for a history that cannot be."""
    fact = dated.fact
    if isinstance(fact, r.RunOpened):
        if state is not None:
            raise ImpossibleHistoryError(f"run {fact.run} was opened twice")
        return CollectionRunState(opened=fact)
    if state is None:
        raise ImpossibleHistoryError(f"{fact.topic} on a run that was never opened")
    match fact:
        case r.RunWritten():
            update: dict[str, object] = {"status": "written", "written": fact}
        case r.RunReleased():
            update = {"status": "released"}
        case r.RunAbandoned():
            update = {"status": "abandoned", "ended_because": fact.reason}
        case r.RunWithdrawn():
            update = {"status": "withdrawn"}
        case r.RunRefused():
            update = {"status": "refused", "ended_because": fact.reason}
        case r.RunInstructionsRejected():
            update = {"instructions_rejected": fact.reason}
        case r.RunReported():
            update = {"reported": fact}
        case r.RunCredited():
            update = {
                "credited_minor": state.credited_minor + fact.amount_minor,
                "returned_minor": state.returned_minor + fact.returned_minor,
            }
        case r.RunSignedOff():
            update = {"status": "signed_off"}
        case _:
            raise ImpossibleHistoryError(f"{fact.topic} is no fact of a run")
    return state.model_copy(update=update)


def evolve_originator(state: OriginatorState | None, dated: Dated) -> OriginatorState:
    """The state after a fact. Raises ImpossibleHistoryError for a history that cannot be."""
    fact = dated.fact
    if not isinstance(fact, r.BacsSerialTaken):
        raise ImpossibleHistoryError(f"{fact.topic} is no fact of a service user")
    if state is not None and int(fact.serial) <= state.last_serial:
        raise ImpossibleHistoryError(f"serial {fact.serial} was used twice")
    return OriginatorState(sun=fact.sun, last_serial=int(fact.serial))
