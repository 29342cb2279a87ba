"""What a collection of our own that came back unpaid does: to its mandate and to its account.

The account is credited first when it was not yet, so that its history is the same in whichever
order the reports come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from consumers.bank_lines import FilePlace
from consumers.formats.returned_debit import ReturnedDebit
from consumers.intake_parts import IntakeParts
from consumers.mandates_found import FoundCollection, estate_hold
from ledger import bacs_codes
from ledger import mandate_commands as mc
from ledger.account_state import collection_receipt
from ledger.commands import AnyCommand, ReceivePayment, ReversePayment
from ledger.former import former_of
from ledger.mandate import MandateState
from ledger.requests import Request
from ledger.values import CancelledBy

CREDIT_RULE = "direct-debit-collection"


def reversal(identity: str) -> str:
    """The identity of the command that a line leads to: what was reversed once is done."""
    return f"{identity}|reversal"


def credit_identity(collection: str) -> str:
    """The identity of the payment that a collection is, whoever asks for it first."""
    return f"direct-debit|{collection}|credit"


def credit_of(
    collection: str,
    place: tuple[str, str],
    amount_minor: int,
    entry_on: date,
    invoices: Sequence[str],
) -> ReceivePayment:
    """The payment that a collection is to its account (unit, account), whoever asks for it."""
    unit, account = place
    return ReceivePayment(
        unit=unit,
        account=account,
        receipt=collection_receipt(collection),
        amount_minor=amount_minor,
        method="direct_debit",
        value_on=entry_on,
        rule=CREDIT_RULE,
        invoices=tuple(invoices) or None,
    )


@dataclass(frozen=True, slots=True)
class ReturnActs:
    """The commands of one line about one mandate."""

    parts: IntakeParts
    place: FilePlace
    item: ReturnedDebit
    identity: str
    mandate: MandateState

    def entries(self, one: FoundCollection) -> Iterator[Request]:
        """Returned, credited if it was not, reversed; and what the reason code asks for."""
        item, on = self.item, self.item.reported_on or self.parts.ledger.today()
        reason = bacs_codes.ARUDD.get(item.reason_code)
        back = mc.ReturnCollection(
            sun=self.mandate.sun,
            mandate=self.mandate.mandate,
            collection=one.name,
            amount_minor=item.amount_minor,
            code=item.reason_code,
            reason=reason.meaning if reason else item.reason,
            reported_on=on,
            advice=self._advice,
        )
        yield self._request(back, f"{self.identity}|returned")
        place = self.mandate.unit, self.mandate.account
        due = one.collection
        payment = credit_of(one.name, place, due.amount_minor, due.entry_on, due.invoices)
        yield self._request(payment, credit_identity(one.name))
        reverse = ReversePayment(
            unit=self.mandate.unit,
            account=self.mandate.account,
            receipt=one.receipt,
            reason="direct_debit_unpaid",
        )
        yield self._request(reverse, reversal(self.identity))._replace(
            effective_on=max(on, one.collection.entry_on)
        )
        yield from self._on_mandate(reason, one.collection.details)

    @property
    def _advice(self) -> str:
        return f"ARUDD {self.place.digest[:12]} line {self.item.span.line}"

    def _request(self, command: AnyCommand, identity: str) -> Request:
        return Request(
            command=command,
            actor=self.parts.actor,
            source=self.place.source(self.item.span),
            identity=identity,
            correlation=f"file:{self.place.digest}",
        )

    def _on_mandate(self, reason: bacs_codes.Reason | None, details: int) -> Iterator[Request]:
        if reason is None or reason.action in ("represent", "unpaid") or self.mandate.is_ended:
            return
        of = former_of(self.mandate, details)
        if of is not None and not of.is_held and reason.action != "unpaid_deceased":
            return  # of an account that the payer has left, and its bank has no instruction
        by: CancelledBy = "deceased" if reason.action == "unpaid_deceased" else "bank"
        cancel = mc.CancelMandate(
            sun=self.mandate.sun,
            mandate=self.mandate.mandate,
            by=by,
            code=self.item.reason_code,
            reason=reason.meaning,
            reported_on=self.item.reported_on or self.parts.ledger.today(),
            advice=self._advice,
            of_account=of.payer_account_digest if of else None,
        )
        yield self._request(cancel, f"{self.identity}|cancel")
        if by == "deceased":
            hold = estate_hold(self.mandate.unit, self.mandate.account, self.mandate.mandate)
            yield self._request(hold, f"{self.identity}|hold")
