"""What every remittance advice yields: the payments that one line of a bank statement is made of.

An advice is a document about money, not money: a camt.054 notification that opens a batch booking,
a DWP schedule of deductions from benefit, a list that an agent or a company sends with one credit.
A reader yields, for each advice of a file, one `AdviceOpened`, then its lines in the order of the
file, then one `AdviceClosed`. Amounts are minor units, signed: + is money for us. The errors that
refuse a file whole are drawn in `errors`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

from consumers.formats.methods import Method
from consumers.formats.statement import BadRow, SourceSpan


@dataclass(frozen=True, slots=True)
class AdviceOpened:
    """The head of one advice.

    `advice_id` names it within its sender. `account` (`SSSSSS-NNNNNNNN` or IBAN) is the account of
    ours that was paid into and `bank_reference` the bank's reference of the entry that it lists,
    where the document says them. `total_minor` and `lines` are what it says of itself; None where
    it says nothing.
    """

    advice_id: str
    sender: str | None
    account: str | None
    bank_reference: str | None
    currency: str
    paid_on: date | None
    total_minor: int | None
    lines: int | None
    span: SourceSpan
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One payment of an advice; a negative amount is taken back from an earlier payment."""

    ordinal: int
    amount_minor: int
    references: tuple[str, ...]
    narrative: str
    payer_name: str | None
    payer_account: str | None
    method: Method
    period_from: date | None
    period_to: date | None
    span: SourceSpan
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdviceClosed:
    """The foot of an advice: what its reader counted, quarantined rows of known amount included."""

    lines: int
    total_minor: int
    span: SourceSpan


AdviceItem: TypeAlias = AdviceOpened | AdviceLine | BadRow | AdviceClosed
AdviceReader: TypeAlias = Callable[[Path], Iterator[AdviceItem]]
