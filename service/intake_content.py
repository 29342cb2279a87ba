"""What a refused input says, readable for a person: the text of a row, the fields of a message."""

import json
from pathlib import Path
from typing import Any

from consumers.avro import Decoded, decode
from consumers.billing_files import STREAM as BILLING_FILES
from consumers.billing_files import recognise, row_of
from consumers.json_lines import to_json_line
from consumers.keeping import message_of
from consumers.message import Message
from consumers.unreadable import UnreadableMessageError
from ledger.recorded import Source
from service.ingest import HEAD_BYTES
from service.raw_files import RawStore

QUOTED_BYTES_MAX = 4_000


def content_of(raw: RawStore, digest: str, stream: str, source: Source) -> str:
    """The input of a digest, quoted at the place that `source` names; why not, if it is gone."""
    removed = raw.removed(digest)
    if not raw.has(digest):
        return f"(the bytes are no longer kept{f': {removed.reason}' if removed else ''})"
    if source.kind == "kafka":
        with raw.open(digest) as file:
            return _message(message_of(file.read()))
    if source.byte_start is not None and source.byte_end is not None:
        end = min(source.byte_end, source.byte_start + QUOTED_BYTES_MAX)
        return _text(raw.quote(digest, source.byte_start, end))
    if stream == BILLING_FILES and source.line is not None:
        return _row(raw.path(digest), source.line)
    with raw.open(digest) as file:
        return _text(file.read(QUOTED_BYTES_MAX))


def title_of(path: Path) -> str | None:
    """What kind of billing file a kept file is; None when it is none."""
    with path.open("rb") as file:
        return recognise(file.read(HEAD_BYTES))


def _row(path: Path, number: int) -> str:
    title = title_of(path) or ""
    found = row_of(path, title, number)
    if isinstance(found, Decoded):
        return _record(found)
    if title.startswith("Avro"):
        return f"(record {number} of an Avro container, which cannot be read)"
    with path.open("rb") as file:
        lines = (line for at, line in enumerate(file, 1) if at == number)
        return _text(next(lines, b"")[:QUOTED_BYTES_MAX].rstrip(b"\r\n"))


def _message(message: Message) -> str:
    lines = [
        f"topic {message.topic}, partition {message.partition}, offset {message.offset}",
        f"key: {_text(message.key or b'') or '(none)'}",
        *(f"{_name(name)}: {_text(value or b'')}" for name, value in message.headers),
    ]
    try:
        lines.append(_record(decode(message.value)))
    except UnreadableMessageError:
        lines.append(_text((message.value or b"")[:QUOTED_BYTES_MAX]) or "(no value)")
    return "\n".join(lines)


def _record(decoded: Decoded) -> str:
    fields: dict[str, Any] = json.loads(to_json_line(decoded.schema_name, decoded.record))
    return f"{decoded.schema_name}\n{json.dumps(fields, indent=2, ensure_ascii=False)}"


def _name(name: str) -> str:
    """A header name whose bytes are not UTF-8 is shown with those bytes as escapes."""
    return _text(name.encode("utf-8", "surrogateescape"))


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="backslashreplace")
