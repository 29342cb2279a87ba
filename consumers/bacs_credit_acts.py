"""Acting on credits of ours that came back (ARUCS): the refund did not reach the debtor.

A credit is found by its reference: the payment reference of the account, or the core reference of
its mandate. The one refund of that amount that was paid has failed, and its money is credit on the
account again. The bank's own credit of it is no second one: it is found to be this refund's. What
names no single refund, or one that the account has back already, is set aside.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from consumers.bacs_steps import Step, Steps, Told, aside
from consumers.formats.bacs_items import ReturnedCredit
from consumers.mandates_found import Mandates, estate_hold
from consumers.returned_receipts import Receipts
from ledger import events as e
from ledger.commands import RecordRefundFailed
from ledger.ids import account_stream, stream_id
from ledger.money import format_minor
from ledger.recorded import RecordedEvent

PAYEE_DECEASED = "2"


@dataclass(slots=True)
class _Refunds:
    """Refunds of one amount of an account, and what its bank brought of the same amount since."""

    approved: list[str] = field(default_factory=list)
    paid: dict[str, date] = field(default_factory=dict)
    failed: dict[str, str | None] = field(default_factory=dict)  # refund -> who told it
    came: dict[str, date] = field(default_factory=dict)

    def tell(self, event: RecordedEvent, amount_minor: int) -> None:
        """Follow one event of the account."""
        match event.fact:
            case e.RefundApproved(refund=name, amount_minor=amount) if amount == amount_minor:
                self.approved.append(name)
                self.failed.pop(name, None)
            case e.RefundPaid(refund=name, amount_minor=amount) if amount == amount_minor:
                self.approved.remove(name)
                self.paid[name] = event.fact.paid_on
            case e.RefundFailed(refund=name, amount_minor=amount) if amount == amount_minor:
                if self.paid.pop(name, None) is None:
                    self.approved.remove(name)
                self.failed[name] = event.fact.advice
            case e.RefundReturned(refund=name) if name in self.failed:
                self.failed[name] = self.failed[name] or "at the bank"
            case e.PaymentReceived(receipt=name, amount_minor=amount) if amount == amount_minor:
                if event.fact.bank_account is not None and event.fact.from_suspense is None:
                    self.came[name] = event.fact.value_on
            case e.PaymentReversed(receipt=name) | e.PaymentMovedToSuspense(receipt=name):
                self.came.pop(name, None)
            case _:
                pass


class CreditActs:
    """What the lines of one report lead to."""

    def __init__(self, mandates: Mandates, digest: str) -> None:
        self._mandates, self._digest = mandates, digest

    def steps(self, item: ReturnedCredit) -> Iterator[Steps]:
        """The commands that a returned credit asks for, or why an officer must look at it."""
        place = self._place(item)
        refunds = self._refunds(place, item.amount_minor)
        advice = f"ARUCS {item.originally_processed_on.isoformat()}"
        told_before = [name for name, by in refunds.failed.items() if by == advice]
        # Failed by hand, or by another copy of this report: it has its credit.
        if told_before or (refunds.failed and not refunds.paid and not refunds.approved):
            yield Told(item.span, "already so")
            return
        why = _why_not(refunds)
        if place is None or why:
            said = f"a credit that we sent came back ({item.reason}): {why}"
            said = said.replace("AMOUNT", format_minor(item.amount_minor, thousands=True))
            yield aside(item.span, "ref", item.reference, said, item.amount_minor)
            return
        (refund,) = refunds.paid
        yield from self._failed(item, place, refund, advice)

    def _failed(
        self, item: ReturnedCredit, place: tuple[str, str], refund: str, advice: str
    ) -> Iterator[Steps]:
        unit, account = place
        said = f"{item.reason} (ARUCS {item.reason_code}, {self._digest[:12]}"
        command = RecordRefundFailed(
            unit=unit,
            account=account,
            refund=refund,
            reason=f"{said} line {item.span.line})",
            advice=advice,
        )
        identity = f"ARUCS|{unit}|{account}|{refund}|{item.originally_processed_on}"
        yield Step(command, item.span, f"{identity}|failed", "refund failed")
        if item.reason_code == PAYEE_DECEASED:
            hold = estate_hold(unit, account, refund)
            yield Step(hold, item.span, f"{identity}|hold", "held for the estate")

    def _place(self, item: ReturnedCredit) -> tuple[str, str] | None:
        mandate = self._mandates.of(item.reference, item.sun)
        if mandate is not None:
            return mandate.unit, mandate.account
        return Receipts(self._mandates.store).holder(item.reference)

    def _refunds(self, place: tuple[str, str] | None, amount_minor: int) -> _Refunds:
        found = _Refunds()
        if place is not None:
            for event in self._mandates.store.history(stream_id(account_stream(*place))):
                found.tell(event, amount_minor)
        return found


def _why_not(refunds: _Refunds) -> str:
    """Why a line is no single refund that was paid; empty when it is."""
    by_hand = [name for name, told in refunds.failed.items() if told is None]
    going = [*refunds.paid, *refunds.approved, *by_hand]  # it may be of any of these
    if len(going) != 1:
        return f"{'several refunds' if going else 'no refund'} of AMOUNT is it"
    if refunds.approved:
        return (
            f"refund {going[0]} of AMOUNT is approved, and not recorded as paid: record that it was"
            " (tallystick command record-refund-paid), then offer this line again"
        )
    since = [name for name, on in refunds.came.items() if on >= refunds.paid[going[0]]]
    if since:
        return (
            f"receipt {since[0]} of AMOUNT is on the account since refund {going[0]} was paid, and"
            " may be its return: if so, move it to suspense (tallystick suspense move) and offer"
            " this line again; if not, record the refund as failed"
        )
    return ""
