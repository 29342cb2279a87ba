"""DDICA in CSV: one row for each collection that is claimed back; the rows of a claim follow on.

    SeqNo,PayingBankReference,SUReference,PayerSortCode,PayerAccount,PayerName,NoOfAdvForClaim,
    TotalAmount,DateOfDirectDebit,Amount,DateOfDebit

Columns in any order; ReasonCode, ReasonCodeMeaning and ServiceUserNumber may be there too, and no
other. UTF-8 or Windows-1252. The usual form gives no reason and no total of the file, so a claim's
own total is all that can be proved. Cancellations are not in it. See `bacs_claims`.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

from consumers.formats.amounts import iso_date
from consumers.formats.bacs_claims import check_claim
from consumers.formats.bacs_items import IndemnityClaim
from consumers.formats.bacs_xml import account_number, pounds, proved, sort_code
from consumers.formats.csv_dates import parsed_date
from consumers.formats.csv_rows import Row, decode_head, rows
from consumers.formats.errors import RowError, UnreadableFileError
from consumers.formats.statement import SourceSpan
from ledger.bacs_codes import reason

COLUMNS: Final = (
    *("SeqNo", "PayingBankReference", "SUReference", "PayerSortCode", "PayerAccount"),
    *("PayerName", "NoOfAdvForClaim", "TotalAmount", "DateOfDirectDebit", "Amount", "DateOfDebit"),
)
OPTIONAL: Final = ("ReasonCode", "ReasonCodeMeaning", "ServiceUserNumber")
_DAY: Final = "DateOfDirectDebit"
_OF_A_COLLECTION: Final = frozenset((_DAY, "Amount"))
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_ENCODINGS: Final = ("utf-8", "cp1252")
COLLECTIONS_MAX = 10_000  # of one claim, held together; years of weekly collections are hundreds


def recognise(head: bytes, name: str) -> str | None:
    """`CSV` when the first line has the columns of a claim; else None."""
    del name
    lines = (line for line in decode_head(head).splitlines() if line.strip())
    try:
        titles = next(csv.reader([next(lines, "")]), [])
    except csv.Error:
        return None
    return "CSV" if {title.strip() for title in titles} >= {*COLUMNS} else None


def read(path: Path) -> Iterator[IndemnityClaim]:
    """The claims of a file. Raises UnreadableFileError, and ControlTotalError for a wrong total."""
    yield from proved(partial(_claims, path))


def _claims(path: Path) -> Iterator[IndemnityClaim]:
    source = rows(path, _ENCODINGS, ",")
    header = next(source, None)
    titles = [] if header is None else [cell.strip() for cell in header.cells]
    unknown = sorted({*titles} - {*COLUMNS, *OPTIONAL})
    if unknown or len({*titles}) != len(titles) or not {*COLUMNS} <= {*titles}:
        value = ", ".join(unknown) or ",".join(titles)
        raise UnreadableFileError(
            path.name, 1, "header", value, "not the columns of a DDICA report"
        )
    cells = (_Cells(path.name, row, titles) for row in source)
    for _, of_claim in groupby(cells, key=_Cells.claim):
        yield _claim([*_bounded(of_claim)])


class _Cells:
    """One row by its columns; what cannot be read in it refuses the file."""

    def __init__(self, file: str, row: Row, titles: list[str]) -> None:
        self.file, self.row = file, row
        if row.problem is not None or len(row.cells) != len(titles):
            reason_ = row.problem or f"{len(row.cells)} cells under {len(titles)} titles"
            raise self.refused(RowError("row", ",".join(row.cells), reason_))
        texts = (cell.strip() for cell in row.cells)
        self.cells: Mapping[str, str] = dict(zip(titles, texts, strict=True))

    def claim(self) -> tuple[str, str]:
        """What the rows of one claim have in common."""
        return self.cells["SeqNo"], self.cells["PayingBankReference"]

    def stated(self, title: str) -> str | None:
        """A cell; None when it is missing, empty or `0`."""
        text = self.cells.get(title, "")
        return None if text in {"", "0"} else text

    def needed(self, title: str) -> str:
        """A cell that a claim cannot do without."""
        text = self.stated(title)
        if text is None:
            raise RowError(title, "", "missing in the claim")
        return text

    def refused(self, error: RowError) -> UnreadableFileError:
        """The refusal of the file for this row."""
        line = self.row.span.line
        return UnreadableFileError(self.file, line, error.field, error.value, error.reason)


def _bounded(of_claim: Iterator[_Cells]) -> Iterator[_Cells]:
    for number, one in enumerate(of_claim, 1):
        if number > COLLECTIONS_MAX:
            raise one.refused(RowError("rows", str(number), "too many collections of one claim"))
        yield one


def _claim(of_claim: list[_Cells]) -> IndemnityClaim:
    first, last = of_claim[0], of_claim[-1]
    try:
        collections = tuple(_collection(one, first) for one in of_claim)
        total_minor = pounds(first.cells["TotalAmount"], "TotalAmount")
        line = first.row.span.line
        check_claim(first.file, line, [amount for _, amount in collections], total_minor)
        return IndemnityClaim(
            span=SourceSpan(line, first.row.span.byte_start, last.row.span.byte_end),
            sequence=first.needed("SeqNo"),
            paying_bank_reference=first.needed("PayingBankReference"),
            reference=first.stated("SUReference") or "",
            reason_code=_reason_code(first),
            reason=first.stated("ReasonCodeMeaning"),
            collections=collections,
            total_minor=total_minor,
            debit_on=_day(first.needed("DateOfDebit"), "DateOfDebit"),
            cancelled=False,
            payer_sort_code=sort_code(first.stated("PayerSortCode"), "PayerSortCode"),
            payer_account=account_number(first.stated("PayerAccount"), "PayerAccount"),
            payer_name=first.stated("PayerName"),
            advices=_number(first.stated("NoOfAdvForClaim")),
            sun=first.stated("ServiceUserNumber"),
        )
    except RowError as error:
        raise first.refused(error) from None


def _collection(one: _Cells, first: _Cells) -> tuple[date, int]:
    """The day and the amount of one row, which says the same of its claim as the first."""
    try:
        for title, text in one.cells.items():
            if title not in _OF_A_COLLECTION and text != first.cells[title]:
                raise RowError(title, text, "another row of the same claim says otherwise")  # noqa: TRY301 - one exit
        return _day(one.cells[_DAY], _DAY), pounds(one.cells["Amount"], "Amount")
    except RowError as error:
        raise one.refused(error) from None


def _day(text: str, title: str) -> date:
    """A day, written the ISO way or the British one."""
    return parsed_date(text, "DD/MM/YYYY") or iso_date(text, title)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise RowError("NoOfAdvForClaim", text, "not a whole number")
    return int(text)


def _reason_code(one: _Cells) -> str | None:
    code = one.cells.get("ReasonCode", "")
    if code and reason("DDICA", code) is None:
        raise RowError("ReasonCode", code, "no reason code of DDICA")
    return code or None
