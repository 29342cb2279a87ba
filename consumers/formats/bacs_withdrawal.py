"""The Withdrawal report of Bacs, in XML: a file that we sent was taken back before its processing.

    BACSDocument/Data/WithdrawalReport   no namespace; UTF-8 or ISO-8859-1; elements in any order
      Header, Submission/UserFile        as in `bacs_submission`; the one file is WithdrawalUserFile

Source: a program that reads these reports; none is public. What stands beside the days of a file
and is not known refuses the report. The writer is in `bacs_submission_write`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from consumers.formats.bacs_items import Withdrawal
from consumers.formats.bacs_reports import report_of
from consumers.formats.bacs_submission import (
    Days,
    bounded,
    days_inside,
    head,
    of_a_file,
    submitted,
)
from consumers.formats.bacs_xml import once, only, report_records, stated, with_reason
from consumers.formats.xml_records import Record

_REPORT: Final = "WithdrawalReport"
_FILE: Final = "WithdrawalUserFile"
_RECORDS: Final[dict[str, str | None]] = {"Submission": _REPORT, **days_inside(_FILE)}
_ABOUT: Final = "UserFileInformation"


@dataclass(slots=True)
class _Taken:
    """What has gone by: of the current file, of the current submission, of the report."""

    file: str
    days: Days = field(default_factory=Days)
    files: list[Withdrawal] = field(default_factory=list)
    submission: list[Withdrawal] = field(default_factory=list)
    report: list[Withdrawal] = field(default_factory=list)


def recognise(head_: bytes, name: str) -> str | None:
    """`Withdrawal`; None when it is none."""
    del name
    return "Withdrawal" if report_of(head_) == "Withdrawal" else None


def read(path: Path) -> Iterator[Withdrawal]:
    """One item for each file that was withdrawn, once the whole report could be read.

    Raises UnreadableFileError, and ControlTotalError when the days are not the totals.
    """
    taken = _Taken(path.name)
    withdrawals: list[Withdrawal] = []
    for record in report_records(path, _REPORT, _RECORDS):
        withdrawals += with_reason(path.name, record, partial(_take, taken))
    yield from withdrawals


def _take(taken: _Taken, record: Record) -> list[Withdrawal]:
    """Take one record in; the withdrawals that it completes."""
    match record.name:
        case "DaySectionRecord":
            taken.days.add(record)
        case "DaySection":
            taken.days.close(record, taken.file)
        case "WithdrawalUserFile":
            taken.files.append(_withdrawal(record, taken))
            taken.days = Days()
        case "UserFile":
            of_a_file(record, taken.files)
            only(record, ())
            message = stated(record, "@fileLevelMessage")
            messages = () if message is None else (message,)
            taken.submission += (
                replace(one, messages=messages + one.messages) for one in taken.files
            )
            taken.files = []
        case "Submission":
            of_a_file(record, taken.submission)
            serial, reference, bureau = submitted(record)
            taken.report += (
                replace(one, volume_serial=serial, submission=reference, bureau=bureau)
                for one in taken.submission
            )
            taken.submission = []
        case _:
            produced_on, _ = head(record)
            done, taken.report = taken.report, []
            return [replace(one, produced_on=produced_on) for one in done]
    bounded(len(taken.files) + len(taken.submission) + len(taken.report))
    return []


def _withdrawal(record: Record, taken: _Taken) -> Withdrawal:
    only(record, (_ABOUT,))
    once(record, _ABOUT)
    of_a_file(record, taken.days.taken)
    return Withdrawal(
        span=record.span,
        volume_serial="",
        submission=None,
        sun=stated(record, f"{_ABOUT}@userNumber"),
        bureau=None,
        file_number=stated(record, f"{_ABOUT}@userFileNumber"),
        produced_on=None,
        days=tuple(taken.days.taken),
        messages=tuple(taken.days.messages),
    )
