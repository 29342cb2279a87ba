"""The first reading of a CSV: which accounts, from when to when, and whether the balance holds.

The running balance is followed in both directions at once, since banks write either the newest or
the oldest row first; it must hold in a direction that the profile allows. Rows that only state a
balance are links of the same chain. What a trailer record says of the file is proved here too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from consumers.formats.csv_cells import Layout, Outline
from consumers.formats.csv_frame import Frame
from consumers.formats.csv_rows import Row
from consumers.formats.csv_shape import Order, Profile
from consumers.formats.errors import ControlTotalError, UnreadableFileError
from consumers.formats.statement import SourceSpan
from ledger.money import format_minor

ACCOUNTS_PER_FILE_MAX = 200  # the file is read once for each, so that memory stays flat
ORPHANS_MAX = 1_000  # unreadable rows in front of the first row that names its account


@dataclass(frozen=True, slots=True)
class Placed:
    """One data row, what it is worth, and the account it is taken to belong to."""

    account: str
    row: Row
    outline: Outline
    layout: Layout


@dataclass(frozen=True, slots=True)
class Survey:
    """What the rows of one account say together."""

    account: str
    first_on: date
    last_on: date
    opening_minor: int | None
    closing_minor: int | None
    opening_span: SourceSpan
    closing_span: SourceSpan
    sequence: int | None = None
    declared_rows: int | None = None


@dataclass(slots=True)
class _Chain:
    """The running balance followed in one direction, to its first break."""

    order: Order
    running: int | None = None
    broken: tuple[SourceSpan, int, int] | None = None

    def add(self, row: Row, outline: Outline) -> None:
        """Follow one more row; a figure that is not known is carried, or the chain starts anew."""
        amount, stated = outline.amount_minor, outline.balance_minor
        expected = self.running
        if self.order == "oldest_first":
            expected = None if expected is None or amount is None else expected + amount
        if self.broken is None and None not in (expected, stated) and expected != stated:
            self.broken = (row.span, expected or 0, stated or 0)
        balance = expected if stated is None else stated
        if self.order == "newest_first":
            balance = None if balance is None or amount is None else balance - amount
        self.running = balance


@dataclass(slots=True)
class _Surveyed:
    """One account while its rows go by."""

    account: str
    first: Placed
    chains: tuple[_Chain, ...]
    last: Placed = field(init=False)
    first_on: date = date.max
    last_on: date = date.min
    is_empty: bool = True

    def add(self, placed: Placed) -> None:
        """Take note of one row."""
        if placed.outline.left_out is not None:
            return  # no part of the balance, nor of the days that the statement covers
        self.last = placed
        self.is_empty = self.is_empty and placed.outline.states_balance
        for chain in self.chains:
            chain.add(placed.row, placed.outline)
        if (day := placed.outline.booked_on) is not None:
            self.first_on, self.last_on = min(self.first_on, day), max(self.last_on, day)


def survey(path: Path, profile: Profile) -> list[Survey]:
    """Each account of a file, in the order of their first rows.

    Raises ControlTotalError at the row where the running balance breaks, and UnreadableFileError.
    """
    found: dict[str, _Surveyed] = {}
    frame = Frame(path, profile)
    for placed in placed_rows(frame):
        frame.count(placed.outline)
        account = placed.account
        if account not in found:
            if len(found) >= ACCOUNTS_PER_FILE_MAX:
                raise _refused(path, placed.row, "account", account, "too many accounts")
            chains = tuple(_Chain(order) for order in profile.order)
            found[account] = _Surveyed(account, placed, chains)
        found[account].add(placed)
    frame.prove()
    return [_concluded(frame, one) for one in found.values() if not one.is_empty]


def placed_rows(frame: Frame) -> Iterator[Placed]:
    """The data rows of a file. A row whose account cannot be read goes to the one before it."""
    orphans: list[tuple[Layout, Row, Outline]] = []
    account: str | None = None
    for layout, row in frame.rows():
        outline = layout.outline(row)
        account = outline.account or account
        if account is not None:
            for early in orphans:
                yield Placed(account, early[1], early[2], early[0])
            orphans.clear()
            yield Placed(account, row, outline, layout)
        elif len(orphans) < ORPHANS_MAX:
            orphans.append((layout, row, outline))
        else:
            break
    if orphans:
        _, row, outline = orphans[0]
        name, value = (outline.error.field, outline.error.value) if outline.error else ("row", "")
        reason = outline.error.reason if outline.error else "unreadable"
        raise _refused(frame.path, row, name, value, f"no row names its account: {reason}")


def _concluded(frame: Frame, one: _Surveyed) -> Survey:
    chain = next((chain for chain in one.chains if chain.broken is None), None)
    if chain is None:
        raise _broken(frame.path, one)
    if one.last_on < one.first_on:
        raise _refused(frame.path, one.first.row, "date", "", f"no row of {one.account} has a date")
    newest, oldest = one.first, one.last
    if chain.order == "oldest_first":
        newest, oldest = oldest, newest
    balance, amount = oldest.outline.balance_minor, oldest.outline.amount_minor
    return Survey(
        account=one.account,
        first_on=one.first_on,
        last_on=one.last_on,
        opening_minor=None if balance is None or amount is None else balance - amount,
        closing_minor=newest.outline.balance_minor,
        opening_span=oldest.row.span,
        closing_span=newest.row.span,
        sequence=frame.sequence,
        declared_rows=frame.declared_rows,
    )


def _broken(path: Path, one: _Surveyed) -> ControlTotalError:
    # The direction that held the longest is the one in which the rows were meant to run.
    broken = (chain.broken for chain in one.chains if chain.broken is not None)
    span, expected, stated = max(broken, key=lambda found: found[0].line)
    reason = (
        f"the running balance of {one.account} should be {format_minor(expected)}: "
        "a row is missing, changed, or moved"
    )
    return ControlTotalError(path.name, span.line, "balance", format_minor(stated), reason)


def _refused(path: Path, row: Row, name: str, value: str, reason: str) -> UnreadableFileError:
    return UnreadableFileError(path.name, row.span.line, name, value, reason)
