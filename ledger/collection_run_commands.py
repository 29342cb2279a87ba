"""Every request that can be made of one Bacs submission, as one page."""

from datetime import date
from typing import ClassVar

from ledger.commands import CollectionRunCommand, SuspenseCommand


class OpenRun(CollectionRunCommand):
    """Begin a run of a unit for an entry day."""

    action: ClassVar[str] = "open_run"
    unit: str
    sun: str
    entry_on: date


class RecordRunWritten(CollectionRunCommand):
    """Record the file that was made of the run; made anew, it is recorded again until release."""

    action: ClassVar[str] = "record_run_written"
    digest: str
    collections: int
    amount_minor: int
    instructions: int


class ReleaseRun(CollectionRunCommand):
    """Let the file go to Bacs; the digest is that of the file that was looked at."""

    action: ClassVar[str] = "release_run"
    digest: str


class AbandonRun(CollectionRunCommand):
    """Give a run up that was not released."""

    action: ClassVar[str] = "abandon_run"
    reason: str


class RecordRunReported(CollectionRunCommand):
    """Record what the Input report says of the run."""

    action: ClassVar[str] = "record_run_reported"
    digest: str
    accepted: int
    accepted_minor: int
    rejected: int
    rejected_minor: int


class RecordRunWithdrawn(CollectionRunCommand):
    """Record that Bacs withdrew the file of the run."""

    action: ClassVar[str] = "record_run_withdrawn"
    digest: str


class RecordRunRefused(CollectionRunCommand):
    """Record that Bacs took nothing of the file of the run."""

    action: ClassVar[str] = "record_run_refused"
    digest: str
    reason: str


class RecordInstructionsRejected(CollectionRunCommand):
    """Record that Bacs refused the instructions of the file (AUDREJ)."""

    action: ClassVar[str] = "record_instructions_rejected"
    digest: str
    reason: str


class SignOffRun(CollectionRunCommand):
    """Sign the run off; the count and the total are those of the ledger's collections."""

    action: ClassVar[str] = "sign_off_run"
    collections: int
    amount_minor: int


class IdentifyRunCredit(SuspenseCommand):
    """A receipt in suspense is the bank's credit of a run, less what it returned at once."""

    action: ClassVar[str] = "identify_run_credit"
    to_run: str
    returned_minor: int = 0
