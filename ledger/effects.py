"""What each fact of an account does to its open items and to its unapplied credit.

One place for the state, the postings and the movements to agree on: an item is raised or lowered
by instalments, credit is raised or used by receipts.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ledger import events as e
from ledger.values import Fact, ItemAmount, ReceiptAmount


class Effect(NamedTuple):
    """What a fact does to open items and to unapplied credit."""

    raised: tuple[ItemAmount, ...] = ()
    lowered: tuple[ItemAmount, ...] = ()
    credited: tuple[ReceiptAmount, ...] = ()
    used: tuple[tuple[str, int], ...] = ()  # receipt, amount


NO_EFFECT = Effect()


def effect_of(fact: Fact) -> Effect:
    """The effect of a fact of an account on its items and credits."""
    match fact:
        case e.InvoiceIssued():
            return Effect(raised=billed(fact))
        case e.PaymentReceived() | e.CreditTransferredIn():
            return Effect(credited=(_received(fact),))
        case e.PaymentAllocated():
            return Effect(lowered=fact.lines, used=((fact.receipt, line_total(fact.lines)),))
        case e.PaymentUnallocated():
            return Effect(raised=fact.lines, credited=(_returned(fact),))
        case e.PaymentReversed():
            return Effect(
                raised=(*fact.reopened, *recoverable(fact)),
                used=((fact.receipt, fact.unapplied_minor),),
            )
        case e.PaymentMovedToSuspense():
            return Effect(raised=recoverable(fact), used=((fact.receipt, fact.unapplied_minor),))
        case e.InvoiceCredited():
            return Effect(lowered=fact.settles)
        case e.WriteOffApproved():
            return Effect(lowered=fact.lines)
        case e.DebtWrittenBack():
            return Effect(raised=fact.lines)
        case e.CreditTransferredOut() | e.RefundApproved():
            return Effect(used=tuple((part.receipt, part.amount_minor) for part in fact.receipts))
        case e.RefundFailed():
            return Effect(credited=fact.receipts)
        case _:
            return NO_EFFECT


def line_total(lines: Iterable[ItemAmount]) -> int:
    """The sum of lines, in minor units."""
    return sum([line.amount_minor for line in lines])


def billed(fact: e.InvoiceIssued) -> tuple[ItemAmount, ...]:
    """The instalments of a bill as open amounts."""
    return tuple(
        [
            ItemAmount(
                item=fact.invoice,
                instalment=instalment.number,
                service=fact.service,
                invoiced_on=fact.invoiced_on,
                due_on=instalment.due_on,
                amount_minor=instalment.amount_minor,
            )
            for instalment in fact.instalments
        ]
    )


def _received(fact: e.PaymentReceived | e.CreditTransferredIn) -> ReceiptAmount:
    return ReceiptAmount(
        receipt=fact.receipt,
        value_on=fact.value_on,
        method=fact.method,
        amount_minor=fact.amount_minor,
    )


def _returned(fact: e.PaymentUnallocated) -> ReceiptAmount:
    return ReceiptAmount(
        receipt=fact.receipt,
        value_on=fact.value_on,
        method=fact.method,
        amount_minor=line_total(fact.lines),
    )


def reversal_item(receipt: str) -> str:
    """The name of the item that stands for a reversed receipt whose money had left already."""
    return f"REVERSAL:{receipt}"


def recoverable(
    fact: e.PaymentReversed | e.PaymentMovedToSuspense,
) -> tuple[ItemAmount, ...]:
    """What is owed to us again because it had left the receipt; nothing when nothing had."""
    if fact.recoverable_minor == 0:
        return ()
    on = fact.reversed_on if isinstance(fact, e.PaymentReversed) else fact.moved_on
    line = ItemAmount(
        item=reversal_item(fact.receipt),
        instalment=1,
        service=fact.service,
        invoiced_on=on,
        due_on=on,
        amount_minor=fact.recoverable_minor,
    )
    return (line,)
