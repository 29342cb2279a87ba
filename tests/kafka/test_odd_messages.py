"""Messages that kafka-python does not carry by itself: read, stored and copied byte for byte."""

import time
from collections.abc import Sequence
from typing import Any, TypeAlias

import confluent_kafka
import pytest
from kafka.errors import CorruptRecordError
from kafka.record import memory_records

from consumers.kafka import KafkaBroker, Producer
from consumers.message import Headers, Message

pytestmark = pytest.mark.kafka
Broker: TypeAlias = Any  # of tests/plugins/kafka_broker.py
Letter: TypeAlias = tuple[bytes | None, bytes | None, Headers]

PATIENCE_SECONDS = 30
ODD_NAME = b"caf\xe9".decode("utf-8", "surrogateescape")  # as Latin-1 sends it
ODD: Sequence[Letter] = (
    (b"k", b"before", (("ce_id", b"1"),)),
    (b"k", b"name", ((ODD_NAME, b"x"), ("ce_id", b"2"))),
    (b"k", b"name again", ((ODD_NAME * 3, b"x"), ("caf\u00e9", b"\xff"))),
    (b"k", b"null header", (("ce_id", None), ("ce_id", b""), ("x", b"\0"))),
    (None, None, (("ce_id", b"3"),)),
    (None, None, ()),
    (None, b"", ()),
    (b"", None, ()),
    (b"k", b"after", (("ce_id", b"4"),)),
)


def sent(broker: Broker, letters: Sequence[Letter]) -> str:
    topic: str = broker.new_topic(1)
    producer = Producer(broker.connection)
    for key, value, headers in letters:
        producer.send(topic, key, value, headers)
    producer.flush()
    producer.close()
    return topic


def received(broker: Broker, topic: str, count: int) -> list[Message]:
    reader = KafkaBroker(broker.connection, [topic])
    found: list[Message] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while not reader.assign():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        while len(found) < count:
            assert time.monotonic() < deadline, f"only {len(found)} came"
            for messages in reader.poll(200).values():
                found += messages
    finally:
        reader.close()
    return found


def letters_of(messages: Sequence[Message]) -> list[Letter]:
    return [(one.key, one.value, one.headers) for one in messages]


def test_odd_names_and_nulls_are_read_as_they_were_sent(kafka_broker: Broker) -> None:
    topic = sent(kafka_broker, ODD)
    messages = received(kafka_broker, topic, len(ODD))
    assert letters_of(messages) == list(ODD)
    assert [one.offset for one in messages] == list(range(len(ODD)))


def test_another_client_sees_the_same_bytes(kafka_broker: Broker) -> None:
    """The judge of what was sent is librdkafka, which has no such patch."""
    topic = sent(kafka_broker, [one for one in ODD if one[1] not in {b"name", b"name again"}])
    settings = {"bootstrap.servers": kafka_broker.bootstrap, "group.id": topic}
    reader = confluent_kafka.Consumer(settings)
    reader.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    seen = reader.consume(len(ODD) - 2, timeout=PATIENCE_SECONDS)
    reader.close()
    found = [(one.key(), one.value(), tuple(one.headers() or ())) for one in seen]
    assert (None, None, ()) in found
    assert (b"k", b"null header", (("ce_id", None), ("ce_id", b""), ("x", b"\0"))) in found


def test_the_library_alone_stops_at_a_name_that_is_not_utf8(
    kafka_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: without our batch the partition would stand still for ever."""
    topic = sent(kafka_broker, ODD)
    library = memory_records.DefaultRecordBatch.__mro__[1]
    monkeypatch.setattr(memory_records, "DefaultRecordBatch", library)
    with pytest.raises(CorruptRecordError):
        received(kafka_broker, topic, len(ODD))


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_compression_that_a_publisher_may_choose_is_read(
    kafka_broker: Broker, codec: str
) -> None:
    topic = kafka_broker.new_topic(1)
    settings = {"bootstrap.servers": kafka_broker.bootstrap, "compression.type": codec}
    producer = confluent_kafka.Producer(
        settings | {"message.max.bytes": 8_000_000, "linger.ms": 50}
    )
    values = [b"%03d" % number + b"same " * 200 for number in range(200)] + [b"y" * 5_000_000]
    for value in values:
        producer.produce(topic, value)
    assert producer.flush(PATIENCE_SECONDS) == 0
    assert [one.value for one in received(kafka_broker, topic, len(values))] == values
