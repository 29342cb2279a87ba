"""Billing messages from a file (Avro container or JSON lines), through the same translator.

The file is kept whole; a row is named by the file's digest and its number, so the same file again
posts nothing twice, and a file that was cut off goes on where it stopped. A file that breaks off in
its middle keeps what was posted before the break; sent again whole, it posts the rest.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

from consumers.avro_files import Row, is_container, read_container
from consumers.billing_entries import Arrival, Origin, readable, unreadable
from consumers.billing_sink import keep_beside
from consumers.json_lines import read_json_lines
from consumers.keeping import Keeping
from consumers.registry import newest
from consumers.reports import FileReport
from consumers.unreadable import UnreadableMessageError
from ledger.account_state import Dated
from ledger.authority import Actor
from ledger.handle import Ledger
from ledger.ids import intake_stream
from ledger.intake_events import FileRefused
from ledger.limits import MESSAGES_PER_BATCH_MAX
from ledger.recorded import Source
from ledger.registers import MESSAGE
from ledger.requests import Note, Outcome, Request
from ledger.touched import refused_key
from ledger.values import Refusal

STREAM = intake_stream("billing-files")
PROBLEMS_SHOWN_MAX = 100  # all are in the intake log; the report of a file shows the first


def recognise(head: bytes) -> str | None:
    """What kind of billing file begins with these bytes; None when it is none."""
    if is_container(head):
        return "Avro container of billing messages"
    first_line = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0].strip()
    if first_line.startswith(b"{") and first_line != b"{":  # that would be printed JSON, not lines
        return "JSON lines of billing messages"
    return None


@dataclass(frozen=True, slots=True)
class BillingIntake:
    """Takes files of billing messages."""

    ledger: Ledger
    keeping: Keeping
    actor: Actor

    def take(
        self,
        path: Path,
        title: str,
        on_rows: Callable[[int], None] | None = None,
        name: str | None = None,
    ) -> FileReport:
        """Take one file, called `name` in the log; `on_rows` is told the rows of each batch."""
        called = name or path.name
        digest = self.keeping.raw.keep_file(path)
        report = FileReport(called, digest, title)
        rows = rows_of(self.keeping.raw.path(digest), title)
        try:
            while batch := list(islice(rows, MESSAGES_PER_BATCH_MAX)):
                self._take(called, digest, batch, report)
                if on_rows is not None:
                    on_rows(len(batch))
        except UnreadableMessageError as error:
            report.refusal = self._broken_off(report, error)
        return report

    def _take(
        self, name: str, digest: str, rows: Sequence[tuple[int, Row]], report: FileReport
    ) -> None:
        today = self.ledger.today()
        arrivals = [self.arrival(name, digest, number, row, today) for number, row in rows]
        if not report.messages:
            report.same_file = self._was_taken(arrivals)
        outcomes = self.ledger.handle(
            [arrival.entry for arrival in arrivals],
            before_append=lambda decided: keep_beside(self.keeping, arrivals, decided),
        )
        for (number, _), arrival, outcome in zip(rows, arrivals, outcomes, strict=True):
            _count(report, number, arrival, outcome)

    def arrival(self, name: str, digest: str, number: int, row: Row, today: date) -> Arrival:
        """The entry of one row."""
        readable_row = None if isinstance(row, UnreadableMessageError) else row
        schema = newest(readable_row.schema_name).file.file if readable_row else None
        origin = Origin(
            stream=STREAM,
            source=Source(
                "file",
                name,
                digest=digest,
                line=number,
                schema=schema,
            ),
            identity=f"file:{digest}|{number}",
            content=hashlib.sha256(f"{digest}|{number}".encode()).digest(),
            kept=lambda: digest,
        )
        if isinstance(row, UnreadableMessageError):
            return Arrival(unreadable(row, origin, self.actor, today), None)
        return readable(row, origin, self.actor, today, digest=self.keeping.digest)

    def _was_taken(self, arrivals: Sequence[Arrival]) -> bool:
        """Whether a row of this very file is known: identities hold the file's digest."""
        entries = [arrival.entry for arrival in arrivals]
        keys = [(MESSAGE, entry.identity) for entry in entries]
        keys += [refused_key(entry) for entry in entries if isinstance(entry, Request)]
        return bool(self.ledger.store.registered(keys))

    def _broken_off(self, report: FileReport, error: UnreadableMessageError) -> Refusal:
        name, digest = report.file, report.digest
        where = f"{name}, row {error.line}" if error.line is not None else name
        sentence = f"{where}: {error.sentence}"
        if report.messages:
            rows = sum(report.messages.values())
            sentence += f"; the {rows} rows before it were taken: send the whole file again"
        refusal = Refusal(code=error.reason.value, sentence=sentence)
        fact = FileRefused(source=STREAM, digest=digest, file_name=name, refusals=(refusal,))
        note = Note(
            STREAM,
            [Dated(fact, self.ledger.today())],
            self.actor,
            Source("file", name, digest=digest),
            f"file-refused:{digest}",
            bytes.fromhex(digest),
        )
        self.ledger.handle([note])
        return refusal


def row_of(path: Path, title: str, number: int) -> Row | None:
    """One row of a kept file, to be offered again."""
    return next((row for at, row in rows_of(path, title) if at == number), None)


def rows_of(path: Path, title: str) -> Iterator[tuple[int, Row]]:
    """The rows of a file of the kind that `recognise` calls so."""
    return read_container(path) if title.startswith("Avro") else read_json_lines(path)


def _count(report: FileReport, number: int, arrival: Arrival, outcome: Outcome) -> None:
    status: str = outcome.status
    if not isinstance(arrival.entry, Request) and status == "posted":
        status = "refused"  # what was posted is the record of the refusal
    report.messages[status] = report.messages.get(status, 0) + 1
    sentences = [refusal.sentence for refusal in outcome.refusals]
    for dated in outcome.facts if not isinstance(arrival.entry, Request) else ():
        sentences += [refusal.sentence for refusal in getattr(dated.fact, "refusals", ())]
    if sentences and len(report.problems) < PROBLEMS_SHOWN_MAX:
        report.problems.append(f"row {number}: {'; '.join(sentences)}")
