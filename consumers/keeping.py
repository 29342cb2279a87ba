"""What the consumers need of the places beside the ledger, as seams; the service provides them."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from consumers.message import Message


@dataclass(frozen=True, slots=True)
class PartyDetails:
    """Personal data of a debtor as a billing system sent it; it never enters an event."""

    kind: str
    name: str
    address: tuple[str, ...] = ()
    postcode: str | None = None
    email: str | None = None


class RawKeeper(Protocol):
    """Keeps raw inputs by the SHA-256 of their bytes; keeping the same again changes nothing."""

    def keep(self, content: bytes) -> str:
        """Keep bytes; their digest in hexadecimal."""

    def keep_file(self, path: Path) -> str:
        """Keep a file; its digest in hexadecimal."""

    def path(self, digest: str) -> Path:
        """Where the kept bytes are, to be read and never written."""


class PartyKeeper(Protocol):
    """Keeps personal data, each person's under a key of their own."""

    def put_all(self, details: Sequence[tuple[str, PartyDetails]]) -> None:
        """Keep or replace the details of persons, each under their opaque id."""


Digester = Callable[[str], str]  # a keyed digest of a payer's name or account


@dataclass(frozen=True, slots=True)
class Keeping:
    """The places beside the ledger that an intake needs."""

    raw: RawKeeper
    parties: PartyKeeper
    digest: Digester


def message_bytes(message: Message) -> bytes:
    """A Kafka message as bytes to keep: key, headers and value exactly as they were.

    JSON with sorted keys, binary parts in base64, so that the same message has the same digest.
    """
    document = {
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "timestamp_ms": message.timestamp_ms,
        "key": _text(message.key),
        "value": _text(message.value),
        "headers": [[name, _text(value)] for name, value in message.headers],
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def message_of(content: bytes) -> Message:
    """The message that `message_bytes` kept."""
    document = json.loads(content)
    return Message(
        topic=document["topic"],
        partition=document["partition"],
        offset=document["offset"],
        key=_bytes(document["key"]),
        value=_bytes(document["value"]),
        headers=tuple((name, _bytes(value) or b"") for name, value in document["headers"]),
        timestamp_ms=document["timestamp_ms"],
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode("ascii")


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value)
