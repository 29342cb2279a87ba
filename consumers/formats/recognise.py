"""Which format a file is in, by its content. A name proves nothing: anyone can rename a file.

`FORMATS` is where a format is added: one entry, asked in turn. What is not read is named all the
same, because "this is a PDF" helps the officer who picked the wrong file.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from consumers.formats import (
    arudd,
    bai2,
    camt053,
    camt054,
    cash_file,
    csv_profile,
    dwp_schedule,
    mt940,
    ofx,
    remittance_csv,
)
from consumers.formats.advice import AdviceReader
from consumers.formats.bacs_files import BacsFile, bacs_file
from consumers.formats.csv_rows import decode_head
from consumers.formats.errors import UnreadableFileError, UnrecognisedFormatError
from consumers.formats.profiles import Profile
from consumers.formats.remittance_profiles import RemittanceProfile
from consumers.formats.returned_debit import ReturnsReader
from consumers.formats.statement import Reader
from ledger.limits import FILE_BYTES_MAX

HEAD_BYTES = 1 << 16  # enough for an envelope before the statement


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A file of bank statements: its format, the guess in words, and how to read it."""

    format: str
    title: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class AdviceFile:
    """A file of remittance advices."""

    format: str
    title: str
    reader: AdviceReader


@dataclass(frozen=True, slots=True)
class ReturnsFile:
    """A report of returned Direct Debits."""

    format: str
    title: str
    reader: ReturnsReader


Recognised: TypeAlias = StatementFile | AdviceFile | ReturnsFile | BacsFile
AnyProfile: TypeAlias = Profile | RemittanceProfile
_Recogniser: TypeAlias = Callable[[bytes, str, Sequence[AnyProfile]], Recognised | None]
_Versions: TypeAlias = Callable[[bytes, str], str | None]


def _statement(form: str, title: str, versions: _Versions, reader: Reader) -> _Recogniser:
    def recogniser(head: bytes, name: str, _: Sequence[AnyProfile]) -> StatementFile | None:
        version = versions(head, name)
        return None if version is None else StatementFile(form, f"{title} ({version})", reader)

    return recogniser


def _advice(form: str, title: str, versions: _Versions, reader: AdviceReader) -> _Recogniser:
    def recogniser(head: bytes, name: str, _: Sequence[AnyProfile]) -> AdviceFile | None:
        version = versions(head, name)
        return None if version is None else AdviceFile(form, f"{title} ({version})", reader)

    return recogniser


def _arudd(head: bytes, name: str, profiles: Sequence[AnyProfile]) -> ReturnsFile | None:
    del profiles
    version = arudd.recognise(head, name)
    if version is None:
        return None
    return ReturnsFile("arudd", f"Bacs report of unpaid Direct Debits ({version})", arudd.read)


def _bacs(head: bytes, name: str, profiles: Sequence[AnyProfile]) -> BacsFile | None:
    del profiles
    return bacs_file(head, name)


def _csv(head: bytes, name: str, profiles: Sequence[AnyProfile]) -> StatementFile | None:
    own = [one for one in profiles if isinstance(one, Profile)]
    profile = csv_profile.recognise(head, name, own)
    if profile is None:
        return None
    reader = partial(csv_profile.read, profile=profile)
    return StatementFile(f"csv:{profile.name}", f"CSV, {profile.title}", reader)


def _remittance(head: bytes, name: str, profiles: Sequence[AnyProfile]) -> AdviceFile | None:
    own = [one for one in profiles if isinstance(one, RemittanceProfile)]
    profile = remittance_csv.recognise(head, name, own or None)
    if profile is None:
        return None
    reader = partial(remittance_csv.read, profile=profile)
    return AdviceFile(f"remittance:{profile.name}", f"CSV, {profile.title}", reader)


FORMATS: Final[tuple[_Recogniser, ...]] = (
    _statement("camt053", "ISO 20022 bank statement", camt053.recognise, camt053.read),
    _advice("camt054", "ISO 20022 advice of payments", camt054.recognise, camt054.read),
    _statement("mt940", "SWIFT bank statement", mt940.recognise, mt940.read),
    _statement("bai2", "bank statement", bai2.recognise, bai2.read),
    _statement(
        "cash-file",
        "cash file in the form of Standard 18",
        cash_file.recognise,
        cash_file.read,
    ),
    _statement("ofx", "OFX bank statement", ofx.recognise, ofx.read),
    _advice("dwp-schedule", "DWP payment schedule", dwp_schedule.recognise, dwp_schedule.read),
    _bacs,
    _arudd,
    _csv,
    _remittance,
)

_READ: Final = "camt.053, camt.054, MT940, BAI2, cash files, OFX, DWP schedules, reports of Bacs"

_LOOKS_LIKE: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = tuple(
    (re.compile(pattern), title)
    for pattern, title in (
        (rb"\A%PDF", "a PDF document"),
        (rb"\APK\x03\x04.{0,2000}(?s:xl/|\[Content_Types\])", "an Excel workbook (xlsx)"),
        (rb"\APK\x03\x04", "a zip archive"),
        (rb"\A\x1f\x8b", "a gzip archive"),
        (rb"\A\xd0\xcf\x11\xe0", "an old Excel or Word file"),
        (rb"<(?:[\w.-]+:)?BkToCstmrAcctRpt[\s/>]", "ISO 20022 camt.052 (interim report)"),
        (rb"<!DOCTYPE (?:html|HTML)|<(?:html|HTML)[\s>]", "a web page"),
        (rb"<!DOCTYPE", "XML with a DOCTYPE, which is refused"),
        (rb"\AVOL1", "Bacs Standard 18"),
        (rb"\A\s*<", "XML of another kind"),
    )
)


def recognise(path: Path, profiles: Sequence[AnyProfile], name: str | None = None) -> Recognised:
    """The format of a file; `name` is what it was called when it came, if its path does not say it.

    Raises UnreadableFileError when there is no file of a size that is taken, and
    UnrecognisedFormatError, which says what the content looks like and which formats are read.
    """
    head = _head(path)
    for recogniser in FORMATS:
        if (found := recogniser(head, name or path.name, profiles)) is not None:
            return found
    names = ", ".join(one.name for one in profiles if isinstance(one, Profile)) or "none"
    reason = f"it looks like {_likeness(head)}; read are {_READ} and CSV by profile ({names})"
    first = next((line for line in decode_head(head[:2000]).splitlines() if line.strip()), "")
    raise UnrecognisedFormatError(path.name, 1, "content", first.strip(), reason)


def _head(path: Path) -> bytes:
    if not path.is_file():
        reason = "a folder, not a file" if path.is_dir() else "there is no such file"
        raise UnreadableFileError(path.name, 0, "file", str(path), reason)
    size = path.stat().st_size
    if size == 0:
        raise UnreadableFileError(path.name, 0, "size", "0", "the file is empty")
    if size > FILE_BYTES_MAX:
        reason = f"larger than {FILE_BYTES_MAX} bytes"
        raise UnreadableFileError(path.name, 0, "size", str(size), reason)
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _likeness(head: bytes) -> str:
    submission = cash_file.submission(head)
    if submission is not None:
        return submission
    plain = head if head.startswith(b"PK") else head.replace(b"\0", b"")
    title = next((title for pattern, title in _LOOKS_LIKE if pattern.search(plain)), None)
    if title is not None:
        return title
    return "a binary file" if b"\0" in head[:1000] else "a text or CSV of an unknown layout"
