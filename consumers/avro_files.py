"""Avro object container files of the billing messages, read and written.

    header   "Obj" 01, map of metadata (avro.schema, avro.codec), sync marker (16 bytes)
    block    number of records (long), size in bytes (long), records, sync marker

Source: Apache Avro 1.12, "Object Container Files". The framing is walked here and not by
fastavro so that the writer's schema is compared with the reviewed ones before any record is
read, and so that a small file cannot unpack into a large memory.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from fastavro import parse_schema, schemaless_reader, schemaless_writer

from consumers.avro import Decoded, binary, read_record
from consumers.registry import Reviewed, by_text, newest
from consumers.unreadable import Reason, UnreadableMessageError
from ledger.limits import FILE_ROWS_MAX, MESSAGE_BYTES_MAX

MAGIC: Final = b"Obj\x01"
SYNC_BYTES: Final = 16
HEADER_BYTES_MAX: Final = 1 << 20
BLOCK_BYTES_MAX: Final = 16 << 20  # of one block, packed and unpacked; writers use 16 to 64 KiB
_RECORDS_PER_BLOCK = 500
_RAW_DEFLATE = -15  # zlib's name for deflate without a header, which is what Avro stores

_META = parse_schema({"type": "map", "values": "bytes"})
_BLOCK = parse_schema(
    {
        "type": "record",
        "name": "Block",
        "fields": [{"name": "count", "type": "long"}, {"name": "size", "type": "long"}],
    }
)

# A row that cannot be read is a value, not the end of the file: the rows after it still count.
Row = Decoded | UnreadableMessageError


def is_container(head: bytes) -> bool:
    """Whether a file that begins with these bytes is an Avro container."""
    return head.startswith(MAGIC)


def read_container(path: Path) -> Iterator[tuple[int, Row]]:
    """Every record with its row number from 1, or the error that stands in its place.

    Raises `UnreadableMessageError` when the file as a whole cannot be read: no container, a
    schema that is not reviewed, a codec other than null and deflate, a broken or cut-off block.
    """
    with path.open("rb") as file:
        schema, codec, sync = _header(file)
        row = 0
        while file.peek(1):
            count, block = _block(file, codec, sync, row)
            for row, outcome in enumerate(_rows(block, count, schema, row + 1), row + 1):  # noqa: B020 - goes on counting
                yield row, outcome


def _broken(sentence: str, line: int | None = None) -> UnreadableMessageError:
    return UnreadableMessageError(Reason.NOT_DECODABLE, sentence, line=line)


def _header(file: IO[bytes]) -> tuple[Reviewed, str, bytes]:
    start = BytesIO(file.read(HEADER_BYTES_MAX))
    if start.read(len(MAGIC)) != MAGIC:
        raise UnreadableMessageError(Reason.UNKNOWN_FRAMING, "not an Avro container file")
    try:
        meta: Any = schemaless_reader(start, _META, None)
        codec = meta.get("avro.codec", b"null").decode("ascii")
    except (EOFError, ValueError) as error:
        raise _broken("the header of the container cannot be read") from error
    schema = by_text(meta.get("avro.schema", b""))
    if schema is None:
        raise UnreadableMessageError(
            Reason.UNKNOWN_SCHEMA, "the file's schema is not one of the reviewed schemas"
        )
    if codec not in {"null", "deflate"}:
        raise _broken(f"codec {codec!r}; write the file with null or deflate")
    sync = start.read(SYNC_BYTES)
    file.seek(start.tell())
    return schema, codec, sync


def _block(file: IO[bytes], codec: str, sync: bytes, row: int) -> tuple[int, bytes]:
    """The next block's number of records and its unpacked bytes."""
    try:
        head: Any = schemaless_reader(file, _BLOCK, None)
    except EOFError as error:
        raise _broken("the file is cut off", row + 1) from error
    count, size = head["count"], head["size"]
    if not 0 <= size <= BLOCK_BYTES_MAX:
        raise _broken(f"a block of {size} bytes; at most {BLOCK_BYTES_MAX}", row + 1)
    packed = file.read(size)
    if file.read(SYNC_BYTES) != sync:
        raise _broken("a block does not end with the file's sync marker", row + 1)
    data = _inflate(packed, row) if codec == "deflate" else packed
    if not 0 <= count <= len(data):  # a record has at least one byte
        raise _broken(f"a block of {len(data)} bytes claims {count} records", row + 1)
    if row + count > FILE_ROWS_MAX:
        raise UnreadableMessageError(Reason.TOO_LARGE, f"more than {FILE_ROWS_MAX} records")
    return count, data


def _inflate(packed: bytes, row: int) -> bytes:
    unpacker = zlib.decompressobj(_RAW_DEFLATE)
    try:
        data = unpacker.decompress(packed, BLOCK_BYTES_MAX)
    except zlib.error as error:
        raise _broken("a block cannot be unpacked", row + 1) from error
    if not unpacker.eof:
        raise _broken(f"a block unpacks to more than {BLOCK_BYTES_MAX} bytes", row + 1)
    return data


def _rows(data: bytes, count: int, schema: Reviewed, first: int) -> Iterator[Row]:
    """The records of one block; after one that cannot be read the rest have no beginning."""
    stream = BytesIO(data)
    for done in range(count):
        start = stream.tell()
        try:
            record = read_record(stream, schema)
        except UnreadableMessageError as error:
            error.line = first + done
            yield error
            yield from _lost(first + done + 1, count - done - 1)
            return
        if stream.tell() - start > MESSAGE_BYTES_MAX:
            sentence = f"a record has at most {MESSAGE_BYTES_MAX} bytes"
            yield UnreadableMessageError(Reason.TOO_LARGE, sentence, line=first + done)
        else:
            yield Decoded(schema.name, record, schema.file.schema_id)


def _lost(first: int, count: int) -> Iterator[UnreadableMessageError]:
    for line in range(first, first + count):
        yield _broken("an earlier record of the same block cannot be read", line)


def write_container(path: Path, schema_name: str, records: Iterable[Mapping[str, Any]]) -> int:
    """Write the records with the newest reviewed schema; the number written.

    The same records give the same bytes. The file appears under its name when it is complete.
    Raises ValueError for a record that does not fit, as `consumers.avro.encode`.
    """
    schema = newest(schema_name)
    sync = hashlib.sha256(schema.identity[0].encode()).digest()[:SYNC_BYTES]
    partial = path.with_name(path.name + ".part")
    written, waiting = 0, iter(records)
    with partial.open("wb") as file:
        file.write(MAGIC)
        meta = {"avro.schema": schema.file.text().encode(), "avro.codec": b"deflate"}
        schemaless_writer(file, _META, meta)
        file.write(sync)
        while chunk := [binary(schema, record) for record in islice(waiting, _RECORDS_PER_BLOCK)]:
            packer = zlib.compressobj(wbits=_RAW_DEFLATE)
            packed = packer.compress(b"".join(chunk)) + packer.flush()
            schemaless_writer(file, _BLOCK, {"count": len(chunk), "size": len(packed)})
            file.write(packed + sync)
            written += len(chunk)
    partial.replace(path)
    return written
