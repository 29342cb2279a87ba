"""CloudEvents 1.0 attributes as Kafka headers (Kafka protocol binding, binary mode).

| Header          | Meaning here                                                        |
|-----------------|---------------------------------------------------------------------|
| ce_specversion  | "1.0"                                                               |
| ce_id           | the message's identity: with ce_source it is unique for ever        |
| ce_source       | who says so, such as /council/example/housing-rents                 |
| ce_type         | what it says, such as uk.tallystick.ar.InvoiceIssued                |
| ce_time         | when the publisher says it happened, RFC 3339; kept, never computed with |
| ce_subject      | what it is about, such as the invoice number                        |
| content-type    | application/avro                                                    |
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from consumers.message import Headers
from consumers.unreadable import Reason, UnreadableMessageError
from ledger.limits import REFERENCE_LENGTH_MAX

SPEC_VERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/avro"
HEADERS_BYTES_MAX: Final = 16 << 10  # names and values of one message together
ATTRIBUTE_LENGTH_MAX: Final = 2 * REFERENCE_LENGTH_MAX  # characters of one attribute


class Attributes(NamedTuple):
    """What the headers say about a message; texts as they were sent, None where absent."""

    message_id: str
    source: str
    message_type: str | None = None
    time: str | None = None
    subject: str | None = None


def build_headers(attributes: Attributes) -> Headers:
    """Headers of a message to be sent, in a fixed order."""
    pairs = (
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", attributes.message_id),
        ("ce_source", attributes.source),
        ("ce_type", attributes.message_type),
        ("ce_time", attributes.time),
        ("ce_subject", attributes.subject),
        ("content-type", CONTENT_TYPE),
    )
    return tuple((name, value.encode()) for name, value in pairs if value is not None)


def read_headers(headers: Headers) -> Attributes:
    """The attributes of a received message.

    Raises `UnreadableMessageError` with `missing_header` when ce_id or ce_source is absent or
    empty, `bad_header` when one is too long, not UTF-8 (name or value), or of another CloudEvents
    version.
    """
    size = sum([len(name) + len(value or b"") for name, value in headers])
    found = dict(headers)  # Kafka allows repeats; the last one counts
    if size > HEADERS_BYTES_MAX:
        raise _bad(None, f"headers of {size} bytes; at most {HEADERS_BYTES_MAX}")
    if not all(map(str.isascii, found)):
        _refuse_odd_names(headers)
    if (version := _text(found, "ce_specversion") or SPEC_VERSION) != SPEC_VERSION:
        raise _bad("ce_specversion", f"CloudEvents version {version[:20]}, not {SPEC_VERSION}")
    return Attributes(
        message_id=_required(found, "ce_id"),
        source=_required(found, "ce_source"),
        message_type=_text(found, "ce_type"),
        time=_text(found, "ce_time"),
        subject=_text(found, "ce_subject"),
    )


def _refuse_odd_names(headers: Headers) -> None:
    """A name is UTF-8 text to Kafka; bytes that are not came to us as lone surrogates."""
    for number, (name, _) in enumerate(headers, 1):
        raw = name.encode("utf-8", "surrogateescape")
        if raw.decode("utf-8", "replace") != name:
            raise _bad("headers", f"the name of header {number} is not UTF-8: {_shown(raw)}")


def _shown(raw: bytes) -> str:
    """Bytes in a sentence: what is no printable ASCII as escapes."""
    return repr(raw[:ATTRIBUTE_LENGTH_MAX])[2:-1]


def _required(headers: Mapping[str, bytes | None], name: str) -> str:
    text = _text(headers, name)
    if text:
        return text
    raise UnreadableMessageError(
        Reason.MISSING_HEADER, f"the header {name} is missing or empty", field=name
    )


def _text(headers: Mapping[str, bytes | None], name: str) -> str | None:
    value = headers.get(name)
    if value is None:
        return None
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _bad(name, f"the header {name} is not UTF-8: {_shown(value)}") from error
    if len(text) > ATTRIBUTE_LENGTH_MAX:
        sentence = f"the header {name} has {len(text)} characters; at most {ATTRIBUTE_LENGTH_MAX}"
        raise _bad(name, sentence)
    if not text.isprintable():
        raise _bad(name, f"the header {name} has a character that is no text: {_shown(value)}")
    return text


def _bad(field: str | None, sentence: str) -> UnreadableMessageError:
    return UnreadableMessageError(Reason.BAD_HEADER, sentence, field=field)
