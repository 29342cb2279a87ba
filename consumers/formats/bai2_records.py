"""The records of a BAI2 file, each with its continuations.

    NN,field,field,.../     a record: a code of two digits, fields, a stroke at the end
    88,more/                goes on with the record before it: with the next field, or with its text

Text (the last field of a transaction) may hold commas and strokes, and needs no stroke at its end.
Real files also write several records on one line, and go on with a text on a line that has no code:
both are taken. A line that is neither refuses the file.

Source: BAI "Cash Management Balance Reporting Specifications, version 2".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from consumers.formats.errors import UnreadableFileError
from consumers.formats.statement import SourceSpan
from consumers.formats.text_lines import Line, text_lines

PIECES_MAX = 1_000  # of one record; a file of nothing but continuations must not be held in memory
LINE_WIDTH: Final = 80  # a text line this long was cut in the middle, a shorter one was not

_RECORD = re.compile(r"\s*([0-9]{2}),(.*)", re.ASCII | re.DOTALL)
SEVERAL = re.compile(r"/\s+(?=(?:(?:02|03|49|88|98|99),|16,[0-9]{3},))", re.ASCII)
_CODES: Final = frozenset(("01", "02", "03", "16", "49", "98", "99"))


class Piece(NamedTuple):
    """One line of a record without its code; `ended` by a stroke, `cut` when it fills the line."""

    text: str
    ended: bool
    cut: bool


@dataclass(slots=True)
class Record:
    """A record and its continuations; `count` is of records with a code, as trailers count them."""

    code: str
    pieces: list[Piece]
    line: int
    byte_start: int
    byte_end: int
    count: int = 1
    is_loose: bool = False

    def span(self) -> SourceSpan:
        """From its first line to its last."""
        return SourceSpan(self.line, self.byte_start, self.byte_end)

    def fields(self) -> list[str]:
        """The fields of a record that has no text."""
        return joined(self.pieces).split(",")

    def field(self, at: int) -> str:
        """One field, trimmed; empty when the record is shorter."""
        fields = self.fields()
        return fields[at].strip() if at < len(fields) else ""


def joined(pieces: list[Piece]) -> str:
    """The fields of pieces in one line: each piece begins with a new field."""
    text = pieces[0].text
    for before, piece in pairwise(pieces):
        goes_on = not before.ended and before.text.endswith(",")
        text += piece.text if goes_on else f",{piece.text}"
    return text


def records(path: Path) -> Iterator[Record]:
    """The records of a file; raises UnreadableFileError."""
    current: Record | None = None
    for line in text_lines(path):
        for text in _texts(line[3]):
            match = _RECORD.match(text)
            code = match[1] if match else ""
            if match is not None and code in _CODES:
                if current is not None:
                    yield current
                current = Record(code, [_piece(match[2], line[3])], *line[:3])
            elif current is None or (code != "88" and current.code != "16"):
                reason = "not a record of BAI2: two digits and a comma are expected"
                raise UnreadableFileError(path.name, line[0], "record", text, reason)
            else:
                piece = _piece(match[2] if match and code == "88" else text, line[3])
                _go_on(path.name, current, line, piece, is_loose=code != "88")
    if current is not None:
        yield current


def _texts(line: str) -> Sequence[str]:
    """The records of a line: one, none, or several."""
    if "/ " in line and len(texts := SEVERAL.split(line)) > 1:
        return (*(f"{text}/" for text in texts[:-1]), texts[-1])
    return (line,) if line.strip() else ()


def _go_on(file: str, record: Record, line: Line, piece: Piece, *, is_loose: bool) -> None:
    """Add a continuation to a record; a loose one has no code, and trailers do not count it."""
    number, _, end, whole = line
    if len(record.pieces) >= PIECES_MAX:
        reason = f"more than {PIECES_MAX} continuations of one record"
        raise UnreadableFileError(file, number, "record", whole, reason)
    record.byte_end = end
    record.pieces.append(piece)
    record.count += not is_loose
    record.is_loose |= is_loose


def _piece(text: str, line: str) -> Piece:
    bare = text.rstrip()
    if bare[-1:] == "/":
        return Piece(bare[:-1], ended=True, cut=False)
    cut = len(line) >= LINE_WIDTH
    return Piece(text if cut else bare, ended=False, cut=cut)
