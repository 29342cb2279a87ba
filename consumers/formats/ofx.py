"""Bank statements in OFX, 1.x (SGML) and 2.x (XML), as banks send them. Tags: see `ofx_tags`.

    OFXHEADER:100 …, or <?OFX …?>    VERSION; CHARSET or encoding, which often lie
    OFX
      SIGNONMSGSRSV1/SONRS           STATUS/CODE: not 0 is an error instead of a statement; DTSERVER
      BANKMSGSRSV1/STMTTRNRS         STATUS, STMTRS+: one statement of one account
      CREDITCARDMSGSRSV1/CCSTMTTRNRS STATUS, CCSTMTRS+
        CURDEF
        BANKACCTFROM                 BANKID (a sort code in the UK), ACCTID
        CCACCTFROM                   ACCTID: the number of a card
        BANKTRANLIST                 DTSTART, DTEND, STMTTRN*, STMTTRNP*
          STMTTRN                    TRNTYPE, DTPOSTED, DTAVAIL, TRNAMT, FITID, CORRECTFITID,
                                     CHECKNUM, REFNUM, NAME or PAYEE/NAME, EXTDNAME, BANKACCTTO,
                                     MEMO, CURRENCY/CURSYM; see `ofx_entry`
        LEDGERBAL                    BALAMT, the closing balance; blank in some files

Source: Open Financial Exchange 1.0.2, 1.6, 2.1.1 and 2.2. The writer is in `ofx_write`.

There is no opening balance, no total and no id of a statement: the days that it covers are its id,
and FITID, which a bank should give once and some repeat, is the reference of a line. A statement of
a credit card is read too, its account being the number with the middle blanked: card numbers must
not be kept. Investment and loan statements are refused by name.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from consumers.formats.amounts import currency_code
from consumers.formats.control import Tally
from consumers.formats.errors import RowError, UnreadableFileError
from consumers.formats.ofx_entry import (
    EntryContext,
    account_of,
    entry_item,
    local_day,
    signed_minor,
)
from consumers.formats.ofx_header import OfxHeader, header
from consumers.formats.ofx_tags import Tag, tags, text
from consumers.formats.ofx_write import OutOfxStatement, OutTransaction, write
from consumers.formats.statement import (
    UNKNOWN_CURRENCY,
    SourceSpan,
    StatementItem,
    StatementOpened,
)
from ledger.limits import FILE_ROWS_MAX

__all__ = ["OutOfxStatement", "OutTransaction", "read", "recognise", "write"]

_REFUSED: Final[dict[str, str]] = {
    "INVSTMTRS": "an investment statement: securities are not receivables",
    "LOANSTMTRS": "a loan statement: nothing is paid in there",
}
_PLACES: Final = frozenset(
    ("STATUS", "BANKACCTFROM", "CCACCTFROM", "BANKTRANLIST", "LEDGERBAL", "AVAILBAL")
)
_CARD = re.compile(r"[0-9]{12,19}", re.ASCII)


def recognise(head: bytes, name: str) -> str | None:
    """The version, such as `version 1.0.2`; None when it is not OFX."""
    del name  # a name proves nothing
    found = header(head)
    return found.version if found else None


def read(path: Path) -> Iterator[StatementItem]:
    """The statements of a file, in its order; memory does not grow with their length.

    Raises UnreadableFileError.
    """
    with path.open("rb") as file:
        found = header(file.read(1 << 16))
    if found is None:
        raise UnreadableFileError(path.name, 1, "OFX", "", "no OFX header, nor <OFX>")
    reading = _Reading(path.name, found)
    for tag in tags(path):
        yield from reading.items(tag)
    reading.finish()


@dataclass(slots=True)
class _Statement:
    """One STMTRS: what stands in front of its transactions, and its foot."""

    span: SourceSpan
    values: dict[str, str] = field(default_factory=dict)
    context: EntryContext | None = None
    ordinal: int = 0
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class _Reading:
    """How far the file is read: the innermost place that matters, and the statement there."""

    file: str
    header: OfxHeader
    place: str = ""
    status: dict[str, str] = field(default_factory=dict)
    server_on: date | None = None
    statement: _Statement | None = None
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: int = 0
    ended: bool = False
    last: Tag | None = None

    def items(self, tag: Tag) -> Iterator[StatementItem]:
        """What one tag adds to a statement."""
        self.last = tag
        match tag.name:
            case "STMTTRN" | "STMTTRNP" if not tag.is_end:
                yield from self._transaction(tag)
            case "STMTRS" | "CCSTMTRS":
                yield from self._ended(tag) if tag.is_end else self._begun(tag)
            case "OFX":
                self.ended = tag.is_end
            case name if name in _REFUSED:
                raise self._refused(tag, RowError(name, "", _REFUSED[name]))
            case name if name in _PLACES:
                self._placed(tag)
            case _ if not tag.is_end:
                self._value(tag)

    def finish(self) -> None:
        """The end of the file: everything must have ended before it."""
        line = self.last.span.line if self.last else 1
        if self.statement is not None or not self.ended:
            reason = "</OFX> does not come: the file is cut short"
            raise UnreadableFileError(self.file, line, "OFX", "", reason)
        if not self.told:
            reason = "the file holds no statement of a bank account"
            raise UnreadableFileError(self.file, line, "OFX", "", reason)

    def _begun(self, tag: Tag) -> Iterator[StatementItem]:
        if self.statement is not None:
            raise self._refused(tag, RowError(tag.name, "", "a statement inside a statement"))
        self.statement = _Statement(tag.span)
        yield from ()

    def _placed(self, tag: Tag) -> None:
        if tag.name == "STATUS":
            if tag.is_end:
                self._check_status(tag)
            self.status = {}
        self.place = "" if tag.is_end else tag.name

    def _check_status(self, tag: Tag) -> None:
        code = self.status.get("CODE", "")
        if code.strip("0"):
            told = [self.status[name] for name in ("SEVERITY", "MESSAGE") if name in self.status]
            reason = f"the bank's server sent an error: {', '.join(told) or 'without a message'}"
            raise self._refused(tag, RowError("STATUS/CODE", code, reason))

    def _value(self, tag: Tag) -> None:
        told = text(tag.value, self.header.charset)
        if not told:
            return
        if self.place == "STATUS":
            self.status.setdefault(tag.name, told)
        elif tag.name == "DTSERVER":
            self.server_on = _day(told)
        elif self.statement is not None:
            key = "CURDEF" if tag.name == "CURDEF" else f"{self.place}/{tag.name}"
            self.statement.values.setdefault(key, told)

    def _transaction(self, tag: Tag) -> Iterator[StatementItem]:
        self.rows += 1
        if self.rows > FILE_ROWS_MAX:
            raise self._refused(tag, RowError("rows", str(self.rows), "too many in one file"))
        statement = self.statement
        if statement is None:
            raise self._refused(tag, RowError(tag.name, "", "a transaction outside a statement"))
        if statement.context is None:
            yield self._opened(statement)
        if statement.context is not None:
            statement.ordinal += 1
            item = entry_item(tag, statement.ordinal, statement.context)
            statement.tally.add(item)
            yield item

    def _opened(self, statement: _Statement) -> StatementOpened:
        """Open the statement at its first transaction, or at its end when it has none."""
        values = statement.values
        try:
            currency = currency_code(values.get("CURDEF", UNKNOWN_CURRENCY), "CURDEF")
            account = _account(values, currency)
        except RowError as error:
            raise self._refused_at(statement.span.line, error) from None
        statement.context = EntryContext(currency, self.header.charset)
        first_on = _day(values.get("BANKTRANLIST/DTSTART", ""))
        last_on = _day(values.get("BANKTRANLIST/DTEND", "")) or self.server_on
        statement_id = f"{first_on or 'undated'}..{last_on or 'undated'}"
        self.told[account, statement_id] += 1
        if (repeat := self.told[account, statement_id]) > 1:
            statement_id += f" #{repeat}"
        unproved = "no opening balance, no totals: a missing row cannot be noticed"
        return StatementOpened(
            account=account,
            statement_id=statement_id,
            sequence=None,
            currency=currency,
            opening_minor=None,
            opened_on=first_on,
            span=statement.span,
            warnings=(unproved, *self.header.warnings),
        )

    def _ended(self, tag: Tag) -> Iterator[StatementItem]:
        statement, self.statement = self.statement, None
        if statement is None:
            raise self._refused(tag, RowError(tag.name, "", "the end of no statement"))
        if statement.context is None:
            yield self._opened(statement)
        currency = statement.context.currency if statement.context else UNKNOWN_CURRENCY
        balance = statement.values.get("LEDGERBAL/BALAMT")
        try:
            closing = signed_minor(balance, currency, "LEDGERBAL/BALAMT") if balance else None
        except RowError as error:
            raise self._refused(tag, error) from None
        yield statement.tally.closed(closing, tag.span)

    def _refused(self, tag: Tag, error: RowError) -> UnreadableFileError:
        return self._refused_at(tag.span.line, error)

    def _refused_at(self, line: int, error: RowError) -> UnreadableFileError:
        return UnreadableFileError(self.file, line, error.field, error.value, error.reason)


def _account(values: dict[str, str], currency: str) -> str:
    number = values.get("BANKACCTFROM/ACCTID")
    if number is not None:
        return account_of(values.get("BANKACCTFROM/BANKID", ""), number, currency)
    card = values.get("CCACCTFROM/ACCTID")
    if card is None:
        raise RowError("ACCTID", "", "the statement names no account")
    compact = card.replace(" ", "").replace("-", "")
    if _CARD.fullmatch(compact) is None:
        return card
    return f"{compact[:6]}{'*' * (len(compact) - 10)}{compact[-4:]}"


def _day(written: str) -> date | None:
    try:
        return local_day(written, "day")
    except RowError:
        return None
