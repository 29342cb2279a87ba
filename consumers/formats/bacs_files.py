"""The reports of Bacs as typed files: which one a file is, by its content, and how to read it.

ARUDD has its own place in `recognise`: it is acted on as returned collections.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from consumers.formats import (
    bacs_advices,
    bacs_arrival,
    bacs_claims,
    bacs_claims_csv,
    bacs_credits,
    bacs_input,
    bacs_withdrawal,
)
from consumers.formats.bacs_items import (
    ClaimsReader,
    CreditsReader,
    InstructionsReader,
    SubmissionsReader,
)


@dataclass(frozen=True, slots=True)
class InstructionsFile:
    """Advices of instructions (ADDACS, AUDDIS, AWACS), or what became of a file of them."""

    format: str
    title: str
    reader: InstructionsReader


@dataclass(frozen=True, slots=True)
class ClaimsFile:
    """Indemnity claims (DDICA)."""

    format: str
    title: str
    reader: ClaimsReader


@dataclass(frozen=True, slots=True)
class CreditsFile:
    """Credits that we sent and that came back (ARUCS)."""

    format: str
    title: str
    reader: CreditsReader


@dataclass(frozen=True, slots=True)
class SubmissionsFile:
    """What Bacs says of a file that we sent: Input, Withdrawal or Arrival."""

    format: str
    title: str
    reader: SubmissionsReader


BacsFile: TypeAlias = InstructionsFile | ClaimsFile | CreditsFile | SubmissionsFile
_ADVICES: Final = {
    "ADDACS": "instructions that banks cancelled or amended",
    "AUDDIS": "instructions that banks returned",
    "AUDACC": "a file of instructions that was accepted",
    "AUDREJ": "a file of instructions that was rejected",
    "AWACS": "wrong account details of credits",
    "MessagingAdvices": "advices of instructions",
}


def bacs_file(head: bytes, name: str) -> BacsFile | None:
    """The report that a file is; None when it is none of these."""
    found: str | None
    if (found := bacs_advices.recognise(head, name)) is not None:
        title = f"Bacs report of {_ADVICES[found]} ({found})"
        return InstructionsFile("bacs-advices", title, bacs_advices.read)
    if (found := bacs_claims.recognise(head, name)) is not None:
        return ClaimsFile("ddica", f"Bacs report of indemnity claims ({found})", bacs_claims.read)
    if (found := bacs_claims_csv.recognise(head, name)) is not None:
        title = f"Bacs report of indemnity claims (DDICA, {found})"
        return ClaimsFile("ddica-csv", title, bacs_claims_csv.read)
    if (found := bacs_credits.recognise(head, name)) is not None:
        return CreditsFile("arucs", f"Bacs report of returned credits ({found})", bacs_credits.read)
    if (found := bacs_input.recognise(head, name)) is not None:
        title = f"Bacs report of what was taken of a file ({found})"
        return SubmissionsFile("bacs-input", title, bacs_input.read)
    if (found := bacs_withdrawal.recognise(head, name)) is not None:
        title = f"Bacs report of a file withdrawn ({found})"
        return SubmissionsFile("bacs-withdrawal", title, bacs_withdrawal.read)
    if (found := bacs_arrival.recognise(head, name)) is not None:
        title = f"Bacs report of a file that arrived ({found})"
        return SubmissionsFile("bacs-arrival", title, bacs_arrival.read)
    return None
