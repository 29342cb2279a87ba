"""The files of mandates that Housing offers: most rows are good, and some are wrong on purpose."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from service.demo.debit_days import UNIT
from service.demo.debit_town import DebitTown, Payer, wrong_number

_Cells = dict[str, str]
_COLUMNS = (
    "unit",
    "account",
    "sort_code",
    "account_number",
    "name",
    "scheme",
    "agreed_on",
    "reference",
)
NOBODY = "9999999"  # an account that there is not


@dataclass(frozen=True, slots=True)
class WrongLine:
    """A row that is spoilt: what is wrong, and the field or the refusal by which it is told."""

    title: str
    told: str
    spoil: Callable[[_Cells], _Cells]


def _mistyped(cells: _Cells) -> _Cells:
    sort_code, number = wrong_number((cells["sort_code"], cells["account_number"]))
    return cells | {"sort_code": sort_code, "account_number": number}


WRONG = (
    WrongLine("an account number that cannot exist", "account_number", _mistyped),
    WrongLine("a sort code of five digits", "sort_code", lambda row: row | {"sort_code": "99310"}),
    WrongLine("a day that is none", "agreed_on", lambda row: row | {"agreed_on": "10/02/2026"}),
    WrongLine("a way that is none", "scheme", lambda row: row | {"scheme": "telegraph"}),
    WrongLine("no name", "name", lambda row: row | {"name": ""}),
    WrongLine("a reference too short", "field_invalid", lambda row: row | {"reference": "RENT"}),
    WrongLine(
        "a debtor that there is not", "account_not_open", lambda row: row | {"account": NOBODY}
    ),
)
TWICE = 2  # rows that stand in the first file twice


@dataclass(frozen=True, slots=True)
class MandateFile:
    """One file: its name, how many rows are good, and what must be told of the others by line."""

    name: str
    good: int
    wrong: dict[int, str]
    repeated: int = 0


def first_file(folder: Path, town: DebitTown, agreed_on: date) -> MandateFile:
    """Everybody who agreed in February; the last rows of it are spoilt, and two come twice."""
    payers = [one for one in town.payers if one.row.story != "later"]
    spoilt = _spoilt(payers)
    rows = [_cells(one, agreed_on) for one in payers if one not in spoilt]
    again = rows[:TWICE]
    bad = [wrong.spoil(_cells(one, agreed_on)) for wrong, one in zip(WRONG, spoilt, strict=True)]
    first_bad = len(rows) + TWICE + 2  # below the header
    told = {first_bad + at: wrong.told for at, wrong in enumerate(WRONG)}
    name = "2026-02-10-mandates.csv"
    _write(folder / name, [*rows, *again, *bad])
    return MandateFile(name, len(rows), told, TWICE)


def mended_file(folder: Path, town: DebitTown, agreed_on: date) -> MandateFile:
    """The rows that were wrong, put right."""
    payers = [one for one in town.payers if one.row.story != "later"]
    rows = [_cells(one, agreed_on) for one in _spoilt(payers)]
    name = "2026-02-12-mandates-mended.csv"
    _write(folder / name, rows)
    return MandateFile(name, len(rows), {})


def second_file(folder: Path, town: DebitTown, agreed_on: date) -> MandateFile:
    """Who agreed in March, and those whose banks would not lodge, now with another account."""
    rows = [_cells(one, agreed_on) for one in town.told("later")]
    rows += [_cells(one, agreed_on, bank=1) for one in town.of("AUDDIS", "signed anew")]
    name = "2026-03-23-mandates.csv"
    _write(folder / name, rows)
    return MandateFile(name, len(rows), {})


def _spoilt(payers: Sequence[Payer]) -> list[Payer]:
    """The last ones, about whom no report says anything."""
    plain = [one for one in payers if one.row.title == "paid"]
    return plain[-len(WRONG) :]


def _cells(payer: Payer, agreed_on: date, bank: int = 0) -> _Cells:
    sort_code, number = payer.banks[bank]
    return {
        "unit": UNIT,
        "account": payer.account,
        "sort_code": sort_code,
        "account_number": number,
        "name": payer.debtor.person.name,
        "scheme": "paperless",
        "agreed_on": agreed_on.isoformat(),
        "reference": "",
    }


def _write(path: Path, rows: Iterable[_Cells]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, _COLUMNS)
        out.writeheader()
        out.writerows(rows)
