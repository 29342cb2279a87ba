"""ARUCS: the Bacs report of credits that we sent and that came back, such as refunds, in XML.

    BACSDocument/Data/ARUCS       as ARUDD (see `bacs_returned`), with other items:
      ReturnedCreditItem+         @ref, @transCode, @returnCode, @returnDescription,
                                  @originalProcessingDate, @valueOf, @currency
        PayeeAccount              @sortCode, @number, @name (or another account's name)

No such report is public: it is taken in the shape of ARUDD. The first character of the return code
is the reason; one that is not known refuses the report, and so does an item that cannot be read.
The writer is in `bacs_credits_write`.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from consumers.formats.amounts import iso_date
from consumers.formats.bacs_items import ReturnedCredit
from consumers.formats.bacs_reports import report_of
from consumers.formats.bacs_returned import (
    Returns,
    ReturnsOf,
    amount_of,
    currency_of,
    returned_items,
)
from consumers.formats.bacs_xml import (
    account_number,
    needed,
    proved,
    sort_code,
    stated,
    with_reason,
)
from consumers.formats.errors import RowError
from consumers.formats.xml_records import Record
from ledger.bacs_codes import reason

_RETURNS: Final = Returns("ARUCS", "ReturnedCreditItem")


def recognise(head: bytes, name: str) -> str | None:
    """`ARUCS`; None when it is none."""
    del name
    return "ARUCS" if report_of(head) == "ARUCS" else None


def read(path: Path) -> Iterator[ReturnedCredit]:
    """The returned credits of a file, in its order; memory does not grow with their number.

    Raises UnreadableFileError, and ControlTotalError when the totals of an account are wrong.
    """
    yield from proved(partial(_credits, path))


def _credits(path: Path) -> Iterator[ReturnedCredit]:
    for ordinal, (record, of) in enumerate(returned_items(path, _RETURNS), 1):
        yield with_reason(path.name, record, partial(_credit, of, ordinal))


def _credit(of: ReturnsOf, ordinal: int, record: Record) -> ReturnedCredit:
    code = (record.first("@returnCode") or "")[:1]
    known = reason("ARUCS", code)
    if known is None:
        raise RowError("@returnCode", record.first("@returnCode") or "", "no reason code of ARUCS")
    amount_minor = amount_of(record)
    if amount_minor == 0:
        raise RowError("@valueOf", "0", "a credit of nothing cannot have come back")
    payee = _payee(record)
    return ReturnedCredit(
        span=record.span,
        ordinal=ordinal,
        reference=stated(record, "@ref") or "",
        amount_minor=amount_minor,
        currency=currency_of(record),
        transaction_code=stated(record, "@transCode") or "",
        reason_code=code,
        reason=stated(record, "@returnDescription") or known.meaning,
        originally_processed_on=iso_date(
            needed(record, "@originalProcessingDate"), "@originalProcessingDate"
        ),
        reported_on=of.reported_on,
        account=of.account,
        sun=of.sun,
        payee_sort_code=sort_code(record.first(f"{payee}@sortCode"), f"{payee}@sortCode"),
        payee_account=account_number(record.first(f"{payee}@number"), f"{payee}@number"),
        payee_name=stated(record, f"{payee}@name"),
    )


def _payee(record: Record) -> str:
    """The one element of an item that names an account, whatever it is called."""
    inside = {path.partition("@")[0] for path in record.fields} - {""}
    if len(inside) > 1 or any("/" in one or not one.endswith("Account") for one in inside):
        raise RowError(", ".join(sorted(inside)), "", f"stands in {record.name}, not understood")
    return next(iter(inside), "PayeeAccount")
