"""DDICA in XML: payers' banks claim collections back under the Direct Debit Guarantee.

    VocaDocument/Data/Document+        no namespace; UTF-8 or ISO-8859-1; elements in any order
      ServiceUserNumber
      NewAdvices                       TotalValueOfDebits, DateOfDebit (our account is debited then)
        DDICAdvice*                    SeqNo, PayingBankReference, SUReference, ReasonCode (1 to 8),
                                       ReasonCodeMeaning, PayerSortCode, PayerAccount, PayerName,
                                       NoOfAdvForClaim, TotalAmount
          DDCollections/(any)*         DateOfDirectDebit, Amount
      Cancellations                    TotalValueOfCancellations
        DDICCancellation*              as an advice

Source: programs that read these reports; no report is public. The CSV form is read in
`bacs_claims_csv`, the writer of both is in `bacs_claims_write`. Amounts may have thousands commas.

The value of the collections is the claim's total, and the claims are the report's total: otherwise
the file is refused, as for an unknown reason code, before any claim is yielded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from consumers.formats.amounts import iso_date
from consumers.formats.bacs_items import IndemnityClaim
from consumers.formats.bacs_reports import report_of
from consumers.formats.bacs_xml import (
    account_number,
    day,
    needed,
    number,
    once,
    only,
    pounds,
    proved,
    report_records,
    sort_code,
    stated,
    with_reason,
)
from consumers.formats.errors import ControlTotalError, RowError
from consumers.formats.xml_records import Record
from ledger.bacs_codes import reason
from ledger.money import format_minor

_TOTALS: Final = {
    "NewAdvices": "TotalValueOfDebits",
    "Cancellations": "TotalValueOfCancellations",
}
_RECORDS: Final[dict[str, str | None]] = {
    "NewAdvices": "Document",
    "DDICAdvice": "NewAdvices",
    "Cancellations": "Document",
    "DDICCancellation": "Cancellations",
}
_CLAIMS: Final = frozenset(("DDICAdvice", "DDICCancellation"))
_COLLECTIONS: Final = "DDCollections"
_DAY, _AMOUNT = "DateOfDirectDebit", "Amount"


@dataclass(slots=True)
class _Section:
    """What holds for all claims of one section; the document says its number at its end."""

    debit_on: date | None
    sun: str | None = None


def recognise(head: bytes, name: str) -> str | None:
    """`DDICA`; None when it is none."""
    del name
    return "DDICA" if report_of(head) == "DDICA" else None


def read(path: Path) -> Iterator[IndemnityClaim]:
    """The claims of a file and the claims that were withdrawn, in its order.

    Raises UnreadableFileError, and ControlTotalError when a total is wrong.
    """
    sections = _sections(path)
    yield from proved(partial(_claims, path, sections))


def _records(path: Path) -> Iterator[Record]:
    return report_records(path, "Document", _RECORDS, root="VocaDocument")


def _sections(path: Path) -> list[_Section]:
    """The first reading: the sections of the file, each once its claims come to its total."""
    sections: list[_Section] = []
    total_minor = documents = 0
    for record in _records(path):
        if record.name in _CLAIMS:
            total_minor += with_reason(path.name, record, _total)
        elif record.name in _TOTALS:
            section, stated_minor = with_reason(path.name, record, _section)
            sections.append(section)
            if (stated_minor or 0) != total_minor:
                raise ControlTotalError(
                    path.name,
                    record.line,
                    _TOTALS[record.name],
                    record.first(_TOTALS[record.name]) or "",
                    f"its claims come to {format_minor(total_minor)}",
                )
            total_minor = 0
        else:
            sun = with_reason(path.name, record, _service_user)
            for section in sections[documents:]:
                section.sun = sun
            documents = len(sections)
    return sections


def _section(record: Record) -> tuple[_Section, int | None]:
    total = _TOTALS[record.name]
    only(record, (), plain=True)
    once(record, total)
    once(record, "DateOfDebit")
    text = record.first(total)
    debit_on = day(record, "DateOfDebit")
    return _Section(debit_on), None if text is None else pounds(text, total)


def _service_user(record: Record) -> str | None:
    only(record, (), plain=True)
    once(record, "ServiceUserNumber")
    return stated(record, "ServiceUserNumber")


def _claims(path: Path, sections: list[_Section]) -> Iterator[IndemnityClaim]:
    at = 0
    for record in _records(path):
        if record.name in _TOTALS:
            at += 1
        elif record.name in _CLAIMS:
            yield with_reason(path.name, record, partial(_claim, path.name, sections[at]))


def _claim(file: str, section: _Section, record: Record) -> IndemnityClaim:
    only(record, (_COLLECTIONS,), plain=True)
    cancelled = record.name == "DDICCancellation"
    if section.debit_on is None and not cancelled:
        raise RowError("DateOfDebit", "", "the report does not say when our account is debited")
    code = needed(record, "ReasonCode")
    if reason("DDICA", code) is None:
        raise RowError("ReasonCode", code, "no reason code of DDICA")
    return IndemnityClaim(
        span=record.span,
        sequence=needed(record, "SeqNo"),
        paying_bank_reference=needed(record, "PayingBankReference"),
        reference=stated(record, "SUReference") or "",
        reason_code=code,
        reason=stated(record, "ReasonCodeMeaning"),
        collections=_collections(file, record),
        total_minor=_total(record),
        debit_on=None if cancelled else section.debit_on,
        cancelled=cancelled,
        payer_sort_code=sort_code(record.first("PayerSortCode"), "PayerSortCode"),
        payer_account=account_number(record.first("PayerAccount"), "PayerAccount"),
        payer_name=stated(record, "PayerName"),
        advices=number(record, "NoOfAdvForClaim"),
        sun=section.sun,
    )


def _total(record: Record) -> int:
    once(record, "TotalAmount")
    return pounds(record.first("TotalAmount"), "TotalAmount")


def _collections(file: str, record: Record) -> tuple[tuple[date, int], ...]:
    """Each collection that is claimed; together they are the claim's total."""
    inside = (path for path in record.fields if path.split("/")[0] == _COLLECTIONS)
    paths = {path.rpartition("/")[0] for path in inside}
    one = next((path for path in paths if path.count("/") == 1), "")
    days, amounts = record.all(f"{one}/{_DAY}"), record.all(f"{one}/{_AMOUNT}")
    if paths != {one} or not days or len(days) != len(amounts):
        raise RowError(_COLLECTIONS, " ".join(sorted(paths)), "not pairs of a day and an amount")
    pairs = tuple(
        (iso_date(on.strip(), _DAY), pounds(amount.strip(), _AMOUNT))
        for on, amount in zip(days, amounts, strict=True)
    )
    check_claim(file, record.line, [amount for _, amount in pairs], _total(record))
    return pairs


def check_claim(file: str, line: int, amounts: list[int], total_minor: int) -> None:
    """A claim is of whole collections: no amount is nothing, and the sum is the total."""
    if 0 in amounts:
        raise RowError(_AMOUNT, "0", "a collection of nothing cannot be claimed")
    if sum(amounts) != total_minor:
        reason_ = f"its collections come to {format_minor(sum(amounts))}"
        raise ControlTotalError(file, line, "TotalAmount", format_minor(total_minor), reason_)
