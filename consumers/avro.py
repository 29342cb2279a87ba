"""Kafka values to records and back: the framing around Avro, and decoding without trust.

| Framing                     | Bytes                                                      |
|-----------------------------|------------------------------------------------------------|
| Confluent wire format       | 00, schema id (4, big-endian), Avro binary                 |
| Avro single-object encoding | C3 01, CRC-64-AVRO of schema (8, little-endian), Avro binary |

Sources: Confluent "Wire format"; Apache Avro 1.12 "Single-object encoding".

A decoded record is a dict of str, int, bool, date, None, list and dict: amounts are int pence,
dates are `date`. It is always in the shape of the newest reviewed version of its message,
whichever version it was written with.
"""

import struct
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from typing import Any, Final, NamedTuple

from fastavro import schemaless_reader, schemaless_writer
from fastavro.read import SchemaResolutionError

from consumers.avro_fault import fault
from consumers.avro_values import Record
from consumers.registry import LocalRegistry, Registry, Reviewed, by_fingerprint, newest
from consumers.unreadable import Reason, UnreadableMessageError
from ledger.limits import MESSAGE_BYTES_MAX

CONFLUENT_MAGIC: Final = 0x00
CONFLUENT_HEADER_BYTES: Final = 5
SINGLE_OBJECT_MAGIC: Final = b"\xc3\x01"
SINGLE_OBJECT_HEADER_BYTES: Final = 10

# What fastavro raises on bytes that are not the schema's (EOFError apart: that is truncation).
_NOT_DECODABLE = (ValueError, LookupError, TypeError, OverflowError, struct.error)


class Decoded(NamedTuple):
    """A record and the name of its message: `InvoiceIssued`, `CreditNote` or `Account`."""

    schema_name: str
    record: Record
    schema_id: int  # the reviewed schema it was written with, by its id in schemas/index.json


@cache
def _local() -> Registry:
    return LocalRegistry()


def decode(value: bytes | None, registry: Registry | None = None) -> Decoded:
    """Read one Kafka value.

    Raises `UnreadableMessageError` when the bytes are at fault, `TransientError` when a registry
    at a URL does not answer.
    """
    if not value:
        raise UnreadableMessageError(
            Reason.EMPTY_VALUE, "the value is empty; a fact is never deleted by a tombstone"
        )
    if len(value) > MESSAGE_BYTES_MAX:
        raise UnreadableMessageError(
            Reason.TOO_LARGE, f"{len(value)} bytes; a value has at most {MESSAGE_BYTES_MAX}"
        )
    writer, start = _frame(value, registry or _local())
    stream = BytesIO(value)
    stream.seek(start)
    record = read_record(stream, writer)
    if stream.tell() != len(value):
        left = len(value) - stream.tell()
        raise UnreadableMessageError(
            Reason.TRAILING_BYTES, f"{left} bytes are left over after the record"
        )
    return Decoded(writer.name, record, writer.file.schema_id)


def _frame(value: bytes, registry: Registry) -> tuple[Reviewed, int]:
    """The writer's schema and where the Avro bytes begin."""
    if value[0] == CONFLUENT_MAGIC:
        if len(value) < CONFLUENT_HEADER_BYTES:
            raise UnreadableMessageError(Reason.TRUNCATED, "the schema id is cut off")
        schema_id = int.from_bytes(value[1:CONFLUENT_HEADER_BYTES], "big")
        return _known(registry.by_id(schema_id), f"id {schema_id}"), CONFLUENT_HEADER_BYTES
    if value.startswith(SINGLE_OBJECT_MAGIC):
        if len(value) < SINGLE_OBJECT_HEADER_BYTES:
            raise UnreadableMessageError(Reason.TRUNCATED, "the schema fingerprint is cut off")
        crc = value[2:SINGLE_OBJECT_HEADER_BYTES]
        return _known(by_fingerprint(crc), f"fingerprint {crc.hex()}"), SINGLE_OBJECT_HEADER_BYTES
    raise UnreadableMessageError(
        Reason.UNKNOWN_FRAMING, f"the value begins with {value[:2].hex()}, not 00 or c301"
    )


def _known(schema: Reviewed | None, what: str) -> Reviewed:
    if schema is None:
        raise UnreadableMessageError(Reason.UNKNOWN_SCHEMA, f"no reviewed schema has {what}")
    return schema


def read_record(stream: BytesIO, writer: Reviewed) -> Record:
    """One Avro record at the stream's place, in the shape of the newest version.

    Raises `UnreadableMessageError`.
    """
    reader, start = newest(writer.name), stream.tell()
    resolve = None if reader is writer else reader.parsed
    try:
        physical: Any = schemaless_reader(stream, writer.parsed, resolve)
        return reader.shape.read(physical)
    except EOFError as error:
        where = fault(stream.getvalue(), start, writer)
        raise UnreadableMessageError(
            Reason.TRUNCATED, f"the record is cut off in {where}"
        ) from error
    except (SchemaResolutionError, *_NOT_DECODABLE) as error:
        why = fault(stream.getvalue(), start, writer) or error
        raise UnreadableMessageError(
            Reason.NOT_DECODABLE, f"the bytes are no {writer.name}: {why}"
        ) from error


def encode(schema_name: str, record: Mapping[str, Any]) -> bytes:
    """The record in Confluent framing with the id of `schemas/index.json`.

    Raises KeyError for an unknown name, ValueError for a record that does not fit: a field is
    missing that has no default, one is unknown, an amount has too many digits.
    """
    schema = newest(schema_name)
    header = bytes([CONFLUENT_MAGIC]) + schema.file.schema_id.to_bytes(4, "big")
    return header + binary(schema, record)


def encode_single_object(schema_name: str, record: Mapping[str, Any]) -> bytes:
    """The record in Avro's single-object encoding; errors as `encode`."""
    schema = newest(schema_name)
    return SINGLE_OBJECT_MAGIC + schema.fingerprint + binary(schema, record)


def binary(schema: Reviewed, record: Mapping[str, Any]) -> bytes:
    """The record's Avro binary without any framing; errors as `encode`."""
    stream = BytesIO()
    try:
        physical = schema.shape.write(record)
        schemaless_writer(stream, schema.parsed, physical, strict_allow_default=True)
    except (TypeError, AttributeError, LookupError, OverflowError) as error:
        raise ValueError(f"not a {schema.name}: {error}") from error
    return stream.getvalue()
