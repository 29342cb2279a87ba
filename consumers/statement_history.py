"""What a bank account's earlier statements say about a new one: what is missing, what is double.

Each taken statement is a fact in the stream of its bank account. From these facts alone: a
statement that did not come (a number left out, or a closing balance that is not the next opening
balance), days that were already taken from another format (the same money would be posted twice),
and a statement that is late by the account's own rhythm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median_low

from ledger.calendar import add_working_days, working_days_between
from ledger.ids import intake_stream
from ledger.intake_events import BankStatementTaken
from ledger.money import format_minor

RHYTHM_OF = 10  # statements by which the rhythm is told
RHYTHM_FROM = 4  # fewer say nothing
STATEMENTS_SEEN_MAX = 120  # latest ones that a new statement is held against: half a year of days


def statements_stream(account: str) -> str:
    """Name of the stream of the statements of one bank account."""
    return intake_stream(f"bank-statements:{account}")


@dataclass(frozen=True, slots=True)
class Covered:
    """What a statement to be taken covers."""

    format: str
    sequence: int | None
    opening_minor: int | None
    first_on: date | None
    last_on: date | None


def taken_otherwise(
    covered: Covered, history: Sequence[BankStatementTaken]
) -> BankStatementTaken | None:
    """A statement that has days of these in another format: its money is in the ledger already."""
    for one in history:
        if one.format != covered.format and _overlaps(covered, one):
            return one
    return None


def _overlaps(covered: Covered, one: BankStatementTaken) -> bool:
    days = covered.first_on, covered.last_on, one.first_on, one.last_on
    if None in days:
        return False
    first, last, other_first, other_last = (day or date.min for day in days)
    return first <= other_last and other_first <= last


def missing_before(covered: Covered, history: Sequence[BankStatementTaken]) -> str | None:
    """In words, what is missing between the statement and the one before it; None when nothing.

    By the numbers where both have one and count on, else by the balances.
    """
    before = _before(covered, history)
    if before is None:
        return None
    if covered.sequence is not None and before.sequence is not None:
        # One without lines has no days, so it is never `before`; its number came all the same.
        came = {one.sequence for one in history if one.format == covered.format}
        missing = [one for one in range(before.sequence + 1, covered.sequence) if one not in came]
        if missing:
            first, last = missing[0], missing[-1]
            which = f"statement {first} has" if first == last else f"statements {first}-{last} have"
            return f"{which} not come: statement {covered.sequence} follows {before.sequence}"
    if covered.opening_minor is None or before.closing_minor is None:
        return None
    missing_minor = abs(covered.opening_minor - before.closing_minor)
    if missing_minor == 0:
        return None
    return (
        f"it opens with {format_minor(covered.opening_minor, thousands=True)}, but statement"
        f" {before.statement} closed with {format_minor(before.closing_minor, thousands=True)}:"
        f" {format_minor(missing_minor, thousands=True)} moved in a statement that has not come"
    )


def _before(covered: Covered, history: Sequence[BankStatementTaken]) -> BankStatementTaken | None:
    """The latest statement of the format that ended before this one began."""
    if covered.first_on is None:
        return None
    first_on, number = covered.first_on, covered.sequence
    earlier = [
        one
        for one in history
        if one.format == covered.format
        and one.last_on is not None
        and (one.last_on < first_on or _is_earlier_that_day(one, first_on, number))
    ]
    return max(earlier, key=lambda one: (one.last_on, one.sequence or 0), default=None)


def _is_earlier_that_day(one: BankStatementTaken, day: date, number: int | None) -> bool:
    """Whether a statement ended on a day and has a lower number: banks may send several a day."""
    both = one.sequence is not None and number is not None
    return both and one.last_on == day and (one.sequence or 0) < (number or 0)


def late_since(history: Sequence[BankStatementTaken], today: date) -> date | None:
    """The day on which the next statement was due, when it is overdue; None otherwise.

    The rhythm is the median of working days between the last days of the latest statements; one
    working day is given, because a statement of a day comes in the next morning.
    """
    days = sorted({one.last_on for one in history if one.last_on is not None})[-RHYTHM_OF:]
    if len(days) < RHYTHM_FROM:
        return None
    gaps = [working_days_between(one, next_) for one, next_ in pairwise(days)]
    due_on = add_working_days(days[-1], max(median_low(gaps), 1) + 1)
    return due_on if due_on < today else None
