"""Which streams are stopped because an invariant broke, and who may stop and release them.

All of it is one stream with a small state, which every batch reads beside its own: the price of
asking is one row more in a query that is made anyway.
"""

from datetime import date
from typing import Any

from pydantic import Field

from ledger import quarantine_commands as q
from ledger import quarantine_events as f
from ledger.account_state import Dated
from ledger.decision import Context, Decision, text
from ledger.ids import QUARANTINABLE
from ledger.limits import QUARANTINED_STREAMS_MAX
from ledger.rejections import Code, RefusedError, refuse
from ledger.values import Value

STATE_SHAPE = 1


class Quarantined(Value):
    """Why a stream is stopped, who gave the input by which it came to light, and since when."""

    breach: str
    message: str
    stopped_by: str
    since: date


class QuarantineState(Value):
    """The streams that are stopped now, by name."""

    streams: dict[str, Quarantined] = Field(default_factory=dict)


NOTHING = QuarantineState()


def evolve(state: QuarantineState | None, dated: Dated) -> QuarantineState:
    """The state after a fact. Raises ValueError for a history that cannot be."""
    fact = dated.fact
    streams = dict(state.streams) if state else {}
    match fact:
        case f.StreamQuarantined():
            streams[fact.stream] = Quarantined(
                breach=fact.breach,
                message=fact.message,
                stopped_by=fact.stopped_by,
                since=dated.effective_on,
            )
        case f.StreamReleased():
            del streams[fact.stream]
        case _:
            raise ValueError(f"{fact.topic} is no fact of quarantine")
    return QuarantineState(streams=streams)


def stopped(state: Any) -> dict[str, Quarantined]:  # noqa: ANN401 - the state of any kind of stream
    """The streams that are stopped, by a state of this kind; none without one."""
    return state.streams if isinstance(state, QuarantineState) else {}


def refused(stream: str, why: Quarantined) -> RefusedError:
    """The refusal of every command to a stopped stream."""
    return refuse(
        Code.ACCOUNT_QUARANTINED,
        f"{stream} is stopped since {why.since.isoformat()}, until a person releases it:"
        f" {why.breach}",
    )


def quarantine_stream(
    state: QuarantineState | None, command: q.QuarantineStream, context: Context
) -> Decision:
    """Stop a stream that a check found wrong."""
    context.authorise(command.action)
    _named(command.stream)
    text(command.breach, "what is wrong")
    streams = stopped(state)
    if command.stream in streams:
        raise refuse(Code.NOTHING_TO_CHANGE, f"{command.stream} is stopped already")
    if len(streams) >= QUARANTINED_STREAMS_MAX:
        raise refuse(
            Code.NOTHING_TO_CHANGE,
            f"{len(streams)} streams are stopped: that is no fault of single accounts; stop intake",
        )
    fact = f.StreamQuarantined(
        stream=command.stream,
        breach=command.breach,
        message="",
        stopped_by=context.actor.id,
    )
    return (Dated(fact, context.today),)


def _named(stream: str) -> None:
    if not stream.startswith(QUARANTINABLE):
        raise refuse(
            Code.FIELD_INVALID,
            f"{stream[:80]!r} is no name such as account:HSG:100234 or receipt:R1",
        )


def release_quarantine(
    state: QuarantineState | None, command: q.ReleaseQuarantine, context: Context
) -> Decision:
    """Let a stopped stream take commands again."""
    why = stopped(state).get(command.stream)
    context.authorise(command.action, 0, why.stopped_by if why else None)
    text(command.reason, "the reason")
    if why is None:
        raise refuse(Code.NOT_QUARANTINED, f"{command.stream} is not stopped")
    # From here it must succeed.
    fact = f.StreamReleased(stream=command.stream, reason=command.reason)
    return (Dated(fact, context.today),)
