"""Deciding about a bank that the payer has left: sent its 0C, or over by its own word."""

from datetime import date
from typing import NamedTuple

from ledger import mandate_commands as mc
from ledger import mandate_events as m
from ledger.account_state import Dated
from ledger.decision import Context, Decision
from ledger.former import FormerInstruction
from ledger.mandate import MandateState
from ledger.rejections import Code, refuse


class Said(NamedTuple):
    """What a bank said: the code and the reason, on which day, and where it is written."""

    code: str
    reason: str
    reported_on: date
    advice: str


def former_ended(
    one: MandateState,
    former: FormerInstruction,
    said: Said,
    context: Context,
    *,
    is_moved: bool = False,
) -> Decision:
    """The former instruction is over by its bank's own word: nothing else of the mandate is."""
    if not former.is_held:
        raise refuse(
            Code.NOTHING_TO_CHANGE,
            f"it is about an account that the payer of mandate {one.mandate} has left",
        )
    fact = m.FormerInstructionEnded(
        sun=one.sun,
        mandate=one.mandate,
        details=former.details,
        is_moved=is_moved,
        **said._asdict(),
    )
    return (Dated(fact, min(said.reported_on, context.today)),)


def former_cancelled(one: MandateState, command: mc.LodgeMandate, context: Context) -> Decision:
    """Put the 0C to a bank that the payer has left into a run."""
    waits = any(each.is_held and each.details == command.details for each in one.former)
    if command.code != "0C" or not waits:
        raise refuse(
            Code.NOTHING_TO_CHANGE,
            f"no bank that the payer of mandate {command.mandate} has left waits for a"
            f" {command.code}",
        )
    return (Dated(m.MandateLodged(**dict(command)), context.today),)
