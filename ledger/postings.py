"""Every money fact as balanced double-entry postings, by one pure function.

Amounts are signed: a debit is positive, a credit negative. Each fact's postings add up to zero by
themselves, per unit, so that debits = credits is a property of the log and not of a closing run.

The bank account moves only with what the bank says: receipts of a bank file, and bank lines.
What we know before the bank tells us (a refund sent, a cheque that bounced, money that another
system reports) stands in `bank_clearing` until its bank line comes.
"""

from typing import NamedTuple

from ledger import events as e
from ledger import suspense_events as s
from ledger.effects import line_total
from ledger.intake_events import BankLineRecorded
from ledger.invariants import InvariantBrokenError
from ledger.values import CreditLine, Fact, InvoiceLine

DEBTORS_CONTROL = "debtors_control"
UNAPPLIED_CASH = "unapplied_cash"
SUSPENSE = "suspense"
REFUNDS_PAYABLE = "refunds_payable"
BANK = "bank"
BANK_CLEARING = "bank_clearing"
TRANSFERS_CLEARING = "transfers_clearing"
INCOME = "income"
VAT_OUTPUT = "vat_output"
BAD_DEBTS = "bad_debts"

# account -> (title, what a balance on it means)
CHART: dict[str, tuple[str, str]] = {
    DEBTORS_CONTROL: ("Debtors control", "what debtors owe, before unapplied credit"),
    UNAPPLIED_CASH: ("Unapplied cash", "money of known debtors that is on no invoice"),
    SUSPENSE: ("Suspense", "money whose debtor is not known"),
    REFUNDS_PAYABLE: ("Refunds payable", "approved refunds that have not left the bank"),
    BANK: ("Bank", "as the bank's statements say"),
    BANK_CLEARING: ("Bank clearing", "money that the bank has not told us of yet, and the reverse"),
    TRANSFERS_CLEARING: ("Transfers clearing", "between units and from suspense; zero in total"),
    INCOME: ("Income", "net billed, by service and cost code"),
    VAT_OUTPUT: ("Output VAT", "VAT charged, less VAT credited"),
    BAD_DEBTS: ("Bad debts", "debt written off, less written back"),
}


class UnbalancedPostingsError(InvariantBrokenError):
    """The postings of a fact do not add up to zero: an invariant is broken, nothing is appended."""


class Posting(NamedTuple):
    """One line of a double entry; `amount_minor` is positive for a debit."""

    unit: str
    gl_account: str
    amount_minor: int
    currency: str
    service: str | None = None
    cost_code: str | None = None


def postings_of(fact: Fact) -> tuple[Posting, ...]:
    """The balanced postings of a fact; none when it moves no money."""
    lines = tuple([posting for posting in _lines(fact) if posting.amount_minor])
    if sum([posting.amount_minor for posting in lines]):
        raise UnbalancedPostingsError(f"{fact.topic}: {lines}")
    return lines


def _lines(fact: Fact) -> tuple[Posting, ...]:
    match fact:
        case e.InvoiceIssued():
            return _billed(fact, fact.lines, fact.gross_minor, 1)
        case e.InvoiceCredited():
            return _billed(fact, fact.lines, fact.gross_minor, -1)
        case e.PaymentReceived():
            return _pair(fact, _where_from(fact), UNAPPLIED_CASH, fact.amount_minor)
        case e.PaymentAllocated():
            return _pair(fact, UNAPPLIED_CASH, DEBTORS_CONTROL, line_total(fact.lines))
        case e.PaymentUnallocated():
            return _pair(fact, DEBTORS_CONTROL, UNAPPLIED_CASH, line_total(fact.lines))
        case e.PaymentReversed():
            return _reversed(fact)
        case e.WriteOffApproved():
            return _pair(fact, BAD_DEBTS, DEBTORS_CONTROL, fact.amount_minor)
        case e.DebtWrittenBack():
            return _pair(fact, DEBTORS_CONTROL, BAD_DEBTS, fact.amount_minor)
        case e.MoneyFact():
            return _outgoing(fact)
        case s.ReceiptFact():
            return _suspense(fact)
        case BankLineRecorded():
            return _pair(fact, BANK, BANK_CLEARING, fact.amount_minor)
        case _:
            return ()


def _outgoing(fact: e.MoneyFact) -> tuple[Posting, ...]:
    match fact:
        case e.CreditTransferredOut():
            return _pair(fact, UNAPPLIED_CASH, TRANSFERS_CLEARING, fact.amount_minor)
        case e.PaymentMovedToSuspense():
            return _moved(fact)
        case e.CreditTransferredIn():
            return _pair(fact, TRANSFERS_CLEARING, UNAPPLIED_CASH, fact.amount_minor)
        case e.RefundApproved():
            return _pair(fact, UNAPPLIED_CASH, REFUNDS_PAYABLE, fact.amount_minor)
        case e.RefundPaid():
            return _pair(fact, REFUNDS_PAYABLE, BANK_CLEARING, fact.amount_minor)
        case e.RefundFailed():
            back_from = BANK_CLEARING if fact.was_paid else REFUNDS_PAYABLE
            return _pair(fact, back_from, UNAPPLIED_CASH, fact.amount_minor)
        case _:
            return ()


def _suspense(fact: s.ReceiptFact) -> tuple[Posting, ...]:
    match fact:
        case s.ReceiptSuspended():
            source = BANK if fact.bank_account else BANK_CLEARING
            return _pair(fact, source, SUSPENSE, fact.amount_minor)
        case s.ReceiptMovedToSuspense():
            return _pair(fact, TRANSFERS_CLEARING, SUSPENSE, fact.amount_minor)
        case s.SuspenseIdentified() | s.SuspenseSplit():
            return _pair(fact, SUSPENSE, TRANSFERS_CLEARING, fact.amount_minor)
        case s.SuspenseIdentifiedAsRun() | s.SuspenseIdentifiedAsRefund():
            return _pair(fact, SUSPENSE, BANK_CLEARING, fact.amount_minor)
        case s.SuspenseTransferred():
            return _pair(fact, SUSPENSE, fact.to_gl_account, fact.amount_minor)
        case s.SuspenseReturnApproved():
            return _pair(fact, SUSPENSE, REFUNDS_PAYABLE, fact.amount_minor)
        case s.SuspenseReturnPaid():
            return _pair(fact, REFUNDS_PAYABLE, BANK_CLEARING, fact.amount_minor)
        case s.SuspenseReturnFailed():
            back_from = BANK_CLEARING if fact.was_paid else REFUNDS_PAYABLE
            return _pair(fact, back_from, SUSPENSE, fact.amount_minor)
        case s.SuspenseReversed():
            return _pair(fact, SUSPENSE, BANK_CLEARING, fact.amount_minor)
        case _:
            return ()


def _pair(
    fact: e.MoneyFact | s.ReceiptFact | BankLineRecorded, debit: str, credit: str, amount: int
) -> tuple[Posting, ...]:
    return (
        Posting(fact.unit, debit, amount, fact.currency),
        Posting(fact.unit, credit, -amount, fact.currency),
    )


def _moved(fact: e.PaymentMovedToSuspense) -> tuple[Posting, ...]:
    return (
        Posting(fact.unit, DEBTORS_CONTROL, fact.recoverable_minor, fact.currency),
        Posting(fact.unit, UNAPPLIED_CASH, fact.unapplied_minor, fact.currency),
        Posting(fact.unit, TRANSFERS_CLEARING, -fact.amount_minor, fact.currency),
    )


def _where_from(fact: e.PaymentReceived) -> str:
    if fact.from_suspense is not None:
        return TRANSFERS_CLEARING
    return BANK if fact.bank_account is not None else BANK_CLEARING


def _billed(
    fact: e.MoneyFact,
    lines: tuple[InvoiceLine, ...] | tuple[CreditLine, ...],
    gross_minor: int,
    sign: int,
) -> tuple[Posting, ...]:
    unit, currency = fact.unit, fact.currency
    income = [
        Posting(unit, INCOME, -sign * line.net_minor, currency, line.service, line.cost_code)
        for line in lines
    ]
    vat = sum([line.vat_minor for line in lines])
    return (
        Posting(unit, DEBTORS_CONTROL, sign * gross_minor, currency),
        *income,
        Posting(unit, VAT_OUTPUT, -sign * vat, currency),
    )


def _reversed(fact: e.PaymentReversed) -> tuple[Posting, ...]:
    owed_again = line_total(fact.reopened) + fact.recoverable_minor
    back_to = BANK if fact.bank_account is not None else BANK_CLEARING
    return (
        Posting(fact.unit, DEBTORS_CONTROL, owed_again, fact.currency),
        Posting(fact.unit, UNAPPLIED_CASH, fact.unapplied_minor, fact.currency),
        Posting(fact.unit, back_to, -fact.amount_minor, fact.currency),
    )
