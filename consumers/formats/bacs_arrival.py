"""The Arrival report of Bacs, in XML: a file that we sent has reached it. Only its head is read.

    BACSDocument/Data/ArrivalReport   no namespace; UTF-8 or ISO-8859-1; elements in any order
      Header                          ProducedOn @date; ProcessingDate @date
      Submission*                     SubmissionInformation @volumeSerialNumber, ...

Its structure is not published, and nothing is decided by it: what is taken of the file, the Input
report says. So what else stands in it is passed over.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from consumers.formats.bacs_items import Arrival
from consumers.formats.bacs_reports import report_of
from consumers.formats.bacs_submission import bounded
from consumers.formats.bacs_xml import day, report_records, stated, with_reason
from consumers.formats.xml_records import Record

_REPORT: Final = "ArrivalReport"
_RECORDS: Final[dict[str, str | None]] = {"Submission": _REPORT}


def recognise(head: bytes, name: str) -> str | None:
    """`Arrival`; None when it is none."""
    del name
    return "Arrival" if report_of(head) == "Arrival" else None


def read(path: Path) -> Iterator[Arrival]:
    """One item for each submission that arrived; one without a number when none is named.

    Raises UnreadableFileError.
    """
    pending: list[Arrival] = []
    arrivals: list[Arrival] = []
    for record in report_records(path, _REPORT, _RECORDS):
        if record.name == "Submission":
            pending.append(_arrival(record))
            with_reason(path.name, record, lambda _: bounded(len(pending)))  # noqa: B023 - called here
        else:
            done = pending or [_arrival(record)]
            arrivals += with_reason(path.name, record, partial(_dated, done))
            pending = []
    yield from arrivals


def _arrival(record: Record) -> Arrival:
    about = "SubmissionInformation"
    return Arrival(
        span=record.span,
        volume_serial=stated(record, f"{about}@volumeSerialNumber"),
        submission=stated(record, f"{about}@submissionReferenceNumber"),
        produced_on=None,
        processing_on=None,
    )


def _dated(arrivals: list[Arrival], record: Record) -> list[Arrival]:
    produced_on = day(record, "Header/ProducedOn@date")
    processing_on = day(record, "Header/ProcessingDate@date")
    return [replace(one, produced_on=produced_on, processing_on=processing_on) for one in arrivals]
