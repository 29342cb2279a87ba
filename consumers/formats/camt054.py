"""Remittance advices in ISO 20022 camt.054, versions .02 to .14: what a bank entry is made of.

    Document/BkToCstmrDbtCdtNtfctn
      GrpHdr/MsgPgntn
      Ntfctn+                     the notification of one account
        Id, Acct, TxsSummry       see `camt_head`
        Ntry*                     one entry: an advice, see `camt_entry` and `camt_payment`

Source: ISO 20022 message definition reports of camt.054.001.02 to .14; the writer is in
`camt054_write`, and offered here too.

A camt.053 books money, a camt.054 never does: each booked entry with its payments is one advice,
whose total is the entry's and whose reference is the bank's own for it, by which the line of the
statement is found. There is nothing to open in an entry that lists no payments, whose payments do
not add up to it, or that is not booked: it is an advice of no lines with a warning that says so. An
entry that cannot be read is an advice of one quarantined row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Final

from consumers.formats.advice import AdviceClosed, AdviceItem, AdviceLine, AdviceOpened
from consumers.formats.advice_control import AdviceTally
from consumers.formats.camt054_write import OutNotification, write
from consumers.formats.camt_entry import entry_items, entry_reference
from consumers.formats.camt_head import Head, own_account, page_of
from consumers.formats.camt_payment import Payment, payment
from consumers.formats.control import Tally, check_declared
from consumers.formats.errors import RowError, UnreadableFileError
from consumers.formats.statement import BadRow, BankLine, SkippedEntry, StatementOpened
from consumers.formats.xml_records import Record, records
from ledger.limits import FILE_ROWS_MAX
from ledger.money import format_minor

__all__ = ["OutNotification", "read", "recognise", "write"]

PAYMENTS_PER_ENTRY_MAX = 100_000  # held until their entry ends: about 100 MB

_RECORDS: Final[dict[str, str | None]] = {
    "GrpHdr": None,
    "Ntfctn": None,
    "TxsSummry": "Ntfctn",
    "Ntry": "Ntfctn",
    "TxDtls": "Ntry",
}
_ROOT = re.compile(r"<(?:[\w.-]+:)?BkToCstmrDbtCdtNtfctn[\s/>]", re.ASCII)
_VERSION = re.compile(r"camt\.054\.001\.[0-9]{2}", re.ASCII)


def recognise(head: bytes, name: str) -> str | None:
    """`camt.054.001.08`, or `camt.054` when the file states no version; None when it is not one."""
    del name  # a name proves nothing
    text = head.replace(b"\0", b"").decode("latin-1")  # good enough for UTF-16 too
    if _ROOT.search(text) is None:
        return None
    version = _VERSION.search(text)
    return version[0] if version else "camt.054"


def read(path: Path) -> Iterator[AdviceItem]:
    """The advices of a file, in its order; memory grows with the payments of one entry only.

    Raises UnreadableFileError, and ControlTotalError when a notification's own totals are wrong.
    """
    reading = _Reading(path.name)
    for record in records(path, _RECORDS):
        if record.name == "TxDtls":
            reading.payment(record)
        else:
            yield from reading.items(record)
    if reading.entries == 0:
        raise UnreadableFileError(path.name, 0, "Ntry", "", "the file notifies of no entry")


@dataclass(slots=True)
class _Reading:
    """The notification that is being read, and how far."""

    file: str
    entries: int = 0
    rows: int = 0
    ordinal: int = 0
    head: Head = field(default_factory=Head)
    opened: StatementOpened | None = None
    account: str | None = None
    tally: Tally = field(default_factory=Tally)
    payments: list[Payment] = field(default_factory=list)

    def payment(self, record: Record) -> None:
        """Keep one payment until its entry ends, which says what it must add up to."""
        self._count(record)
        if len(self.payments) >= PAYMENTS_PER_ENTRY_MAX:
            raise self._refused(record, RowError("TxDtls", "", "too many in one entry"))
        if self.account is None and record.parent is not None:
            self.account = own_account(record.parent.parent)
        self.payments.append(payment(record, self.account))

    def items(self, record: Record) -> Iterator[AdviceItem]:
        """What one record adds."""
        match record.name:
            case "Ntry":
                self._count(record)
                yield from self._entry(record, self._open(record))
            case "TxsSummry":
                if self.opened is not None:
                    raise self._refused(record, RowError("TxsSummry", "", "stands after an entry"))
                self.head.add(record)
            case "GrpHdr":
                self.head.message = page_of(record, "MsgPgntn")
            case _:
                check_declared(self._open(record), self.tally, self.file)
                self.head, self.tally = Head(self.head.message), Tally()
                self.opened = self.account = None
                self.ordinal = 0

    def _count(self, record: Record) -> None:
        self.rows += 1
        if self.rows > FILE_ROWS_MAX:
            raise self._refused(record, RowError("rows", str(self.rows), "too many in one file"))

    def _open(self, record: Record) -> StatementOpened:
        """The head of the notification, read at its first entry, or at its end."""
        if self.opened is None:
            notification = record if record.name == "Ntfctn" else record.parent or record
            try:
                self.opened = self.head.opened(notification, record)
            except RowError as error:
                raise self._refused(notification, error) from None
        return self.opened

    def _entry(self, entry: Record, notification: StatementOpened) -> Iterator[AdviceItem]:
        self.ordinal += 1
        self.entries += 1
        items = iter(entry_items(entry, self.payments, self.ordinal, None))
        first = next(items)
        self.tally.add(first)
        match first:
            case BadRow():
                yield from self._quarantined(entry, notification, first)
            case SkippedEntry():
                reason = f"its entry is not booked ({first.status})"
                yield from self._unopened(entry, notification, first, reason)
            case BankLine() if self.payments and first.batch_payments is None:
                lines = (item for item in chain((first,), items) if isinstance(item, BankLine))
                yield from self._advice(entry, notification, first, lines)
            case BankLine():
                yield from self._unopened(entry, notification, first, self._why_unopened(first))
        self.payments = []

    def _advice(
        self,
        entry: Record,
        notification: StatementOpened,
        first: BankLine,
        lines: Iterator[BankLine],
    ) -> Iterator[AdviceItem]:
        total = first.amount_minor
        if first.parts > 1:
            total = sum(one.amount_minor or 0 for one in self.payments)
        head = self._head(entry, notification, first.currency, first.booked_on)
        yield replace(head, total_minor=total, lines=first.parts)
        tally = AdviceTally()
        for line in lines:
            if line is not first:
                self.tally.add(line)
            advised = _advised(line)
            tally.add(advised)
            yield advised
        yield tally.closed(entry.span)

    def _why_unopened(self, line: BankLine) -> str:
        match len(self.payments):
            case 0:
                return "its entry lists no payments"
            case 1:
                return f"its entry lists one of its {line.batch_payments} payments"
            case count:
                return f"its {count} payments do not add up to it"

    def _unopened(
        self,
        entry: Record,
        notification: StatementOpened,
        item: BankLine | SkippedEntry,
        reason: str,
    ) -> Iterator[AdviceItem]:
        """An advice of no lines; its warning says why, and of which amount."""
        currency = entry.first("Amt@Ccy") or notification.currency
        amount = "" if item.amount_minor is None else f"{format_minor(item.amount_minor)} "
        warning = f"{amount}{currency}: {reason}; there is nothing to open"
        paid_on = item.booked_on if isinstance(item, BankLine) else None
        head = self._head(entry, notification, currency, paid_on)
        yield replace(head, lines=0, warnings=(warning,))
        yield AdviceClosed(0, 0, entry.span)

    def _quarantined(
        self, entry: Record, notification: StatementOpened, row: BadRow
    ) -> Iterator[AdviceItem]:
        yield self._head(entry, notification, notification.currency, None)
        yield row
        yield AdviceClosed(1, row.amount_minor or 0, entry.span)

    def _head(
        self, entry: Record, notification: StatementOpened, currency: str, paid_on: date | None
    ) -> AdviceOpened:
        return AdviceOpened(
            advice_id=f"{notification.statement_id}/{self.ordinal}",
            sender=None,
            account=notification.account,
            bank_reference=entry_reference(entry),
            currency=currency,
            paid_on=paid_on,
            total_minor=None,
            lines=None,
            span=entry.span,
        )

    def _refused(self, record: Record, error: RowError) -> UnreadableFileError:
        return UnreadableFileError(self.file, record.line, error.field, error.value, error.reason)


def _advised(line: BankLine) -> AdviceLine:
    """A line of an entry as a line of an advice; a virtual account that was paid is a reference."""
    virtual = (line.credited_account,) if line.credited_account else ()
    return AdviceLine(
        line.part,
        line.amount_minor,
        line.references + virtual,
        line.narrative,
        line.payer_name,
        line.payer_account,
        line.method,
        None,
        None,
        line.span,
        line.warnings,
    )
