"""Deciding about instructions to the payer's bank: put into a run, and taken back when it fails."""

from ledger import mandate_commands as mc
from ledger import mandate_events as m
from ledger.account_state import Dated
from ledger.decision import Context, Decision, text
from ledger.leaving import former_cancelled
from ledger.lodging import lodged_at
from ledger.mandate import MandateState
from ledger.mandates import found
from ledger.rejections import Code, refuse


def lodge_mandate(
    state: MandateState | None, command: mc.LodgeMandate, context: Context
) -> Decision:
    """Put the instruction that the mandate waits for into a run."""
    context.authorise(command.action)
    one = found(state, command.mandate)
    if command.details is not None:
        return former_cancelled(one, command, context)
    if one.to_lodge != command.code:
        raise refuse(
            Code.NOTHING_TO_CHANGE,
            f"mandate {command.mandate} waits for"
            f" {one.to_lodge or 'no instruction'}, not for {command.code}",
        )
    if "draft" in (one.status, one.was) and command.code != "0C":
        raise refuse(
            Code.MANDATE_NOT_NOTIFIED,
            f"the payer of mandate {command.mandate} was not sent the confirmation of its set-up",
        )
    fact = m.MandateLodged(**dict(command) | {"details": one.details})
    return (Dated(fact, context.today),)


def stop_lodgement(
    state: MandateState | None, command: mc.StopLodgement, context: Context
) -> Decision:
    """Record that an instruction never reached the payer's bank: the next run carries it again."""
    context.authorise(command.action)
    one = found(state, command.mandate)
    text(command.reason, "the reason")
    there = lodged_at(one, command.run, command.item)
    if there is None:
        raise refuse(
            Code.NOTHING_TO_CHANGE,
            f"item {command.item} of run {command.run} is not the instruction that mandate"
            f" {command.mandate} was lodged with last",
        )
    code, to_lodge = there
    fact = m.LodgementStopped(code=code, to_lodge=to_lodge, **dict(command))
    return (Dated(fact, context.today),)
