"""Acting on what banks say of our instructions: ADDACS and AUDDIS, and AWACS on their accounts.

Each reason code does what `ledger.bacs_codes` says, and nothing is sent back to a bank that has
changed the instruction by itself.
"""

from collections.abc import Iterator

from consumers.bacs_steps import Step, Steps, aside
from consumers.formats.bacs_items import FileOutcome, InstructionAdvice
from consumers.keeping import DetailsKeeper, NewDetails, SealedDetails
from consumers.mandates_found import Mandates, estate_hold
from consumers.runs_found import NotFound, RunsFound
from ledger import bacs_codes
from ledger import mandate_commands as mc
from ledger.collection_run_commands import RecordInstructionsRejected
from ledger.mandate import MandateState
from ledger.values import CancelledBy

TRANSFERRED = "3"  # of AWACS: the payee has another account now


class InstructionActs:
    """What the lines of one report lead to."""

    def __init__(self, mandates: Mandates, details: DetailsKeeper, digest: str) -> None:
        self._mandates, self._details, self._digest = mandates, details, digest

    def steps(self, item: InstructionAdvice | FileOutcome) -> Iterator[Steps]:
        """The commands that a line asks for, or why an officer must look at it."""
        if isinstance(item, FileOutcome):
            yield from self._of_file(item)
            return
        state = self._mandates.of(item.reference, item.sun)
        if item.kind == "AWACS":
            yield from self._of_credit(item, state)
            return
        if state is None:
            yield aside(item.span, "reference", item.reference, "we have no such mandate")
            return
        table = bacs_codes.ADDACS if item.kind == "ADDACS" else bacs_codes.AUDDIS
        reason = table[item.reason_code]
        yield from self._acts(item, state, reason)

    def _of_file(self, item: FileOutcome) -> Iterator[Steps]:
        """A file whose instructions Bacs refused: the next run carries them again."""
        if item.accepted:
            return
        said = "; ".join(item.messages) or item.error_code or "no reason given"
        run = RunsFound(self._mandates.store).of(item)
        if isinstance(run, NotFound) or item.accepted_instructions:
            why = run.why if isinstance(run, NotFound) else "and it accepted a part of them"
            why = f"Bacs rejected the file of instructions: {said}; {why}. Lodge them again"
            yield aside(item.span, "vol-serial-number", item.volume_serial or "", why)
            return
        name = run.opened.run
        command = RecordInstructionsRejected(run=name, digest=self._digest, reason=said)
        yield Step(command, item.span, f"audrej|{name}", "instructions rejected")

    def _acts(
        self, item: InstructionAdvice, state: MandateState, reason: bacs_codes.Reason
    ) -> Iterator[Steps]:
        match reason.action:
            case "cancel":
                by: CancelledBy = "payer" if item.reason_code in ("0", "1") else "bank"
                yield self._cancel(item, state, reason, by)
            case "deceased":
                yield self._cancel(item, state, reason, "deceased")
                identity = self._identity(item, "hold")
                hold = estate_hold(state.unit, state.account, state.mandate)
                yield Step(hold, item.span, identity, "held for the estate")
            case "transferred":
                yield from self._transferred(item, state, reason)
            case "amend":
                yield from self._amended(item, state, reason)
            case "suspend":
                command = mc.SuspendMandate(
                    sun=state.sun,
                    mandate=state.mandate,
                    reason=reason.meaning,
                    advice=self._advice(item),
                )
                yield Step(command, item.span, self._identity(item, "suspend"), "suspended")
            case "reinstate":
                yield self._resume(item, state, reason)
            case _:
                yield from self._rejected(item, state, reason)

    def _of_credit(self, item: InstructionAdvice, state: MandateState | None) -> Iterator[Steps]:
        """A credit of ours arrived elsewhere than we sent it; its payee may have a mandate.

        Only what says that the very account of a mandate was transferred, and to where, moves the
        mandate with it: its bank has moved the instruction too, and is told nothing.
        """
        reason = bacs_codes.AWACS[item.reason_code]
        named = self._account(item)
        is_ours = state is not None and named == state.payer_account_digest and not state.is_ended
        if state is None or not is_ours or item.reason_code != TRANSFERRED:
            why = f"{reason.meaning}, of a credit that we sent: put them right at the payee"
            yield aside(item.span, "reference", item.reference, why)
            return
        yield from self._amended(item, state, reason)

    def _account(self, item: InstructionAdvice) -> str | None:
        return self._mandates.named_account(item.payer_sort_code, item.payer_account)

    def _advice(self, item: InstructionAdvice) -> str:
        return f"{item.kind} {self._digest[:12]} line {item.span.line}"

    def _identity(self, item: InstructionAdvice, act: str, said: str = "") -> str:
        """What the advice is, in whichever file it comes: with its number where it has one."""
        day = item.effective_on or item.reported_on or item.due_on
        number = item.aosn or said or f"{self._digest[:16]}-{item.span.line}"
        return f"{item.kind}|{item.sun}|{item.reference}|{item.reason_code}|{day}|{number}|{act}"

    def _cancel(
        self,
        item: InstructionAdvice,
        state: MandateState,
        reason: bacs_codes.Reason,
        by: CancelledBy,
    ) -> Step:
        on = item.reported_on or item.effective_on or item.due_on or state.last_used_on
        command = mc.CancelMandate(
            sun=state.sun,
            mandate=state.mandate,
            by=by,
            code=item.reason_code,
            reason=reason.meaning,
            reported_on=on,
            advice=self._advice(item),
            of_account=self._account(item),
        )
        return Step(command, item.span, self._identity(item, "cancel"), "cancelled")

    def _resume(
        self, item: InstructionAdvice, state: MandateState, reason: bacs_codes.Reason
    ) -> Step:
        command = mc.ResumeMandate(
            sun=state.sun,
            mandate=state.mandate,
            reason=reason.meaning,
            advice=self._advice(item),
        )
        return Step(
            command,
            item.span,
            self._identity(item, "resume"),
            "reinstated",
            notice=f"mandate {state.mandate} is reinstated, and what was announced is not: announce"
            " it again",
        )

    def _transferred(
        self, item: InstructionAdvice, state: MandateState, reason: bacs_codes.Reason
    ) -> Iterator[Steps]:
        if item.new_sort_code is None and item.new_account is None:
            yield self._cancel(item, state, reason, "bank")
            return
        yield from self._amended(item, state, reason)
        if state.status == "cancelled":  # the unpaid collection came before the new details
            yield self._resume(item, state, reason)

    def _amended(
        self, item: InstructionAdvice, state: MandateState, reason: bacs_codes.Reason
    ) -> Iterator[Steps]:
        if item.new_sort_code is None and item.new_account is None:
            why = f"{reason.meaning}, and the new details are not given: ask the payer"
            yield aside(item.span, "payer-new-account-number", item.reference, why)
            return
        before = SealedDetails(state.party, state.sun, state.mandate, state.details, state.sealed)
        new = NewDetails(item.new_sort_code, item.new_account, None)
        moved = self._details.moved(before, new)
        if moved is None:
            yield aside(item.span, "reference", item.reference, "the payer was erased")
            return
        sealed, digest = moved
        command = mc.AmendMandate(
            sun=state.sun,
            mandate=state.mandate,
            sealed=sealed,
            payer_account_digest=digest,
            details_check="cannot_be_checked",
            code=item.reason_code,
            reason=reason.meaning,
            advice=self._advice(item),
            of_account=self._account(item),
            details=before.number + 1,
        )
        # Sealed anew each time the advice comes, so what it says makes it the same; one without a
        # number is known by that too, or it would move an account back that has gone on since.
        said = f"{item.new_sort_code}|{item.new_account}"
        identity = self._identity(item, "amend", said)
        yield Step(command, item.span, identity, "amended", said)

    def _rejected(
        self, item: InstructionAdvice, state: MandateState, reason: bacs_codes.Reason
    ) -> Iterator[Steps]:
        if item.record_type == "D":  # our 0C was returned: the bank had no instruction any more
            why = "the cancellation that we sent was returned: the bank holds no instruction"
            yield aside(item.span, "reference", item.reference, why)
            return
        on = item.reported_on or item.effective_on or item.due_on or state.last_used_on
        command = mc.RejectMandate(
            sun=state.sun,
            mandate=state.mandate,
            code=item.reason_code,
            reason=reason.meaning,
            reported_on=on,
            advice=self._advice(item),
            of_account=self._account(item),
        )
        yield Step(command, item.span, self._identity(item, "reject"), "rejected")
        yield from self._pulled_back(item, state, reason)

    def _pulled_back(
        self, item: InstructionAdvice, state: MandateState, reason: bacs_codes.Reason
    ) -> Iterator[Steps]:
        """What waits in a run that was not released; what has gone comes back by itself."""
        for one in self._mandates.unreleased(state):
            command = mc.StopCollection(
                sun=state.sun,
                mandate=state.mandate,
                collection=one.name,
                how="mandate_rejected",
                reason=reason.meaning,
                advice=self._advice(item),
            )
            identity = self._identity(item, f"stop {one.name}")
            yield Step(command, item.span, identity, "pulled back")
