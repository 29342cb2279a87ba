"""The stored form of every event ever shipped: exact bytes, never changed, only added to.

`golden/events.jsonl` has two lines a topic, one with every field and one with as few as may be; a
topic that was given another optional field has a third, and its first stay as they were.
To add what is missing: `TALLYSTICK_GOLDEN=add pytest tests/ledger/test_recorded.py`.
A line that is there is never written again: a fact that changed is a new version and an upcast.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid5

import pytest

from ledger import upcasts
from ledger.account_state import Dated
from ledger.ids import event_id
from ledger.recorded import (
    FACTS,
    Source,
    UnknownFieldError,
    UnknownTopicError,
    decode,
    encode,
    shared_part,
)
from ledger.upcasts import upcast
from ledger.values import Fact, Value

GOLDEN = Path(__file__).parent / "golden" / "events.jsonl"
RECORDED_AT = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
STREAM = UUID(int=1)
EFFECTIVE_ON = date(2026, 6, 15)
SOURCES = {
    "full": shared_part(
        "system:intake",
        Source(
            "file", "bank", "ab" * 32, line=7, byte_start=100, byte_end=180, partition=3,
            offset=12, schema="camt.053.001.08",
        ),
        "correlation £1", "causation-1", "manager.dean",
    ),
    "least": shared_part("officer.ames", Source("command", "cli"), "correlation-2"),
}  # fmt: skip


def golden() -> list[dict[str, str]]:
    """The lines of the file."""
    return [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]


def example(kind: Any, name: str, variant: str) -> Any:  # noqa: ANN401 - of any type of a field
    """A value of a field's type: with everything, or with as little as may be."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        inner = next(one for one in args if one is not NoneType)
        return example(inner, name, variant) if variant == "full" else None
    if origin is Literal:
        return args[-1] if variant == "full" else args[0]
    if origin is tuple:
        return (example(args[0], name, variant),) * 2 if variant == "full" else ()
    if isinstance(kind, type) and issubclass(kind, Value):
        fields = kind.model_fields.items()
        return kind(**{name: example(field.annotation, name, variant) for name, field in fields})
    return {
        str: f'{name} \u00a3\u00e9"1' if variant == "full" else name,
        int: 123456 if variant == "full" else 0,
        bool: variant == "full",
        date: EFFECTIVE_ON,
    }[kind]


def line_of(topic: str, variant: str) -> dict[str, str]:
    fact = example(FACTS[topic], topic, variant)
    stored = encode(Dated(fact, EFFECTIVE_ON), event_id(topic, 0), SOURCES[variant])
    return {"topic": topic, "variant": variant, "stored": stored.decode()}


def add_missing() -> None:
    """Write the lines that are not there; what is there stays as it is."""
    there = golden() if GOLDEN.exists() else []
    wanted = [line_of(topic, variant) for topic in sorted(FACTS) for variant in SOURCES]
    with GOLDEN.open("a", encoding="utf-8") as file:
        for line in wanted:
            if line not in there:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


if os.environ.get("TALLYSTICK_GOLDEN") == "add":
    add_missing()


@pytest.mark.parametrize("line", golden(), ids=lambda line: f"{line['topic']}-{line['variant']}")
def test_what_was_stored_is_read_and_would_be_stored_in_the_same_bytes(
    line: dict[str, str],
) -> None:
    stored = line["stored"].encode()
    event = decode(5, STREAM, 2, RECORDED_AT, line["topic"], stored)
    assert isinstance(event.fact, Value)
    assert (event.position, event.version, event.recorded_at) == (5, 2, RECORDED_AT)
    assert event.topic == line["topic"]
    if line["topic"] in FACTS:  # an older version is read, and stored no more
        shared = SOURCES[line["variant"]]
        assert encode(event.dated, event.envelope.id, shared) == stored


@pytest.mark.parametrize("variant", SOURCES)
@pytest.mark.parametrize("topic", sorted(FACTS))
def test_every_field_of_every_topic_has_golden_bytes(topic: str, variant: str) -> None:
    assert line_of(topic, variant) in golden()


def test_every_topic_that_was_stored_is_still_read() -> None:
    assert {line["topic"] for line in golden()} <= set(FACTS) | set(upcasts.STEPS)


def test_the_envelope_is_read_back() -> None:
    line = line_of("invoice-issued.v1", "full")
    envelope = decode(1, STREAM, 1, RECORDED_AT, line["topic"], line["stored"].encode()).envelope
    assert envelope.effective_on == EFFECTIVE_ON
    assert (envelope.actor, envelope.approver) == ("system:intake", "manager.dean")
    assert (envelope.correlation, envelope.causation) == ("correlation £1", "causation-1")
    assert (envelope.source.line, envelope.source.offset) == (7, 12)


def test_a_topic_that_is_not_known_stops_the_reader() -> None:
    stored = line_of("invoice-issued.v1", "least")["stored"].encode()
    with pytest.raises(UnknownTopicError, match="position 9"):
        decode(9, STREAM, 1, RECORDED_AT, "invoice-issued.v0", stored)


@pytest.mark.parametrize(
    ("there", "with_more", "named"),
    [
        ('"data":{', '"data":{"x":1,', "x: Extra inputs are not permitted"),
        ('"source":{', '"source":{"x":1,', "unexpected keyword argument 'x'"),
        ('"actor":', '"x":1,"actor":', "unexpected keyword argument 'x'"),
    ],
    ids=["in the fact", "in the source", "in the envelope"],
)
def test_a_field_that_is_not_known_stops_the_reader(there: str, with_more: str, named: str) -> None:
    """Nothing is lost by it, for bytes are never stored again; a figure could be wrong without."""
    stored = line_of("invoice-issued.v1", "least")["stored"]
    assert there in stored
    newer = stored.replace(there, with_more, 1).encode()
    with pytest.raises(UnknownFieldError) as caught:
        decode(9, STREAM, 1, RECORDED_AT, "invoice-issued.v1", newer)
    assert str(caught.value).startswith("position 9: invoice-issued.v1")
    assert str(caught.value).endswith(named)


def test_a_field_that_must_be_there_stops_the_reader_when_it_is_not() -> None:
    stored = line_of("invoice-issued.v1", "least")["stored"].replace('"actor":', '"who":')
    with pytest.raises(UnknownFieldError):
        decode(9, STREAM, 1, RECORDED_AT, "invoice-issued.v1", stored.encode())


def test_an_old_event_is_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def dated(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "reason": data["why"]}

    def renamed(data: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in data.items() if name != "why"}

    steps = {
        "hold-ended.v1": ("hold-ended.v2", dated),
        "hold-ended.v2": ("refund-rejected.v1", renamed),
    }
    monkeypatch.setattr(upcasts, "STEPS", steps)
    monkeypatch.setattr(upcast, "__defaults__", (steps,))
    data = '{"unit":"HSG","account":"1","refund":"F1","why":"lapsed"}'
    head = line_of("refund-rejected.v1", "least")["stored"].split('"data":')[0]
    event = decode(1, STREAM, 1, RECORDED_AT, "hold-ended.v1", f'{head}"data":{data}}}'.encode())
    expected = {"unit": "HSG", "account": "1", "refund": "F1", "reason": "lapsed"}
    assert event.fact == FACTS["refund-rejected.v1"](**expected)
    assert event.topic == "hold-ended.v1"


def leaves(kind: Any) -> Iterator[Any]:  # noqa: ANN401 - types of fields
    """The types that a field is made of, all the way down."""
    if get_origin(kind) is Literal:
        yield from (type(one) for one in get_args(kind))
    elif get_args(kind):
        for one in get_args(kind):
            yield from leaves(one)
    elif isinstance(kind, type) and issubclass(kind, Value):
        for field in kind.model_fields.values():
            yield from leaves(field.annotation)
    else:
        yield kind


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS)
def test_a_fact_is_made_of_text_whole_numbers_dates_and_nothing_else(fact: type[Fact]) -> None:
    plain = {str, int, bool, date, NoneType, Ellipsis}
    assert set(leaves(fact)) <= plain


def test_a_float_in_a_fact_would_be_found() -> None:
    class Wrong(Value):
        amounts: tuple[float | None, ...]

    assert float in set(leaves(Wrong))


def keys(value: object, path: str = "") -> Iterator[str]:
    """The paths of all keys of a document."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield f"{path}{name}"
            yield from keys(one, f"{path}{name}.")
    elif isinstance(value, list):
        for one in value:
            yield from keys(one, path)


PERSONAL = re.compile(
    r"(^|[._])(name|surname|forename|address|street|postcode|e?mail|phone|mobile|birth|iban"
    r"|sort_code|account_number|narrative|remitter)(_|$|\.)"
)
# A source's name is a topic or a system, a file's is the bank's; a keyed digest is of a name; what
# Bacs carries of us is the council's name.
NO_PERSON = {
    "source.name",
    "data.file_name",
    "data.party_name_digest",
    "data.account_name",
    "data.user_name",
}


def test_no_stored_key_is_a_name_an_address_or_an_account_of_a_person() -> None:
    found = {key for line in golden() for key in keys(json.loads(line["stored"]))}
    assert {key for key in found if PERSONAL.search(key)} <= NO_PERSON


@pytest.mark.parametrize("key", ["data.payer_name", "data.email", "data.lines.home_address"])
def test_a_key_of_a_person_would_be_found(key: str) -> None:
    assert PERSONAL.search(key)


def test_the_order_of_the_envelope_is_fixed() -> None:
    for line in golden():
        order = list(json.loads(line["stored"]))
        known = [
            "id",
            "effective_on",
            "actor",
            "source",
            "correlation",
            "causation",
            "approver",
            "data",
        ]
        assert order == [name for name in known if name in order]


@pytest.mark.parametrize("identity", ["x", "kafka:ar.billing.invoice.v1/0/7", "Zoë|£", ""])
def test_an_event_id_is_the_uuid5_that_the_standard_library_makes(identity: str) -> None:
    namespace = UUID("6f1d3c5a-6f5e-5b7c-9d53-0a5a2f0c7e11")
    for sequence in range(50):
        assert event_id(identity, sequence) == str(uuid5(namespace, f"event|{identity}|{sequence}"))
