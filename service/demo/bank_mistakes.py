"""The mistakes that are planted among the bank files: which weeks they hit, how files are spoilt.

A total that is wrong, a row that cannot be read, a file delivered twice, one that overlaps the week
before, a statement of an account that is not ours, and something that is no bank file at all.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Literal, TypeAlias

from service.demo.bank_days import Line
from service.demo.council import Unit

SpoiltCell: TypeAlias = Literal["date", "amount"]
STRANGER = Unit("OUT", "Account of somebody else", "990199", "99999999", "camt053", 1_000_00)
NOT_A_STATEMENT = b"%PDF-1.4\n% minutes of the finance committee\n%%EOF\n"
_CLOSING = re.compile(rb'(<Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="GBP">)([0-9]+)')
_WEEK = timedelta(days=7)
_CREDIT_CELL = 6


@dataclass(frozen=True, slots=True)
class BankMistakes:
    """The Mondays of the weeks whose files are spoilt; `rows` say which cell of a CSV."""

    wrong_total: date
    again: date
    overlap: date
    rows: Mapping[date, SpoiltCell]
    stranger: date
    not_a_statement: date


def choose(
    rng: Random, weeks: Sequence[date], csv_lines: Mapping[date, list[Line]]
) -> BankMistakes:
    """Choose weeks that are apart from each other; those of the CSV have rows to spoil."""
    middle = list(weeks[8:-8])
    full = [week for week in middle if len(csv_lines.get(week, ())) >= 2]
    overlap = rng.choice([week for week in full if csv_lines.get(week - _WEEK)])
    apart = [week for week in full if abs((week - overlap).days) > 14]
    first, second = rng.sample(apart, 2)
    others = rng.sample(middle, 4)
    return BankMistakes(
        wrong_total=others[0],
        again=others[1],
        overlap=overlap,
        rows={first: "date", second: "amount"},
        stranger=others[2],
        not_a_statement=others[3],
    )


def spoil_total(path: Path) -> None:
    """State a closing balance that is ten pounds off."""
    content = path.read_bytes()
    wrong = _CLOSING.sub(lambda found: found[1] + str(int(found[2]) + 10).encode(), content)
    path.write_bytes(wrong)


def spoil_row(path: Path, cell: SpoiltCell) -> None:
    """Make one cell of the first row of money in unreadable: a day that is none, or a letter O."""
    rows = path.read_bytes().split(b"\r\n")
    for at, row in enumerate(rows[1:], 1):
        cells = row.split(b",")
        if len(cells) <= _CREDIT_CELL or not cells[_CREDIT_CELL]:
            continue
        if cell == "date":
            cells[0] = b"31/02" + cells[0][5:]
        else:
            cells[_CREDIT_CELL] = b"O" + cells[_CREDIT_CELL]
        rows[at] = b",".join(cells)
        path.write_bytes(b"\r\n".join(rows))
        return
    raise ValueError(f"{path.name} has no row of money in")
