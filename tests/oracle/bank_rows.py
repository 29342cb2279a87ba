"""The rows that figures about receipts and the bank start from, as their tables describe them."""

from datetime import date, datetime
from typing import NamedTuple


class ReceiptRow(NamedTuple):
    """Something that happened to a receipt."""

    position: int
    recorded_at: datetime
    amount_minor: int
    effective_on: date
    kind: str
    unit: str
    receipt: str
    line: int = 0
    automatic: bool = False
    value_on: date | None = None
    currency: str | None = "GBP"
    actor: str = "officer.one"
    account: str | None = None
    parent: str | None = None
    method: str | None = None
    rule: str | None = None
    score: int | None = None
    bank_account: str | None = None
    digest: str | None = None
    file_line: int | None = None
    other_unit: str | None = None
    other_account: str | None = None
    other_rule: str | None = None
    other_receipt: str | None = None
    item: str | None = None
    owner: str | None = None
    candidates: int | None = None
    batch_payments: int | None = None


class EntryRow(NamedTuple):
    """Something that moved the cash book and was no receipt."""

    position: int
    recorded_at: datetime
    amount_minor: int
    effective_on: date
    side: str
    kind: str
    unit: str
    name: str
    currency: str = "GBP"
    method: str | None = None
    bank_account: str | None = None
    digest: str | None = None
    file_line: int | None = None


class StatementRow(NamedTuple):
    """A bank statement that was taken."""

    position: int
    recorded_at: datetime
    taken_on: date
    ends_on: date
    first_on: date | None
    last_on: date | None
    opening_minor: int | None
    closing_minor: int | None
    lines: int
    lines_minor: int
    sequence: int | None
    unit: str
    bank_account: str
    statement: str
    digest: str
    duplicates_minor: int = 0
    posted_minor: int = 0
    suspended_minor: int = 0
    other_minor: int = 0
    quarantined_lines: int = 0
    quarantined_minor: int = 0
    currency: str = "GBP"
    format: str = "camt053"
    file_name: str = "bank.xml"


class IntakeRow(NamedTuple):
    """A row that was set aside, or what became of it."""

    position: int
    recorded_at: datetime
    message: str
    status: str
    amount_minor: int | None = None
    digest: str | None = None
    place: str | None = None
    code: str | None = "row_unreadable"
    sentence: str | None = None
    source: str = "intake:bank-files"


class RemittanceRow(NamedTuple):
    """A remittance advice, or the receipt that it was matched to."""

    position: int
    recorded_at: datetime
    amount_minor: int
    effective_on: date
    kind: str
    remittance: str
    unit: str | None = None
    currency: str | None = None
    format: str | None = None
    file_name: str | None = None
    digest: str | None = None
    lines: int | None = None
    paid_on: date | None = None
    bank_account: str | None = None
    bank_reference: str | None = None
    receipt: str | None = None
    how: str | None = None


class SmallBalanceRow(NamedTuple):
    """A line of a batch of small balances, a decision over a batch, or a write-off."""

    position: int
    recorded_at: datetime
    amount_minor: int
    effective_on: date
    line: int
    kind: str
    batch: str | None
    actor: str
    currency: str | None = "GBP"
    unit: str | None = None
    account: str | None = None
    invoice: str | None = None
    reason: str | None = None
