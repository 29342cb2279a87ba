"""What the consumers need of the places beside the ledger, as seams; the service provides them."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

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

    def keep_all(self, contents: Sequence[bytes]) -> None:
        """Keep many small inputs, and wait for the disk once."""

    def keep_file(self, path: Path) -> str:
        """Keep a file; its digest in hexadecimal."""

    def path(self, digest: str) -> Path:
        """Where the kept bytes are, to be read and never written."""


class PartyKeeper(Protocol):
    """Keeps personal data, each person's under a key of their own."""

    def put_all(self, details: Sequence[tuple[str, PartyDetails]]) -> None:
        """Keep or replace the details of persons, each under their opaque id."""


Digester = Callable[[str], str]  # a keyed digest of a payer's name or account

LineKind: TypeAlias = Literal["line", "quarantined", "not-booked", "advice", "returned"]


@dataclass(frozen=True, slots=True)
class IndexedLine:
    """One line of a received file as a person would look for it; it never enters an event.

    `digest` (hexadecimal SHA-256) and the bytes `[byte_start, byte_end)` say where it stands, and
    with `line`, `part` and `ordinal` they are its identity. `account` is ours. `amount_minor` is
    signed minor units; what a row does not say, or says unreadably, is None. `text` is everything
    else that was written: references and narrative, or the row as it came when it could not be
    read. `receipt` is the receipt or bank line in the ledger, where it became one.
    """

    digest: str
    file_name: str
    format: str
    line: int
    byte_start: int
    byte_end: int
    ordinal: int
    part: int
    account: str
    booked_on: date | None
    value_on: date | None
    amount_minor: int | None
    currency: str | None
    payer_name: str | None
    payer_account: str | None
    text: str
    kind: LineKind
    receipt: str | None = None


class LineKeeper(Protocol):
    """Keeps the lines of received files, to be searched; keeping the same again changes nothing."""

    def put(self, rows: Sequence[IndexedLine]) -> None:
        """Keep lines; a row that was quarantined gives way to the line that it became."""


@dataclass(frozen=True, slots=True)
class SealedDetails:
    """A payer's bank details as they are sealed: whose, of which mandate, which change of it."""

    party: str
    sun: str
    mandate: str
    number: int
    sealed: str


@dataclass(frozen=True, slots=True)
class NewDetails:
    """What a payer's bank says of the payer's account now; what is None stays as it was."""

    sort_code: str | None
    account_number: str | None
    name: str | None


class DetailsKeeper(Protocol):
    """Seals the bank details of payers, each under the payer's own key."""

    def moved(self, before: SealedDetails, new: NewDetails) -> tuple[str, str] | None:
        """The new details, sealed, and the account's keyed digest; None of an erased payer."""


class NoDetails:
    """Seals nothing: for an intake that knows no mandates."""

    def moved(self, before: SealedDetails, new: NewDetails) -> tuple[str, str] | None:
        """Nothing."""
        del before, new
        return None


class NoLines:
    """Keeps nothing: for an intake whose lines nobody will look for."""

    def put(self, rows: Sequence[IndexedLine]) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """The places beside the ledger that an intake needs."""

    raw: RawKeeper
    parties: PartyKeeper
    digest: Digester
    lines: LineKeeper = field(default_factory=NoLines)
    details: DetailsKeeper = field(default_factory=NoDetails)


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
        headers=tuple((name, _bytes(value)) for name, value in document["headers"]),
        timestamp_ms=document["timestamp_ms"],
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode("ascii")


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value)
