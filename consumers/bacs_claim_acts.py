"""Acting on indemnity claims (DDICA): the payer's bank takes collections back, or gives up.

A claim is raised on each collection that it names, found by reference, day and amount. It is
settled on the day of the debit, by the desk, so that there is time to challenge it.
"""

from collections.abc import Iterator
from datetime import date

from consumers.bacs_steps import Step, Steps, aside
from consumers.formats.bacs_items import IndemnityClaim
from consumers.mandates_found import Mandates
from ledger import bacs_codes
from ledger import indemnity_commands as ic
from ledger.mandate import MandateState
from ledger.mandate_commands import CancelMandate
from ledger.money import format_minor


class ClaimActs:
    """What the claims of one report lead to; `raised_on` is the day on which it was taken."""

    def __init__(self, mandates: Mandates, digest: str, raised_on: date) -> None:
        self._mandates, self._digest, self._raised_on = mandates, digest, raised_on

    def steps(self, item: IndemnityClaim) -> Iterator[Steps]:
        """The commands that a claim asks for, or why an officer must look at it."""
        state = self._mandates.of(item.reference, item.sun)
        if state is None:
            why = "we have no such mandate"
            yield aside(item.span, "SUReference", item.reference, why, -item.total_minor)
            return
        if item.cancelled:
            yield from self._withdrawn(item, state)
            return
        if item.debit_on is None:
            why = "it does not say on which day we are debited"
            yield aside(item.span, "DateOfDebit", item.reference, why, -item.total_minor)
            return
        for number, (on, amount_minor) in enumerate(item.collections, 1):
            yield self._raised(item, state, item.debit_on, (number, on, amount_minor))
        yield from self._mandate(item, state)

    def _raised(
        self,
        item: IndemnityClaim,
        state: MandateState,
        debit_on: date,
        of_collection: tuple[int, date, int],
    ) -> Steps:
        number, on, amount_minor = of_collection
        found = self._mandates.collections(state, on, amount_minor)
        if len(found) != 1:
            return aside(item.span, "DateOfDirectDebit", on.isoformat(), _why(found, amount_minor))
        reason = bacs_codes.DDICA.get(item.reason_code or "")
        claim = _name(item, number)
        command = ic.RaiseIndemnityClaim(
            unit=state.unit,
            account=state.account,
            claim=claim,
            sun=state.sun,
            mandate=state.mandate,
            receipt=found[0].receipt,
            amount_minor=amount_minor,
            code=item.reason_code or "",
            reason=reason.meaning if reason else item.reason or "no reason given",
            raised_on=min(self._raised_on, debit_on),
            debit_on=debit_on,
            advice=self._advice(item),
        )
        same = f"{found[0].receipt}|{amount_minor}|{debit_on}"
        return Step(command, item.span, f"DDICA|{state.sun}|{claim}|raise", "claimed", same)

    def _mandate(self, item: IndemnityClaim, state: MandateState) -> Iterator[Steps]:
        reason = bacs_codes.DDICA.get(item.reason_code or "")
        if reason is None or reason.action == "claim_keep":
            return
        if reason.action == "claim_decide":
            why = f"{reason.meaning}: decide whether the mandate goes on"
            yield aside(item.span, "ReasonCode", item.reason_code or "", why)
            return
        command = CancelMandate(
            sun=state.sun,
            mandate=state.mandate,
            by="payer" if item.reason_code in ("4", "5", "6", "8") else "bank",
            code=item.reason_code,
            reason=reason.meaning,
            reported_on=self._raised_on,
            advice=self._advice(item),
            of_account=self._mandates.named_account(item.payer_sort_code, item.payer_account),
        )
        yield Step(command, item.span, f"DDICA|{state.sun}|{_name(item, 0)}|cancel", "cancelled")

    def _withdrawn(self, item: IndemnityClaim, state: MandateState) -> Iterator[Steps]:
        for number, _ in enumerate(item.collections, 1):
            claim = _name(item, number)
            command = ic.WithdrawIndemnityClaim(
                unit=state.unit, account=state.account, claim=claim, advice=self._advice(item)
            )
            yield Step(command, item.span, f"DDICA|{state.sun}|{claim}|withdraw", "withdrawn")

    def _advice(self, item: IndemnityClaim) -> str:
        return f"DDICA {self._digest[:12]} line {item.span.line}"


def _name(item: IndemnityClaim, number: int) -> str:
    """The bank's reference of a claim; of several collections each has its number."""
    several = len(item.collections) > 1 and number
    return f"{item.paying_bank_reference}.{number}" if several else item.paying_bank_reference


def _why(found: object, amount_minor: int) -> str:
    several = isinstance(found, list) and len(found) > 1
    which = "several collections" if several else "no collection"
    return f"the mandate has {which} of {format_minor(amount_minor)} on this day"
