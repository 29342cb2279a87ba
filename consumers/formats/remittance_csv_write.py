"""Write a remittance list by its profile: the other direction of `remittance_csv`, byte for byte.

For tests, for the demo council, and as a template for those who send such lists.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from consumers.formats.csv_dates import written_date
from consumers.formats.remittance_profiles import RemittanceProfile
from ledger.money import format_minor


@dataclass(frozen=True, slots=True)
class OutRemittanceRow:
    """One row; a negative amount is taken back. `references` are in the order of the profile's."""

    references: tuple[str, ...]
    amount_minor: int
    payer_name: str | None = None
    payer_account: str | None = None
    narrative: str = ""
    period_from: date | None = None
    period_to: date | None = None


@dataclass(frozen=True, slots=True)
class OutRemittance:
    """One list; `account` is `SSSSSS-NNNNNNNN`, the account that was paid into."""

    rows: Iterable[OutRemittanceRow]
    advice_id: str | None = None
    sender: str | None = None
    paid_on: date | None = None
    account: str | None = None
    bank_reference: str | None = None


def write(profile: RemittanceProfile, remittance: OutRemittance, out: BinaryIO) -> None:
    """Write preamble, header, rows and total, one row at a time.

    Raises UnicodeEncodeError for a character outside the profile's encoding.
    """
    out.writelines(_encoded(profile, said) for said in _preamble(profile, remittance))
    out.write(_encoded(profile, profile.header))
    total_minor = 0
    for row in remittance.rows:
        total_minor += row.amount_minor
        out.write(_encoded(profile, _cells(profile, row)))
    if profile.total_row is not None:
        cells = {profile.columns.amount: format_minor(total_minor)}
        last = [cells.get(title, "") for title in profile.header]
        last[0] = last[0] or profile.total_row
        out.write(_encoded(profile, last))


def _preamble(profile: RemittanceProfile, remittance: OutRemittance) -> list[tuple[str, str]]:
    labels, day = profile.preamble, remittance.paid_on
    said = (
        (labels.advice, remittance.advice_id),
        (labels.sender, remittance.sender),
        (labels.paid_on, written_date(day, profile.date_formats[0]) if day else None),
        (labels.account, remittance.account),
        (labels.bank_reference, remittance.bank_reference),
    )
    return [(names[0], value) for names, value in said if names and value]


def _cells(profile: RemittanceProfile, row: OutRemittanceRow) -> list[str]:
    columns, form = profile.columns, profile.date_formats[0]
    filled: dict[str | None, str] = {
        columns.amount: format_minor(row.amount_minor),
        columns.payer: row.payer_name or "",
        columns.payer_account: row.payer_account or "",
        columns.period_from: written_date(row.period_from, form) if row.period_from else "",
        columns.period_to: written_date(row.period_to, form) if row.period_to else "",
    }
    filled.update(zip(columns.references, row.references, strict=False))
    if columns.narrative:
        filled[columns.narrative[0]] = row.narrative
    return [filled.get(title, "") for title in profile.header]


def _encoded(profile: RemittanceProfile, cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=profile.delimiter, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode(profile.encodings[0])
