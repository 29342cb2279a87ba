"""Bank statements in ISO 20022 camt.053, all versions from .02 to .14, any or no namespace.

    Document/BkToCstmrStmt
      GrpHdr/MsgPgntn              PgNb, LastPgInd: the page of a message
      Stmt+                        one statement of one account, or one page of it
        Id, Acct, Bal+, TxsSummry  see `camt_head`
        Ntry*                      see `camt_entry` and, for its payments, `camt_payment`

Source: ISO 20022 message definition reports of camt.053.001.02 to .14; the writer is in
`camt053_write`, and offered here too. A bad balance or total refuses the file; a bad entry is
quarantined. Pages of a statement that follow each other in one file are one statement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement, write
from consumers.formats.camt_entry import entry_items
from consumers.formats.camt_head import (
    ONLY_PAGE,
    Head,
    Page,
    balance_date,
    balance_minor,
    own_account,
    page_of,
)
from consumers.formats.camt_payment import Payment, payment
from consumers.formats.control import Tally
from consumers.formats.errors import RowError, UnreadableFileError
from consumers.formats.statement import SourceSpan, StatementItem, StatementOpened
from consumers.formats.xml_records import Record, records
from ledger.limits import FILE_ROWS_MAX

__all__ = ["OutDetail", "OutEntry", "OutStatement", "read", "recognise", "write"]

PAYMENTS_PER_ENTRY_MAX = 100_000  # held until their entry ends: about 100 MB

_RECORDS: Final[dict[str, str | None]] = {
    "GrpHdr": None,
    "Stmt": None,
    "Bal": "Stmt",
    "TxsSummry": "Stmt",
    "Ntry": "Stmt",
    "TxDtls": "Ntry",
}
_ROOT = re.compile(r"<(?:[\w.-]+:)?BkToCstmrStmt[\s/>]", re.ASCII)
_VERSION = re.compile(r"camt\.053\.001\.[0-9]{2}", re.ASCII)


def recognise(head: bytes, name: str) -> str | None:
    """`camt.053.001.08`, or `camt.053` when the file states no version; None when it is not one."""
    del name  # a name proves nothing
    text = head.replace(b"\0", b"").decode("latin-1")  # good enough for UTF-16 too
    if _ROOT.search(text) is None:
        return None
    version = _VERSION.search(text)
    return version[0] if version else "camt.053"


def read(path: Path) -> Iterator[StatementItem]:
    """The statements of a file, in its order; memory does not grow with their length.

    Raises UnreadableFileError.
    """
    reading = _Reading(path.name)
    for record in records(path, _RECORDS):
        if record.name == "TxDtls":
            reading.payment(record)
        else:
            yield from reading.items(record)
    yield from reading.finish()
    if reading.statements == 0:
        raise UnreadableFileError(path.name, 0, "Stmt", "", "the file holds no statement")


@dataclass(slots=True)
class _Reading:
    """The statement that is being read, and how far.

    `head` is that of the page; `foot` (balance and where it stands) is set between two pages.
    """

    file: str
    statements: int = 0
    rows: int = 0
    ordinal: int = 0
    head: Head = field(default_factory=Head)
    opened: StatementOpened | None = None
    paged_id: str = ""
    account: str | None = None
    closing_on: date | None = None
    page: Page = ONLY_PAGE
    foot: tuple[int | None, SourceSpan] | None = None
    tally: Tally = field(default_factory=Tally)
    payments: list[Payment] = field(default_factory=list)

    def items(self, record: Record) -> Iterator[StatementItem]:
        """What one record adds to the statement."""
        match record.name:
            case "Ntry":
                self._count(record)
                if self.opened is None or self.foot is not None:
                    yield from self._open(record)
                yield from self._entry(record)
            case "Bal" | "TxsSummry":
                self._head(record)
            case "GrpHdr":
                self.head.message = page_of(record, "MsgPgntn")
            case _:
                if self.opened is None or self.foot is not None:
                    yield from self._open(record)
                yield from self._close(record)

    def payment(self, record: Record) -> None:
        """Keep one payment until its entry ends, which says what it must add up to."""
        self._count(record)
        if len(self.payments) >= PAYMENTS_PER_ENTRY_MAX:
            raise self._refused(record, RowError("TxDtls", "", "too many in one entry"))
        if self.account is None and record.parent is not None:
            self.account = own_account(record.parent.parent)
        self.payments.append(payment(record, self.account))

    def finish(self) -> Iterator[StatementItem]:
        """The foot of a statement whose last page is not in the file."""
        if self.foot is not None:
            yield self.tally.closed(*self.foot)
            self.opened = self.foot = None
            self.ordinal, self.tally = 0, Tally()

    def _count(self, record: Record) -> None:
        self.rows += 1
        if self.rows > FILE_ROWS_MAX:
            raise self._refused(record, RowError("rows", str(self.rows), "too many in one file"))

    def _head(self, record: Record) -> None:
        """Balances and totals stand before the entries, or they could not be proved against."""
        if self.opened is not None and self.foot is None:
            raise self._refused(record, RowError(record.name, "", "stands after an entry"))
        try:
            self.head.add(record)
        except RowError as error:
            raise self._refused(record, error) from None

    def _open(self, record: Record) -> Iterator[StatementItem]:
        """Open the statement at its first entry, or at its end when it has none."""
        statement = record if record.name == "Stmt" else record.parent or record
        try:
            opened = self.head.opened(statement, record)
            page = self.head.page(statement)
            self.closing_on = balance_date(self.head.closing(page))
        except RowError as error:
            raise self._refused(statement, error) from None
        goes_on = self._goes_on(opened, page)
        self.page = page
        if goes_on:
            self.foot = None
            return
        yield from self.finish()
        self.statements += 1
        self.paged_id = opened.statement_id
        if page.number > 1:  # its first page is in another file, and has entries 1, 2, ... too
            opened = replace(opened, statement_id=f"{opened.statement_id} page {page.number}")
        self.opened = opened
        yield opened

    def _goes_on(self, opened: StatementOpened, page: Page) -> bool:
        """Whether this is the next page of the statement whose foot was put off."""
        before = self.opened
        return (
            before is not None
            and self.foot is not None
            and page.number == self.page.number + 1
            and opened.statement_id == self.paged_id
            and (opened.account, opened.currency) == (before.account, before.currency)
        )

    def _entry(self, record: Record) -> Iterator[StatementItem]:
        self.ordinal += 1
        for item in entry_items(record, self.payments, self.ordinal, self.closing_on):
            self.tally.add(item)
            yield item
        self.payments = []

    def _close(self, statement: Record) -> Iterator[StatementItem]:
        closing = self.head.closing(self.page)
        currency = self.opened.currency if self.opened else ""
        try:
            self.foot = (balance_minor(closing, currency), (closing or statement).span)
        except RowError as error:
            raise self._refused(closing or statement, error) from None
        self.head = Head(self.head.message)
        self.account = self.closing_on = None
        if self.page.is_last:
            yield from self.finish()

    def _refused(self, record: Record, error: RowError) -> UnreadableFileError:
        return UnreadableFileError(self.file, record.line, error.field, error.value, error.reason)
