"""What every bank format yields: statements of lines, each with the bytes it was read from.

A reader yields, for each statement of a file, one `StatementOpened`, then its rows in the order of
the file, then one `StatementClosed`. Amounts are minor units, signed: + is money into the account.
The errors that refuse a file whole are drawn in `errors`; the totals are proved in `control`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

from consumers.formats.methods import Method

UNKNOWN_CURRENCY = "XXX"  # ISO 4217: no currency is involved (or the file never says which)


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """Where something stands in its file: 1-based line, and bytes [byte_start, byte_end)."""

    line: int
    byte_start: int
    byte_end: int


@dataclass(frozen=True, slots=True)
class DeclaredTotals:
    """Control totals that the file states about itself; None where it states none."""

    entries: int | None = None
    sum_minor: int | None = None
    credit_entries: int | None = None
    credits_minor: int | None = None
    debit_entries: int | None = None
    debits_minor: int | None = None


@dataclass(frozen=True, slots=True)
class StatementOpened:
    """The head of one statement of one account.

    `account` is `SSSSSS-NNNNNNNN` (sort code, account number) or, outside the UK, the IBAN or the
    bank's own id. `opening_minor` is None when the file states no opening balance.
    """

    account: str
    statement_id: str
    sequence: int | None
    currency: str
    opening_minor: int | None
    opened_on: date | None
    span: SourceSpan
    declared: DeclaredTotals = DeclaredTotals()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BankLine:
    """One booked movement: a bank entry, or one of the payments that make up a batch entry.

    `ordinal` counts the entries of the statement from 1 and `part` the payments of an entry, so
    (account, statement_id, sequence, ordinal, part) tells two equal-looking lines apart.
    `payer_*` is the other party, whichever way the money went. `credited_account` is the account
    number that the payer paid to, where the bank says it and it is not the statement's own: a
    virtual account. `batch_payments` is the number of payments that the bank booked as this one
    line without listing them; an advice may list them later.
    """

    ordinal: int
    part: int
    parts: int
    amount_minor: int
    currency: str
    booked_on: date
    value_on: date
    bank_reference: str | None
    references: tuple[str, ...]
    narrative: str
    payer_name: str | None
    payer_account: str | None
    method: Method
    reversal: bool
    warnings: tuple[str, ...]
    span: SourceSpan
    credited_account: str | None = None
    batch_payments: int | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row to quarantine: which field, its value as written, and why it was not taken.

    `amount_minor` is None when what failed is the amount, its sign or its currency.
    """

    span: SourceSpan
    field: str
    value: str
    reason: str
    amount_minor: int | None


@dataclass(frozen=True, slots=True)
class SkippedEntry:
    """An entry that is not booked (PDNG, INFO, FUTR): shown, never posted, not in the balance."""

    span: SourceSpan
    status: str
    amount_minor: int | None


@dataclass(frozen=True, slots=True)
class StatementClosed:
    """The foot of a statement, with what its reader counted.

    `entries`, `credits_minor` and `debits_minor` (both positive) cover booked entries, quarantined
    rows included where their amount is known. `unexplained_minor` is set by `control.checked` when
    rows of unknown amount stand between the balances: together they must come to this sum.
    """

    closing_minor: int | None
    entries: int
    credits_minor: int
    debits_minor: int
    span: SourceSpan
    unexplained_minor: int | None = None


StatementItem: TypeAlias = StatementOpened | BankLine | BadRow | SkippedEntry | StatementClosed
Reader: TypeAlias = Callable[[Path], Iterator[StatementItem]]
