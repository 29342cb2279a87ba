"""A file of mandates to set up, or of payers' new accounts: CSV with a header, one mandate a row.

Columns: `unit, account, sort_code, account_number, name, scheme, agreed_on`, and if wanted
`reference, collect_from, migrated`. Bank details are checked and sealed; they stand in no event, no
log and no message. A row that is wrong is told with its line, field and value, and the others are
set up; the same file offered again sets up what is left.
"""

import hashlib
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ledger.modulus import SENTENCES, Outcome, Reason, check_account
from ledger.modulus_tables import ModulusTables
from ledger.values import DetailsCheck, MandateScheme
from service.direct_debit.details import PayerDetails
from service.rows_file import Cells, Columns, WrongFieldError, WrongRow, day_of, read_rows

COLUMNS = Columns(
    ("unit", "account", "sort_code", "account_number", "name", "scheme", "agreed_on"),
    ("reference", "collect_from", "migrated"),
)
CHANGE = Columns(("reference", "sort_code", "account_number", "name"), ())
_SCHEMES: dict[str, MandateScheme] = {"paper": "paper", "paperless": "paperless"}
_YES_NO = {"": False, "no": False, "yes": True}


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


class ChangeRow(NamedTuple):
    """Another bank account of a mandate's payer, as the payer gives it."""

    line: int
    reference: str
    details: PayerDetails
    check: DetailsCheck
    content: bytes


def read(path: Path, tables: ModulusTables, today: date) -> Iterator[MandateRow | WrongRow]:
    """The rows of a file of mandates. Raises RowsFileError and OSError."""
    return read_rows(path, COLUMNS, partial(_mandate, tables, today))


def read_changes(path: Path, tables: ModulusTables, today: date) -> Iterator[ChangeRow | WrongRow]:
    """The rows of a file of payers' new accounts. Raises RowsFileError and OSError."""
    return read_rows(path, CHANGE, partial(_change, tables, today))


def _change(tables: ModulusTables, today: date, line: int, cells: Cells) -> ChangeRow:
    return ChangeRow(line, cells["reference"], *_checked(cells, tables, today), _content(cells))


def _checked(cells: Cells, tables: ModulusTables, today: date) -> tuple[PayerDetails, DetailsCheck]:
    """The payer's account of a row, and how far its two numbers were checked."""
    verdict = check_account(cells["sort_code"], cells["account_number"], tables, today)
    if verdict.outcome is Outcome.INVALID:
        is_sort_code = verdict.reason is Reason.NOT_A_SORT_CODE
        field = "sort_code" if is_sort_code else "account_number"
        raise WrongFieldError(field, SENTENCES[verdict.reason])
    check: DetailsCheck = "valid" if verdict.outcome is Outcome.VALID else "cannot_be_checked"
    return PayerDetails(verdict.sort_code, verdict.account, cells["name"]), check


def _content(cells: Cells) -> bytes:
    return hashlib.sha256("\x1f".join(cells.values()).encode()).digest()


def _mandate(tables: ModulusTables, today: date, line: int, cells: Cells) -> MandateRow:
    details, check = _checked(cells, tables, today)
    scheme = _SCHEMES.get(cells["scheme"].lower())
    if scheme is None:
        raise WrongFieldError("scheme", f"{cells['scheme']!r} is not paper or paperless")
    migrated = _YES_NO.get(cells.get("migrated", "").lower())
    if migrated is None:
        raise WrongFieldError("migrated", f"{cells['migrated']!r} is not yes or no")
    agreed_on = day_of(cells, "agreed_on")
    return MandateRow(
        line=line,
        unit=cells["unit"],
        account=cells["account"],
        details=details,
        check=check,
        scheme=scheme,
        agreed_on=agreed_on,
        reference=cells.get("reference") or None,
        collect_from=day_of(cells, "collect_from") if cells.get("collect_from") else agreed_on,
        is_migrated=migrated,
        content=_content(cells),
    )
