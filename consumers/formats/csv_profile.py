"""Bank statements in CSV, by profile: one file, one or more accounts, a running balance if any.

A CSV has no statement id, opening balance or total of its own. So the file is surveyed first: the
first and last date become the statement's id, the running balance gives both balances and must
hold from row to row (a missing or a moved row breaks it), and the rows follow in a second reading.
Equal rows are different lines; the row number tells them apart.

The layouts are data, see `profiles`; the writer is in `csv_write`.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from consumers.formats.control import Tally
from consumers.formats.csv_cells import Layout, layout_of
from consumers.formats.csv_rows import Row, decode_head
from consumers.formats.csv_survey import Placed, Survey, placed_rows, survey
from consumers.formats.csv_write import OutRow, write
from consumers.formats.errors import RowError, UnrecognisedFormatError
from consumers.formats.profiles import Profile
from consumers.formats.statement import (
    BadRow,
    BankLine,
    SourceSpan,
    StatementItem,
    StatementOpened,
)

__all__ = ["OutRow", "read", "recognise", "write"]


def recognise(head: bytes, name: str, profiles: Sequence[Profile]) -> Profile | None:
    """The profile whose header these first bytes show; the one that explains most columns.

    Raises UnrecognisedFormatError when two explain it equally well.
    """
    lines = [line for line in decode_head(head).splitlines()[:60] if line.strip()]
    scores = {
        profile.name: max(
            (_score(profile, line) for line in lines[: profile.preamble_rows_max + 1]), default=0
        )
        for profile in profiles
    }
    highest = max(scores.values(), default=0)
    best = [profile for profile in profiles if highest and scores[profile.name] == highest]
    if len(best) > 1:
        both = " and ".join(profile.name for profile in best)
        raise UnrecognisedFormatError(name, 1, "header", lines[0], f"it fits both {both}")
    return best[0] if best else None


def read(path: Path, profile: Profile) -> Iterator[StatementItem]:
    """The statements of a file, one for each account in it, in the order of their first rows.

    Raises UnreadableFileError, and ControlTotalError when a running balance does not hold.
    """
    for found in survey(path, profile):
        yield from _statement(path, profile, found)


def _score(profile: Profile, line: str) -> int:
    """How many columns of the profile this header line has; 0 when it is not its header."""
    try:
        cells = next(csv.reader([line], delimiter=profile.delimiter), [])
    except csv.Error:
        return 0
    layout = layout_of(profile, cells)
    if layout is None:
        return 0
    if profile.has_header:
        return len(layout.index)
    row = Row(tuple(cells), SourceSpan(1, 0, 0))
    return int(len(cells) == len(profile.header) and layout.outline(row).error is None)


def _statement(path: Path, profile: Profile, found: Survey) -> Iterator[StatementItem]:
    balanced = found.opening_minor is not None and found.closing_minor is not None
    warning = "no running balance: a missing row cannot be noticed"
    yield StatementOpened(
        account=found.account,
        statement_id=f"{found.first_on}..{found.last_on}",
        sequence=None,
        currency=profile.currency,
        opening_minor=found.opening_minor,
        opened_on=found.first_on,
        span=found.opening_span,
        warnings=() if balanced else (warning,),
    )
    tally = Tally()
    own = (placed for placed in placed_rows(path, profile) if placed.account == found.account)
    for ordinal, placed in enumerate(own, 1):
        item = _item(placed, placed.layout, ordinal)
        tally.add(item)
        yield item
    yield tally.closed(found.closing_minor, found.closing_span)


def _item(placed: Placed, layout: Layout, ordinal: int) -> BankLine | BadRow:
    outline, row = placed.outline, placed.row
    error = outline.error
    if error is None:
        try:
            return layout.line(row, outline, ordinal)
        except RowError as late:
            error = late
    return BadRow(row.span, error.field, error.value, error.reason, outline.amount_minor)
