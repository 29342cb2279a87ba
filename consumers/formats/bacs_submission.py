"""What the reports on a file that we sent have in common: its head, its serial number, its days.

    Header                    ProducedOn @date @time; ProcessingDate @date
    Submission+
      SubmissionInformation   @volumeSerialNumber (that of VOL1), @submissionReferenceNumber,
                              @bureauNumber
      UserFile+               @fileLevelMessage
        (one file)
          UserFileInformation @userNumber, @userFileNumber, @uhl1WorkCode, @uhl1ProcessingDate, ...
          DaySection+         @daySectionLevelErrorMessage
            DaySectionRecord* @processingDate; Credit, Debit, each with its Contra inside
            Totals            Credit, Debit, as above

A tally is `@numberOf` and `@valueOf`. The days of a section come to its totals, if both are there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from consumers.formats.bacs_items import NOTHING, DayTotals, Tally
from consumers.formats.bacs_xml import day, needed, once, only, stated, tally
from consumers.formats.errors import ControlTotalError, RowError
from consumers.formats.xml_records import Record
from ledger.money import format_minor

HELD_MAX = 100_000  # days, accounts and errors of one file, which are held together
_FLOWS: Final = frozenset(("Credit", "Debit"))
_NAMES: Final = ("credits", "debits", "credit_contras", "debit_contras")


def days_inside(file: str) -> dict[str, str | None]:
    """The records of a submission whose one file is an element of this name."""
    return {
        "UserFile": "Submission",
        file: "UserFile",
        "DaySection": file,
        "DaySectionRecord": "DaySection",
    }


@dataclass(slots=True)
class Days:
    """The days of one file as they go by, and what is said of them."""

    taken: list[DayTotals] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    _of_section: list[DayTotals] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """One day of the current section."""
        only(record, _FLOWS)
        self._of_section.append(_day_totals(record, "", day(record, "@processingDate")))
        bounded(len(self.taken) + len(self._of_section))

    def close(self, record: Record, file: str) -> None:
        """The end of a section: its days come to its totals, which stand for it without days."""
        only(record, ("Totals",))
        days, self._of_section = self._of_section, []
        if message := stated(record, "@daySectionLevelErrorMessage"):
            self.messages.append(message)
        if not any(path.startswith("Totals/") for path in record.fields):
            self.taken += days
            return
        totals = _day_totals(record, "Totals/", day(record, "@processingDate"))
        for name in _NAMES if days else ():
            total: Tally = getattr(totals, name)
            come_to = summed([getattr(one, name) for one in days])
            if total != come_to:
                raise ControlTotalError(
                    file,
                    record.line,
                    f"Totals of {name}",
                    format_minor(total.value_minor),
                    f"{total.items} records, but its days come to {come_to.items} records of"
                    f" {format_minor(come_to.value_minor)}",
                )
        self.taken += days or [totals]


def bounded(held: int) -> None:
    """Refuses more than a report can hold."""
    if held > HELD_MAX:
        raise RowError("records", str(held), "too many in one report")


def summed(tallies: Sequence[Tally]) -> Tally:
    """What tallies come to; their number is known when each is."""
    counts = [one.items for one in tallies]
    known = [count for count in counts if count is not None]
    items = sum(known) if len(known) == len(counts) else None
    return Tally(items, sum(one.value_minor for one in tallies))


def _day_totals(record: Record, inside: str, processing_on: date | None) -> DayTotals:
    paths = (f"{inside}{path}" for path in ("Credit", "Debit", "Credit/Contra", "Debit/Contra"))
    return DayTotals(processing_on, *(tally(record, path) or NOTHING for path in paths))


def submitted(record: Record) -> tuple[str, str | None, str | None]:
    """Of a submission: the serial number of its volume, its reference, and who sent it."""
    only(record, ("SubmissionInformation",))
    once(record, "SubmissionInformation")
    about = "SubmissionInformation"
    return (
        needed(record, f"{about}@volumeSerialNumber"),
        stated(record, f"{about}@submissionReferenceNumber"),
        stated(record, f"{about}@bureauNumber"),
    )


def of_a_file(record: Record, files: Sequence[object]) -> None:
    """Refuses a part of a report in which no file was found: it may be told in unknown words."""
    if not files:
        raise RowError(record.name, "", "says nothing of any file")


def head(record: Record) -> tuple[date | None, date | None]:
    """Of a report: the day on which it was made, and the processing day it is about."""
    only(record, ("Header",))
    for element in ("Header/ProducedOn", "Header/ProcessingDate"):
        once(record, element)
    return day(record, "Header/ProducedOn@date"), day(record, "Header/ProcessingDate@date")
