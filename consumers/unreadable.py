"""Why an input could not be read: one error, with a closed list of reasons.

ValueError
 +- UnreadableMessageError   the bytes are at fault: recorded and set aside, never retried

What is not the input's fault (a registry or broker that does not answer) is not in this tree:
see `TransientError` in `consumers/ports.py`.
"""

from enum import StrEnum


class Reason(StrEnum):
    """The closed list of reasons, as they are recorded and shown."""

    EMPTY_VALUE = "empty_value"  # a tombstone; facts are never deleted by a message
    TOO_LARGE = "too_large"
    UNKNOWN_FRAMING = "unknown_framing"
    UNKNOWN_SCHEMA = "unknown_schema"
    TRUNCATED = "truncated"
    TRAILING_BYTES = "trailing_bytes"
    NOT_DECODABLE = "not_decodable"
    MISSING_HEADER = "missing_header"
    BAD_HEADER = "bad_header"
    NOT_JSON = "not_json"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    BAD_VALUE = "bad_value"


class UnreadableMessageError(ValueError):
    """A message or a row of a file that cannot be read as what it claims to be.

    `line` is the row's number in its file (from 1), `field` the dotted path such as
    `lines[2].net`, `value` what stood there, shortened; each is None where there is none.
    """

    def __init__(
        self,
        reason: Reason,
        sentence: str,
        *,
        line: int | None = None,
        field: str | None = None,
        value: str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence
        self.line = line
        self.field = field
        self.value = value

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line is not None else ""
        return f"{self.reason}: {where}{self.sentence}"
