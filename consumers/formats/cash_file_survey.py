"""The first reading of a cash file: its sections, and where the rows of each account stand.

The rows of accounts may be mixed. They are not held: for each account of a section the places of
its rows are kept, as runs of lines that follow each other, 24 bytes a run. Accounts one after the
other take one run each; the worst case, no two rows of an account together, takes 24 bytes a row
(48 MB at the 2,000,000 rows that a file may have).
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

from consumers.formats.cash_file_labels import (
    Header,
    Trailer,
    day,
    header,
    is_label,
    own_account,
    trailer,
)
from consumers.formats.cash_file_totals import BALANCE, Figures, Settled, hold_total_rows, settle
from consumers.formats.errors import RowError, UnreadableFileError
from consumers.formats.statement import SourceSpan
from ledger.limits import FILE_ROWS_MAX, LINE_BYTES_MAX

ACCOUNTS_PER_SECTION_MAX = 10_000
ORPHANS_MAX = 1_000  # rows in front of the first that names its account
DAYS_MAX = 1_000  # different days of which the first and last are told
HEADER_LINES_MAX = 4  # in front of the rows, in a file without labels
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank: its bytes without their line end."""

    number: int
    start: int
    raw: bytes

    @property
    def span(self) -> SourceSpan:
        """Where it stands."""
        return SourceSpan(self.number, self.start, self.start + len(self.raw))


@dataclass(slots=True, eq=False)
class AccountRows:
    """Where the rows of one account stand in one section, and what they come to."""

    runs: "array[int]" = field(default_factory=lambda: array("Q"))  # start, line, lines; …
    figures: Figures = field(default_factory=Figures)
    balance: Line | None = None
    last_line: int = 0

    def add(self, line: Line) -> None:
        """One more row."""
        if self.last_line and self.last_line == line.number - 1:
            self.runs[-1] += 1
        else:
            self.runs.extend((line.start, line.number, 1))
        self.last_line = line.number
        code = line.raw[15:17]
        amount = line.raw[35:46].strip()
        self.figures.add(code, int(amount) if amount.isdigit() else None)
        if code == BALANCE:
            self.balance = line

    def lines(self, file: BinaryIO) -> Iterator[Line]:
        """The rows again, from the open file."""
        runs = self.runs
        for index in range(0, len(runs), 3):
            start, number, count = runs[index : index + 3]
            file.seek(start)
            for offset in range(count):
                whole = file.readline()
                yield Line(number + offset, start, whole.rstrip(b"\r\n"))
                start += len(whole)


@dataclass(slots=True, eq=False)
class Section:
    """HDR1 to UTL1, or a whole file without labels. `settled` is set when UTL1 has totals."""

    header: Header
    accounts: dict[bytes, AccountRows] = field(default_factory=dict)
    orphans: list[Line] = field(default_factory=list)
    latest: AccountRows | None = None
    trailer: Trailer | None = None
    settled: Settled | None = None
    days: set[bytes] = field(default_factory=set)

    def add(self, line: Line, file: str) -> None:
        """One more row; a row whose account cannot be read goes to the one before it."""
        account = own_account(line.raw)
        if account is not None:
            self.latest = self.accounts.get(account) or self._opened(account, line, file)
        if len(self.days) < DAYS_MAX:
            self.days.add(line.raw[100:107])
        if self.latest is not None:
            self.latest.add(line)
            return
        if len(self.orphans) >= ORPHANS_MAX:
            raise refused(file, line, "account", "no row names its account")
        self.orphans.append(line)

    def period(self) -> tuple[date, date] | None:
        """First and last day of its rows, as far as they can be read."""
        found = sorted(one for text in self.days if (one := _day(text)))
        return (found[0], found[-1]) if found else None

    def _opened(self, account: bytes, line: Line, file: str) -> AccountRows:
        if len(self.accounts) >= ACCOUNTS_PER_SECTION_MAX:
            raise refused(file, line, "account", "too many accounts in one section")
        opened = self.accounts[account] = AccountRows()
        for orphan in self.orphans:
            opened.add(orphan)
        self.orphans.clear()
        return opened


def refused(file: str, line: Line, name: str, reason: str) -> UnreadableFileError:
    """The refusal of a file for one of its lines."""
    value = line.raw[:46].decode("ascii", "replace")
    return UnreadableFileError(file, line.number, name, value, reason)


def lines(path: Path) -> Iterator[Line]:
    """The lines that are not blank. Raises UnreadableFileError for damage and over the limits."""
    number = start = 0
    with path.open("rb") as file:
        if file.read(len(_MARK)) == _MARK:
            start = len(_MARK)
        file.seek(start)
        while whole := file.readline(LINE_BYTES_MAX + 1):
            number += 1
            line = Line(number, start, whole.rstrip(b"\r\n"))
            start += len(whole)
            if len(whole) > LINE_BYTES_MAX:
                raise refused(path.name, line, "line", f"longer than {LINE_BYTES_MAX} bytes")
            if b"\0" in whole:
                raise refused(path.name, line, "line", "a NUL byte: the file is damaged")
            if number > FILE_ROWS_MAX:
                raise refused(path.name, line, "line", f"more than {FILE_ROWS_MAX} lines")
            if line.raw.strip(b" \t\x1a"):
                yield line


def survey(path: Path) -> list[Section]:
    """The sections of a file in their order, each with totals that hold.

    Raises UnreadableFileError, and ControlTotalError.
    """
    surveying = _Surveying(path.name)
    for line in lines(path):
        if is_label(line.raw):
            surveying.label(line)
        else:
            surveying.row(line)
    return surveying.finished()


@dataclass(slots=True)
class _Surveying:
    """The sections so far; `open` is the one that rows go to."""

    file: str
    sections: list[Section] = field(default_factory=list)
    head: Header | None = None
    open: Section | None = None
    labelled: bool = False

    def label(self, line: Line) -> None:
        """A label: VOL1, HDR1 and UHL1 begin a section, UTL1 ends it, the others say nothing."""
        self.labelled = True
        kind = line.raw[:4]
        try:
            if kind in (b"HDR1", b"UHL1"):
                self._end(None)
                self.head = header(line.raw, line.span, self.head)
            elif kind == b"UTL1":
                self.open = self.open or self._begun(line)
                self.open.trailer = trailer(line.raw, line.span)
                self._end(line)
        except RowError as error:
            raise UnreadableFileError(
                self.file, line.number, error.field, error.value, error.reason
            ) from None

    def row(self, line: Line) -> None:
        """A row, or a header line of a file without labels."""
        if self.open is None:
            is_header = own_account(line.raw) is None and line.number <= HEADER_LINES_MAX
            if is_header and not self.labelled:
                return
            self.open = self._begun(line)
        self.open.add(line, self.file)

    def finished(self) -> list[Section]:
        """All sections, each with at least one row."""
        self._end(None)
        held = [section for section in self.sections if section.accounts]
        if not held:
            reason = "the file holds no rows, so it names no account: nothing moved"
            raise UnreadableFileError(self.file, 0, "rows", "", reason)
        return held

    def _begun(self, line: Line) -> Section:
        section = Section(replace(self.head) if self.head else Header(line.span))
        self.sections.append(section)
        return section

    def _end(self, ending: Line | None) -> None:
        section, self.open = self.open, None
        if section is None:
            return
        if section.orphans:
            raise refused(self.file, section.orphans[0], "account", "no row names its account")
        if ending is not None:
            self.head = None
        elif self.labelled and not _dated_in_full(section):
            line, reason = section.header.span.line, "no UTL1 ends this section: the file is cut"
            raise UnreadableFileError(self.file, line, "UTL1", "", reason)
        if section.trailer is None:
            for account, rows in section.accounts.items():
                hold_total_rows(self.file, rows.last_line, account.decode(), rows.figures)
        else:
            figures = Figures()
            for rows in section.accounts.values():
                figures.include(rows.figures)
            section.settled = settle(self.file, section.trailer, figures)


def _dated_in_full(section: Section) -> bool:
    """Whether its dates are YYMMDD, as in the files of a bank that sends no UTL1."""
    return any(text[:6].isdigit() for text in section.days)


def _day(text: bytes) -> date | None:
    found = text.split()
    try:
        return day(found[0].decode("ascii", "replace"), "date") if found else None
    except RowError:
        return None
