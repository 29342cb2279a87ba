"""Write a bank's CSV by its profile, habits included: the other direction of `csv_profile`.

For tests and for the demo council's bank. Rows are written in the order given, so the caller runs
them the way the bank does; the same rows give the same bytes.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from consumers.formats.csv_dates import written_date
from consumers.formats.csv_shape import Profile
from consumers.formats.methods import Method
from ledger.money import format_minor


@dataclass(frozen=True, slots=True)
class OutRow:
    """One row; `account` is `SSSSSS-NNNNNNNN`, amounts are signed minor units of two decimals."""

    account: str
    booked_on: date
    amount_minor: int
    narrative: str
    method: Method = "bank_transfer"
    balance_minor: int | None = None
    payer_name: str | None = None
    bank_reference: str | None = None


def write(profile: Profile, lines: Iterable[OutRow], out: BinaryIO) -> None:
    """Write a header and rows, one at a time.

    Raises UnicodeEncodeError for a character outside the profile's encoding.
    """
    if profile.has_header:
        pad = " " if profile.header_padding else ""
        titles = [title if at == 0 else pad + title for at, title in enumerate(profile.header)]
        out.write(_encoded(profile, titles))
    out.writelines(_encoded(profile, _cells(profile, line)) for line in lines)


def _encoded(profile: Profile, cells: list[str]) -> bytes:
    if profile.trailing_comma:
        cells = [*cells, ""]
    text = io.StringIO()
    csv.writer(text, delimiter=profile.delimiter, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode(profile.encodings[0])


def _cells(profile: Profile, line: OutRow) -> list[str]:
    columns = profile.columns
    amount = -line.amount_minor if profile.inverted else line.amount_minor
    code = next((code for code, method in profile.methods.items() if method == line.method), "")
    payer = line.payer_name or ""
    mark = profile.payer_before
    filled: dict[str | None, str] = {
        columns.date: written_date(line.booked_on, profile.date_formats[0]),
        columns.value_date: written_date(line.booked_on, profile.date_formats[0]),
        columns.type: code,
        columns.amount: format_minor(amount),
        columns.debit: format_minor(-amount) if amount < 0 else "",
        columns.credit: format_minor(amount) if amount >= 0 else "",
        columns.balance: "" if line.balance_minor is None else format_minor(line.balance_minor),
        columns.bank_reference: line.bank_reference or "",
        columns.payer: payer,
    }
    if columns.narrative:
        narrative = f"{payer}{mark}{line.narrative}" if mark and payer else line.narrative
        filled[columns.narrative[0]] = narrative
    filled.update(zip(columns.account, _account_parts(line.account, columns.account), strict=True))
    return [_guarded(profile, title, filled.get(title, "")) for title in profile.header]


def _account_parts(account: str, titles: tuple[str, ...]) -> list[str]:
    """Sort code as banks print it, and account number: in one cell or in two."""
    code, _, number = account.partition("-")
    printed = f"{code[:2]}-{code[2:4]}-{code[4:]}"
    if len(titles) == 2:
        return [printed, number]
    return [f"{printed} {number}"] if titles else []


def _guarded(profile: Profile, title: str, text: str) -> str:
    return f"'{text}" if title in profile.apostrophes and text else text
