"""The lines of a submission that is read back, each with the place that a refusal names.

See `standard18_read`.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consumers.formats.errors import ControlTotalError, UnreadableFileError
from consumers.formats.standard18_layout import Field
from consumers.formats.standard18_values import SubmissionError

_LINE_BYTES_MAX = 108  # the longest record and its end


class SubmissionLines:
    """The lines of a file; `number` and `size` are of what was read so far."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet."""
        self.name, self._lines = path.name, _byte_lines(path)
        self.number = self.size = 0
        self._digest = hashlib.sha256()

    def next(self) -> str:
        """The text of the next line, which there must be."""
        raw = next(self._lines, b"")
        self.number += 1
        self.size += len(raw)
        self._digest.update(raw)
        text = raw.decode("latin-1")
        if not raw:
            raise self.refused("line", "", "the file ends before its UTL1")
        if not raw.endswith(b"\r\n"):
            reason = "a line is longer than any of Standard 18, or does not end in CR LF"
            raise self.refused("line", text, reason)
        if not raw.isascii():
            raise self.refused("line", text, "a character that Bacs does not carry")
        return text[:-2]

    def end(self) -> None:
        """Refuse whatever comes after UTL1."""
        raw = next(self._lines, b"")
        if raw:
            self.number += 1
            raise self.refused("line", raw.decode("latin-1"), "the file goes on after its UTL1")

    def hold(self, line: str, ours: str, fields: tuple[Field, ...]) -> None:
        """Refuse a line at the first field that would have been written in another way."""
        if line == ours:
            return
        if len(line) != len(ours):
            reason = f"{len(line)} characters, where {len(ours)} are expected"
            raise self.refused("line", line, reason)
        field = next(field for field in fields if field.of(line) != field.of(ours))
        raise self.refused(field.name, field.of(line), f"it would be {field.of(ours)!r}")

    def refused(self, field: str, value: str, reason: str) -> UnreadableFileError:
        """The refusal of the line that was last read."""
        return UnreadableFileError(self.name, self.number, field, value, reason)

    def unbalanced(self, field: str, value: str, reason: str) -> ControlTotalError:
        """The refusal of a figure on the line that was last read."""
        return ControlTotalError(self.name, self.number, field, value, reason)

    def sha256(self) -> str:
        """Of the bytes that were read so far."""
        return self._digest.hexdigest()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Turn a rule of the writer that is broken into a refusal of the line."""
        try:
            yield
        except SubmissionError as error:
            raise self.refused(error.field, error.value, error.reason) from None


def _byte_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while raw := file.readline(_LINE_BYTES_MAX):
            yield raw
