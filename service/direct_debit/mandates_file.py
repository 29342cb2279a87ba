"""A file of mandates to set up: CSV with a header, one mandate a row.

Columns: `unit, account, sort_code, account_number, name, scheme, agreed_on`, and if wanted
`reference, collect_from, migrated`. Bank details are checked and sealed; they stand in no event, no
log and no message. A row that is wrong is told with its line, field and value, and the others are
set up; the same file offered again sets up what is left.
"""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from ledger.modulus import SENTENCES, Outcome, check_account
from ledger.modulus_tables import ModulusTables
from ledger.values import DetailsCheck, MandateScheme
from service.direct_debit.details import PayerDetails

NEEDED = ("unit", "account", "sort_code", "account_number", "name", "scheme", "agreed_on")
ALLOWED = (*NEEDED, "reference", "collect_from", "migrated")
_SCHEMES: dict[str, MandateScheme] = {"paper": "paper", "paperless": "paperless"}
_EXTRA = "beyond the header"
_YES_NO = {"": False, "no": False, "yes": True}


class MandatesFileError(ValueError):
    """The file is no list of mandates; the sentence names the file, the line and the field."""


class WrongRow(NamedTuple):
    """A row that cannot be a mandate: where, which field, and why. Bank details are not shown."""

    line: int
    field: str
    why: str


class MandateRow(NamedTuple):
    """One mandate to set up. `content` is the SHA-256 of its row, by which a repeat is known."""

    line: int
    unit: str
    account: str
    details: PayerDetails
    check: DetailsCheck
    scheme: MandateScheme
    agreed_on: date
    reference: str | None
    collect_from: date
    is_migrated: bool
    content: bytes


class _WrongFieldError(ValueError):
    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why = field, why


def read(path: Path, tables: ModulusTables, today: date) -> Iterator[MandateRow | WrongRow]:
    """The rows of a file. Raises MandatesFileError and OSError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, restkey=_EXTRA, strict=True)
        try:
            _header(path.name, rows.fieldnames or ())
            for row in rows:
                yield _row(rows.line_num, row, tables, today)
        except (csv.Error, UnicodeDecodeError) as error:
            raise MandatesFileError(f"{path.name}, line {rows.line_num}: {error}") from error


def _header(file: str, found: Sequence[str]) -> None:
    for name in NEEDED:
        if name not in found:
            raise MandatesFileError(f"{file}, line 1: there is no column {name}")
    for name in found:
        if name not in ALLOWED:
            shown = ", ".join(ALLOWED)
            raise MandatesFileError(f"{file}, line 1: column {name!r} is none of {shown}")


def _row(
    line: int, row: dict[str, str | None], tables: ModulusTables, today: date
) -> MandateRow | WrongRow:
    if _EXTRA in row:
        return WrongRow(line, "row", "it has more cells than the header")
    cells = {name: (text or "").strip() for name, text in row.items()}
    try:
        return _mandate(line, cells, tables, today)
    except _WrongFieldError as error:
        return WrongRow(line, error.field, error.why)


def _mandate(line: int, cells: dict[str, str], tables: ModulusTables, today: date) -> MandateRow:
    for name in NEEDED:
        if not cells[name]:
            raise _WrongFieldError(name, "it is empty")
    verdict = check_account(cells["sort_code"], cells["account_number"], tables, today)
    if verdict.outcome is Outcome.INVALID:
        raise _WrongFieldError("account_number", SENTENCES[verdict.reason])
    scheme = _SCHEMES.get(cells["scheme"].lower())
    if scheme is None:
        raise _WrongFieldError("scheme", f"{cells['scheme']!r} is not paper or paperless")
    migrated = _YES_NO.get(cells.get("migrated", "").lower())
    if migrated is None:
        raise _WrongFieldError("migrated", f"{cells['migrated']!r} is not yes or no")
    agreed_on = _day(cells, "agreed_on")
    return MandateRow(
        line=line,
        unit=cells["unit"],
        account=cells["account"],
        details=PayerDetails(verdict.sort_code, verdict.account, cells["name"]),
        check="valid" if verdict.outcome is Outcome.VALID else "cannot_be_checked",
        scheme=scheme,
        agreed_on=agreed_on,
        reference=cells.get("reference") or None,
        collect_from=_day(cells, "collect_from") if cells.get("collect_from") else agreed_on,
        is_migrated=migrated,
        content=hashlib.sha256("\x1f".join(cells.values()).encode()).digest(),
    )


def _day(cells: dict[str, str], field: str) -> date:
    try:
        return date.fromisoformat(cells[field])
    except ValueError as error:
        raise _WrongFieldError(
            field, f"{cells[field]!r} is not a date such as 2026-06-30"
        ) from error
