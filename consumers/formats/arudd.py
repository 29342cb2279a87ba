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

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from consumers.formats.accounts import account_key
from consumers.formats.amounts import iso_date
from consumers.formats.arudd_write import OutReturn, OutReturns, write
from consumers.formats.bacs_reports import named_otherwise, report_of
from consumers.formats.bacs_returned import (
    Returns,
    ReturnsOf,
    amount_of,
    currency_of,
    returned_items,
)
from consumers.formats.bacs_xml import stated
from consumers.formats.errors import RowError
from consumers.formats.returned_debit import ReturnedDebit, ReturnedItem
from consumers.formats.statement import BadRow
from consumers.formats.xml_records import Record
from ledger.bacs_codes import arudd_reason

__all__ = ["OutReturn", "OutReturns", "read", "recognise", "write"]

_RETURNS: Final = Returns("ARUDD", "ReturnedDebitItem")


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
    for ordinal, (record, of) in enumerate(returned_items(path, _RETURNS), 1):
        yield _item(record, of, ordinal)


def _item(record: Record, of: ReturnsOf, ordinal: int) -> ReturnedItem:
    amount = None
    try:
        amount = amount_of(record)
        return _returned(record, of, ordinal, amount)
    except RowError as error:
        return BadRow(record.span, error.field, error.value, error.reason, amount)


def _returned(record: Record, of: ReturnsOf, ordinal: int, amount_minor: int) -> ReturnedDebit:
    reference = stated(record, "@ref")
    if not reference:
        raise RowError("@ref", "", "the item has no reference to find its collection by")
    if amount_minor == 0:
        raise RowError("@valueOf", "0", "a collection of nothing cannot have come back")
    code, reason = arudd_reason(
        record.first("@returnCode") or "", record.first("@returnDescription")
    )
    return ReturnedDebit(
        ordinal=ordinal,
        reference=reference,
        amount_minor=amount_minor,
        currency=currency_of(record),
        transaction_code=record.first("@transCode") or "",
        reason_code=code,
        reason=reason,
        originally_processed_on=iso_date(
            record.first("@originalProcessingDate") or "", "@originalProcessingDate"
        ),
        reported_on=of.reported_on,
        account=of.account,
        payer_name=stated(record, "PayerAccount@name"),
        payer_account=_payer_account(record),
        span=record.span,
    )


def _payer_account(record: Record) -> str | None:
    code, number = (stated(record, f"PayerAccount@{one}") for one in ("sortCode", "number"))
    return account_key(f"{code}-{number}") if code and number else None
