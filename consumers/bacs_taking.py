"""Takes the reports of Bacs: read to the end first, then acted on line by line.

Everything in them is a fact of a mandate, a collection, a run or a claim; what names none of ours
is set aside for an officer, with its line.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consumers.bacs_claim_acts import ClaimActs
from consumers.bacs_credit_acts import CreditActs
from consumers.bacs_instruction_acts import InstructionActs
from consumers.bacs_steps import Steps, Taker
from consumers.bacs_submission_acts import SubmissionActs
from consumers.bank_lines import FilePlace
from consumers.formats.bacs_files import (
    BacsFile,
    ClaimsFile,
    CreditsFile,
    InstructionsFile,
    SubmissionsFile,
)
from consumers.formats.bacs_items import (
    IndemnityClaim,
    InstructionAdvice,
    ReturnedCredit,
)
from consumers.intake_parts import IntakeParts
from consumers.mandates_found import Mandates
from consumers.reports import FileReport
from ledger.limits import MESSAGES_PER_BATCH_MAX


def mandates_of(parts: IntakeParts) -> Mandates:
    """The mandates of our own service user numbers."""
    suns = dict.fromkeys(one.sun for one in parts.ledger.direct_debit.originators)
    return Mandates(parts.ledger.store, tuple(suns), parts.keeping.digest)


@dataclass(frozen=True, slots=True)
class BacsTaking:
    """A proved report of Bacs, ready to be acted on."""

    parts: IntakeParts
    file: BacsFile
    kept: Path
    place: FilePlace

    @classmethod
    def proved(
        cls, parts: IntakeParts, file: BacsFile, kept: Path, place: FilePlace
    ) -> "BacsTaking":
        """The first pass: read to the end. Raises the errors of `consumers.formats.errors`."""
        for _ in file.reader(kept):
            pass
        return cls(parts, file, kept, place)

    def post(self, report: FileReport) -> None:
        """Act on every line."""
        taker = Taker(self.parts, self.place, report)
        for batch in self._batches():
            taker.take(batch)

    def _batches(self) -> Iterator[list[Steps]]:
        mandates = mandates_of(self.parts)
        acts = self._acts(mandates)
        items: list[object] = []
        named = set[str]()
        for item in self.file.reader(self.kept):
            reference = item.reference if isinstance(item, InstructionAdvice) else None
            # What is said of a mandate twice is decided over what the first has made of it.
            if reference in named or len(items) >= MESSAGES_PER_BATCH_MAX // 2:
                yield _steps(items, mandates, acts)
                items, named = [], set()
            items.append(item)
            named.add(reference or "")
        yield _steps(items, mandates, acts)

    def _acts(self, mandates: Mandates) -> Callable[[Any], Iterator[Steps]]:
        digest, ledger = self.place.digest, self.parts.ledger
        match self.file:
            case InstructionsFile():
                return InstructionActs(mandates, self.parts.keeping.details, digest).steps
            case ClaimsFile():
                return ClaimActs(mandates, digest, ledger.today()).steps
            case SubmissionsFile():
                return SubmissionActs(ledger.store, mandates, digest).steps
            case CreditsFile():
                return CreditActs(mandates, digest).steps


def _steps(
    items: list[object], mandates: Mandates, acts: Callable[[Any], Iterator[Steps]]
) -> list[Steps]:
    named = [
        one for one in items if isinstance(one, InstructionAdvice | IndemnityClaim | ReturnedCredit)
    ]
    mandates.load(one.reference for one in named)
    return [step for item in items for step in acts(item)]
