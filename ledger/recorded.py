"""A fact in its envelope: the bytes that are stored, sealed and replayed.

The envelope holds what the fact does not: the event's id, when it takes effect, who asked and who
approved, where it came from, what it belongs to (`correlation`) and what caused it (`causation`).
Position, stream, version and the time of recording stand beside the bytes and are sealed with them.
"""

import json
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, TypeAlias
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json

from ledger import (
    alias_events,
    collection_run_events,
    events,
    indemnity_events,
    intake_events,
    mandate_events,
    quarantine_events,
    small_balance_events,
    standing_order_events,
    suspense_events,
)
from ledger.account_state import Dated
from ledger.upcasts import upcast
from ledger.values import Fact

SourceKind: TypeAlias = Literal["kafka", "file", "command", "system"]


class NewerEventError(ValueError):
    """A stored event that this version cannot read whole: the reader must stop, never guess."""


class UnknownTopicError(NewerEventError):
    """A stored event of a topic that this version does not know."""


class UnknownFieldError(NewerEventError):
    """A stored event of a known topic that says more, or other things, than this version knows."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an input came from, precisely enough to quote it.

    A file is named by the SHA-256 of its bytes, a place in it by line and byte range; a message by
    topic, partition and offset, and the schema it was written with.
    """

    kind: SourceKind
    name: str
    digest: str | None = None
    line: int | None = None
    byte_start: int | None = None
    byte_end: int | None = None
    partition: int | None = None
    offset: int | None = None
    schema: str | None = None

    def as_json(self) -> dict[str, str | int]:
        """The fields that are there."""
        pairs = zip(_SOURCE_FIELDS, _values(self), strict=True)
        return {name: value for name, value in pairs if value is not None}


_SOURCE_FIELDS = tuple(field.name for field in fields(Source))
_values = attrgetter(*_SOURCE_FIELDS)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around a fact."""

    id: str
    effective_on: date
    actor: str
    source: Source
    correlation: str
    causation: str | None = None
    approver: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as it is in the log."""

    position: int
    stream_id: UUID
    version: int
    recorded_at: datetime
    topic: str
    fact: Fact
    envelope: Envelope

    @property
    def dated(self) -> Dated:
        """The fact with its effective date."""
        return Dated(self.fact, self.envelope.effective_on)


def _concrete(base: type[Fact]) -> list[type[Fact]]:
    found = [] if "topic" not in vars(base) else [base]
    for subclass in base.__subclasses__():
        found += _concrete(subclass)
    return found


FACTS: dict[str, type[Fact]] = {fact.topic: fact for fact in _concrete(Fact)}
# Imported so that every fact is in FACTS.
_MODULES = (
    alias_events,
    collection_run_events,
    events,
    indemnity_events,
    intake_events,
    mandate_events,
    quarantine_events,
    small_balance_events,
    standing_order_events,
    suspense_events,
)


_to_json = json.JSONEncoder(ensure_ascii=False).encode
# The same few texts come back in every message: actors, topics, file names, schemas.
_quoted = lru_cache(maxsize=1 << 12)(json.JSONEncoder(ensure_ascii=False).encode)


def shared_part(
    actor: str,
    source: Source,
    correlation: str,
    causation: str | None = None,
    approver: str | None = None,
) -> bytes:
    """The bytes of the envelope that all events of one request share."""
    place = ",".join(
        [
            f'"{name}":{value if isinstance(value, int) else _quoted(value)}'
            for name, value in source.as_json().items()
        ]
    )
    text = f'"actor":{_quoted(actor)},"source":{{{place}}},"correlation":{_to_json(correlation)}'
    if causation is not None:
        text += f',"causation":{_to_json(causation)}'
    if approver is not None:
        text += f',"approver":{_quoted(approver)}'
    return f"{text}}}".encode()


def encode(dated: Dated, event_id: str, shared: bytes) -> bytes:
    """The canonical bytes of an event; the order of fields never changes."""
    data = dated.fact.model_dump_json(exclude_none=True).encode()
    head = f'{{"id":"{event_id}","effective_on":"{dated.effective_on.isoformat()}",'.encode()
    return b"".join((head, shared[:-1], b',"data":', data, b"}"))


def decode(
    position: int,
    stream_id: UUID,
    version: int,
    recorded_at: datetime,
    topic: str,
    state: bytes,
) -> RecordedEvent:
    """The event of stored bytes, brought up to the current version of its topic.

    Raises UnknownTopicError or UnknownFieldError for what this version does not know: a field that
    is passed over may be the one that a figure depends on.
    """
    document = from_json(state)
    topic_now, data = upcast(topic, document.pop("data"))
    kind = FACTS.get(topic_now)
    if kind is None:
        raise UnknownTopicError(
            f"position {position}: no fact has the topic {topic!r}; a newer Tallystick wrote it,"
            " and only that one may read on"
        )
    try:
        envelope = _envelope(document)
        fact = kind.model_validate(data)
    except (TypeError, ValidationError) as error:
        raise UnknownFieldError(
            f"position {position}: {topic} is not as this version knows it; a newer Tallystick"
            f" wrote it, or it was changed: {_why(error)}"
        ) from error
    return RecordedEvent(position, stream_id, version, recorded_at, topic, fact, envelope)


def _why(error: TypeError | ValidationError) -> str:
    """The first thing that does not fit, without the value."""
    if isinstance(error, TypeError):
        return str(error).rpartition("() ")[2]
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _envelope(document: dict[str, Any]) -> Envelope:
    """Everything but the fact. Raises TypeError for what an envelope does not have."""
    effective_on = date.fromisoformat(document.pop("effective_on"))
    source = Source(**document.pop("source"))
    return Envelope(effective_on=effective_on, source=source, **document)
