"""Prove the total of an advice, before any of its payments is looked for.

The caller runs one whole pass of `checked_advice` first, and registers in a second pass. An advice
whose total cannot be proved is refused with its file: it says nothing that could be relied on, and
the money that it is about stands in suspense all the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from consumers.formats.advice import AdviceClosed, AdviceItem, AdviceLine, AdviceOpened
from consumers.formats.errors import ControlTotalError, UnreadableFileError
from consumers.formats.statement import BadRow, SourceSpan
from ledger.money import format_minor


@dataclass(slots=True)
class AdviceTally:
    """Running totals of one advice, quarantined rows included; `unknown` has no amount."""

    lines: int = 0
    readable: int = 0
    total_minor: int = 0
    unknown: BadRow | None = None

    def add(self, item: AdviceLine | BadRow) -> None:
        """Count one row."""
        self.lines += 1
        self.total_minor += item.amount_minor or 0
        if isinstance(item, AdviceLine):
            self.readable += 1
        elif item.amount_minor is None and self.unknown is None:
            self.unknown = item

    def closed(self, span: SourceSpan) -> AdviceClosed:
        """The foot of the advice that was counted."""
        return AdviceClosed(self.lines, self.total_minor, span)


def checked_advice(items: Iterable[AdviceItem], file: str) -> Iterator[AdviceItem]:
    """Pass the items on; raise ControlTotalError at the end of an advice that does not add up.

    Checked: the declared number of lines and total, quarantined rows of known amount included; that
    every amount is known, unless nothing of the advice can be read; and that what the reader says
    it counted is what came through here.
    """
    opened: AdviceOpened | None = None
    tally = AdviceTally()
    for item in items:
        match item:
            case AdviceOpened():
                if opened is not None:
                    raise _misplaced(file, item.span, "advice inside an advice")
                opened, tally = item, AdviceTally()
            case AdviceLine() | BadRow():
                if opened is None:
                    raise _misplaced(file, item.span, "row outside an advice")
                tally.add(item)
            case AdviceClosed():
                if opened is None:
                    raise _misplaced(file, item.span, "foot of no advice")
                _prove(opened, item, tally, file)
                opened = None
            case _:
                assert_never(item)
        yield item
    if opened is not None:
        raise _misplaced(file, opened.span, "advice that never ends")


def _misplaced(file: str, span: SourceSpan, what: str) -> UnreadableFileError:
    return UnreadableFileError(file, span.line, "advice", "", what)


def _prove(opened: AdviceOpened, closed: AdviceClosed, tally: AdviceTally, file: str) -> None:
    line, name = opened.span.line, f"advice {opened.advice_id}"
    if tally.closed(closed.span) != closed:
        reason = f"{tally.lines} arrived"
        raise ControlTotalError(file, closed.span.line, "lines read", str(closed.lines), reason)
    if opened.lines is not None and opened.lines != tally.lines:
        reason = f"{name} holds {tally.lines}"
        raise ControlTotalError(file, line, "number of lines", str(opened.lines), reason)
    declared = opened.total_minor
    if tally.unknown is not None and (tally.readable or declared is not None):
        bad = tally.unknown
        reason = f"{name} cannot be proved: the {bad.field} of line {bad.span.line} cannot be read"
        raise ControlTotalError(file, bad.span.line, "total", _pounds(declared), reason)
    if declared is not None and declared != tally.total_minor:
        reason = (
            f"the lines of {name} come to {_pounds(tally.total_minor)}, which differs from it by"
            f" {_pounds(declared - tally.total_minor)}"
        )
        raise ControlTotalError(file, line, "total", _pounds(declared), reason)


def _pounds(minor: int | None) -> str:
    return "" if minor is None else format_minor(minor)
