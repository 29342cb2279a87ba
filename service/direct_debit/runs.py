"""The runs: found by their names, taken a step further, given up."""

from collections.abc import Sequence

from ledger.collection_run import CollectionRunState
from ledger.collection_run_commands import AbandonRun
from ledger.commands import CollectionRunCommand
from ledger.recorded import Source
from ledger.requests import Outcome, Request
from ledger.stream_states import states_of
from ledger.values import Refusal
from service.desk_orders import Order
from service.direct_debit.stopping import Stopped, stop_left
from service.nearest import nearest
from service.wiring import App

_PREFIX = "collection-run:"


class RunNotFoundError(LookupError):
    """There is no such run; the sentence names the nearest."""


class RunRefusedError(Exception):
    """A step of the run was refused; nothing after it was done."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        """Keep the refusals."""
        super().__init__("; ".join(one.sentence for one in refusals))
        self.refusals = tuple(refusals)


def run_states(app: App) -> dict[str, CollectionRunState]:
    """Every run by its name, the oldest first."""
    names = app.store.stream_names(_PREFIX)
    found = states_of(app.store, names, CollectionRunState)
    states = {name.removeprefix(_PREFIX): state for name, state in found.items()}
    return dict(sorted(states.items(), key=lambda one: (one[1].opened.entry_on, one[0])))


def find_run(app: App, name: str | None) -> CollectionRunState:
    """The run of that name; without one, that opened last. Raises RunNotFoundError."""
    states = run_states(app)
    if not states:
        raise RunNotFoundError("there is no Direct Debit run yet")
    if name is None:
        return max(states.values(), key=lambda one: (one.opened.opened_on, one.opened.serial))
    if name not in states:
        raise RunNotFoundError(f"there is no run {name!r}; did you mean {nearest(name, states)}?")
    return states[name]


def give_step(app: App, order: Order, run: str, step: CollectionRunCommand) -> Outcome:
    """One step of a run. Raises RunRefusedError."""
    request = Request(
        step,
        app.actor(order.actor),
        Source("command", order.verb),
        f"command|{order.id}|{step.action}",
        correlation=f"run|{run}",
    )
    (outcome,) = app.ledger.handle([request])
    if outcome.refusals:
        raise RunRefusedError(outcome.refusals)
    return outcome


def abandon(app: App, order: Order, state: CollectionRunState, reason: str) -> Stopped:
    """Give up a run that was not released; what was stopped with it.

    Of one that was given up already, and cut off in the middle of it, what is left is stopped.
    Raises RunRefusedError.
    """
    run = state.opened.run
    if state.status != "abandoned":
        give_step(app, order, run, AbandonRun(run=run, reason=reason))
    return stop_left(app, order, [find_run(app, run)])
