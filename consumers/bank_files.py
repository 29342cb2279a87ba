"""A bank file from its bytes to its report: recognise, prove, post, account for every line.

Two passes over the kept copy, which nobody writes to any more: the first proves every control total
and posts nothing; a file that does not add up is refused whole. The second posts in batches; cut
off between two batches, the same file taken again posts the rest, because a line that is in the
ledger is a duplicate.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from consumers.bank_lines import FilePlace
from consumers.bank_statements import FILES, IntakeParts, StatementTaking
from consumers.formats.control import checked
from consumers.formats.errors import (
    ControlTotalError,
    FormatError,
    UnreadableFileError,
    UnrecognisedFormatError,
    shown,
)
from consumers.formats.profiles import Profile
from consumers.formats.recognise import Recognised, recognise
from consumers.formats.statement import StatementClosed, StatementItem, StatementOpened
from consumers.reports import FileReport
from ledger.account_state import Dated
from ledger.intake_events import FileRefused
from ledger.registers import MESSAGE
from ledger.requests import Note
from ledger.values import Refusal


class UnknownBankAccountError(FormatError):
    """A statement of a bank account that is none of ours."""


_CODES: Final[dict[type[FormatError], str]] = {
    UnrecognisedFormatError: "format_not_recognised",
    UnreadableFileError: "file_unreadable",
    ControlTotalError: "control_total_wrong",
    UnknownBankAccountError: "bank_account_unknown",
}
# Their values are figures and account numbers of ours. Any other value may be a payer's words,
# which stay in the kept file and out of the log.
_SHOWN_IN_LOG = (ControlTotalError, UnknownBankAccountError)


@dataclass(frozen=True, slots=True)
class BankIntake:
    """Takes bank files, in the formats that `recognise` knows and by the profiles given."""

    parts: IntakeParts
    profiles: Sequence[Profile]

    def take(self, path: Path, name: str | None = None) -> FileReport:
        """Take one file, called `name` in the log; the report says what became of it.

        Raises OSError when there is no such file or it cannot be read.
        """
        called = name or path.name
        digest = self.parts.keeping.raw.keep_file(path)
        kept, place = self.parts.keeping.raw.path(digest), FilePlace(called, digest)
        title = "unknown"
        try:
            found = recognise(kept, self.profiles)
            title = found.title
            statements = self._prove(found, kept)
        except FormatError as error:
            return self._refused(place, title, error)
        report = FileReport(called, digest, title)
        report.same_file = bool(self.parts.ledger.store.registered([(MESSAGE, f"file:{digest}|1")]))
        for number, items in enumerate(_statements(found.reader(kept)), 1):
            taking = StatementTaking(self.parts, place, found.format, number, report)
            taking.post(items, statements[number - 1])
        return report

    def _prove(self, found: Recognised, path: Path) -> list[StatementClosed]:
        closed = []
        for item in checked(found.reader(path), path.name):
            if isinstance(item, StatementOpened) and item.account not in self.parts.accounts:
                raise UnknownBankAccountError(
                    path.name,
                    item.span.line,
                    "account",
                    item.account,
                    "this is none of our bank accounts: add it to bank-accounts.toml with its unit",
                )
            if isinstance(item, StatementClosed):
                closed.append(item)
        return closed

    def _refused(self, place: FilePlace, title: str, error: FormatError) -> FileReport:
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
            [Dated(fact, self.parts.ledger.today())],
            self.parts.actor,
            place.source(),
            f"file-refused:{place.digest}|{reason}",
            bytes.fromhex(place.digest),
        )
        self.parts.ledger.handle([note])
        refusal = Refusal(code=code, sentence=told)
        return FileReport(place.name, place.digest, title, refusal=refusal)


def _statements(items: Iterable[StatementItem]) -> Iterator[Iterator[StatementItem]]:
    """The items of each statement in turn; each must be used up before the next."""
    source = iter(items)
    for first in source:
        yield _until_closed(first, source)


def _until_closed(first: StatementItem, rest: Iterator[StatementItem]) -> Iterator[StatementItem]:
    yield first
    if isinstance(first, StatementClosed):
        return
    for item in rest:
        yield item
        if isinstance(item, StatementClosed):
            return
