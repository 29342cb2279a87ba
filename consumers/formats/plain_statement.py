"""What is written into a format that lists single lines, without batches: statements of lines.

For tests and for the demo council's bank; `mt940_write` and `bai2_write` write these.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from consumers.formats.methods import Method
from ledger.money import GBP


@dataclass(frozen=True, slots=True)
class PlainLine:
    """One booked line; `amount_minor` is signed, + being money in.

    `reference` is the payer's, `bank_reference` the bank's own; `reversal` undoes an earlier line.
    """

    amount_minor: int
    booked_on: date
    value_on: date
    method: Method = "bank_transfer"
    reference: str | None = None
    bank_reference: str | None = None
    payer_name: str | None = None
    payer_account: str | None = None
    narrative: str = ""
    reversal: bool = False


@dataclass(frozen=True, slots=True)
class PlainStatement:
    """One statement of one account (`SSSSSS-NNNNNNNN`, or an IBAN).

    `lines` may be gone through more than once, so not an iterator.
    """

    account: str
    number: int
    opened_on: date
    closed_on: date
    opening_minor: int
    lines: Iterable[PlainLine]
    currency: str = GBP
