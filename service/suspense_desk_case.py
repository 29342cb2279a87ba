"""One receipt in suspense with all that an officer needs to say whose it is."""

from dataclasses import dataclass

from ledger.receipt import ReceiptState
from ledger.values import Candidate
from service.explain_source import evidence_of
from service.explain_values import Evidence
from service.suspense_desk import Held, held
from service.suspense_desk_match import Fresh, Rematching
from service.suspense_desk_origin import origins
from service.suspense_desk_places import Place, places_of
from service.suspense_desk_siblings import siblings_of
from service.suspense_desk_timeline import Moment, timeline
from service.wiring import App


@dataclass(frozen=True, slots=True)
class Case:
    """A receipt in suspense: its line as it came, its history, who it may belong to.

    `held` is None when nothing of it is in suspense any more. The candidates of the state are those
    of the day on which it came, `fresh` those of this moment; `places` are the accounts of both.
    """

    state: ReceiptState
    held: Held | None
    evidence: Evidence
    moments: tuple[Moment, ...]
    fresh: Fresh
    places: tuple[Place, ...]
    siblings: tuple[ReceiptState, ...]


def case_of(app: App, state: ReceiptState) -> Case:
    """Everything about one receipt. The read models must have caught up."""
    came = origins(app, state.receipt)
    fresh = (
        Rematching(app, [state]).fresh([state])[state.receipt] if state.held_minor else Fresh(None)
    )
    candidates: tuple[Candidate, ...] = (*_of(fresh), *state.candidates)
    return Case(
        state=state,
        held=held(app, state.receipt),
        evidence=evidence_of(came[-1].envelope.source, app.raw),
        moments=timeline(app, state.receipt, came),
        fresh=fresh,
        places=places_of(app, candidates if state.held_minor else (), state.held_minor),
        siblings=siblings_of(app, state),
    )


def _of(fresh: Fresh) -> tuple[Candidate, ...]:
    return fresh.matched.candidates if fresh.matched is not None else ()
