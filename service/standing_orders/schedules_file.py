"""A file of standing orders to expect: CSV with a header, one order a row.

Columns: `unit, account, amount, frequency, first_on, told_by`, and if wanted `standing_order,
day_of_month, last_on, payments, reference`. A row that is wrong is told with its line, field and
value, and the others are recorded; the same file offered again records what is left.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar, get_args

from ledger.money import parse_minor
from ledger.standing_order_days import Schedule
from ledger.values import Frequency, ToldBy
from service.rows_file import Cells, Columns, WrongFieldError, WrongRow, day_of, read_rows
from service.standing_orders.expecting import Wanted

COLUMNS = Columns(
    ("unit", "account", "amount", "frequency", "first_on", "told_by"),
    ("standing_order", "day_of_month", "last_on", "payments", "reference"),
)
T = TypeVar("T")
_FREQUENCIES: dict[str, Frequency] = {one: one for one in get_args(Frequency)}
_TELLERS: dict[str, ToldBy] = {one: one for one in get_args(ToldBy)}


def read(path: Path) -> Iterator[Wanted | WrongRow]:
    """The rows of a file. Raises RowsFileError and OSError."""
    return read_rows(path, COLUMNS, _wanted)


def _wanted(line: int, cells: Cells) -> Wanted:
    return Wanted(
        unit=cells["unit"],
        account=cells["account"],
        amount_minor=_amount(cells),
        schedule=Schedule(
            frequency=_one_of(cells, "frequency", _FREQUENCIES),
            first_on=day_of(cells, "first_on"),
            day_of_month=_number(cells, "day_of_month"),
            last_on=day_of(cells, "last_on") if cells.get("last_on") else None,
        ),
        payments=_number(cells, "payments"),
        told_by=_one_of(cells, "told_by", _TELLERS),
        reference=cells.get("reference") or None,
        name=cells.get("standing_order") or None,
        line=line,
    )


def _amount(cells: Cells) -> int:
    try:
        return parse_minor(cells["amount"])
    except ValueError as error:
        raise WrongFieldError(
            "amount", f"{cells['amount']!r} is not an amount in pounds such as 12.50"
        ) from error


def _one_of(cells: Cells, field: str, known: Mapping[str, T]) -> T:
    found = known.get(cells[field].lower().replace("-", "_").replace(" ", "_"))
    if found is None:
        raise WrongFieldError(field, f"{cells[field]!r} is none of {', '.join(known)}")
    return found


def _number(cells: Cells, field: str) -> int | None:
    text = cells.get(field)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise WrongFieldError(field, f"{text!r} is not a whole number")
    return int(text)
