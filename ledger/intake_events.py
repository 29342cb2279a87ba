"""The facts of intake: what each source sent, what was refused or unreadable, and why.

A refusal is an event too, so that the outcome of a batch and its position are one append and
nothing is ever logged and skipped. The bytes of an input are not in the event: it holds their
digest, and the bytes are kept content-addressed beside the database.
"""

from datetime import date
from typing import ClassVar, Literal

from ledger.values import Fact, Refusal, Value


class MessageRefused(Fact):
    """A readable message that the ledger would not post, with every failing rule."""

    topic: ClassVar[str] = "message-refused.v1"
    source: str
    message: str
    kind: str
    digest: str
    refusals: tuple[Refusal, ...]


class MessageUnreadable(Fact):
    """Bytes that could not be read as a message."""

    topic: ClassVar[str] = "message-unreadable.v1"
    source: str
    message: str
    digest: str
    refusals: tuple[Refusal, ...]


class RowQuarantined(Fact):
    """A row of a file that could not be posted; the rest of the file was."""

    topic: ClassVar[str] = "row-quarantined.v1"
    source: str
    message: str
    digest: str
    field: str
    amount_minor: int | None = None
    refusals: tuple[Refusal, ...]


class FileRefused(Fact):
    """A file of which nothing was posted, because it is not whole or not ours."""

    topic: ClassVar[str] = "file-refused.v1"
    source: str
    digest: str
    file_name: str
    refusals: tuple[Refusal, ...]


class IntakeResolved(Fact):
    """A refused or quarantined input was dealt with: posted on retry, or discarded by a person."""

    topic: ClassVar[str] = "intake-resolved.v1"
    source: str
    message: str
    outcome: Literal["posted", "discarded"]
    reason: str


class PartitionRead(Value):
    """How far a partition was read: the last offset that was taken."""

    partition: int
    offset: int


class TopicAccepted(Fact):
    """A topic that was deleted and made again is read from its beginning: a person decided it.

    `topic_id` is the new topic's id at the brokers, `generation` counts from 1, `read` is how far
    the one before it was taken.
    """

    topic: ClassVar[str] = "topic-accepted.v1"
    source: str
    cluster: str
    kafka_topic: str
    topic_id: str
    generation: int
    read: tuple[PartitionRead, ...]
    reason: str


class StatementTotals(Value):
    """What became of the lines of one bank statement: counts, and signed minor units."""

    lines: int
    amount_minor: int


class BankStatementTaken(Fact):
    """A bank statement was read to its end, and every control total agreed."""

    topic: ClassVar[str] = "bank-statement-taken.v1"
    source: str
    digest: str
    file_name: str
    format: str
    unit: str
    bank_account: str
    statement: str
    sequence: int | None = None
    currency: str
    opening_minor: int | None = None
    closing_minor: int | None = None
    first_on: date | None = None
    last_on: date | None = None
    posted: StatementTotals
    suspended: StatementTotals
    other: StatementTotals
    quarantined: StatementTotals
    duplicates: StatementTotals


class BankLineRecorded(Fact):
    """A bank line that is no receipt (a charge, a payment out, a returned item): to be coded."""

    topic: ClassVar[str] = "bank-line-recorded.v1"
    unit: str
    bank_account: str
    bank_line: str
    amount_minor: int
    currency: str
    kind: str


class RemittanceRegistered(Fact):
    """A remittance advice was read to its end and its lines add up: which payments make one sum.

    `kind` is its format. `expected_receipt` is the receipt whose money it explains, when it names
    one; `bank_reference` is the bank entry that it names. It moves no money.
    """

    topic: ClassVar[str] = "remittance-registered.v1"
    source: str
    remittance: str
    kind: str
    digest: str
    file_name: str
    unit: str | None = None
    sender_digest: str | None = None
    bank_account: str | None = None
    bank_reference: str | None = None
    expected_receipt: str | None = None
    currency: str
    paid_on: date | None = None
    total_minor: int
    lines: int


class RemittanceMatched(Fact):
    """The money of a remittance advice was found: its receipt, and how."""

    topic: ClassVar[str] = "remittance-matched.v1"
    source: str
    remittance: str
    receipt: str
    amount_minor: int
    how: str


class DirectDebitReturned(Fact):
    """A bank told of a Direct Debit that was not paid (ARUDD); the reversal is in the account.

    `account` is absent when the reference is nobody's, `receipt`, the one that was reversed, when
    the line could not be tied to a single one.
    """

    topic: ClassVar[str] = "direct-debit-returned.v1"
    source: str
    digest: str
    unit: str
    account: str | None = None
    receipt: str | None = None
    reference: str
    amount_minor: int
    reason_code: str
    reason: str
    originally_processed_on: date | None = None
    reported_on: date | None = None
