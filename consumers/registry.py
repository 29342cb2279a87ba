"""Which schema a message was written with: the reviewed set in git, or a registry that agrees.

A schema that is not in `schemas/` is never used, whatever a registry says: five bytes of a
hostile schema can become thirty million items. A registry at a URL only says which of the
reviewed schemas an id stands for.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form

from consumers.avro_values import Json, Shape, physical, shape_of
from consumers.unreadable import Reason, UnreadableMessageError
from schemas import SchemaFile, schema_files

INVOICE_ISSUED = "InvoiceIssued"
CREDIT_NOTE = "CreditNote"
ACCOUNT = "Account"

SCHEMA_BYTES_MAX = 256 << 10  # the text of one schema from outside
SCHEMA_DEPTH_MAX = 32  # nesting of a schema from outside; ours is 7 deep

# The parsing canonical form, and beside it the logical types in document order: the canonical
# form leaves them out, and with them the scale, so two schemas with one canonical form may
# differ a hundredfold in every amount.
Identity = tuple[str, tuple[tuple[Any, ...], ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Reviewed:
    """A reviewed schema, parsed once: what decoding and encoding need of it."""

    file: SchemaFile
    name: str  # the record's name without its namespace, such as `InvoiceIssued`
    source: Mapping[str, Any]  # Avro JSON as in git
    parsed: Any  # fastavro's form of the physical schema
    shape: Shape
    identity: Identity
    fingerprint: bytes  # CRC-64-AVRO, eight bytes little-endian as the single-object encoding has


class Registry(Protocol):
    """Finds the reviewed schema behind the id of a Confluent frame."""

    def by_id(self, schema_id: int) -> Reviewed | None:
        """The reviewed schema, or None when the id names no reviewed one.

        Raises `TransientError` when the answer cannot be had now.
        """


@cache
def reviewed_schemas() -> tuple[Reviewed, ...]:
    """Every schema of `schemas/index.json`, parsed, in its order."""
    return tuple(_reviewed(file) for file in schema_files())


def _reviewed(file: SchemaFile) -> Reviewed:
    source = json.loads(file.text())
    identity = schema_identity(source)
    return Reviewed(
        file=file,
        name=source["name"],
        source=source,
        parsed=fastavro.parse_schema(physical(source)),
        shape=shape_of(source),
        identity=identity,
        fingerprint=bytes.fromhex(fingerprint(identity[0], "CRC-64-AVRO")),
    )


@cache
def newest(name: str) -> Reviewed:
    """The newest version of a message; KeyError for a name that is not in the contract."""
    versions = [one for one in reviewed_schemas() if one.name == name]
    if not versions:
        raise KeyError(name)
    return max(versions, key=lambda one: one.file.version)


@cache
def _by_fingerprint() -> Mapping[bytes, Reviewed]:
    return {one.fingerprint: one for one in reviewed_schemas()}


def by_fingerprint(crc: bytes) -> Reviewed | None:
    """The reviewed schema with this CRC-64-AVRO (little-endian), if there is one."""
    return _by_fingerprint().get(crc)


class LocalRegistry:
    """The registry that is held in git: ids of `schemas/index.json`."""

    def __init__(self) -> None:
        self._by_id = {one.file.schema_id: one for one in reviewed_schemas()}

    def by_id(self, schema_id: int) -> Reviewed | None:
        """The reviewed schema with this id."""
        return self._by_id.get(schema_id)


def by_text(text: str | bytes) -> Reviewed | None:
    """The reviewed schema that a schema from outside is equal to, or None.

    Equal means: same parsing canonical form (Avro 1.12, "Parsing Canonical Form for Schemas")
    and the same logical types with the same precision and scale.
    """
    try:
        identity = _identity_of_text(text)
    except UnreadableMessageError:
        return None
    return next((one for one in reviewed_schemas() if one.identity == identity), None)


def _identity_of_text(text: str | bytes) -> Identity:
    refusal = UnreadableMessageError(Reason.UNKNOWN_SCHEMA, "the text is not an Avro schema")
    if len(text) > SCHEMA_BYTES_MAX:
        raise refusal
    try:
        schema = json.loads(text)
        if depth(schema) > SCHEMA_DEPTH_MAX:
            raise refusal
        return schema_identity(schema)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise refusal from error
    except fastavro.schema.SchemaParseException as error:
        raise refusal from error


def schema_identity(schema: Json) -> Identity:
    """Canonical form and logical types of an Avro schema given as JSON values."""
    return to_parsing_canonical_form(schema), tuple(_logical_types(schema))


def _logical_types(schema: Json) -> list[tuple[Json, ...]]:
    match schema:
        case dict():
            own = (schema.get("logicalType"), schema.get("precision"), schema.get("scale"))
            parts = [schema.get(key) for key in ("type", "fields", "items", "values")]
            inner = [found for part in parts for found in _logical_types(part)]
            return [own, *inner] if own[0] is not None else inner
        case list():
            return [found for part in schema for found in _logical_types(part)]
        case _:
            return []


def depth(value: Json) -> int:
    """Nesting of a JSON value, counted without recursion."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        if isinstance(node, dict | list):
            children = node.values() if isinstance(node, dict) else node
            waiting += [(child, level + 1) for child in children]
    return deepest
