"""A bank's file from its bytes to its report: recognise, prove, post, account for every line.

Two passes over the kept copy, which nobody writes to any more: the first proves every control total
and posts nothing; a file that does not add up is refused whole. The second posts what the first has
read, in batches; cut off between two batches, the same file taken again posts the rest, because a
line that is in the ledger is a duplicate.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from consumers.advice_files import AdviceTaking
from consumers.bacs_taking import BacsTaking
from consumers.bank_lines import FilePlace
from consumers.file_refusals import refused
from consumers.formats.advice import AdviceReader
from consumers.formats.bacs_files import (
    ClaimsFile,
    CreditsFile,
    InstructionsFile,
    SubmissionsFile,
)
from consumers.formats.errors import FormatError
from consumers.formats.recognise import (
    AdviceFile,
    AnyProfile,
    Recognised,
    ReturnsFile,
    StatementFile,
    recognise,
)
from consumers.intake_parts import IntakeParts
from consumers.remittances import Opening, Remittance, RemittanceMoneyError, settle_listed
from consumers.reports import AdviceReport, FileReport
from consumers.returned_debits import ReturnsTaking
from consumers.statement_files import StatementsTaking
from ledger.registers import MESSAGE


@dataclass(frozen=True, slots=True)
class BankIntake:
    """Takes a bank's files, in the formats that `recognise` knows and by the profiles given."""

    parts: IntakeParts
    profiles: Sequence[AnyProfile]

    def take(self, path: Path, name: str | None = None) -> FileReport:
        """Take one file, called `name` in the log; the report says what became of it.

        Raises OSError when there is no such file or it cannot be read.
        """
        called = name or path.name
        digest = self.parts.keeping.raw.keep_file(path)
        kept, place = self.parts.keeping.raw.path(digest), FilePlace(called, digest)
        title = "unknown"
        try:
            found = recognise(kept, self.profiles, called)
            title = found.title
            taking = self._proved(found, kept, place)
        except FormatError as error:
            return refused(self.parts, place, title, error)
        report = FileReport(called, digest, title)
        report.same_file = bool(self.parts.ledger.store.registered([(MESSAGE, f"file:{digest}|1")]))
        taking.post(report)
        return report

    def open_remittance(self, remittance: Remittance, receipt: str, how: str) -> AdviceReport:
        """Open a registered advice over the money that it is about.

        `how` says in words by what the two were paired. Raises RemittanceMoneyError when the
        receipt is not this money, and what reading the kept file raises.
        """
        reader = self._advice_reader(remittance.place)
        return Opening(self.parts, remittance, receipt, how).open(reader)

    def settle_listed(self, place: FilePlace, names: Container[str]) -> int:
        """Settle the named advices of a kept file whose payments the statement listed itself."""
        items = self._advice_reader(place)(self.parts.keeping.raw.path(place.digest))
        return settle_listed(self.parts, place, items, names)

    def _advice_reader(self, place: FilePlace) -> AdviceReader:
        found = recognise(self.parts.keeping.raw.path(place.digest), self.profiles, place.name)
        if not isinstance(found, AdviceFile):
            raise RemittanceMoneyError(f"{place.name} is no remittance advice")
        return found.reader

    def _proved(
        self, found: Recognised, kept: Path, place: FilePlace
    ) -> StatementsTaking | AdviceTaking | ReturnsTaking | BacsTaking:
        match found:
            case StatementFile():
                return StatementsTaking.proved(self.parts, found, kept, place)
            case AdviceFile():
                return AdviceTaking.proved(self.parts, found, kept, place)
            case ReturnsFile():
                return ReturnsTaking.proved(self.parts, found, kept, place)
            case InstructionsFile() | ClaimsFile() | CreditsFile() | SubmissionsFile():
                return BacsTaking.proved(self.parts, found, kept, place)
