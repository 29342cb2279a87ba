"""What happened, in words that a debtor understands: one sentence for each fact."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger import events as e
from ledger.money import GBP
from ledger.recorded import RecordedEvent
from ledger.values import Fact, ItemAmount
from service.explain_terms import (
    BY_METHOD,
    CREDITED,
    REVERSED,
    WHY,
    WRITTEN_OFF,
    day,
    joined,
    money,
    period,
)

_REVERSAL = "REVERSAL:"


@dataclass(frozen=True, slots=True)
class Known:
    """What the words about one fact must know of the others: bills, receipts, proposals."""

    bills: dict[str, e.InvoiceIssued]
    receipts: dict[str, e.PaymentReceived | e.CreditTransferredIn]

    @classmethod
    def of(cls, events: Iterable[RecordedEvent]) -> "Known":
        """What the events of an account say."""
        bills: dict[str, e.InvoiceIssued] = {}
        receipts: dict[str, e.PaymentReceived | e.CreditTransferredIn] = {}
        for event in events:
            match event.fact:
                case e.InvoiceIssued() as fact:
                    bills[fact.invoice] = fact
                case e.PaymentReceived() | e.CreditTransferredIn() as fact:
                    receipts[fact.receipt] = fact
                case _:
                    pass
        return cls(bills, receipts)

    def item(self, name: str) -> str:
        """A bill or a reversed payment in words."""
        if name.startswith(_REVERSAL):
            return f"the money back from {self.payment(name.removeprefix(_REVERSAL))}"
        return f"bill {name}"

    def part(self, line: ItemAmount) -> str:
        """One instalment of a bill in words; the bill itself when it has only one."""
        bill = self.bills.get(line.item)
        several = bill is not None and len(bill.instalments) > 1
        return f"{f'instalment {line.instalment} of ' if several else ''}{self.item(line.item)}"

    def payment(self, receipt: str) -> str:
        """A receipt in words: `your payment of £60.00 of 3 May 2025`."""
        fact = self.receipts.get(receipt)
        match fact:
            case e.PaymentReceived():
                amount = money(fact.amount_minor, fact.currency)
                return f"your payment of {amount} of {day(fact.value_on)}"
            case e.CreditTransferredIn():
                amount = money(fact.amount_minor, fact.currency)
                return f"the credit of {amount} that was moved here on {day(fact.value_on)}"
            case _:
                return f"receipt {receipt}"


def words(fact: Fact, known: Known) -> str:
    """One sentence about a fact of an account."""
    match fact:
        case e.InvoiceIssued():
            return _bill(fact)
        case e.InvoiceCredited():
            return (
                f"Credit note {fact.credit_note} took {money(fact.gross_minor, fact.currency)} off"
                f" {known.item(fact.invoice)}: {CREDITED[fact.reason]}"
                f" (document {fact.source_document})"
            )
        case e.PaymentReceived():
            return _paid(fact)
        case e.PaymentUnallocated():
            share = _share(fact.receipt, fact.lines, known)
            return f"{share} was taken off {_places(fact.lines, known)}: {fact.reason}"
        case e.PaymentReversed():
            return (
                f"{_sentence_case(known.payment(fact.receipt))} was taken back:"
                f" {REVERSED[fact.reason]}"
            )
        case e.PaymentMovedToSuspense():
            payment = _sentence_case(known.payment(fact.receipt))
            return f"{payment} was found not to be yours and was taken off this account"
        case e.MoneyFact():
            return _credit_and_debt(fact, known)
        case _:
            return _without_money(fact)


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _bill(fact: e.InvoiceIssued) -> str:
    amount = money(fact.gross_minor, fact.currency)
    vat = sum(line.vat_minor for line in fact.lines)
    tax = f" including {money(vat, fact.currency)} VAT" if vat else ""
    if len(fact.instalments) > 1:
        first, last = fact.instalments[0].due_on, fact.instalments[-1].due_on
        count = len(fact.instalments)
        due = f"to be paid in {count} instalments from {day(first)} to {day(last)}"
    else:
        due = f"to be paid by {day(fact.due_on)}"
    what = f"{fact.description}{period(fact.lines)}"
    return f"Bill {fact.invoice} for {what}, {amount}{tax}, {due}"


def _paid(fact: e.PaymentReceived) -> str:
    paid = f"You paid {money(fact.amount_minor, fact.currency)}{BY_METHOD[fact.method]}"
    if fact.from_suspense is not None:
        return f"{paid}; it came without a reference that we knew and was found to be yours"
    return paid


def _places(lines: Iterable[ItemAmount], known: Known) -> str:
    return joined([known.part(line) for line in lines])


def _credit_and_debt(fact: e.MoneyFact, known: Known) -> str:
    match fact:
        case e.CreditTransferredOut():
            place = f"{fact.to_unit}/{fact.to_account}"
            amount = money(fact.amount_minor, fact.currency)
            return f"{amount} of your credit was moved to account {place}: {fact.reason}"
        case e.CreditTransferredIn():
            place = f"{fact.from_unit}/{fact.from_account}"
            amount = money(fact.amount_minor, fact.currency)
            return f"{amount} of credit was moved here from account {place}: {fact.reason}"
        case e.RefundApproved():
            amount = money(fact.amount_minor, fact.currency)
            return f"Refund {fact.refund} of {amount} of your credit was approved"
        case e.RefundPaid():
            amount = money(fact.amount_minor, fact.currency)
            return f"Refund {fact.refund} of {amount} was sent to you ({fact.payment_reference})"
        case e.RefundFailed():
            amount = money(fact.amount_minor, fact.currency)
            return f"Refund {fact.refund} of {amount} did not reach you: {fact.reason}"
        case e.WriteOffApproved():
            amount = money(fact.amount_minor, fact.currency)
            why = WRITTEN_OFF[fact.reason]
            return f"{amount} of {known.item(fact.invoice)} was written off: {why}"
        case e.DebtWrittenBack():
            amount = money(fact.amount_minor, fact.currency)
            places = _places(fact.lines, known)
            return f"{amount} of {places} that had been written off is owed again: {fact.reason}"
        case _:
            return _without_money(fact)


def _without_money(fact: Fact) -> str:
    match fact:
        case e.AccountOpened():
            return f"Account {fact.unit}/{fact.account} was opened, reference {fact.reference}"
        case e.AccountAmended():
            return "The terms of the account were changed"
        case e.VirtualAccountAssigned():
            return f"The account has the bank account {fact.virtual_account} of its own to pay to"
        case e.PaymentInstructionRecorded():
            return f"You asked on {day(fact.given_on)} what your money should pay: {fact.wording}"
        case e.HoldPlaced():
            return f"A hold was placed ({fact.kind.replace('_', ' ')}): {fact.reason}"
        case e.HoldReleased():
            return f"Hold {fact.hold} ended: {fact.outcome}"
        case e.CreditNoteProposed():
            return f"Credit note {fact.credit_note} was proposed by {fact.proposed_by}"
        case e.RefundProposed():
            return f"Refund {fact.refund} was proposed by {fact.proposed_by}: {fact.reason}"
        case e.WriteOffProposed():
            evidence = f"evidence: {fact.evidence}"
            return f"Write-off {fact.write_off} was proposed by {fact.proposed_by}, {evidence}"
        case e.CreditNoteRejected():
            return f"Credit note {fact.credit_note} was turned down: {fact.reason}"
        case e.RefundRejected():
            return f"Refund {fact.refund} was turned down: {fact.reason}"
        case e.RefundReturned():
            return f"The bank sent us the money of refund {fact.refund} again ({fact.receipt})"
        case e.WriteOffRejected():
            return f"Write-off {fact.write_off} was turned down: {fact.reason}"
        case _:
            return fact.topic


def allocated(line: ItemAmount, fact: e.PaymentAllocated, known: Known) -> str:
    """Where a part of a payment went, and why: `£60.00 went to bill X, which was due first`."""
    why = WHY.get(fact.rule, f"by the rule {fact.rule}")
    return f"{money(line.amount_minor, fact.currency)} went to {known.part(line)}, {why}"


def allocated_to_item(fact: e.PaymentAllocated, item: str, known: Known) -> str:
    """What a payment settled of one bill: `£60.00 of your payment of 3 May 2025, because ...`."""
    lines = [line for line in fact.lines if line.item == item]
    why = WHY.get(fact.rule, f"by the rule {fact.rule}")
    return f"{_share(fact.receipt, lines, known)} went to {_places(lines, known)}, {why}"


def _share(receipt: str, lines: Iterable[ItemAmount], known: Known) -> str:
    """`Your payment of ...` when the lines are the whole of it, else `£60.00 of your payment`."""
    amount = sum(line.amount_minor for line in lines)
    fact, payment = known.receipts.get(receipt), known.payment(receipt)
    if fact is not None and fact.amount_minor == amount:
        return _sentence_case(payment)
    currency = fact.currency if fact else GBP
    return f"{money(amount, currency)} of {payment}"
