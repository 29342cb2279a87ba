"""What a line of a report of Bacs leads to: requests to the ledger, or a row set aside."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from consumers.bank_lines import FilePlace
from consumers.bank_rows import quarantined_line, quarantined_row
from consumers.formats.statement import BadRow, SourceSpan
from consumers.intake_parts import IntakeParts
from consumers.reports import FileReport
from ledger.commands import AnyCommand
from ledger.rejections import Code
from ledger.requests import Outcome, Request

# What a report says late or twice: the ledger is there already, and nobody has anything to do.
SETTLED = frozenset(
    {Code.NOTHING_TO_CHANGE.value, Code.MANDATE_ENDED.value, Code.HOLD_EXISTS.value}
)


class Step(NamedTuple):
    """One command that a line asks for, and what it does in two words, to be counted."""

    command: AnyCommand
    span: SourceSpan
    identity: str
    what: str
    same: str = ""  # what makes it the same beside its identity
    notice: str = ""  # what somebody should know when it was done


class Told(NamedTuple):
    """A line that asks for nothing and is counted, so that it is seen."""

    span: SourceSpan
    what: str


Steps: TypeAlias = Step | BadRow | Told


def aside(
    span: SourceSpan, field: str, value: str, why: str, amount_minor: int | None = None
) -> BadRow:
    """A line for an officer."""
    return BadRow(span, field, value, why, amount_minor)


class Taker:
    """Gives the steps of a file to the ledger in batches, and tells its report what they did."""

    def __init__(self, parts: IntakeParts, place: FilePlace, report: FileReport) -> None:
        self._parts, self._place, self._report = parts, place, report
        self._done = Counter[str]()

    def take(self, steps: Iterable[Steps]) -> None:
        """Give one batch."""
        all_ = list(steps)
        rows = [one for one in all_ if isinstance(one, BadRow)]
        asked = [one for one in all_ if isinstance(one, Step)]
        self._done.update(one.what for one in all_ if isinstance(one, Told))
        requests = [self._request(one) for one in asked]
        outcomes = self._parts.ledger.handle(requests) if requests else ()
        notes = [quarantined_row(row, self._place, self._parts) for row in rows]
        for row in rows:
            self._tell(row.span.line, f"{row.field} {row.value[:60]!r}: {row.reason}")
        for step, request, outcome in zip(asked, requests, outcomes, strict=True):
            if self._is_refused(step, outcome):
                notes.append(quarantined_line(request, outcome, self._place, self._parts))
        if notes:
            self._parts.ledger.handle(notes)
        self._report.done = dict(self._done)

    def _request(self, step: Step) -> Request:
        return Request(
            step.command,
            self._parts.actor,
            self._place.source(step.span),
            step.identity,
            correlation=f"file:{self._place.digest}",
            # Not the command itself: it names the file, and an advice may come in several.
            content=hashlib.sha256(f"{step.identity}|{step.same}".encode()).digest(),
        )

    def _is_refused(self, step: Step, outcome: Outcome) -> bool:
        if outcome.status == "posted":
            self._done[step.what] += 1
            if step.notice:
                self._report.notices.append(f"line {step.span.line}: {step.notice}")
            return False
        if outcome.status == "repeated" or outcome.refusals[0].code in SETTLED:
            self._done["already so"] += 1
            return False
        self._tell(step.span.line, "; ".join(one.sentence for one in outcome.refusals))
        return True

    def _tell(self, line: int | None, why: str) -> None:
        self._report.problems.append(f"line {line}: {why}")
        self._report.bad_lines[line] = why
