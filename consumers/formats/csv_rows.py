"""The rows of a CSV file, each with the exact bytes it was read from.

One line is one row. A quotation that is opened on a line and not closed on it would swallow the
rows that follow, or let a payer's reference pose as a row of its own, so it refuses the file.
Encodings: UTF-8 and UTF-16 by their mark, otherwise the first of the profile's that fits the file.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from consumers.formats.errors import UnreadableFileError
from consumers.formats.statement import SourceSpan
from ledger.limits import FILE_ROWS_MAX, LINE_BYTES_MAX

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file as cells; `problem` says why a line could not be taken apart."""

    cells: tuple[str, ...]
    span: SourceSpan
    problem: str | None = None


def decode_head(head: bytes) -> str:
    """The first bytes of a file as text, for looking at only; never fails."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, errors="replace")
    try:  # not final: the head may end in the middle of a character
        return codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return head.decode("cp1252", errors="replace")


def find_encoding(path: Path, encodings: Sequence[str]) -> tuple[str, int]:
    """The encoding of the whole file and the length of its mark in bytes.

    Raises UnreadableFileError when no encoding fits.
    """
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            encodings = (encoding,)
            break
    else:
        mark = b""
    line, value = 0, ""
    for encoding in encodings:
        misfit = _misfit(path, encoding, len(mark))
        if misfit is None:
            return encoding, len(mark)
        line, value = misfit
    raise UnreadableFileError(path.name, line, "bytes", value, f"not text in {encodings[-1]}")


def rows(path: Path, encodings: Sequence[str], delimiter: str) -> Iterator[Row]:
    """Every line of a file that is not blank.

    Raises UnreadableFileError for a NUL, a line that is too long, too many lines, bytes outside
    the encoding, and a quotation that is not closed on its line.
    """
    encoding, skip = find_encoding(path, encodings)
    with path.open("rb") as binary:
        binary.seek(skip)
        lines = _Lines(path.name, io.TextIOWrapper(binary, encoding, newline=""), encoding, skip)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            first = lines.number + 1
            row = _next_row(reader, lines)
            if row is None:
                return
            if lines.number > first:
                reason = "a quotation opened on this line is not closed on it"
                raise UnreadableFileError(path.name, first, "line", "", reason)
            if any(cell.strip() for cell in row.cells) or row.problem:
                yield row


def _next_row(reader: "Iterator[list[str]]", lines: "_Lines") -> Row | None:
    try:
        cells = next(reader, None)
    except csv.Error as error:
        return Row((lines.text.strip(),), lines.span(), str(error))
    return None if cells is None else Row(tuple(cells), lines.span())


class _Lines:
    """The lines of a text, counting the bytes that each of them takes in the file."""

    def __init__(self, file: str, text: io.TextIOWrapper, encoding: str, start: int) -> None:
        self._file, self._source, self._encoding = file, text, encoding
        self._start = self._end = start
        self.number = 0
        self.text = ""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        self.text = self._source.readline(LINE_BYTES_MAX + 1)
        if not self.text:
            raise StopIteration
        self.number += 1
        self._start = self._end
        self._end += len(self.text.encode(self._encoding))
        if len(self.text) > LINE_BYTES_MAX:
            raise self._refused(f"longer than {LINE_BYTES_MAX} characters")
        if "\0" in self.text:
            raise self._refused("a NUL byte: the file is damaged, or not text")
        if self.number > FILE_ROWS_MAX:
            raise self._refused(f"more than {FILE_ROWS_MAX} lines")
        return self.text

    def span(self) -> SourceSpan:
        """Where the current line stands, without its line end."""
        ending = len(self.text) - len(self.text.rstrip("\r\n"))
        width = len("\n".encode(self._encoding))
        return SourceSpan(self.number, self._start, self._end - ending * width)

    def _refused(self, reason: str) -> UnreadableFileError:
        return UnreadableFileError(self._file, self.number, "line", self.text[:40], reason)


def _misfit(path: Path, encoding: str, skip: int) -> tuple[int, str] | None:
    """Line and bytes at which a file stops being text in this encoding, if it does."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    line = 1
    with path.open("rb") as file:
        file.seek(skip)
        while True:
            chunk = file.read(_CHUNK_BYTES)
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].decode(encoding, errors="replace").count("\n")
                return line, error.object[error.start : error.end].hex()
            if not chunk:
                return None
