"""What became of one receipt: folded from the facts of its account, when a command looks back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledger import events as e
from ledger.account_state import Dated
from ledger.values import Fact, ItemAmount, Method


@dataclass(frozen=True, slots=True)
class ReceiptTrail:
    """A receipt's amount, and what of it is allocated now, in the order of first allocation.

    `last_on` is the latest effective date of anything that happened to it; `transferred` says
    that it is the leg of a transfer and not money that came from the bank; `moved_to` is the
    receipt in suspense that it became, because the account was the wrong one.
    """

    receipt: str
    amount_minor: int
    method: Method
    value_on: date
    service: str
    last_on: date
    allocated: tuple[ItemAmount, ...]
    reversed: bool
    transferred: bool
    moved_to: str | None = None
    bank_account: str | None = None
    payer_digest: str | None = None
    payer_account_digest: str | None = None


def receipt_trail(receipt: str, history: Iterable[Dated]) -> ReceiptTrail | None:
    """The trail of a receipt in the facts of its account; None when it was never there."""
    first: e.PaymentReceived | e.CreditTransferredIn | None = None
    lines: dict[tuple[str, int], ItemAmount] = {}
    last_on, service, gone, moved_to = date.min, "", False, ""
    for dated in history:
        fact = dated.fact
        if not _concerns(fact, receipt):
            continue
        last_on = max(last_on, dated.effective_on)
        match fact:
            case e.PaymentReceived() | e.CreditTransferredIn():
                first = fact
            case e.PaymentAllocated():
                service = service or fact.lines[0].service
                _add(lines, fact.lines, 1)
            case e.PaymentUnallocated():
                _add(lines, fact.lines, -1)
            case e.PaymentReversed():
                _add(lines, fact.reopened, -1)
                gone = True
            case e.PaymentMovedToSuspense():
                moved_to = fact.new_receipt
            case _:
                pass
    if first is None:
        return None
    return ReceiptTrail(
        receipt=receipt,
        amount_minor=first.amount_minor,
        method=first.method,
        value_on=first.value_on,
        service=service,
        last_on=last_on,
        allocated=tuple(line for line in lines.values() if line.amount_minor),
        reversed=gone,
        transferred=isinstance(first, e.CreditTransferredIn),
        moved_to=moved_to or None,
        **_payer(first),
    )


def _payer(first: e.PaymentReceived | e.CreditTransferredIn) -> dict[str, str | None]:
    if isinstance(first, e.CreditTransferredIn):
        return {}
    return {
        "bank_account": first.bank_account,
        "payer_digest": first.payer_digest,
        "payer_account_digest": first.payer_account_digest,
    }


def _concerns(fact: Fact, receipt: str) -> bool:
    match fact:
        case e.CreditTransferredOut() | e.RefundApproved() | e.RefundFailed():
            return any(part.receipt == receipt for part in fact.receipts)
        case e.PaymentInstructionRecorded():
            return False  # what it did to the receipt is in the facts that follow it
        case _:
            return getattr(fact, "receipt", None) == receipt


def _add(
    lines: dict[tuple[str, int], ItemAmount], changes: Iterable[ItemAmount], sign: int
) -> None:
    for change in changes:
        key = (change.item, change.instalment)
        before = lines[key].amount_minor if key in lines else 0
        after = before + sign * change.amount_minor
        lines[key] = change.model_copy(update={"amount_minor": after})
