"""Seals: proof that no event was changed, dropped, added or moved since it was recorded.

Each append is one block. A leaf is SHA-256 over the whole event as stored: position, stream,
version, time of recording, topic, and the bytes with both dates, actor, source and fact. The
block's root is the Merkle tree hash of RFC 6962 (section 2.1), and each block's hash covers the
hash before it, so a later block vouches for all earlier ones. Anybody can compute it again from
an export: nothing here depends on our tables.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

GENESIS = bytes(32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seal:
    """One block: the events of one append."""

    number: int
    first_position: int
    last_position: int
    root: bytes
    previous: bytes
    sealed_at: datetime
    hash: bytes

    @property
    def events(self) -> int:
        """How many events the block covers; positions have no gaps."""
        return self.last_position - self.first_position + 1


def micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, without going through a float."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def leaf(
    position: int, stream_id: UUID, version: int, recorded_micros: int, topic: str, state: bytes
) -> bytes:
    """The hash of one event. Integers are 8 bytes big-endian, the topic is length-prefixed."""
    name = topic.encode()
    return hashlib.sha256(
        b"".join(
            (
                b"\x00",
                position.to_bytes(8, "big"),
                stream_id.bytes,
                version.to_bytes(8, "big"),
                recorded_micros.to_bytes(8, "big"),
                len(name).to_bytes(2, "big"),
                name,
                state,
            )
        )
    ).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The RFC 6962 tree hash of leaf hashes. Raises ValueError when there are none.

    Level by level, an odd node moves up: the same tree as splitting at the largest power of two.
    """
    if not leaves:
        raise ValueError("a block has at least one event")
    level = list(leaves)
    sha256 = hashlib.sha256
    while len(level) > 1:
        paired = [
            sha256(b"\x01" + level[index] + level[index + 1]).digest()
            for index in range(0, len(level) - 1, 2)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def seal(
    number: int, first_position: int, leaves: Sequence[bytes], previous: bytes, sealed_at: datetime
) -> Seal:
    """The seal of the next block."""
    last_position = first_position + len(leaves) - 1
    root = merkle_root(leaves)
    digest = block_hash(previous, first_position, last_position, root, sealed_at)
    return Seal(number, first_position, last_position, root, previous, sealed_at, digest)


def block_hash(
    previous: bytes, first_position: int, last_position: int, root: bytes, sealed_at: datetime
) -> bytes:
    """The hash that the next block covers."""
    return chain_hash(previous, first_position, last_position, root, micros(sealed_at))


def chain_hash(
    previous: bytes, first_position: int, last_position: int, root: bytes, sealed_micros: int
) -> bytes:
    """As `block_hash`, with the time in microseconds since 1970."""
    return hashlib.sha256(
        b"".join(
            (
                previous,
                first_position.to_bytes(8, "big"),
                last_position.to_bytes(8, "big"),
                root,
                sealed_micros.to_bytes(8, "big"),
            )
        )
    ).digest()
