"""The requests about quarantine: stop a stream whose books are wrong, and let it go on again."""

from typing import ClassVar

from ledger.commands import QuarantineCommand


class QuarantineStream(QuarantineCommand):
    """Stop an account or a receipt, because a check found it wrong."""

    action: ClassVar[str] = "quarantine_stream"
    breach: str


class ReleaseQuarantine(QuarantineCommand):
    """Let a stopped account or receipt take commands again; not by whoever stopped it."""

    action: ClassVar[str] = "release_quarantine"
    reason: str
