"""Bank statements in ISO 20022 camt.053, all versions from .02 to .14, any or no namespace.

    Document/BkToCstmrStmt/Stmt+   one statement of one account
      Id, ElctrncSeqNb (LglSeqNb)  its id and number
      Acct/Id/IBAN, /Othr/Id       a GB IBAN becomes sort code and account number
      Acct/Ccy
      Bal+                         Tp/CdOrPrtry/Cd: OPBD (or PRCD) opening, CLBD closing; Amt@Ccy,
                                   CdtDbtInd (missing in some exports: credit), Dt/Dt or Dt/DtTm
      TxsSummry                    TtlNtries, TtlCdtNtries, TtlDbtNtries: NbOfNtries, Sum
      Ntry*                        see `camt_entry`

Source: ISO 20022 message definition reports of camt.053.001.02 to .14; the writer is in
`camt053_write`, and offered here too. A bad balance or total refuses the file; a bad entry is
quarantined.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from consumers.formats.accounts import account_key
from consumers.formats.amounts import currency_code, decimal_minor, iso_date
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement, write
from consumers.formats.camt_entry import Payment, entry_items, payment
from consumers.formats.control import Tally
from consumers.formats.errors import RowError, UnreadableFileError
from consumers.formats.statement import (
    UNKNOWN_CURRENCY,
    DeclaredTotals,
    SourceSpan,
    StatementItem,
    StatementOpened,
)
from consumers.formats.xml_records import Record, records
from ledger.limits import FILE_ROWS_MAX

__all__ = ["OutDetail", "OutEntry", "OutStatement", "read", "recognise", "write"]

PAYMENTS_PER_ENTRY_MAX = 100_000  # held until their entry ends: about 100 MB

_RECORDS: Final[dict[str, str | None]] = {
    "Stmt": None,
    "Bal": "Stmt",
    "TxsSummry": "Stmt",
    "Ntry": "Stmt",
    "TxDtls": "Ntry",
}
_ROOT = re.compile(r"<(?:[\w.-]+:)?BkToCstmrStmt[\s/>]", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
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
        yield from reading.items(record)
    if reading.statements == 0:
        raise UnreadableFileError(path.name, 0, "Stmt", "", "the file holds no statement")


@dataclass(slots=True)
class _Reading:
    """The statement that is being read, and how far."""

    file: str
    statements: int = 0
    rows: int = 0
    ordinal: int = 0
    balances: dict[str, Record] = field(default_factory=dict)
    summary: Record | None = None
    opened: StatementOpened | None = None
    closing_on: date | None = None
    tally: Tally = field(default_factory=Tally)
    payments: list[Payment] = field(default_factory=list)

    def items(self, record: Record) -> Iterator[StatementItem]:
        """What one record adds to the statement."""
        match record.name:
            case "Bal" | "TxsSummry":
                self._head(record)
            case "TxDtls":
                self._count(record)
                if len(self.payments) >= PAYMENTS_PER_ENTRY_MAX:
                    raise self._refused(record, RowError("TxDtls", "", "too many in one entry"))
                self.payments.append(payment(record))
            case "Ntry":
                self._count(record)
                yield from self._open(record)
                yield from self._entry(record)
            case _:
                yield from self._open(record)
                yield from self._close(record)

    def _count(self, record: Record) -> None:
        self.rows += 1
        if self.rows > FILE_ROWS_MAX:
            raise self._refused(record, RowError("rows", str(self.rows), "too many in one file"))

    def _head(self, record: Record) -> None:
        """Balances and totals stand before the entries, or they could not be proved against."""
        if self.opened is not None:
            raise self._refused(record, RowError(record.name, "", "stands after an entry"))
        if record.name == "TxsSummry":
            self.summary = record
            return
        kind = record.first("Tp/CdOrPrtry/Cd", "Tp/Cd") or ""
        if kind in ("OPBD", "CLBD") and kind in self.balances:
            raise self._refused(record, RowError("Bal", kind, "stated twice in one statement"))
        self.balances.setdefault(kind, record)

    def _open(self, record: Record) -> Iterator[StatementOpened]:
        """Open the statement at its first entry, or at its end when it has none."""
        if self.opened is not None:
            return
        statement = record if record.name == "Stmt" else record.parent or record
        try:
            self.closing_on = _balance_date(self.balances.get("CLBD"))
            self.opened = self._opened(statement, record)
        except RowError as error:
            raise self._refused(statement, error) from None
        self.statements += 1
        yield self.opened

    def _opened(self, statement: Record, record: Record) -> StatementOpened:
        opening = self.balances.get("OPBD") or self.balances.get("PRCD")
        account = statement.first("Acct/Id/IBAN", "Acct/Id/Othr/Id")
        if account is None:
            raise RowError("Acct/Id", "", "the statement names no account")
        sequence = statement.first("ElctrncSeqNb", "LglSeqNb")
        if sequence is not None and _NUMBER.fullmatch(sequence) is None:
            raise RowError("ElctrncSeqNb", sequence, "not a whole number")
        statement_id = statement.first("Id")
        if statement_id is None:
            raise RowError("Id", "", "the statement has no id to know it by")
        currency = self._currency(statement, record)
        return StatementOpened(
            account=account_key(account),
            statement_id=statement_id,
            sequence=int(sequence) if sequence else None,
            currency=currency,
            opening_minor=self._balance(opening, currency),
            opened_on=_balance_date(opening),
            span=opening.span if opening else _start(statement),
            declared=_declared(self.summary, currency),
            warnings=self._warnings(),
        )

    def _currency(self, statement: Record, record: Record) -> str:
        sources = [self.balances.get("OPBD"), self.balances.get("CLBD"), record]
        stated = statement.first("Acct/Ccy") or next(
            (code for source in sources if source and (code := source.first("Amt@Ccy"))), None
        )
        return currency_code(stated, "Acct/Ccy") if stated else UNKNOWN_CURRENCY

    def _warnings(self) -> tuple[str, ...]:
        missing = [
            f"no {word} balance: the movements cannot be proved against it"
            for word, kinds in (("opening", {"OPBD", "PRCD"}), ("closing", {"CLBD"}))
            if not kinds & self.balances.keys()
        ]
        unsigned = [
            f"balance {kind} states no direction: credit is taken"
            for kind, balance in self.balances.items()
            if kind in ("OPBD", "PRCD", "CLBD") and balance.first("CdtDbtInd") is None
        ]
        return (*missing, *unsigned)

    def _balance(self, balance: Record | None, currency: str) -> int | None:
        if balance is None:
            return None
        stated = balance.first("Amt@Ccy")
        if stated != currency:
            raise RowError("Bal/Amt@Ccy", stated or "", f"the statement is in {currency}")
        amount = decimal_minor(balance.first("Amt") or "", currency, "Bal/Amt")
        indicator = balance.first("CdtDbtInd") or "CRDT"
        if indicator not in ("CRDT", "DBIT"):
            raise RowError("Bal/CdtDbtInd", indicator, "neither CRDT nor DBIT")
        return amount if indicator == "CRDT" else -amount

    def _entry(self, record: Record) -> Iterator[StatementItem]:
        self.ordinal += 1
        for item in entry_items(record, self.payments, self.ordinal, self.closing_on):
            self.tally.add(item)
            yield item
        self.payments = []

    def _close(self, statement: Record) -> Iterator[StatementItem]:
        closing = self.balances.get("CLBD")
        currency = self.opened.currency if self.opened else UNKNOWN_CURRENCY
        try:
            closing_minor = self._balance(closing, currency)
        except RowError as error:
            raise self._refused(closing or statement, error) from None
        yield self.tally.closed(closing_minor, (closing or statement).span)
        self.ordinal, self.balances, self.summary = 0, {}, None
        self.opened = self.closing_on = None
        self.tally = Tally()

    def _refused(self, record: Record, error: RowError) -> UnreadableFileError:
        return UnreadableFileError(self.file, record.line, error.field, error.value, error.reason)


def _start(statement: Record) -> SourceSpan:
    """Where a statement begins; its end is not known while its entries are still to come."""
    return SourceSpan(statement.line, statement.byte_start, statement.byte_start)


def _balance_date(balance: Record | None) -> date | None:
    text = balance.first("Dt/Dt", "Dt/DtTm", "Dt") if balance is not None else None
    return iso_date(text, "Bal/Dt") if text else None


def _declared(summary: Record | None, currency: str) -> DeclaredTotals:
    """The control totals of `TxsSummry`; a figure that cannot be read refuses the file."""
    if summary is None:
        return DeclaredTotals()

    def count(group: str) -> int | None:
        text = summary.first(f"{group}/NbOfNtries")
        if text is not None and _NUMBER.fullmatch(text) is None:
            raise RowError(f"{group}/NbOfNtries", text, "not a whole number")
        return int(text) if text else None

    def total(group: str) -> int | None:
        text = summary.first(f"{group}/Sum")
        return decimal_minor(text, currency, f"{group}/Sum") if text else None

    return DeclaredTotals(
        entries=count("TtlNtries"),
        sum_minor=total("TtlNtries"),
        credit_entries=count("TtlCdtNtries"),
        credits_minor=total("TtlCdtNtries"),
        debit_entries=count("TtlDbtNtries"),
        debits_minor=total("TtlDbtNtries"),
    )
