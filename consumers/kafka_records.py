"""What kafka-python 3.0 does not carry by itself, so that every message passes byte for byte.

| in a record                     | kafka-python            | with this module                 |
|---------------------------------|-------------------------|----------------------------------|
| a header name that is not UTF-8 | stops its partition     | passes; lone surrogates stand    |
|                                 |                         | for the odd bytes (PEP 383)      |
| a header without a value        | is read, cannot be sent | is sent as null                  |
| neither key nor value           | is read, cannot be sent | is sent as two nulls             |

Importing it puts a batch and a builder of ours in the place of the library's. They differ in
nothing but those three cases; the tests of dead letters fail when a new release moves them.
"""

import warnings
from collections.abc import Sequence
from typing import Any, Final

from consumers.message import Headers

with warnings.catch_warnings():
    # kafka-python 3.0 loads its protocol files by a call that importlib.resources deprecates.
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka.record import memory_records
    from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
    from kafka.serializer import Serializer


def slow_checksums() -> str | None:
    """A sentence for the log when CRC-32C runs in pure Python, else None.

    Measured: 18,600 messages a second without the `crc32c` wheel, 77,500 with it.
    """
    try:
        import crc32c  # noqa: F401, PLC0415 - looked for, not used
    except ImportError:
        return "the crc32c package is missing: reading from Kafka is about four times slower"
    return None


class _Name(str):
    """A header name that becomes the bytes again that it came from."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> bytes:
        """The bytes; the library asks for UTF-8 and means what is on the wire."""
        del errors
        return super().encode(encoding, "surrogateescape")


class _Null(bytes):
    """Stands for null where the library insists on bytes."""

    __slots__ = ()


_NULL: Final = _Null()


class _OddNames(bytearray):
    """A batch's bytes of which every slice can be decoded as a name."""

    def __getitem__(self, at: Any) -> Any:  # noqa: ANN401 - an index or a slice, as of bytearray
        part = super().__getitem__(at)
        return _OddNames(part) if isinstance(at, slice) else part

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The name, with a lone surrogate for each byte that is no text."""
        del errors
        return _Name(super().decode(encoding, "surrogateescape"))


class _Batch(DefaultRecordBatch):  # type: ignore[misc]  # the library is untyped
    """Reads on where a header name is not UTF-8."""

    __slots__ = ()

    def _read_msg(self) -> Any:  # noqa: ANN401 - a record of the library
        try:
            return super()._read_msg()
        except UnicodeDecodeError:  # nothing was consumed: the record is read again from its start
            library: Any = self
            library._buffer = _OddNames(library._buffer)  # noqa: SLF001 - its own, but untyped
            return super()._read_msg()


class _Builder(DefaultRecordBatchBuilder):  # type: ignore[misc]  # the library is untyped
    """Writes a null where `_NULL` stands."""

    __slots__ = ()

    def append(
        self,
        offset: int,
        timestamp: int | None,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]],
    ) -> Any:  # noqa: ANN401 - the library's metadata, or None when the batch is full
        real = [(name, None if text is _NULL else text) for name, text in headers]
        return super().append(offset, timestamp, key, value, real)


class Keys(Serializer):  # type: ignore[misc]  # the library is untyped
    """Keys as they are; `null_key` is a null even beside a null value."""

    def serialize(self, topic: str, headers: object, data: bytes | None) -> bytes | None:
        """The key's bytes."""
        del topic, headers
        return None if data is _NULL else data


def null_key(key: bytes | None, value: bytes | None) -> bytes | None:
    """The key to give to the library, which wants a key or a value to be there."""
    return _NULL if key is None and value is None else key


def sendable(headers: Headers) -> list[tuple[str, bytes]]:
    """Headers as the library takes them."""
    return [(_Name(name), _NULL if value is None else value) for name, value in headers]


memory_records.DefaultRecordBatch = _Batch
memory_records.DefaultRecordBatchBuilder = _Builder
