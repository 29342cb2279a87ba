"""Acting on credits of ours that came back (ARUCS): the refund did not reach the debtor.

A credit is found by its reference: the payment reference of the account, or the core reference of
its mandate. The one refund of that amount has failed, and its money is credit on the account again.
What names no single refund is set aside.
"""

from collections.abc import Iterator

from consumers.bacs_steps import Step, Steps, aside
from consumers.formats.bacs_items import ReturnedCredit
from consumers.mandates_found import Mandates, estate_hold
from consumers.returned_receipts import Receipts
from ledger import events as e
from ledger.commands import RecordRefundFailed
from ledger.ids import account_stream, stream_id
from ledger.money import format_minor

PAYEE_DECEASED = "2"


class CreditActs:
    """What the lines of one report lead to."""

    def __init__(self, mandates: Mandates, digest: str) -> None:
        self._mandates, self._digest = mandates, digest

    def steps(self, item: ReturnedCredit) -> Iterator[Steps]:
        """The commands that a returned credit asks for, or why an officer must look at it."""
        place = self._place(item)
        refunds = self._refunds(place, item.amount_minor) if place is not None else []
        if place is None or len(refunds) != 1:
            which = "several refunds" if refunds else "no refund"
            amount = format_minor(item.amount_minor, thousands=True)
            why = f"a credit that we sent came back ({item.reason}): {which} of {amount} is it"
            yield aside(item.span, "ref", item.reference, why, item.amount_minor)
            return
        unit, account = place
        said = f"{item.reason} (ARUCS {item.reason_code}, {self._digest[:12]}"
        command = RecordRefundFailed(
            unit=unit,
            account=account,
            refund=refunds[0],
            reason=f"{said} line {item.span.line})",
        )
        identity = f"ARUCS|{unit}|{account}|{refunds[0]}|{item.originally_processed_on}"
        yield Step(command, item.span, f"{identity}|failed", "refund failed")
        if item.reason_code == PAYEE_DECEASED:
            hold = estate_hold(unit, account, refunds[0])
            yield Step(hold, item.span, f"{identity}|hold", "held for the estate")

    def _place(self, item: ReturnedCredit) -> tuple[str, str] | None:
        mandate = self._mandates.of(item.reference, item.sun)
        if mandate is not None:
            return mandate.unit, mandate.account
        return Receipts(self._mandates.store).holder(item.reference)

    def _refunds(self, place: tuple[str, str], amount_minor: int) -> list[str]:
        """The refunds of an account of that amount that are on their way, or were paid."""
        going: dict[str, int] = {}
        for event in self._mandates.store.history(stream_id(account_stream(*place))):
            match event.fact:
                case e.RefundApproved(refund=name, amount_minor=amount):
                    going[name] = amount
                case e.RefundFailed(refund=name):
                    going.pop(name, None)
                case _:
                    pass
        return [name for name, amount in going.items() if amount == amount_minor]
