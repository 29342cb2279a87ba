"""One bank statement, posted in batches: every line ends in exactly one part of the report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consumers.bank_lines import FilePlace, Identities, Posting, is_receipt
from consumers.formats.statement import (
    BadRow,
    BankLine,
    SkippedEntry,
    StatementClosed,
    StatementItem,
    StatementOpened,
)
from consumers.indexed_lines import of_line, of_row
from consumers.intake_parts import IntakeParts
from consumers.keeping import IndexedLine
from consumers.line_posting import MatchedLine, Posted, post_lines
from consumers.matching.match import NOT_A_RECEIPT, UNOPENED_BATCH, Matched, Matcher
from consumers.reports import PARTS, FileReport, Part, StatementReport
from consumers.statement_history import Covered, statements_stream
from ledger.account_state import Dated
from ledger.intake_events import BankStatementTaken, StatementTotals
from ledger.limits import MESSAGES_PER_BATCH_MAX
from ledger.requests import Note


@dataclass(frozen=True, slots=True)
class ProvenStatement:
    """A statement whose totals agree, and what it covers."""

    opened: StatementOpened
    closed: StatementClosed
    covered: Covered


class StatementTaking:
    """The second pass over one statement."""

    def __init__(
        self,
        parts: IntakeParts,
        place: FilePlace,
        form: str,
        number: int,
        report: FileReport,
        matcher: Matcher,
    ) -> None:
        self._parts = parts
        self._place = place
        self._format = form
        self._number = number
        self._file = report
        self._matcher = matcher

    def post(self, items: Iterator[StatementItem], proven: ProvenStatement) -> None:
        """Post the statement in batches, then record that it was taken."""
        opened, closed = proven.opened, proven.closed
        unit = self._parts.accounts[opened.account]
        report = StatementReport(
            opened.account, unit, opened.statement_id, opened.opening_minor, closed.closing_minor
        )
        report.unexplained_minor = closed.unexplained_minor or 0
        self._file.statements.append(report)
        identities = Identities(opened, self._format)
        batch: list[tuple[BankLine, str] | BadRow] = []
        for item in items:
            match item:
                case BankLine():
                    batch.append((item, identities.of(item)))
                case BadRow():
                    batch.append(item)
                case SkippedEntry():
                    report.not_booked += 1
                    self._index([self._row(item, report.account)])
                case _:
                    continue
            if len(batch) >= MESSAGES_PER_BATCH_MAX:
                self._post_batch(batch, report)
                batch = []
        self._post_batch(batch, report)
        self._record_taken(proven, report)

    def _post_batch(
        self, batch: Sequence[tuple[BankLine, str] | BadRow], report: StatementReport
    ) -> None:
        lines = [one[0] for one in batch if not isinstance(one, BadRow) and _is_matched(one[0])]
        found = iter(self._matcher.match(lines, report.unit, self._parts.ledger.today()))
        matched = [
            one
            if isinstance(one, BadRow)
            else MatchedLine(*one, next(found) if _is_matched(one[0]) else _not_matched(one[0]))
            for one in batch
        ]
        posting = Posting(
            self._place,
            report.account,
            report.unit,
            self._parts.actor,
            self._parts.keeping.digest,
            self._parts.ledger.today(),
        )
        self._index([self._indexed(one, report.account) for one in batch])
        for posted in post_lines(self._parts, posting, matched):
            self._count(report, posted)

    def _index(self, rows: Sequence[IndexedLine]) -> None:
        """Keep the lines to be searched; before they are posted, so that none is ever missing."""
        self._parts.keeping.lines.put(rows)

    def _row(self, row: BadRow | SkippedEntry, account: str) -> IndexedLine:
        kept = self._parts.keeping.raw.path(self._place.digest)
        return of_row(row, account, self._place, self._format, kept)

    def _indexed(self, one: tuple[BankLine, str] | BadRow, account: str) -> IndexedLine:
        if isinstance(one, BadRow):
            return self._row(one, account)
        return of_line(*one, account, self._place, self._format)

    def _count(self, report: StatementReport, posted: Posted) -> None:
        report.lines += 1
        report.total_minor += posted.amount_minor
        part: Part = getattr(report, posted.part)
        part.add(posted.amount_minor)
        if posted.why is not None:
            self._file.problems.append(f"line {posted.line}: {posted.why}")
            self._file.bad_lines[posted.line] = posted.why

    def _record_taken(
        self,
        proven: ProvenStatement,
        report: StatementReport,
    ) -> None:
        opened, covered = proven.opened, proven.covered
        totals = {
            name: StatementTotals(lines=part.lines, amount_minor=part.amount_minor)
            for name, part in ((name, getattr(report, name)) for name in PARTS)
        }
        stream = statements_stream(opened.account)
        fact = BankStatementTaken(
            source=stream,
            digest=self._place.digest,
            file_name=self._place.name,
            format=self._format,
            unit=report.unit,
            bank_account=opened.account,
            statement=opened.statement_id,
            sequence=opened.sequence,
            currency=opened.currency,
            opening_minor=opened.opening_minor,
            closing_minor=proven.closed.closing_minor,
            first_on=covered.first_on,
            last_on=covered.last_on,
            **totals,
        )
        note = Note(
            stream,
            [Dated(fact, self._parts.ledger.today())],
            self._parts.actor,
            self._place.source(),
            f"file:{self._place.digest}|{self._number}",
            bytes.fromhex(self._place.digest),
        )
        self._parts.ledger.handle([note])


def _is_matched(line: BankLine) -> bool:
    """Whether a line may be one debtor's money: a batch that the bank did not list is many's."""
    return is_receipt(line) and line.batch_payments is None


def _not_matched(line: BankLine) -> Matched:
    return UNOPENED_BATCH if is_receipt(line) else NOT_A_RECEIPT
