"""Files of rows at the console: the good rows are taken, the wrong ones told one by one."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import typer

from ledger.values import Refusal
from service.exits import NOT_FOUND, REFUSED, USAGE, complain, fail
from service.rows_file import RowsFileError, WrongRow

Row = TypeVar("Row")


@contextmanager
def readable(file: Path) -> Iterator[None]:
    """Ends with USAGE for a file that is not of its kind, with NOT_FOUND for none."""
    try:
        yield
    except RowsFileError as error:
        fail(str(error), USAGE)
    except OSError as error:
        fail(f"{file}: {error.strerror}", NOT_FOUND)


def good_rows(rows: Iterable[Row | WrongRow], wrong: list[WrongRow]) -> Iterator[Row]:
    """The rows that can be used, one by one; the others are put into `wrong`."""
    for row in rows:
        if isinstance(row, WrongRow):
            wrong.append(row)
        else:
            yield row


def end_rows(
    file: str, wrong: Sequence[WrongRow], refused: Sequence[tuple[int | None, Refusal]]
) -> None:
    """Tell which rows of a file did nothing and why; ends with REFUSED when there are any."""
    for row in wrong:
        complain(f"{file}, line {row.line}: {row.field}: {row.why}")
    for line, refusal in refused:
        complain(f"{file}, line {line}: refused ({refusal.code}): {refusal.sentence}")
    if wrong or refused:
        raise typer.Exit(REFUSED)
