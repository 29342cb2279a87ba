"""One Kafka record as plain data, and the digest by which it is recognised later."""

import hashlib
from typing import NamedTuple

Headers = tuple[tuple[str, bytes | None], ...]


class Partition(NamedTuple):
    """A partition of a topic, in this project's types and not a library's."""

    topic: str
    partition: int


class Message(NamedTuple):
    """A record as it lay on the broker: bytes untouched, null kept apart from empty.

    A header name that is not UTF-8 has its odd bytes as lone surrogates (PEP 383).
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int


def header(headers: Headers, name: str) -> bytes | None:
    """The last value of a header (repeats are allowed; the last one counts), or None.

    A header that is there without a value counts as empty.
    """
    return next((value or b"" for key, value in reversed(headers) if key == name), None)


def fingerprint(message: Message) -> str:
    """SHA-256, hexadecimal, over the message's ce_id and value, each with its length.

    Stored with a position, it tells a topic that was created again from the one that was read.
    """
    digest = hashlib.sha256()
    for part in (header(message.headers, "ce_id"), message.value):
        length = -1 if part is None else len(part)
        digest.update(length.to_bytes(8, "big", signed=True) + (part or b""))
    return digest.hexdigest()


def position_name(cluster_id: str, topic: str, partition: int, generation: int = 0) -> str:
    """The name under which a partition's position is stored, `kafka:<cluster>:<topic>:<n>`.

    A topic that was made again and accepted is `<topic>#<generation>`; no topic has a # in it.
    """
    made = f"{topic}#{generation}" if generation else topic
    return f"kafka:{cluster_id}:{made}:{partition}"
