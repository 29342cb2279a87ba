"""Files that a council makes by hand: CSV with a header, one thing a row.

A row that is wrong is told with its line, field and value, and the others are taken; a file that is
not of its kind is refused as a whole.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

_EXTRA = "beyond the header"
T = TypeVar("T")
Cells = dict[str, str]


class RowsFileError(ValueError):
    """The file is no list of this kind; the sentence names the file, the line and the field."""


class WrongRow(NamedTuple):
    """A row that cannot be used: where, which field, and why."""

    line: int
    field: str
    why: str


class WrongFieldError(ValueError):
    """A field of a row that cannot be what it must be."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why = field, why


class Columns(NamedTuple):
    """The columns that a file must have, and those that it may have besides."""

    needed: Sequence[str]
    optional: Sequence[str]


def read_rows(
    path: Path, columns: Columns, made: Callable[[int, Cells], T]
) -> Iterator[T | WrongRow]:
    """What each row makes, by its line and its cells. Raises RowsFileError and OSError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, restkey=_EXTRA, strict=True)
        try:
            _header(path.name, rows.fieldnames or (), columns)
            for row in rows:
                yield _row(rows.line_num, row, columns, made)
        except (csv.Error, UnicodeDecodeError) as error:
            raise RowsFileError(f"{path.name}, line {rows.line_num}: {error}") from error


def _header(file: str, found: Sequence[str], columns: Columns) -> None:
    if len(found) == 1 and ";" in found[0]:
        raise RowsFileError(f"{file}, line 1: its cells are parted by ';': it must be commas")
    for name in columns.needed:
        if name not in found:
            raise RowsFileError(f"{file}, line 1: there is no column {name}")
    allowed = (*columns.needed, *columns.optional)
    for name in found:
        if name not in allowed:
            shown = ", ".join(allowed)
            raise RowsFileError(f"{file}, line 1: column {name!r} is none of {shown}")


def _row(
    line: int, row: dict[str, str | None], columns: Columns, made: Callable[[int, Cells], T]
) -> T | WrongRow:
    if _EXTRA in row:
        return WrongRow(line, "row", "it has more cells than the header")
    cells = {name: (text or "").strip() for name, text in row.items()}
    try:
        _filled(cells, columns)
        return made(line, cells)
    except WrongFieldError as error:
        return WrongRow(line, error.field, error.why)


def _filled(cells: Cells, columns: Columns) -> None:
    for name in columns.needed:
        if not cells[name]:
            raise WrongFieldError(name, "it is empty")


def day_of(cells: Cells, field: str) -> date:
    """The date of a cell. Raises WrongFieldError."""
    try:
        return date.fromisoformat(cells[field])
    except ValueError as error:
        raise WrongFieldError(
            field, f"{cells[field]!r} is not a date such as 2026-06-30"
        ) from error
