"""Deciding about what Bacs says of a submission: taken, withdrawn, refused whole or in part."""

from ledger import collection_run_commands as rc
from ledger import collection_run_events as r
from ledger.account_state import Dated
from ledger.collection_run import CollectionRunState
from ledger.collection_runs import existing, in_status
from ledger.decision import Context, Decision, text
from ledger.rejections import Code, refuse


def record_run_reported(
    state: CollectionRunState | None, command: rc.RecordRunReported, context: Context
) -> Decision:
    """Record what the Input report says."""
    context.authorise(command.action)
    one = in_status(state, command.run, "released", "withdrawn", "signed_off")
    if one.reported is not None:
        raise refuse(Code.NOTHING_TO_CHANGE, f"run {command.run} has its Input report already")
    return (Dated(r.RunReported(**dict(command)), context.today),)


def record_run_withdrawn(
    state: CollectionRunState | None, command: rc.RecordRunWithdrawn, context: Context
) -> Decision:
    """Record that Bacs withdrew the file."""
    context.authorise(command.action)
    in_status(state, command.run, "released")
    return (Dated(r.RunWithdrawn(**dict(command)), context.today),)


def record_run_refused(
    state: CollectionRunState | None, command: rc.RecordRunRefused, context: Context
) -> Decision:
    """Record that Bacs took nothing of the file."""
    context.authorise(command.action)
    one = existing(state, command.run)
    text(command.reason, "the reason")
    if one.status == "refused":
        raise refuse(Code.NOTHING_TO_CHANGE, f"run {command.run} is refused already")
    in_status(one, command.run, "released")
    if one.reported is not None:
        raise refuse(
            Code.RUN_NOT_READY,
            f"an Input report says what Bacs took of run {command.run}: nothing is another thing",
        )
    return (Dated(r.RunRefused(**dict(command)), context.today),)


def record_instructions_rejected(
    state: CollectionRunState | None, command: rc.RecordInstructionsRejected, context: Context
) -> Decision:
    """Record that Bacs refused the instructions of the file; what it collects is not touched."""
    context.authorise(command.action)
    one = in_status(state, command.run, "released", "withdrawn", "signed_off")
    text(command.reason, "the reason")
    if one.instructions_rejected is not None:
        raise refuse(
            Code.NOTHING_TO_CHANGE, f"the instructions of run {command.run} are rejected already"
        )
    return (Dated(r.RunInstructionsRejected(**dict(command)), context.today),)
