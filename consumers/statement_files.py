"""A file of bank statements: every total proved, held against what came before, then posted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from consumers.bank_lines import FilePlace
from consumers.bank_statements import ProvenStatement, StatementTaking
from consumers.file_refusals import DaysAlreadyTakenError, UnknownBankAccountError
from consumers.formats.control import checked
from consumers.formats.recognise import StatementFile
from consumers.formats.statement import BankLine, StatementClosed, StatementItem, StatementOpened
from consumers.intake_parts import IntakeParts
from consumers.matching.match import Matcher
from consumers.reports import FileReport
from consumers.spool import Spool
from consumers.statement_history import (
    STATEMENTS_SEEN_MAX,
    Covered,
    missing_before,
    statements_stream,
    taken_otherwise,
)
from ledger.ids import stream_id
from ledger.intake_events import BankStatementTaken
from ledger.store_reads import StoreReads


@dataclass(frozen=True, slots=True)
class StatementsTaking:
    """A proved file, ready to be posted."""

    parts: IntakeParts
    file: StatementFile
    place: FilePlace
    spool: Spool[StatementItem]
    statements: tuple[ProvenStatement, ...]

    @classmethod
    def proved(
        cls, parts: IntakeParts, file: StatementFile, kept: Path, place: FilePlace
    ) -> "StatementsTaking":
        """The first pass: nothing is posted.

        Raises the errors of `consumers.formats.errors`, UnknownBankAccountError and
        DaysAlreadyTakenError.
        """
        spool: Spool[StatementItem] = Spool(kept.parent)
        try:
            items = spool.passed(checked(file.reader(kept), place.name))
            statements = tuple(_proven(items, file, place, parts))
            taking = cls(parts, file, place, spool, statements)
            for one in statements:
                taking.refuse_days_taken_otherwise(one)
        except BaseException:
            spool.close()
            raise
        return taking

    def refuse_days_taken_otherwise(self, one: ProvenStatement) -> None:
        """Raise DaysAlreadyTakenError when another format brought the same days."""
        other = taken_otherwise(
            one.covered, statements_of(self.parts.ledger.store, one.opened.account)
        )
        if other is None or other.first_on is None or other.last_on is None:
            return
        days = f"{other.first_on:%-d %B %Y} to {other.last_on:%-d %B %Y}"
        raise DaysAlreadyTakenError(
            self.place.name,
            one.opened.span.line,
            "account",
            one.opened.account,
            f"its lines of {days} were taken from {other.file_name} ({other.format}); taken again"
            f" from {self.file.format}, the same money would be posted twice: ask the bank for the"
            f" days that follow, or go on with {other.format}",
        )

    def post(self, report: FileReport) -> None:
        """The second pass: post every statement, and say what is missing before it.

        All lines of the file are matched against the ledger as it was before the file, so that
        their order says nothing about whose they are.
        """
        with self.spool, self.parts.ledger.store.snapshot_reads() as before:
            matcher = Matcher(before, self.parts.matching, self.parts.keeping.digest)
            self._post(report, matcher)

    def _post(self, report: FileReport, matcher: Matcher) -> None:
        groups = _statements(self.spool.read())
        for number, (items, one) in enumerate(zip(groups, self.statements, strict=True), 1):
            missing = missing_before(
                one.covered, statements_of(self.parts.ledger.store, one.opened.account)
            )
            if missing is not None:
                report.notices.append(f"bank account {one.opened.account}: {missing}")
            report.notices += (f"statement: {warning}" for warning in one.opened.warnings)
            taking = StatementTaking(
                self.parts, self.place, self.file.format, number, report, matcher
            )
            taking.post(items, one)


def statements_of(store: StoreReads, account: str) -> list[BankStatementTaken]:
    """The latest statements of a bank account that are in the ledger, in the order taken."""
    events = store.latest(stream_id(statements_stream(account)), STATEMENTS_SEEN_MAX)
    return [one.fact for one in events if isinstance(one.fact, BankStatementTaken)]


def _proven(
    items: Iterable[StatementItem], file: StatementFile, place: FilePlace, parts: IntakeParts
) -> Iterator[ProvenStatement]:
    opened: StatementOpened | None = None
    first_on: date | None = None
    last_on: date | None = None
    for item in items:
        match item:
            case StatementOpened():
                _check_account(item, place, parts)
                opened, first_on, last_on = item, None, None
            case BankLine(booked_on=day):
                first_on = day if first_on is None or day < first_on else first_on
                last_on = day if last_on is None or day > last_on else last_on
            case StatementClosed() if opened is not None:
                covered = Covered(
                    file.format, opened.sequence, opened.opening_minor, first_on, last_on
                )
                yield ProvenStatement(opened, item, covered)
            case _:
                pass


def _check_account(opened: StatementOpened, place: FilePlace, parts: IntakeParts) -> None:
    if opened.account not in parts.accounts:
        raise UnknownBankAccountError(
            place.name,
            opened.span.line,
            "account",
            opened.account,
            "this is none of our bank accounts: add it to bank-accounts.toml with its unit",
        )


def _statements(items: Iterable[StatementItem]) -> Iterator[Iterator[StatementItem]]:
    """The items of each statement in turn; each must be used up before the next."""
    source = iter(items)
    for first in source:
        yield _until_closed(first, source)


def _until_closed(first: StatementItem, rest: Iterator[StatementItem]) -> Iterator[StatementItem]:
    yield first
    if isinstance(first, StatementClosed):
        return
    for item in rest:
        yield item
        if isinstance(item, StatementClosed):
            return
