"""The facts of one Bacs submission: a run, from its preparation to its proof."""

from datetime import date
from typing import ClassVar

from ledger.values import CollectionLayout, Fact


class CollectionRunFact(Fact):
    """A fact of one run."""

    run: str


class RunOpened(CollectionRunFact):
    """A run was begun for an entry day; its serial was never used before by this service user."""

    topic: ClassVar[str] = "run-opened.v1"
    unit: str
    sun: str
    serial: str
    bank_account: str
    account_name: str
    user_name: str
    layout: CollectionLayout
    input_on: date
    processing_on: date
    entry_on: date
    opened_on: date
    prepared_by: str


class RunWritten(CollectionRunFact):
    """The file of the run was made from the facts: its SHA-256, its items and its total."""

    topic: ClassVar[str] = "run-written.v1"
    digest: str
    collections: int
    amount_minor: int
    instructions: int
    written_by: str | None = None


class RunReleased(CollectionRunFact):
    """Another person than who prepared it, and who made its file, let it go to Bacs."""

    topic: ClassVar[str] = "run-released.v1"
    digest: str
    amount_minor: int


class RunAbandoned(CollectionRunFact):
    """The run was given up before it was released; its collections were stopped."""

    topic: ClassVar[str] = "run-abandoned.v1"
    reason: str


class RunReported(CollectionRunFact):
    """The Input report of the run: what Bacs accepted and what it rejected."""

    topic: ClassVar[str] = "run-reported.v1"
    digest: str
    accepted: int
    accepted_minor: int
    rejected: int
    rejected_minor: int


class RunWithdrawn(CollectionRunFact):
    """Bacs withdrew the file before it was processed; its collections were stopped."""

    topic: ClassVar[str] = "run-withdrawn.v1"
    digest: str


class RunRefused(CollectionRunFact):
    """Bacs took nothing of the file; its collections and instructions were stopped."""

    topic: ClassVar[str] = "run-refused.v1"
    digest: str
    reason: str


class RunInstructionsRejected(CollectionRunFact):
    """Bacs refused the instructions of the file (AUDREJ): the next run carries them again."""

    topic: ClassVar[str] = "run-instructions-rejected.v1"
    digest: str
    reason: str


class RunCredited(CollectionRunFact):
    """The bank credited the run; the other leg is the receipt in suspense in the same append.

    `returned_minor` is what the bank took off at once for items that came back.
    """

    topic: ClassVar[str] = "run-credited.v1"
    unit: str
    currency: str
    receipt: str
    amount_minor: int
    returned_minor: int


class RunSignedOff(CollectionRunFact):
    """The four totals agree: ledger, file, Input report, and bank with what it returned at once."""

    topic: ClassVar[str] = "run-signed-off.v1"
    collections: int
    amount_minor: int


class BacsSerialTaken(Fact):
    """A serial number of a service user was given to a run, and to no other ever."""

    topic: ClassVar[str] = "bacs-serial-taken.v1"
    sun: str
    serial: str
    run: str
