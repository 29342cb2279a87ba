"""What a Bacs submission is made of, before it is bytes: see `standard18`.

Nothing here knows the ledger: an amount is pence, an account is `SSSSSS-NNNNNNNN`, a day is a date.
"""

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from consumers.formats.errors import shown

Work: TypeAlias = Literal["single", "multi"]

DEBITS: Final = frozenset(["01", "17", "18", "19"])  # first, regular, re-presented, last collection
CREDITS: Final = frozenset(["99"])
NOTICES: Final = frozenset(
    ["0N", "0C", "0S"]
)  # a Direct Debit instruction lodged, ended, converted
CODES: Final = DEBITS | CREDITS | NOTICES
DEBIT_CONTRA, CREDIT_CONTRA = "99", "17"  # what balances debits, what balances credits
CONTRA_REFERENCE = "CONTRA"
TEXT_LENGTH = 18  # of a name and of a reference
FIRST_LINE = 5  # of the first instruction: VOL1, HDR1, HDR2 and UHL1 come before it

_CARRIED = re.compile(r"[A-Z0-9.&/ -]*", re.ASCII)
_NOT_CARRIED = re.compile(r"[^A-Z0-9.&/ -]", re.ASCII)


class SubmissionError(ValueError):
    """What was to be sent breaks a rule of Bacs, so no file of it may be sent.

    `instruction` counts from 1 in the order given; 0 when no single one is to blame.
    """

    def __init__(self, instruction: int, field: str, value: object, reason: str) -> None:
        """Keep the four facts that every refusal names."""
        self.instruction, self.field, self.value = instruction, field, str(value)
        self.reason = reason
        where = f"instruction {instruction}" if instruction else "submission"
        super().__init__(f"{where}: {field} {shown(self.value)!r}: {reason}")


class Originator(NamedTuple):
    """One of our own accounts, and what its contra says: the account's name and a narrative."""

    account: str
    name: str
    narrative: str


class Submission(NamedTuple):
    """One file. `processing_on` is its day, or the first of its days when `work` is `multi`.

    `bureau_number` stands in VOL1 in place of the service user number when a bureau sends it.
    """

    sun: str
    serial: str
    file_number: int
    created_on: date
    processing_on: date
    expires_on: date
    work: Work
    originators: tuple[Originator, ...]
    bureau_number: str = ""


class Instruction(NamedTuple):
    """One item: money to collect (01, 17, 18, 19), to pay (99), or a notice of an instruction.

    `user_name` is the name that the payer knows us by; `account` is the account of ours.
    """

    payer_sort_code: str
    payer_account: str
    payer_name: str
    code: str
    account: str
    amount_minor: int
    user_name: str
    reference: str
    processing_on: date


class CodeSum(NamedTuple):
    """What the instructions of one account, day and code come to."""

    account: str
    processing_on: date
    code: str
    items: int
    amount_minor: int


class Contra(NamedTuple):
    """One balancing row: 99 is what we are credited with, 17 what we are debited with."""

    line: int
    account: str
    processing_on: date
    code: str
    amount_minor: int


class Totals(NamedTuple):
    """What UTL1 says, contras included; `notices` counts 0N, 0C and 0S."""

    debits_minor: int
    credits_minor: int
    debit_items: int
    credit_items: int
    notices: int


class Written(NamedTuple):
    """A whole file in figures; `sums` and `contras` are sorted by account, day and code."""

    items: int
    sums: tuple[CodeSum, ...]
    contras: tuple[Contra, ...]
    totals: Totals
    lines: int
    size: int
    sha256: str

    def line_of(self, instruction: int) -> int:
        """The line of an instruction, which counts from 1 in the order given."""
        if not 1 <= instruction <= self.items:
            raise ValueError(f"the file has {self.items} instructions, not {instruction}")
        return FIRST_LINE - 1 + instruction


def fold(text: str) -> str:
    """Text as Bacs carries it: capitals without accents, digits and `.&/-`; all else is a blank."""
    if _CARRIED.fullmatch(text):
        return text
    parts = unicodedata.normalize("NFKD", text)
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return _NOT_CARRIED.sub(" ", plain.upper())


@lru_cache(maxsize=4096)
def printed_name(name: str) -> str:
    """A name as the payer sees it: folded, and cut at eighteen characters."""
    return fold(name).strip()[:TEXT_LENGTH].rstrip()
