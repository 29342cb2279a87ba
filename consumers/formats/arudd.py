"""ARUDD: the Bacs report of Direct Debits that came back unpaid, in XML.

    BACSDocument/Data/ARUDD       no namespace; UTF-8 or ISO-8859-1; elements in any order
      Header                      @reportType, @adviceNumber, @currentProcessingDate
      AddresseeInformation        @name
      ServiceLicenseInformation   @userName, @userNumber
      Advice/OriginatingAccountRecords/OriginatingAccountRecord+
        OriginatingAccount        @sortCode (nn-nn-nn), @number, @name, @type, @bankName, ...
        ReturnedDebitItem+        @ref (padded), @transCode (01, 17, 18, 19), @returnCode,
                                  @returnDescription, @originalProcessingDate, @valueOf (pounds),
                                  @currency
          PayerAccount            @number, @sortCode, @name, @ref, @bankName, @branchName
        Totals                    @numberOf, @valueOf, @currency
    BACSDocument/SignatureMethod, Signature

Source: reports as banks deliver them (newbacs-advices.xsd is not published); the writer is in
`arudd_write`, and offered here too. An attribute of `0` stands for none. The first character of the
return code is the reason; a code that is not known keeps its description.

The account and its totals may stand after the items, so the file is gone through twice: the first
reading proves the totals of every account, the second yields the items. Wrong totals refuse the
file; an item that cannot be read is quarantined.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from consumers.formats.accounts import account_key
from consumers.formats.amounts import decimal_minor, iso_date
from consumers.formats.arudd_write import OutReturn, OutReturns, write
from consumers.formats.bacs_reports import named_otherwise, report_of
from consumers.formats.errors import ControlTotalError, RowError, UnreadableFileError
from consumers.formats.returned_debit import ReturnedDebit, ReturnedItem
from consumers.formats.statement import BadRow
from consumers.formats.xml_records import Record, records
from ledger.bacs_codes import arudd_reason
from ledger.limits import FILE_ROWS_MAX
from ledger.money import GBP, format_minor

__all__ = ["OutReturn", "OutReturns", "read", "recognise", "write"]

ACCOUNTS_PER_FILE_MAX = 1_000  # a council has tens; each is held while its items are read

_RECORDS: Final[dict[str, str | None]] = {
    "Data": None,
    "ARUDD": "Data",
    "OriginatingAccountRecord": "ARUDD",
    "ReturnedDebitItem": "OriginatingAccountRecord",
}
_ITEMS: Final = frozenset(("ReturnedDebitItem", "ReturnedCreditItem"))
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_SORT_CODE = re.compile(r"([0-9]{2})[- ]?([0-9]{2})[- ]?([0-9]{2})", re.ASCII)
_ACCOUNT_NUMBER = re.compile(r"[0-9]{6,8}", re.ASCII)


@dataclass(slots=True)
class _Account:
    """What one account's record says of itself, and when its report was made."""

    account: str
    reported_on: date | None = None


@dataclass(slots=True)
class _Counted:
    """The items of one account as they go by; `unknown` is how many have no amount."""

    items: int = 0
    total_minor: int = 0
    unknown: int = 0
    currencies: set[str] = field(default_factory=set)

    def add(self, record: Record) -> None:
        """Count one item."""
        self.items += 1
        self.currencies.add(_currency(record))
        try:
            self.total_minor += _pounds(record)
        except RowError:
            self.unknown += 1


def recognise(head: bytes, name: str) -> str | None:
    """`ARUDD`; None when it is none.

    Raises UnrecognisedFormatError for a report of Bacs that no reader here knows.
    """
    unknown = named_otherwise(head, name)
    if unknown is not None:
        raise unknown
    return "ARUDD" if report_of(head) == "ARUDD" else None


def read(path: Path) -> Iterator[ReturnedItem]:
    """The returned collections of a file, in its order; memory does not grow with their number.

    Raises UnreadableFileError, and ControlTotalError when the totals of an account are wrong.
    """
    accounts = _survey(path)
    at = ordinal = 0
    for record in records(path, _RECORDS):
        if record.name == "OriginatingAccountRecord":
            at += 1
        elif record.name == "ReturnedDebitItem":
            ordinal += 1
            yield _item(record, accounts[at], ordinal)


def _survey(path: Path) -> list[_Account]:
    """The first reading: the account of each record of the file, once its totals are proved."""
    accounts: list[_Account] = []
    counted, rows, reported = _Counted(), 0, 0
    for record in records(path, _RECORDS):
        try:
            match record.name:
                case "ReturnedDebitItem":
                    rows += 1
                    if rows > FILE_ROWS_MAX:
                        raise RowError("rows", str(rows), "too many in one file")  # noqa: TRY301 - one exit
                    counted.add(record)
                case "OriginatingAccountRecord":
                    accounts.append(_account(record, counted, path.name))
                    counted = _Counted()
                    if len(accounts) > ACCOUNTS_PER_FILE_MAX:
                        raise RowError("accounts", "", "too many in one file")  # noqa: TRY301 - one exit
                case "ARUDD":
                    _nothing_unread(record, _is_item)
                    for account in accounts[reported:]:
                        account.reported_on = _reported_on(record)
                    reported = len(accounts)
                case _:
                    _nothing_unread(record, bool)
        except RowError as error:
            raise UnreadableFileError(
                path.name, record.line, error.field, error.value, error.reason
            ) from None
    if not accounts:
        raise UnreadableFileError(path.name, 0, "ARUDD", "", "the report names no account of ours")
    return accounts


def _nothing_unread(record: Record, unread: Callable[[str], bool]) -> None:
    """What stands where it is not looked for would be lost without a word."""
    for path in record.fields:
        element = path.partition("@")[0]
        if element and unread(element):
            raise RowError(element, "", f"stands in {record.name}, where it is not read")


def _is_item(element: str) -> bool:
    return not _ITEMS.isdisjoint(element.split("/"))


def _account(record: Record, counted: _Counted, file: str) -> _Account:
    code = _SORT_CODE.fullmatch(_stated(record, "OriginatingAccount@sortCode"))
    number = _stated(record, "OriginatingAccount@number")
    if code is None or _ACCOUNT_NUMBER.fullmatch(number) is None:
        value = f"{code[0] if code else ''} {number}".strip()
        raise RowError("OriginatingAccount", value, "not a sort code and an account number")
    account = f"{code[1]}{code[2]}{code[3]}-{number:0>8}"
    _prove(record, account, counted, file)
    return _Account(account)


def _prove(record: Record, account: str, counted: _Counted, file: str) -> None:
    """Number and value of the items; the value only when every amount is known."""
    number, value = record.first("Totals@numberOf"), record.first("Totals@valueOf")
    if number is None or value is None:
        raise RowError("Totals", "", f"the items of {account} have no totals")
    if _NUMBER.fullmatch(number) is None:
        raise RowError("Totals@numberOf", number, "not a whole number")
    currency = record.first("Totals@currency") or GBP
    total_minor = decimal_minor(value.replace(",", ""), currency, "Totals@valueOf")
    if int(number) != counted.items:
        reason = f"the report holds {counted.items} items of {account}"
        raise ControlTotalError(file, record.line, "Totals@numberOf", number, reason)
    if counted.items and counted.currencies != {currency}:
        stated = ", ".join(sorted(counted.currencies))
        reason = f"the total of {account} is in {currency}"
        raise ControlTotalError(file, record.line, "currency", stated, reason)
    if not counted.unknown and total_minor != counted.total_minor:
        reason = f"the items of {account} come to {format_minor(counted.total_minor)}"
        raise ControlTotalError(file, record.line, "Totals@valueOf", value, reason)


def _reported_on(report: Record) -> date | None:
    text = report.first("Header@currentProcessingDate")
    return iso_date(text, "Header@currentProcessingDate") if text and text != "0" else None


def _item(record: Record, of: _Account, ordinal: int) -> ReturnedItem:
    amount = None
    try:
        amount = _pounds(record)
        return _returned(record, of, ordinal, amount)
    except RowError as error:
        return BadRow(record.span, error.field, error.value, error.reason, amount)


def _returned(record: Record, of: _Account, ordinal: int, amount_minor: int) -> ReturnedDebit:
    reference = _stated(record, "@ref")
    if not reference:
        raise RowError("@ref", "", "the item has no reference to find its collection by")
    if amount_minor == 0:
        raise RowError("@valueOf", "0", "a collection of nothing cannot have come back")
    code, reason = arudd_reason(
        _stated_or_zero(record, "@returnCode"), record.first("@returnDescription")
    )
    return ReturnedDebit(
        ordinal=ordinal,
        reference=reference,
        amount_minor=amount_minor,
        currency=_currency(record),
        transaction_code=record.first("@transCode") or "",
        reason_code=code,
        reason=reason,
        originally_processed_on=iso_date(
            record.first("@originalProcessingDate") or "", "@originalProcessingDate"
        ),
        reported_on=of.reported_on,
        account=of.account,
        payer_name=_stated(record, "PayerAccount@name") or None,
        payer_account=_payer_account(record),
        span=record.span,
    )


def _payer_account(record: Record) -> str | None:
    parts = (_stated(record, "PayerAccount@sortCode"), _stated(record, "PayerAccount@number"))
    return account_key("-".join(parts)) if all(parts) else None


def _currency(record: Record) -> str:
    return record.first("@currency") or GBP  # Bacs clears sterling


def _pounds(record: Record) -> int:
    """The amount of an item in minor units; thousands commas occur."""
    text = (record.first("@valueOf") or "").replace(",", "")
    return decimal_minor(text, _currency(record), "@valueOf")


def _stated(record: Record, path: str) -> str:
    """An attribute without blanks around it; empty when it is missing or `0`, which is none."""
    text = record.first(path) or ""
    return "" if text == "0" else text


def _stated_or_zero(record: Record, path: str) -> str:
    return record.first(path) or ""
