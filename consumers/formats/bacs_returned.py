"""What ARUDD and ARUCS share: items that came back, by account of ours, with totals.

    BACSDocument/Data/<report>
      Header                             @currentProcessingDate
      ServiceLicenseInformation          @userNumber
      Advice/OriginatingAccountRecords/OriginatingAccountRecord+
        OriginatingAccount               @sortCode, @number
        <item>+                          @ref, @valueOf, @currency, ...
        Totals                           @numberOf, @valueOf, @currency

The account and its totals may stand after the items, so the file is gone through twice: the first
reading proves the totals of every account, the second yields the items.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from consumers.formats.bacs_xml import account_number, day, number, pounds, sort_code, stated
from consumers.formats.errors import ControlTotalError, RowError, UnreadableFileError
from consumers.formats.xml_records import Record, records
from ledger.limits import FILE_ROWS_MAX
from ledger.money import GBP, format_minor

ACCOUNTS_PER_FILE_MAX = 1_000  # a council has tens; each is held while its items are read
_ITEMS: Final = frozenset(("ReturnedDebitItem", "ReturnedCreditItem"))
_RECORD: Final = "OriginatingAccountRecord"


@dataclass(frozen=True, slots=True)
class Returns:
    """A report of returns: the names of its element and of its items."""

    report: str
    item: str

    def records(self, path: Path) -> Iterator[Record]:
        """The records of a file."""
        names = {"Data": None, self.report: "Data", _RECORD: self.report, self.item: _RECORD}
        return records(path, names)


@dataclass(slots=True)
class ReturnsOf:
    """Our account of some items, and what the head of their report says; it may stand last."""

    account: str
    reported_on: date | None = None
    sun: str | None = None


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
        self.currencies.add(currency_of(record))
        try:
            self.total_minor += amount_of(record)
        except RowError:
            self.unknown += 1


def returned_items(path: Path, returns: Returns) -> Iterator[tuple[Record, ReturnsOf]]:
    """The items of a file, in its order, each with its account, once all totals are proved.

    Raises UnreadableFileError, and ControlTotalError when the totals of an account are wrong.
    """
    accounts = _survey(path, returns)
    at = 0
    for record in returns.records(path):
        if record.name == _RECORD:
            at += 1
        elif record.name == returns.item:
            yield record, accounts[at]


def currency_of(record: Record) -> str:
    """The currency of an item; Bacs clears sterling."""
    return record.first("@currency") or GBP


def amount_of(record: Record) -> int:
    """The amount of an item in minor units."""
    return pounds(record.first("@valueOf"), "@valueOf", currency_of(record))


def _survey(path: Path, returns: Returns) -> list[ReturnsOf]:
    """The first reading: the account of each record of the file, once its totals are proved."""
    accounts: list[ReturnsOf] = []
    counted, rows, reported = _Counted(), 0, 0
    for record in returns.records(path):
        try:
            match record.name:
                case returns.item:
                    rows += 1
                    if rows > FILE_ROWS_MAX:
                        raise RowError("rows", str(rows), "too many in one file")  # noqa: TRY301 - one exit
                    counted.add(record)
                case "OriginatingAccountRecord":
                    accounts.append(_account(record, counted, path.name))
                    counted = _Counted()
                    if len(accounts) > ACCOUNTS_PER_FILE_MAX:
                        raise RowError("accounts", "", "too many in one file")  # noqa: TRY301 - one exit
                case returns.report:
                    _nothing_unread(record, _is_item)
                    for account in accounts[reported:]:
                        account.reported_on = day(record, "Header@currentProcessingDate")
                        account.sun = stated(record, "ServiceLicenseInformation@userNumber")
                    reported = len(accounts)
                case _:
                    _nothing_unread(record, bool)
        except RowError as error:
            raise UnreadableFileError(
                path.name, record.line, error.field, error.value, error.reason
            ) from None
    if not accounts:
        reason = "the report names no account of ours"
        raise UnreadableFileError(path.name, 0, returns.report, "", reason)
    return accounts


def _nothing_unread(record: Record, unread: Callable[[str], bool]) -> None:
    """What stands where it is not looked for would be lost without a word."""
    for path in record.fields:
        element = path.partition("@")[0]
        if element and unread(element):
            raise RowError(element, "", f"stands in {record.name}, where it is not read")


def _is_item(element: str) -> bool:
    return not _ITEMS.isdisjoint(element.split("/"))


def _account(record: Record, counted: _Counted, file: str) -> ReturnsOf:
    _nothing_unread(record, _is_item)
    at = "OriginatingAccount"
    code = sort_code(record.first(f"{at}@sortCode"), f"{at}@sortCode")
    account = account_number(record.first(f"{at}@number"), f"{at}@number")
    if code is None or account is None:
        raise RowError(at, "", "not a sort code and an account number")
    _prove(record, f"{code}-{account}", counted, file)
    return ReturnsOf(f"{code}-{account}")


def _prove(record: Record, account: str, counted: _Counted, file: str) -> None:
    """Number and value of the items; the value only when every amount is known."""
    items, value = number(record, "Totals@numberOf"), record.first("Totals@valueOf")
    if items is None or value is None:
        raise RowError("Totals", "", f"the items of {account} have no totals")
    currency = record.first("Totals@currency") or GBP
    total_minor = pounds(value, "Totals@valueOf", currency)
    if items != counted.items:
        reason = f"the report holds {counted.items} items of {account}"
        raise ControlTotalError(file, record.line, "Totals@numberOf", str(items), reason)
    if counted.items and counted.currencies != {currency}:
        currencies = ", ".join(sorted(counted.currencies))
        reason = f"the total of {account} is in {currency}"
        raise ControlTotalError(file, record.line, "currency", currencies, reason)
    if not counted.unknown and total_minor != counted.total_minor:
        reason = f"the items of {account} come to {format_minor(counted.total_minor)}"
        raise ControlTotalError(file, record.line, "Totals@valueOf", value, reason)
