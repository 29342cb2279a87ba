"""What the reports of Bacs yield besides returned collections: plain values that decide nothing.

What a reason code means and asks for stands in `ledger.bacs_codes`. Amounts are positive minor
units of sterling. A sort code has six digits and an account number eight; None stands for what the
report leaves out, leaves empty or gives as `0`. A report that holds anything that is not understood
is refused whole, so there are no quarantined rows among these.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias

from consumers.formats.statement import SourceSpan

InstructionKind: TypeAlias = Literal["ADDACS", "AUDDIS", "AWACS"]
Flow: TypeAlias = Literal["credit", "debit", "credit_contra", "debit_contra"]
Fault: TypeAlias = Literal["REJECTED", "AMENDED", "RETURNED"]


@dataclass(frozen=True, slots=True)
class InstructionAdvice:
    """A bank's word on one instruction: changed (ADDACS) or not lodged (AUDDIS); or on a credit.

    An AWACS advice is about a credit that we sent: the payer's fields are then those of the payee.
    `record_type` says of an AUDDIS return what was sent: N for 0N, D for 0C, S for 0S. `aosn`
    numbers the advices, so that with `reported_on` it names this one.
    """

    span: SourceSpan
    kind: InstructionKind
    reference: str
    reason_code: str
    effective_on: date | None
    due_on: date | None
    payer_sort_code: str | None
    payer_account: str | None
    payer_name: str | None
    new_sort_code: str | None
    new_account: str | None
    sun: str | None
    aosn: str | None
    record_type: str
    reported_on: date | None


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a file of instructions that we sent (AUDACC, AUDREJ).

    `messages` are the report's own words on why. `live` is None when it does not say so.
    """

    span: SourceSpan
    accepted: bool
    volume_serial: str | None
    file_number: str | None
    sun: str | None
    processing_on: date | None
    work_code: str | None
    live: bool | None
    accepted_instructions: int | None
    rejected_instructions: int | None
    error_code: str | None
    messages: tuple[str, ...]
    aosn: str | None
    reported_on: date | None


@dataclass(frozen=True, slots=True)
class IndemnityClaim:
    """A payer's bank claims collections back (DDICA), or withdraws such a claim (`cancelled`).

    `collections` are the day and the amount of each, which come to `total_minor`. `debit_on` is the
    day on which our account is debited; a cancellation names none. `reason_code` is None in the CSV
    form, which leaves it out. `advices` is how many advices the bank says the claim has.
    """

    span: SourceSpan
    sequence: str
    paying_bank_reference: str
    reference: str
    reason_code: str | None
    reason: str | None
    collections: tuple[tuple[date, int], ...]
    total_minor: int
    debit_on: date | None
    cancelled: bool
    payer_sort_code: str | None
    payer_account: str | None
    payer_name: str | None
    advices: int | None
    sun: str | None


@dataclass(frozen=True, slots=True)
class ReturnedCredit:
    """A credit that we sent and that came back (ARUCS). `account` is ours, `SSSSSS-NNNNNNNN`."""

    span: SourceSpan
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
    sun: str | None
    payee_sort_code: str | None
    payee_account: str | None
    payee_name: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """A number of records and what they come to; `items` is None where only a value is given."""

    items: int | None
    value_minor: int


NOTHING = Tally(0, 0)


@dataclass(frozen=True, slots=True)
class AccountTotals:
    """What Bacs took of one account of ours, of one kind: accepted and rejected make the total."""

    account: str
    account_type: str | None
    flow: Flow
    accepted: Tally
    rejected: Tally
    total: Tally


@dataclass(frozen=True, slots=True)
class DayTotals:
    """One processing day of a file."""

    processing_on: date | None
    credits: Tally
    debits: Tally
    credit_contras: Tally
    debit_contras: Tally


@dataclass(frozen=True, slots=True)
class InputError:
    """One record that Bacs did not take as it was sent, what it did with it, and in which words.

    `reference`, `amount_minor` and `code` (of the transaction) are None where the report does not
    say them. What was amended stands in the bytes of `span`.
    """

    span: SourceSpan
    kind: Fault
    message: str
    reference: str | None
    amount_minor: int | None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class InputReport:
    """What Bacs took of one file that we sent. `volume_serial` ties it to the file (its VOL1).

    `messages` are the report's words on the file or on a day as a whole; there are none when all is
    well. `sun` is None when Bacs took nothing of the file.
    """

    span: SourceSpan
    volume_serial: str
    submission: str | None
    sun: str | None
    file_number: str | None
    work_code: str | None
    processing_on: date | None
    produced_on: date | None
    accounts: tuple[AccountTotals, ...]
    days: tuple[DayTotals, ...]
    errors: tuple[InputError, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A file of ours, or days of it, that was withdrawn before it was processed.

    `bureau` is the number of whoever sent the file: ours, or that of a bureau.
    """

    span: SourceSpan
    volume_serial: str
    submission: str | None
    sun: str | None
    bureau: str | None
    file_number: str | None
    produced_on: date | None
    days: tuple[DayTotals, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file of ours that reached Bacs; what is in it is not said."""

    span: SourceSpan
    volume_serial: str | None
    submission: str | None
    produced_on: date | None
    processing_on: date | None


AdviceOfInstruction: TypeAlias = InstructionAdvice | FileOutcome
InstructionsReader: TypeAlias = Callable[[Path], Iterator[AdviceOfInstruction]]
ClaimsReader: TypeAlias = Callable[[Path], Iterator[IndemnityClaim]]
CreditsReader: TypeAlias = Callable[[Path], Iterator[ReturnedCredit]]
SubmissionItem: TypeAlias = InputReport | Withdrawal | Arrival
SubmissionsReader: TypeAlias = Callable[[Path], Iterator[SubmissionItem]]
