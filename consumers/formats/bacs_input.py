"""The Input report of Bacs, in XML: what it took, amended or rejected of a file that we sent.

    BACSDocument/Data/InputReport      no namespace; UTF-8 or ISO-8859-1; elements in any order
      Header, Submission/UserFile      as in `bacs_submission`; the one file is InputUserFile
        InputUserFile
          UserFileInformation, DaySection
          Errors/Error*                ErrorItem @reference, @valueOf;
                                       ErrorMessage @type (REJECTED, AMENDED, RETURNED)
          InputReportSummary
            AccountTotals/AccountTotal+   @number, @sortCode, @type
              CreditEntry, DebitEntry, CreditContraEntry, DebitContraEntry
                AcceptedRecords, RejectedRecords, TotalsRecords  @numberOf, @valueOf, @currency
            AgreementOfFileTotals      passed over

Source: a report as Bacs delivers it, and a program that reads its errors (newbacs-reports.xsd is
not published); the writer is in `bacs_input_write`. Accepted and rejected records are the total, in
number and in value, for every account and kind: otherwise the file is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from consumers.formats.bacs_items import (
    AccountTotals,
    Fault,
    Flow,
    InputError,
    InputReport,
    Tally,
)
from consumers.formats.bacs_reports import report_of
from consumers.formats.bacs_submission import (
    Days,
    bounded,
    days_inside,
    head,
    of_a_file,
    submitted,
    summed,
)
from consumers.formats.bacs_xml import (
    account_number,
    day,
    once,
    only,
    pounds,
    report_records,
    sort_code,
    stated,
    tally,
    with_reason,
)
from consumers.formats.errors import ControlTotalError, RowError
from consumers.formats.statement import SourceSpan
from consumers.formats.xml_records import Record
from ledger.money import format_minor

_REPORT: Final = "InputReport"
_FILE: Final = "InputUserFile"
_RECORDS: Final[dict[str, str | None]] = {
    "Submission": _REPORT,
    **days_inside(_FILE),
    "Error": _FILE,
    "AccountTotal": _FILE,
}
_FLOWS: Final[dict[str, Flow]] = {
    "CreditEntry": "credit",
    "DebitEntry": "debit",
    "CreditContraEntry": "credit_contra",
    "DebitContraEntry": "debit_contra",
}
_FAULTS: Final[dict[str, Fault]] = {
    "REJECTED": "REJECTED",
    "AMENDED": "AMENDED",
    "RETURNED": "RETURNED",
}
_ABOUT: Final = "UserFileInformation"
_OF_A_FILE: Final = frozenset((_ABOUT, "Errors", "InputReportSummary"))


@dataclass(slots=True)
class _Taken:
    """What has gone by: of the current file, of the current submission, of the report."""

    file: str
    days: Days = field(default_factory=Days)
    accounts: list[AccountTotals] = field(default_factory=list)
    errors: list[InputError] = field(default_factory=list)
    files: list[InputReport] = field(default_factory=list)
    submission: list[InputReport] = field(default_factory=list)
    report: list[InputReport] = field(default_factory=list)


def recognise(head_: bytes, name: str) -> str | None:
    """`Input`; None when it is none."""
    del name
    return "Input" if report_of(head_) == "Input" else None


def read(path: Path) -> Iterator[InputReport]:
    """One item for each file that the report is about, once the whole report is proved.

    Raises UnreadableFileError, and ControlTotalError when accepted and rejected are not the total.
    """
    taken = _Taken(path.name)
    reports: list[InputReport] = []
    for record in report_records(path, _REPORT, _RECORDS):
        reports += with_reason(path.name, record, partial(_take, taken))
    yield from reports


def _take(taken: _Taken, record: Record) -> list[InputReport]:
    """Take one record in; the reports that it completes."""
    match record.name:
        case "DaySectionRecord":
            taken.days.add(record)
        case "DaySection":
            taken.days.close(record, taken.file)
        case "Error":
            taken.errors.append(_error(record))
        case "AccountTotal":
            taken.accounts += _account(record, taken.file)
        case "InputUserFile":
            taken.files.append(_input(record, taken))
            taken.days, taken.accounts, taken.errors = Days(), [], []
        case "UserFile":
            taken.submission += _user_file(record, taken)
            taken.files = []
        case "Submission":
            serial, reference, _ = submitted(record)
            of_a_file(record, taken.submission)
            taken.report += (
                replace(one, volume_serial=serial, submission=reference) for one in taken.submission
            )
            taken.submission = []
        case _:
            produced_on, processing_on = head(record)
            reports, taken.report = taken.report, []
            return [
                replace(
                    one,
                    produced_on=produced_on,
                    processing_on=one.processing_on or processing_on,
                )
                for one in reports
            ]
    bounded(len(taken.errors) + len(taken.accounts) + len(taken.report) + len(taken.submission))
    return []


def _user_file(record: Record, taken: _Taken) -> list[InputReport]:
    """The files of the element, with its message; one that says only that when there is none."""
    only(record, ())
    message = stated(record, "@fileLevelMessage")
    if not taken.files and message is None:
        raise RowError("UserFile", "", "says nothing of any file")
    messages = () if message is None else (message,)
    files = taken.files or [_nothing_taken(record.span)]
    return [replace(one, messages=messages + one.messages) for one in files]


def _nothing_taken(span: SourceSpan) -> InputReport:
    return InputReport(span, "", None, None, None, None, None, None, (), (), (), ())


def _input(record: Record, taken: _Taken) -> InputReport:
    only(record, _OF_A_FILE)
    once(record, _ABOUT)
    return replace(
        _nothing_taken(record.span),
        sun=stated(record, f"{_ABOUT}@userNumber"),
        file_number=stated(record, f"{_ABOUT}@userFileNumber"),
        work_code=stated(record, f"{_ABOUT}@uhl1WorkCode"),
        processing_on=day(record, f"{_ABOUT}@uhl1ProcessingDate"),
        accounts=tuple(taken.accounts),
        days=tuple(taken.days.taken),
        errors=tuple(taken.errors),
        messages=tuple(taken.days.messages),
    )


def _error(record: Record) -> InputError:
    only(record, ("ErrorItem", "ErrorMessage"))
    types = record.all("ErrorMessage@type")
    kinds = {_FAULTS.get(one.strip().upper()) for one in types}
    if len(kinds) != 1 or None in kinds:
        told = ", ".join(types)
        raise RowError("ErrorMessage@type", told, "not one of REJECTED, AMENDED, RETURNED")
    value = stated(record, "ErrorItem@valueOf")
    return InputError(
        span=record.span,
        kind=_FAULTS[types[0].strip().upper()],
        message=_words(record),
        reference=stated(record, "ErrorItem@reference"),
        amount_minor=None if value is None else pounds(value, "ErrorItem@valueOf"),
        code=stated(record, "ErrorItem@transCode"),
    )


def _words(record: Record) -> str:
    """Every text of the messages, whichever attributes they stand in."""
    paths = (path for path in record.fields if path.split("@")[0].split("/")[0] == "ErrorMessage")
    texts = (text for path in paths if path != "ErrorMessage@type" for text in record.all(path))
    return " ".join(filter(None, (text.strip() for text in texts)))


def _account(record: Record, file: str) -> list[AccountTotals]:
    only(record, _FLOWS)
    code = sort_code(record.first("@sortCode"), "@sortCode")
    number = account_number(record.first("@number"), "@number")
    if code is None or number is None:
        raise RowError("AccountTotal", "", "names no account")
    return [
        AccountTotals(f"{code}-{number}", stated(record, "@type"), flow, *tallies)
        for element, flow in _FLOWS.items()
        if (tallies := _entries(record, element, file)) is not None
    ]


def _entries(record: Record, element: str, file: str) -> tuple[Tally, Tally, Tally] | None:
    """Accepted, rejected and total of one kind; None when the account has no such kind."""
    if not any(path.startswith(f"{element}/") for path in record.fields):
        return None
    accepted = tally(record, f"{element}/AcceptedRecords")
    rejected = tally(record, f"{element}/RejectedRecords")
    total = tally(record, f"{element}/TotalsRecords")
    if accepted is None or rejected is None or total is None:
        raise RowError(element, "", "does not tell accepted, rejected and total records")
    come_to = summed((accepted, rejected))
    if come_to != total or total.items is None:
        reason = (
            f"{total.items} records, but accepted and rejected come to {come_to.items} of"
            f" {format_minor(come_to.value_minor)}"
        )
        stated_ = format_minor(total.value_minor)
        raise ControlTotalError(file, record.line, f"{element}/TotalsRecords", stated_, reason)
    return accepted, rejected, total
