"""The events of whole pages of the log: what `recorded.decode` gives, in one pass over the bytes.

One validator a topic reads the envelope and the fact at once, with every check that `decode` makes
of a fact, and without a dictionary between. An event of an old version, and one that the validator
does not take, goes the careful way: it alone says what is wrong with an event.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

from ledger.recorded import FACTS, Envelope, RecordedEvent, Source, decode
from ledger.upcasts import STEPS, Step
from ledger.values import Fact

# Position, stream, version, time of recording, topic, bytes: as `StoreReads.rows_after` gives them.
StoredRow: TypeAlias = tuple[int, UUID, int, datetime, str, bytes]

_NUMBERS = frozenset({"line", "byte_start", "byte_end", "partition", "offset"})


def _field(schema: CoreSchema, *, required: bool = True) -> core_schema.TypedDictField:
    return core_schema.typed_dict_field(schema, required=required)


def _source() -> CoreSchema:
    """A `Source`, of which nothing is dropped silently."""
    text, number = core_schema.str_schema(strict=True), core_schema.int_schema(strict=True)
    kinds = core_schema.literal_schema(["kafka", "file", "command", "system"])
    types = {"kind": kinds, "name": text}
    members = [
        core_schema.dataclass_field(
            one.name,
            types.get(one.name)
            or core_schema.with_default_schema(
                number if one.name in _NUMBERS else text, default=None
            ),
        )
        for one in fields(Source)
    ]
    arguments = core_schema.dataclass_args_schema(
        "Source", members, collect_init_only=False, extra_behavior="forbid"
    )
    names = [one.name for one in fields(Source)]
    return core_schema.dataclass_schema(Source, arguments, names, slots=True, frozen=True)


def _stored(fact: type[Fact]) -> SchemaValidator:
    """What the bytes of a fact's events are read by."""
    text = core_schema.str_schema(strict=True)
    document = core_schema.typed_dict_schema(
        {
            "id": _field(text),
            "effective_on": _field(core_schema.date_schema(strict=True)),
            "actor": _field(text),
            "source": _field(_source()),
            "correlation": _field(text),
            "causation": _field(text, required=False),
            "approver": _field(text, required=False),
            "data": _field(fact.__pydantic_core_schema__),
        }
    )
    return SchemaValidator(document)


_READERS = {topic: _stored(fact).validate_json for topic, fact in FACTS.items()}


def decode_rows(
    rows: Iterable[StoredRow], steps: Mapping[str, tuple[str, Step]] = STEPS
) -> list[RecordedEvent]:
    """The events of stored rows. Raises as `recorded.decode` does."""
    return [_decode(row, steps) for row in rows]


def _decode(row: StoredRow, steps: Mapping[str, tuple[str, Step]]) -> RecordedEvent:
    position, stream_id, version, recorded_at, topic, state = row
    read = None if topic in steps else _READERS.get(topic)
    if read is None:
        return decode(*row)
    try:
        found: dict[str, Any] = read(state)
    except ValidationError:
        return decode(*row)
    get = found.get
    envelope = Envelope(
        found["id"],
        found["effective_on"],
        found["actor"],
        found["source"],
        found["correlation"],
        get("causation"),
        get("approver"),
    )
    return RecordedEvent(position, stream_id, version, recorded_at, topic, found["data"], envelope)
