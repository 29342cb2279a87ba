"""A file that is refused whole: recorded as an event, and told to whoever offered it."""

import hashlib
from typing import Final

from consumers.bank_lines import FilePlace
from consumers.formats.errors import (
    ControlTotalError,
    FormatError,
    UnreadableFileError,
    UnrecognisedFormatError,
    shown,
)
from consumers.intake_parts import FILES, IntakeParts
from consumers.reports import FileReport
from ledger.account_state import Dated
from ledger.intake_events import FileRefused
from ledger.requests import Note
from ledger.values import Refusal


class UnknownBankAccountError(FormatError):
    """A statement of a bank account that is none of ours."""


class DaysAlreadyTakenError(FormatError):
    """A statement of days that were taken from a file of another format."""


_CODES: Final[dict[type[FormatError], str]] = {
    UnrecognisedFormatError: "format_not_recognised",
    UnreadableFileError: "file_unreadable",
    ControlTotalError: "control_total_wrong",
    UnknownBankAccountError: "bank_account_unknown",
    DaysAlreadyTakenError: "days_already_taken",
}
# Their values are figures and account numbers of ours. Any other value may be a payer's words,
# which stay in the kept file and out of the log.
_SHOWN_IN_LOG = (ControlTotalError, UnknownBankAccountError, DaysAlreadyTakenError)


def refused(parts: IntakeParts, place: FilePlace, title: str, error: FormatError) -> FileReport:
    """Record a refusal; the report may quote the file, the log may not."""
    code = _CODES[type(error)]
    where = f"{place.name}, line {error.line}" if error.line else place.name
    value = f" {shown(error.value)!r}" if error.value else ""
    told = f"{where}: {error.field}{value}: {error.reason}"
    may_log = isinstance(error, _SHOWN_IN_LOG)
    logged = told if may_log else f"{where}: {error.field}: {error.reason}"
    fact = FileRefused(
        source=FILES,
        digest=place.digest,
        file_name=place.name,
        refusals=(Refusal(code=code, sentence=logged),),
    )
    reason = hashlib.sha256(f"{code}|{logged}".encode()).hexdigest()[:16]
    note = Note(
        FILES,
        [Dated(fact, parts.ledger.today())],
        parts.actor,
        place.source(),
        f"file-refused:{place.digest}|{reason}",
        bytes.fromhex(place.digest),
    )
    parts.ledger.handle([note])
    refusal = Refusal(code=code, sentence=told)
    return FileReport(place.name, place.digest, title, refusal=refusal)
