"""One bank statement, posted in batches: every line ends in exactly one part of the report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from consumers.bank_accounts import BankAccounts
from consumers.bank_lines import (
    FilePlace,
    Identities,
    Posting,
    entry,
    is_receipt,
    suspended_instead,
)
from consumers.formats.statement import (
    BadRow,
    BankLine,
    SkippedEntry,
    StatementClosed,
    StatementItem,
    StatementOpened,
)
from consumers.identify import Identified, identify
from consumers.keeping import Keeping
from consumers.reports import PARTS, FileReport, Part, StatementReport
from ledger.account_state import Dated
from ledger.authority import Actor
from ledger.handle import Ledger
from ledger.ids import intake_stream
from ledger.intake_events import BankStatementTaken, RowQuarantined, StatementTotals
from ledger.limits import MESSAGES_PER_BATCH_MAX
from ledger.requests import Entry, Note, Outcome, Request
from ledger.values import Refusal

FILES = intake_stream("bank-files")
_NOT_A_RECEIPT = Identified(None, "no-receipt")


@dataclass(frozen=True, slots=True)
class IntakeParts:
    """What posting bank lines needs."""

    ledger: Ledger
    keeping: Keeping
    accounts: BankAccounts
    actor: Actor


class StatementTaking:
    """The second pass over one statement."""

    def __init__(
        self,
        parts: IntakeParts,
        place: FilePlace,
        form: str,
        number: int,
        report: FileReport,
    ) -> None:
        self._parts = parts
        self._place = place
        self._format = form
        self._number = number
        self._file = report
        self._first_on: date | None = None
        self._last_on: date | None = None

    def post(self, items: Iterator[StatementItem], closed: StatementClosed) -> None:
        """Post the statement in batches, then record that it was taken."""
        opened = next(items)
        if not isinstance(opened, StatementOpened):
            raise TypeError(f"a statement begins with {type(opened).__name__}")
        unit = self._parts.accounts[opened.account]
        report = StatementReport(
            opened.account, unit, opened.statement_id, opened.opening_minor, closed.closing_minor
        )
        report.unexplained_minor = closed.unexplained_minor or 0
        self._file.statements.append(report)
        identities = Identities(opened, has_statement_id=not self._format.startswith("csv:"))
        batch: list[tuple[BankLine, str] | BadRow] = []
        for item in items:
            match item:
                case BankLine():
                    batch.append((item, identities.of(item)))
                case BadRow():
                    batch.append(item)
                case SkippedEntry():
                    report.not_booked += 1
                case _:
                    continue
            if len(batch) >= MESSAGES_PER_BATCH_MAX:
                self._post_batch(batch, opened, unit, report)
                batch = []
        self._post_batch(batch, opened, unit, report)
        self._record_taken(opened, closed, unit, report)

    def _post_batch(
        self,
        batch: Sequence[tuple[BankLine, str] | BadRow],
        opened: StatementOpened,
        unit: str,
        report: StatementReport,
    ) -> None:
        ledger = self._parts.ledger
        receipts = [one[0] for one in batch if not isinstance(one, BadRow) and is_receipt(one[0])]
        found = iter(identify(receipts, unit, ledger.store.registered))
        posting = Posting(
            self._place,
            opened.account,
            unit,
            self._parts.actor,
            self._parts.keeping.digest,
            ledger.today(),
        )
        entries: list[Entry] = []
        for one in batch:
            if isinstance(one, BadRow):
                entries.append(self._quarantined(one))
                continue
            line, identity = one
            hit = next(found) if is_receipt(line) else _NOT_A_RECEIPT
            entries.append(entry(line, identity, hit, posting))
        outcomes = list(ledger.handle(entries))
        self._suspend_refused(entries, outcomes)
        self._record_refused(entries, outcomes)
        for one, made, outcome in zip(batch, entries, outcomes, strict=True):
            self._count(report, one, made, outcome)

    def _suspend_refused(self, entries: list[Entry], outcomes: list[Outcome]) -> None:
        """Money that its account refused stands in suspense: the bank has it, so must we."""
        again = {
            index: suspended_instead(made, outcome.refusals[0].code)
            for index, (made, outcome) in enumerate(zip(entries, outcomes, strict=True))
            if outcome.status == "refused"
            and isinstance(made, Request)
            and _is_payment(made)
            and not _is_conflict(outcome)
        }
        if again:
            answers = self._parts.ledger.handle(list(again.values()))
            for index, answer in zip(again, answers, strict=True):
                entries[index], outcomes[index] = again[index], answer

    def _record_refused(self, entries: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
        """A line that not even suspense takes (its identity has other content) is quarantined."""
        notes = [
            self._quarantine(made, outcome)
            for made, outcome in zip(entries, outcomes, strict=True)
            if outcome.status == "refused" and isinstance(made, Request)
        ]
        if notes:
            self._parts.ledger.handle(notes)

    def _quarantine(self, made: Request, outcome: Outcome) -> Note:
        place = made.source
        identity = f"file:{self._place.digest}|row|{place.line}|{place.byte_start}"
        fact = RowQuarantined(
            source=FILES,
            message=identity,
            digest=self._place.digest,
            field="identity" if _is_conflict(outcome) else "line",
            amount_minor=getattr(made.command, "amount_minor", None),
            refusals=outcome.refusals,
        )
        facts = [Dated(fact, self._parts.ledger.today())]
        content = bytes.fromhex(self._place.digest)
        return Note(FILES, facts, self._parts.actor, place, identity, content)

    def _quarantined(self, row: BadRow) -> Note:
        identity = f"file:{self._place.digest}|row|{row.span.line}|{row.span.byte_start}"
        sentence = f"{self._place.name}, line {row.span.line}: {row.field}: {row.reason}"
        fact = RowQuarantined(
            source=FILES,
            message=identity,
            digest=self._place.digest,
            field=row.field,
            amount_minor=row.amount_minor,
            refusals=(Refusal(code="row_unreadable", sentence=sentence),),
        )
        return Note(
            FILES,
            [Dated(fact, self._parts.ledger.today())],
            self._parts.actor,
            self._place.source(row.span),
            identity,
            bytes.fromhex(self._place.digest),
        )

    def _count(
        self,
        report: StatementReport,
        one: tuple[BankLine, str] | BadRow,
        made: Entry,
        outcome: Outcome,
    ) -> None:
        amount = (one.amount_minor or 0) if isinstance(one, BadRow) else one[0].amount_minor
        if not isinstance(one, BadRow):
            booked = one[0].booked_on
            self._first_on = min(booked, self._first_on or booked)
            self._last_on = max(booked, self._last_on or booked)
        report.lines += 1
        report.total_minor += amount
        self._part(report, one, made, outcome).add(amount)

    def _part(
        self,
        report: StatementReport,
        one: tuple[BankLine, str] | BadRow,
        made: Entry,
        outcome: Outcome,
    ) -> Part:
        if isinstance(one, BadRow):
            why = f"{one.field} {one.value[:60]!r}: {one.reason}"
            return self._set_aside(report, one.span.line, why)
        if outcome.status == "repeated":
            return report.duplicates
        if outcome.status == "refused":
            why = "; ".join(refusal.sentence for refusal in outcome.refusals)
            return self._set_aside(report, one[0].span.line, why)
        if isinstance(made, Note):
            return report.other
        return report.posted if _is_payment(made) else report.suspended

    def _set_aside(self, report: StatementReport, line: int, why: str) -> Part:
        self._file.problems.append(f"line {line}: {why}")
        self._file.bad_lines[line] = why
        return report.quarantined

    def _record_taken(
        self,
        opened: StatementOpened,
        closed: StatementClosed,
        unit: str,
        report: StatementReport,
    ) -> None:
        totals = {
            name: StatementTotals(lines=part.lines, amount_minor=part.amount_minor)
            for name, part in ((name, getattr(report, name)) for name in PARTS)
        }
        fact = BankStatementTaken(
            source=FILES,
            digest=self._place.digest,
            file_name=self._place.name,
            format=self._format,
            unit=unit,
            bank_account=opened.account,
            statement=opened.statement_id,
            sequence=opened.sequence,
            currency=opened.currency,
            opening_minor=opened.opening_minor,
            closing_minor=closed.closing_minor,
            first_on=self._first_on,
            last_on=self._last_on,
            **totals,
        )
        note = Note(
            FILES,
            [Dated(fact, self._parts.ledger.today())],
            self._parts.actor,
            self._place.source(),
            f"file:{self._place.digest}|{self._number}",
            bytes.fromhex(self._place.digest),
        )
        self._parts.ledger.handle([note])


def _is_conflict(outcome: Outcome) -> bool:
    return outcome.refusals[0].code.endswith("with_different_content")


def _is_payment(made: Request) -> bool:
    return made.command.action == "receive_payment"
