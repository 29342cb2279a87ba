"""The weekly bank files: camt.053 for two units and a bank's CSV for the third, one statement each.

The closing balance of a week is the opening balance of the next. At the end of a week the bank
sweeps what is above a float to the council's general account.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate, groupby
from pathlib import Path

from consumers.formats.accounts import gb_iban
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement
from consumers.formats.camt053_write import write as write_camt
from consumers.formats.csv_write import OutRow
from consumers.formats.csv_write import write as write_csv
from consumers.formats.profiles import Profile
from service.demo.bank_days import Line
from service.demo.council import LAST_DAY, Unit

FLOAT_MINOR = 250_000_00
CSV_PROFILE = "lloyds"
_BATCHED = ("cash", "cheque", "card")  # methods that a bank books as one sum a day


def with_sweep(lines: Sequence[Line], opening_minor: int, monday: date) -> list[Line]:
    """The lines of a week and the sweep that ends it, when there is something above the float."""
    friday = min(monday + timedelta(days=4), LAST_DAY - timedelta(days=1))
    closing = opening_minor + sum(line.amount_minor for line in lines)
    if closing <= FLOAT_MINOR:
        return list(lines)
    sweep = Line(friday, FLOAT_MINOR - closing, "bank_transfer", "SWEEP TO GENERAL ACCOUNT")
    return [*lines, sweep]


def write_camt_file(
    path: Path, unit: Unit, monday: date, lines: Sequence[Line], opening_minor: int
) -> None:
    """One week of one unit as camt.053; cash, cheques and cards of a day are one batch entry."""
    number = (monday - date(2024, 4, 1)).days // 7 + 1
    statement = OutStatement(
        iban=gb_iban("NETH", unit.sort_code, unit.account_number),
        statement_id=f"{unit.code}-{monday:%G-W%V}",
        sequence=number,
        opened_on=monday,
        closed_on=monday + timedelta(days=6),
        opening_minor=opening_minor,
        entries=tuple(_entries(unit, number, lines)),
    )
    with path.open("wb") as file:
        write_camt([statement], file, message_id=f"{unit.code}{number:04d}")


def _entries(unit: Unit, number: int, lines: Sequence[Line]) -> list[OutEntry]:
    entries: list[OutEntry] = []
    for (on, batch), group in groupby(sorted(lines, key=_batch_of), key=_batch_of):
        together = list(group)
        chunks = [together] if batch else [[line] for line in together]
        for chunk in chunks:
            reference = f"{unit.code}{number:04d}{len(entries) + 1:05d}"
            entries.append(_entry(on, chunk, reference))
    return entries


def _batch_of(line: Line) -> tuple[date, str]:
    """Day and batch; a line that is booked alone has the empty batch."""
    return line.on, line.method if line.method in _BATCHED and line.amount_minor > 0 else ""


def _entry(on: date, lines: Sequence[Line], reference: str) -> OutEntry:
    return OutEntry(
        amount_minor=sum(line.amount_minor for line in lines),
        booked_on=on,
        value_on=on,
        method=lines[0].method,
        bank_reference=reference,
        details=tuple(
            OutDetail(line.amount_minor, party_name=line.payer, remittance=(line.text,))
            for line in lines
        ),
    )


def csv_rows(unit: Unit, lines: Sequence[Line], opening_minor: int) -> list[OutRow]:
    """The rows of one or more weeks with their running balance, oldest first."""
    balances = list(accumulate((line.amount_minor for line in lines), initial=opening_minor))
    return [
        OutRow(
            account=unit.bank_account,
            booked_on=line.on,
            amount_minor=line.amount_minor,
            narrative=f"{line.payer} {line.text}" if line.payer else line.text,
            method=line.method,
            balance_minor=balance,
        )
        for line, balance in zip(lines, balances[1:], strict=True)
    ]


def write_csv_file(path: Path, profile: Profile, rows: Sequence[OutRow]) -> None:
    """Rows as the bank's download has them: the newest first."""
    newest_first = [replace(row) for row in reversed(rows)]
    with path.open("wb") as file:
        write_csv(profile, newest_first, file)
