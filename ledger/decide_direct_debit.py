"""The decisions about mandates, collections and runs, each with the streams that it needs."""

from ledger import (
    amending,
    collecting,
    collection_run_reports,
    collection_runs,
    lodgements,
    mandates,
    representing,
)
from ledger import collection_run_commands as rc
from ledger import commands as c
from ledger import mandate_commands as mc
from ledger.account_state import AccountState
from ledger.collection_run import CollectionRunState, OriginatorState
from ledger.decision import Context, Decision
from ledger.mandate import MandateState
from ledger.payer_references import PayerReferencesState
from ledger.states import Decided, States


def decide_mandate(command: c.MandateCommand, states: States, context: Context) -> Decided:
    """The facts of a command about a mandate, stream by stream."""
    own = states.names[0]
    mandate = states.of(0, MandateState)
    match command:
        case mc.DraftMandate():
            references = states.of(1, PayerReferencesState)
            account = states.of(2, AccountState)
            drafted, taken = mandates.draft_mandate(mandate, references, account, command, context)
            return [(own, drafted), (states.names[1], taken)]
        case mc.AmendMandate():
            references = states.of(1, PayerReferencesState)
            amended, taken = amending.amend_mandate(mandate, references, command, context)
            return [(own, amended), (states.names[1], taken)]
        case mc.InstructCollection():
            account = states.of(1, AccountState)
            return [(own, collecting.instruct_collection(mandate, account, command, context))]
        case mc.RepresentCollection():
            account = states.of(1, AccountState)
            return [(own, representing.represent_collection(mandate, account, command, context))]
        case _:
            return [(own, _alone(mandate, command, context))]


def _alone(mandate: MandateState | None, command: c.MandateCommand, context: Context) -> Decision:
    match command:
        case mc.AnnounceCollections():
            return collecting.announce_collections(mandate, command, context)
        case mc.WithholdCollection():
            return collecting.withhold_collection(mandate, command, context)
        case mc.AmendCollection():
            return collecting.amend_collection(mandate, command, context)
        case mc.StopCollection():
            return collecting.stop_collection(mandate, command, context)
        case mc.ReturnCollection():
            return collecting.return_collection(mandate, command, context)
        case mc.NotifyMandate():
            return mandates.notify_mandate(mandate, command, context)
        case mc.LodgeMandate():
            return lodgements.lodge_mandate(mandate, command, context)
        case mc.StopLodgement():
            return lodgements.stop_lodgement(mandate, command, context)
        case mc.RejectMandate():
            return mandates.reject_mandate(mandate, command, context)
        case mc.SuspendMandate():
            return mandates.suspend_mandate(mandate, command, context)
        case mc.ResumeMandate():
            return mandates.resume_mandate(mandate, command, context)
        case mc.CancelMandate():
            return mandates.cancel_mandate(mandate, command, context)
        case mc.OrderFinalCollection():
            return mandates.order_final_collection(mandate, command, context)
        case mc.EndMandate():
            return mandates.end_mandate(mandate, command, context)
        case _:
            raise TypeError(f"{type(command).__name__} is no command about a mandate")


def decide_run(command: c.CollectionRunCommand, states: States, context: Context) -> Decided:
    """The facts of a command about a run, stream by stream."""
    own = states.names[0]
    run = states.of(0, CollectionRunState)
    match command:
        case rc.OpenRun():
            originator = states.of(1, OriginatorState)
            begun, taken = collection_runs.open_run(run, originator, command, context)
            return [(own, begun), (states.names[1], taken)]
        case rc.RecordRunWritten():
            return [(own, collection_runs.record_run_written(run, command, context))]
        case rc.ReleaseRun():
            return [(own, collection_runs.release_run(run, command, context))]
        case rc.AbandonRun():
            return [(own, collection_runs.abandon_run(run, command, context))]
        case rc.RecordRunReported():
            return [(own, collection_run_reports.record_run_reported(run, command, context))]
        case rc.RecordRunWithdrawn():
            return [(own, collection_run_reports.record_run_withdrawn(run, command, context))]
        case rc.RecordRunRefused():
            return [(own, collection_run_reports.record_run_refused(run, command, context))]
        case rc.RecordInstructionsRejected():
            return [
                (own, collection_run_reports.record_instructions_rejected(run, command, context))
            ]
        case rc.SignOffRun():
            return [(own, collection_runs.sign_off_run(run, command, context))]
        case _:
            raise TypeError(f"{type(command).__name__} is no command about a run")
