"""The billing messages as JSON lines: one object per line, the fields of the Avro schema.

| Avro              | JSON                                                             |
|-------------------|------------------------------------------------------------------|
| decimal(14,2)     | string of pounds and pence, "12.34" or "-12.34"; never a number  |
| date              | string, "2026-04-01"                                             |
| enum, string      | string                                                           |
| int               | number without fraction or exponent                              |
| boolean           | true, false                                                      |
| null or X         | null or X; may be left out where the schema has a default        |

A number with a fraction is refused wherever it stands: a float cannot hold pence. The kind of
message follows from the field names, which no two schemas share altogether.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

from consumers.avro import Decoded
from consumers.avro_files import Row
from consumers.avro_values import Record
from consumers.json_values import VALUE_SHOWN_MAX, Fraction, converter, plain
from consumers.registry import newest, reviewed_schemas
from consumers.unreadable import Reason, UnreadableMessageError
from ledger.limits import FILE_ROWS_MAX, MESSAGE_BYTES_MAX


def read_json_lines(path: Path, schema_name: str | None = None) -> Iterator[tuple[int, Row]]:
    """Every line that is not blank with its number from 1: a record, or the error in its place.

    Raises `UnreadableMessageError` for the file as a whole when it has too many lines.
    """
    with path.open("rb") as file:
        for line, text in enumerate(_lines(file), 1):
            if line > FILE_ROWS_MAX:
                raise UnreadableMessageError(Reason.TOO_LARGE, f"more than {FILE_ROWS_MAX} lines")
            if not text.strip():
                continue
            try:
                yield line, record_of_line(text, schema_name)
            except UnreadableMessageError as error:
                error.line = line
                yield line, error


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines of at most one byte more than a message may have; the rest of a line is dropped."""
    start = file.read(3)
    if start != b"\xef\xbb\xbf":  # a byte order mark, as Windows tools write it
        file.seek(0)
    while line := file.readline(MESSAGE_BYTES_MAX + 2):
        rest = line
        while len(rest) > MESSAGE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = file.readline(MESSAGE_BYTES_MAX + 2)
        yield line


def record_of_line(text: bytes, schema_name: str | None = None) -> Decoded:
    """One line as a record; raises `UnreadableMessageError` naming the field and the value."""
    if len(text.rstrip(b"\r\n")) > MESSAGE_BYTES_MAX:
        raise UnreadableMessageError(
            Reason.TOO_LARGE, f"a line has at most {MESSAGE_BYTES_MAX} bytes"
        )
    fields = _object(text)
    name = schema_name or _name_of(fields)
    record: Record = converter(name)(fields, "")
    return Decoded(name, record, newest(name).file.schema_id)


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(
            text.decode("utf-8"),
            parse_float=Fraction,
            parse_constant=Fraction,
            object_pairs_hook=_without_repeats,
        )
    except (ValueError, RecursionError) as error:
        if isinstance(error, UnreadableMessageError):
            raise
        raise UnreadableMessageError(Reason.NOT_JSON, "the line is not JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise UnreadableMessageError(Reason.NOT_JSON, "the line is not a JSON object")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> Record:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)[:VALUE_SHOWN_MAX]
        raise UnreadableMessageError(Reason.NOT_JSON, f"{twice} is given twice", field=twice)
    return fields


def _name_of(fields: Mapping[str, Any]) -> str:
    """The one message that knows most of the line's fields."""
    known = {one.name: _field_names(one.name) for one in reviewed_schemas()}
    fitting = sorted(known, key=lambda name: len(known[name] & fields.keys()), reverse=True)
    best, second = (len(known[name] & fields.keys()) for name in fitting[:2])
    if best == second:
        raise UnreadableMessageError(
            Reason.UNKNOWN_SCHEMA, f"the fields fit none of {', '.join(sorted(known))}"
        )
    return fitting[0]


@cache
def _field_names(name: str) -> frozenset[str]:
    return frozenset(field["name"] for field in newest(name).source["fields"])


def to_json_line(schema_name: str, record: Mapping[str, Any]) -> str:
    """The record as one line without the line end: what `record_of_line` reads."""
    shaped = plain(newest(schema_name).source, record)
    return json.dumps(shaped, ensure_ascii=False, separators=(",", ":"))
