"""The fields of a file of SWIFT messages, in order: `:61:` and what follows it up to the next.

    {1:F01..}{2:I940..}{4:     envelope of a message, or the bank's own header lines, or nothing
    :20:REFERENCE              a field begins with its tag at the start of a line
    more of the field          any other line goes on with it
    -}                         or `-`: the end of the message

A line that only looks like one of these is text: a tag that no statement has, the minutes of a
time that the bank wrapped, a dash inside a narrative. What stands before the first field, and
between the end of one message and the first field of the next, is the bank's own header: it is
looked at for the message type only. An entry that got lost there would show in the balances.

Source: SWIFT user handbook, category 9, and the FIN envelope (blocks 1 to 5).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from consumers.formats.errors import UnreadableFileError
from consumers.formats.statement import SourceSpan
from consumers.formats.text_lines import Line, text_lines

FIELD_LINES_MAX = 1_000  # SWIFT allows six; a file without tags must not be held in memory
KIND: Final = "kind"  # the tag of a message type, such as 940, read from an envelope or header
END: Final = "end"  # the tag of a message's end

_OPENING: Final = frozenset(("60F", "60M"))
_CLOSING: Final = frozenset(("62F", "62M"))
_AVAILABLE: Final = frozenset(("64", "65"))
_TAG = re.compile(
    r":(20|21|25P?|28C?|60[FM]|61|62[FM]|64|65|86|13[CD]?|34F|90[CD]|NS|9[0-9]{2}):", re.ASCII
)
_WRAPPED_TIME = re.compile(r":[0-5][0-9]:[0-5][0-9](?![0-9])", re.ASCII)
_HOUR = re.compile(r"(?:[01][0-9]|2[0-3])\Z", re.ASCII)
_ENVELOPE = re.compile(r"[\s$\x01\x03]*(?:-\}|\{[1-5S]:)")
_BLOCKS = re.compile(
    r"[\s$\x01\x03]*(?:-\})?[\s$\x01\x03]*"
    r"(?:\{[1235S]:(?:[^{}]|\{[^{}]*\})*\}[\s$\x01\x03]*)*(?:\{4:)?[\s$\x01\x03]*"
)
_KIND_IN_BLOCK = re.compile(r"\{2:[IO]([0-9]{3})", re.ASCII)
_KIND_IN_HEADER = re.compile(r"\s*([19][0-9]{2})(?: [0-9]{2})?\s*", re.ASCII)
_SEPARATOR = re.compile(r"\s*-[A-Z]{0,3}\s*", re.ASCII)


@dataclass(slots=True)
class Field:
    """One field: its tag, its lines, and where it stands."""

    tag: str
    lines: list[str]
    line: int
    byte_start: int
    byte_end: int

    def span(self, byte_end: int | None = None) -> SourceSpan:
        """Its place in the file; to a later end when more fields belong to it."""
        return SourceSpan(self.line, self.byte_start, byte_end or self.byte_end)


def fields(path: Path) -> Iterator[Field]:
    """The fields of a file, message types and ends among them.

    Raises UnreadableFileError.
    """
    scanner = _Scanner(path.name)
    for line in text_lines(path):
        text = line[3]
        if text[:1] == ":" and (tag := _TAG.match(text)) and not scanner.is_time(tag[1], text):
            if scanner.current is not None:
                yield scanner.current
            scanner.begin(tag, line)
        elif scanner.in_statement and "{" not in text and "}" not in text:
            scanner.go_on(line)
        else:
            yield from scanner.between(line)
    yield from scanner.finished()


@dataclass(slots=True)
class _Scanner:
    """The field that is being read; `in_statement` from an opening balance to a closing one."""

    file: str
    current: Field | None = None
    in_statement: bool = False

    def begin(self, tag: re.Match[str], line: Line) -> None:
        """A line begins a field."""
        number, start, end, text = line
        name = tag[1]
        self.current = Field(name, [text[tag.end() :]], number, start, end)
        if name in ("61", "86"):
            return
        if name in _OPENING:
            self.in_statement = True
        elif name in _CLOSING:
            self.in_statement = False
        elif name[0] == "9" and name.isdigit():
            self.current = Field(KIND, [name], number, start, end)

    def between(self, line: Line) -> Iterator[Field]:
        """A line that is no field, where messages may begin and end."""
        text = line[3]
        if _ENVELOPE.match(text):
            yield from self._envelope(line)
        elif self.in_statement:
            self.go_on(line)
        elif _SEPARATOR.fullmatch(text):
            yield from self._ended(line)
        elif self.current is None or self.current.tag in _CLOSING | _AVAILABLE:
            yield from self._header(line)
        else:
            self.go_on(line)

    def finished(self) -> Iterator[Field]:
        """The last field of the file."""
        if self.current is not None:
            yield self.current
            self.current = None

    def is_time(self, tag: str, text: str) -> bool:
        """Whether a line is the rest of `2026-04-01T13` and `:20:11`, not a field 20."""
        if tag > "5" or not self.in_statement or self.current is None:
            return False
        if _WRAPPED_TIME.match(text) is None:
            return False
        return _HOUR.search(self.current.lines[-1]) is not None

    def go_on(self, line: Line) -> None:
        number, _, end, text = line
        current = self.current
        if current is None:
            return
        if len(current.lines) >= FIELD_LINES_MAX:
            reason = f"a field of more than {FIELD_LINES_MAX} lines"
            raise UnreadableFileError(self.file, number, current.tag, text[:40], reason)
        current.lines.append(text)
        if text.strip():
            current.byte_end = end

    def _ended(self, line: Line) -> Iterator[Field]:
        number, start, end, text = line
        yield from self.finished()
        self.in_statement = False
        yield Field(END, [text], number, start, end)

    def _envelope(self, line: Line) -> Iterator[Field]:
        """The blocks of a line, and the field that may stand behind `{4:`."""
        number, start, end, text = line
        yield from self._ended(line)
        for kind in _KIND_IN_BLOCK.findall(text):
            yield Field(KIND, [kind], number, start, end)
        blocks = _BLOCKS.match(text)
        rest = text[blocks.end() :] if blocks else ""
        if rest.startswith(":"):
            tag = _TAG.match(rest)
            if tag is not None:
                self.begin(tag, (number, start, end, rest))

    def _header(self, line: Line) -> Iterator[Field]:
        """A line of the bank's own, between messages: only a message type in it says anything."""
        number, start, end, text = line
        if kind := _KIND_IN_HEADER.fullmatch(text):
            yield from self.finished()
            yield Field(KIND, [kind[1]], number, start, end)
