"""What a report of returned Direct Debits yields: collections that the payer's bank sent back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

from consumers.formats.statement import BadRow, SourceSpan


@dataclass(frozen=True, slots=True)
class ReturnedDebit:
    """One returned collection, as the report names it; the amount is positive minor units.

    `account` is our account that it was collected into and is debited again. `reason_code` is the
    first character of the report's return code.
    """

    ordinal: int
    reference: str
    amount_minor: int
    currency: str
    transaction_code: str
    reason_code: str
    reason: str
    originally_processed_on: date
    reported_on: date | None
    account: str
    payer_name: str | None
    payer_account: str | None
    span: SourceSpan


ReturnedItem: TypeAlias = ReturnedDebit | BadRow
ReturnsReader: TypeAlias = Callable[[Path], Iterator[ReturnedItem]]
