"""What a bank file can be refused for. Nothing else escapes a reader.

    FormatError                  file, line, field, value and reason; every message names them all
    ├── UnrecognisedFormatError  the content is of no format that is read
    ├── UnreadableFileError      the format is known, but this file breaks it
    └── ControlTotalError        the file can be read, but does not add up: refused whole

A single row that cannot be read is not an error of the file: it is a `BadRow`, and inside a reader
a `RowError` on its way to become one.
"""

VALUE_SHOWN_MAX = 120  # characters of an offending value in a message; the file holds the rest


class FormatError(ValueError):
    """A file is refused whole. `line` is 1-based; 0 when no single line is to blame."""

    def __init__(self, file: str, line: int, field: str, value: str, reason: str) -> None:
        """Keep the five facts that every refusal names."""
        self.file, self.line, self.field, self.value, self.reason = file, line, field, value, reason
        where = f"{file}, line {line}" if line else file
        quoted = f"{field} {shown(value)!r}" if value or line else field
        super().__init__(f"{where}: {quoted}: {reason}")


class UnrecognisedFormatError(FormatError):
    """The content is of no format that is read here."""


class UnreadableFileError(FormatError):
    """The format is known, but this file breaks its rules."""


class ControlTotalError(FormatError):
    """The figures of a statement do not add up, so none of it may be posted."""


class RowError(ValueError):
    """One field of one row cannot be read; the reader turns it into a `BadRow`."""

    def __init__(self, field: str, value: str, reason: str) -> None:
        """Keep the field, its value as written, and why it was not taken."""
        self.field, self.value, self.reason = field, value, reason
        super().__init__(f"{field} {shown(value)!r}: {reason}")


def shown(value: str) -> str:
    """A value cut to a length that suits a message."""
    return value if len(value) <= VALUE_SHOWN_MAX else value[:VALUE_SHOWN_MAX] + "…"
