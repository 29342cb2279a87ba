"""Prove the totals of a statement, before anything of it is posted.

The caller runs one whole pass of `checked` first, and posts in a second pass: a file whose total is
wrong is refused whole, and nothing of it has been posted by then.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from consumers.formats.errors import ControlTotalError, UnreadableFileError
from consumers.formats.statement import (
    BadRow,
    BankLine,
    SkippedEntry,
    SourceSpan,
    StatementClosed,
    StatementItem,
    StatementOpened,
)
from ledger.money import format_minor


@dataclass(slots=True)
class Tally:
    """Running totals of one statement: entries, and credits and debits in positive minor units."""

    entries: int = 0
    credit_entries: int = 0
    debit_entries: int = 0
    credits_minor: int = 0
    debits_minor: int = 0
    unknown_rows: int = 0
    skipped_credits_minor: int = 0
    skipped_debits_minor: int = 0
    skipped: int = 0
    _ordinal: int = 0
    _entry_minor: int = 0

    def add(self, item: BankLine | BadRow | SkippedEntry) -> None:
        """Count one row. The parts of one entry are one entry, of the direction of their sum."""
        match item:
            case BankLine():
                self._add_line(item)
            case BadRow(amount_minor=None):
                self.entries += 1
                self.unknown_rows += 1
            case BadRow(amount_minor=int(amount)):
                self._add_entry(amount)
            case SkippedEntry():
                self.skipped += 1
                self.skipped_credits_minor += max(item.amount_minor or 0, 0)
                self.skipped_debits_minor += max(-(item.amount_minor or 0), 0)

    def closed(self, closing_minor: int | None, span: SourceSpan) -> StatementClosed:
        """The foot of the statement that was counted."""
        self._finish_entry()
        return StatementClosed(
            closing_minor, self.entries, self.credits_minor, self.debits_minor, span
        )

    def _add_line(self, line: BankLine) -> None:
        if line.parts == 1:
            self._add_entry(line.amount_minor)
            return
        if line.ordinal != self._ordinal:
            self._finish_entry()
            self._ordinal = line.ordinal
        self._entry_minor += line.amount_minor
        if line.part == line.parts:
            self._finish_entry()

    def _finish_entry(self) -> None:
        if self._ordinal:
            self._add_entry(self._entry_minor)
        self._ordinal = self._entry_minor = 0

    def _add_entry(self, amount_minor: int) -> None:
        self.entries += 1
        if amount_minor > 0:
            self.credit_entries += 1
            self.credits_minor += amount_minor
        elif amount_minor < 0:
            self.debit_entries += 1
            self.debits_minor -= amount_minor


def checked(items: Iterable[StatementItem], file: str) -> Iterator[StatementItem]:
    """Pass the items on; raise ControlTotalError at the end of a statement that does not add up.

    Checked: opening balance + movements = closing balance, declared counts and sums, one currency,
    and that what the reader says it counted is what came through here.
    """
    opened: StatementOpened | None = None
    tally = Tally()
    for item in items:
        match item:
            case BankLine() | BadRow() | SkippedEntry():
                if opened is None:
                    raise _misplaced(file, item.span, "row outside a statement")
                if isinstance(item, BankLine) and item.currency != opened.currency:
                    raise _mixed(opened, item, file)
                tally.add(item)
                yield item
            case StatementOpened():
                if opened is not None:
                    raise _misplaced(file, item.span, "statement inside a statement")
                opened, tally = item, Tally()
                yield item
            case StatementClosed():
                if opened is None:
                    raise _misplaced(file, item.span, "foot of no statement")
                yield _proved(opened, item, tally, file)
                opened = None
            case _:
                assert_never(item)
    if opened is not None:
        raise _misplaced(file, opened.span, "statement that never ends")


def _misplaced(file: str, span: SourceSpan, what: str) -> UnreadableFileError:
    return UnreadableFileError(file, span.line, "statement", "", what)


def _mixed(opened: StatementOpened, line: BankLine, file: str) -> ControlTotalError:
    reason = f"the statement of {opened.account} is in {opened.currency}"
    return ControlTotalError(file, line.span.line, "currency", line.currency, reason)


def _proved(
    opened: StatementOpened, closed: StatementClosed, tally: Tally, file: str
) -> StatementClosed:
    """The foot, once every total holds."""
    counted = tally.closed(closed.closing_minor, closed.span)
    if counted != closed:
        raise ControlTotalError(
            file, closed.span.line, "rows read", str(closed.entries), f"{counted.entries} arrived"
        )
    check_declared(opened, tally, file)
    return _check_balance(opened, closed, tally, file)


def _check_balance(
    opened: StatementOpened, closed: StatementClosed, tally: Tally, file: str
) -> StatementClosed:
    if opened.opening_minor is None or closed.closing_minor is None:
        return closed
    movements = closed.credits_minor - closed.debits_minor
    difference = closed.closing_minor - opened.opening_minor - movements
    if tally.unknown_rows:
        return replace(closed, unexplained_minor=difference)
    if difference:
        reason = (
            f"statement {opened.statement_id} of {opened.account}: opening "
            f"{format_minor(opened.opening_minor)} plus movements {format_minor(movements)} "
            f"differs from it by {format_minor(difference)}"
        )
        value = format_minor(closed.closing_minor)
        raise ControlTotalError(file, closed.span.line, "closing balance", value, reason)
    return closed


def check_declared(opened: StatementOpened, tally: Tally, file: str) -> None:
    """Hold the declared totals against what was counted: counts always, sums when all are known.

    Raises ControlTotalError.

    Banks differ on whether the totals include entries that are not booked yet: either is taken.
    """
    declared = opened.declared
    _same(opened, file, "number of entries", declared.entries, tally.entries, tally.skipped)
    if tally.unknown_rows:
        return
    credit, debit = tally.skipped_credits_minor, tally.skipped_debits_minor
    both = tally.credits_minor + tally.debits_minor
    _same(opened, file, "sum of entries", declared.sum_minor, both, credit + debit)
    _same(opened, file, "sum of credits", declared.credits_minor, tally.credits_minor, credit)
    _same(opened, file, "sum of debits", declared.debits_minor, tally.debits_minor, debit)
    if tally.skipped == 0:
        zero = tally.entries - tally.credit_entries - tally.debit_entries
        _same(opened, file, "credit entries", declared.credit_entries, tally.credit_entries, zero)
        _same(opened, file, "debit entries", declared.debit_entries, tally.debit_entries, zero)


def _same(
    opened: StatementOpened,
    file: str,
    field: str,
    declared: int | None,
    counted: int,
    optional: int,
) -> None:
    if declared is None or counted <= declared <= counted + optional:
        return
    reason = f"statement {opened.statement_id} of {opened.account} holds {counted}"
    raise ControlTotalError(file, opened.span.line, field, str(declared), reason)
