"""The words in which a debtor is told of amounts, dates, methods and reasons."""

from collections.abc import Sequence
from datetime import date, timedelta

from ledger import allocation
from ledger.money import format_minor
from ledger.values import CreditReason, InvoiceLine, Method, ReversalReason, WriteOffReason

_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
_DAY = timedelta(days=1)

BY_METHOD: dict[Method, str] = {
    "bank_transfer": " by bank transfer",
    "direct_debit": " by Direct Debit",
    "standing_order": " by standing order",
    "cheque": " by cheque",
    "cash": " in cash",
    "card": " by card",
    "other": "",
}
REVERSED: dict[ReversalReason, str] = {
    "cheque_bounced": "the cheque was not honoured",
    "direct_debit_unpaid": "the Direct Debit was returned unpaid",
    "indemnity_claim": "your bank claimed it back under the Direct Debit Guarantee",
    "recalled_by_bank": "the bank called it back",
    "posted_in_error": "it had been put on this account by mistake",
}
CREDITED: dict[CreditReason, str] = {
    "billing_error": "there was an error on the bill",
    "overcharge": "you were charged too much",
    "duplicate_bill": "you had been billed twice",
    "service_not_provided": "the service was not provided",
    "agreed_reduction": "a reduction was agreed",
    "tenancy_ended": "the tenancy ended",
    "cancelled": "the bill was cancelled",
}
WRITTEN_OFF: dict[WriteOffReason, str] = {
    "uneconomic": "collecting it would cost more than it brings",
    "insolvent": "insolvency",
    "deceased_no_estate": "there is no estate to pay it",
    "absconded": "the debtor could not be found",
    "statute_barred": "it is too old to be claimed",
    "cannot_be_proved": "it cannot be proved",
    "court_refused": "the court did not allow it",
    "hardship": "hardship",
    "small_balance": "the amount is small",
}
# the rule of an allocation -> why the money went there
WHY: dict[str, str] = {
    allocation.BY_INVOICE: "because that bill was named with the payment",
    allocation.OLDEST_FIRST: "which was due first",
    allocation.CREDIT_ON_ACCOUNT: "which was due first, from credit on your account",
    allocation.WRITE_BACK: "which had been written off and was still owed",
    allocation.BY_OFFICER: "because an officer placed it there",
    allocation.BY_SUM: "because together they come to what you paid",
    allocation.BY_INSTRUCTION: "because you asked for it",
}


def money(minor: int, currency: str) -> str:
    """An amount as it is written to a debtor: `£1,234.50`."""
    return _SYMBOLS.get(currency, f"{currency} ") + format_minor(minor, thousands=True)


def day(on: date) -> str:
    """A date as it is written to a debtor: `27 April 2025`."""
    return f"{on.day} {on:%B %Y}"


def period(lines: Sequence[InvoiceLine]) -> str:
    """What time the lines of a bill are for: `, 4 weeks to 27 April 2025`; empty when none."""
    starts = [line.period_from for line in lines if line.period_from]
    ends = [line.period_to for line in lines if line.period_to]
    if not starts or not ends:
        return ""
    first, last = min(starts), max(ends)
    days = (last - first).days + 1
    if _is_month(first, last):
        return f", {first:%B %Y}"
    if days % 7 == 0 and days <= 13 * 7:
        return f", {days // 7} week{'s' if days > 7 else ''} to {day(last)}"
    return f", {day(first)} to {day(last)}"


def _is_month(first: date, last: date) -> bool:
    ends_month = (last + _DAY).day == 1
    return first.day == 1 and ends_month and (first.year, first.month) == (last.year, last.month)


def counted(number: int, noun: str) -> str:
    """`1 mandate`, `1,200 mandates`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def joined(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
