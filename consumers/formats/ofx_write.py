"""Write bank statements in OFX: the other direction of `ofx`, byte for byte.

For tests and for the demo council's bank, in the form of 1.0.2 (SGML, values without end tags,
Windows-1252) or of 2.1.1 (XML, UTF-8). Nothing is random: the server's day is the last day.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Literal

from consumers.formats.methods import Method
from ledger.money import GBP, format_minor

_SGML = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\n"
    "CHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
)
_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\r\n'
    '<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\r\n'
)
_KINDS: dict[Method, str] = {
    "bank_transfer": "DIRECTDEP",
    "direct_debit": "DIRECTDEBIT",
    "standing_order": "REPEATPMT",
    "cheque": "CHECK",
    "cash": "CASH",
    "card": "POS",
    "charge": "SRVCHG",
    "interest": "INT",
}


@dataclass(frozen=True, slots=True)
class OutTransaction:
    """One transaction; `amount_minor` is signed, + being money in."""

    amount_minor: int
    booked_on: date
    fitid: str | None
    method: Method = "other"
    name: str | None = None
    memo: str | None = None
    reference: str | None = None
    cheque_number: str | None = None
    other_account: str | None = None


@dataclass(frozen=True, slots=True)
class OutOfxStatement:
    """One statement of one account, `SSSSSS-NNNNNNNN`; `transactions` are gone through once."""

    account: str
    first_on: date
    last_on: date
    transactions: Iterable[OutTransaction]
    closing_minor: int | None = None
    currency: str = GBP


def write(
    statements: Iterable[OutOfxStatement], out: BinaryIO, form: Literal["sgml", "xml"] = "sgml"
) -> None:
    """Write statements as one file, holding one transaction at a time."""
    pieces = _Pieces(is_xml=form == "xml")

    def lines() -> Iterator[str]:
        yield _SGML if form == "sgml" else _XML
        for number, statement in enumerate(statements):
            if number == 0:
                yield from pieces.head(statement.last_on)
            yield from pieces.statement(statement)
        yield "</BANKMSGSRSV1></OFX>\r\n"

    encode = _windows if form == "sgml" else str.encode
    out.writelines(encode(line) for line in lines())


def _windows(line: str) -> bytes:
    """A line in Windows-1252, or in ASCII where it could be taken for UTF-8."""
    written = line.encode("cp1252", "xmlcharrefreplace")
    try:
        written.decode("utf-8")
    except UnicodeDecodeError:
        return written
    return line.encode("ascii", "xmlcharrefreplace")


class _Pieces:
    """The tags of a file in one of the two forms."""

    def __init__(self, *, is_xml: bool) -> None:
        self._is_xml = is_xml

    def head(self, day: date) -> Iterator[str]:
        status = self._group("STATUS", self._tag("CODE", "0") + self._tag("SEVERITY", "INFO"))
        signon = status + self._tag("DTSERVER", f"{day:%Y%m%d}") + self._tag("LANGUAGE", "ENG")
        yield "<OFX>" + self._group("SIGNONMSGSRSV1", self._group("SONRS", signon)) + "\r\n"
        yield "<BANKMSGSRSV1>\r\n"

    def statement(self, statement: OutOfxStatement) -> Iterator[str]:
        status = self._group("STATUS", self._tag("CODE", "0") + self._tag("SEVERITY", "INFO"))
        yield "<STMTTRNRS>" + self._tag("TRNUID", "0") + status + "\r\n"
        account = self._account("BANKACCTFROM", statement.account)
        yield "<STMTRS>" + self._tag("CURDEF", statement.currency) + account + "\r\n"
        yield "<BANKTRANLIST>" + self._tag("DTSTART", f"{statement.first_on:%Y%m%d}")
        yield self._tag("DTEND", f"{statement.last_on:%Y%m%d}") + "\r\n"
        for one in statement.transactions:
            yield self._transaction(one) + "\r\n"
        yield "</BANKTRANLIST>\r\n"
        if statement.closing_minor is not None:
            balance = self._tag("BALAMT", format_minor(statement.closing_minor))
            on = self._tag("DTASOF", f"{statement.last_on:%Y%m%d}")
            yield self._group("LEDGERBAL", balance + on) + "\r\n"
        yield "</STMTRS></STMTTRNRS>\r\n"

    def _transaction(self, one: OutTransaction) -> str:
        plain = "CREDIT" if one.amount_minor >= 0 else "DEBIT"
        pairs = (
            ("TRNTYPE", _KINDS.get(one.method, plain)),
            ("DTPOSTED", f"{one.booked_on:%Y%m%d}120000[0:GMT]"),
            ("TRNAMT", format_minor(one.amount_minor)),
            ("FITID", one.fitid),
            ("CHECKNUM", one.cheque_number),
            ("REFNUM", one.reference),
            ("NAME", one.name),
        )
        told = "".join(self._tag(name, value) for name, value in pairs if value)
        if one.other_account:
            told += self._account("BANKACCTTO", one.other_account)
        return self._group("STMTTRN", told + (self._tag("MEMO", one.memo) if one.memo else ""))

    def _account(self, name: str, account: str) -> str:
        sort_code, _, number = account.partition("-")
        told = self._tag("BANKID", sort_code) + self._tag("ACCTID", number)
        return self._group(name, told + self._tag("ACCTTYPE", "CHECKING"))

    def _tag(self, name: str, value: str) -> str:
        value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"<{name}>{value}</{name}>" if self._is_xml else f"<{name}>{value}"

    def _group(self, name: str, told: str) -> str:
        return f"<{name}>{told}</{name}>"
