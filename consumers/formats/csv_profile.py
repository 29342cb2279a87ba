"""Bank statements in CSV, by profile: one file, one or more accounts, a running balance if any.

A CSV has no statement id, opening balance or total of its own. So the file is surveyed first: the
first and last date become the statement's id, the running balance gives both balances and must
hold from row to row (a missing or a moved row breaks it), and the rows follow in a second reading.
Equal rows are different lines; the row number tells them apart.

The layouts are data, see `profiles`; the writer is in `csv_write`.
"""

from collections.abc import Iterator
from pathlib import Path

from consumers.formats.control import Tally
from consumers.formats.csv_cells import Layout
from consumers.formats.csv_frame import Frame
from consumers.formats.csv_recognise import recognise
from consumers.formats.csv_shape import Profile
from consumers.formats.csv_survey import Placed, Survey, placed_rows, survey
from consumers.formats.csv_write import OutRow, write
from consumers.formats.errors import RowError
from consumers.formats.statement import (
    BadRow,
    BankLine,
    DeclaredTotals,
    SkippedEntry,
    StatementItem,
    StatementOpened,
)

__all__ = ["OutRow", "read", "recognise", "write"]


def read(path: Path, profile: Profile) -> Iterator[StatementItem]:
    """The statements of a file, one for each account in it, in the order of their first rows.

    Raises UnreadableFileError, and ControlTotalError when a running balance does not hold.
    """
    for found in survey(path, profile):
        yield from _statement(path, profile, found)


def _statement(path: Path, profile: Profile, found: Survey) -> Iterator[StatementItem]:
    balanced = found.opening_minor is not None and found.closing_minor is not None
    balanced = balanced or found.declared_rows is not None
    warning = "no running balance: a missing row cannot be noticed"
    yield StatementOpened(
        account=found.account,
        statement_id=f"{found.first_on}..{found.last_on}",
        sequence=found.sequence,
        currency=profile.currency,
        opening_minor=found.opening_minor,
        opened_on=found.first_on,
        span=found.opening_span,
        declared=DeclaredTotals(entries=found.declared_rows),
        warnings=() if balanced else (warning,),
    )
    tally = Tally()
    rows = placed_rows(Frame(path, profile))
    own = (placed for placed in rows if placed.account == found.account)
    # A row that states a balance is no movement; one that states it unreadably must be seen.
    shown = (one for one in own if not one.outline.states_balance or one.outline.error)
    for ordinal, placed in enumerate(shown, 1):
        item = _item(placed, placed.layout, ordinal)
        tally.add(item)
        yield item
    yield tally.closed(found.closing_minor, found.closing_span)


def _item(placed: Placed, layout: Layout, ordinal: int) -> BankLine | BadRow | SkippedEntry:
    outline, row = placed.outline, placed.row
    error = outline.error
    if outline.left_out is not None:
        return SkippedEntry(row.span, outline.left_out, outline.amount_minor)
    if error is None:
        try:
            return layout.line(row, outline, ordinal)
        except RowError as late:
            error = late
    return BadRow(row.span, error.field, error.value, error.reason, outline.amount_minor)
