"""A dead letter is its message and more: it may be larger than its topic takes."""

from typing import Any, TypeAlias

import pytest
from kafka import KafkaAdminClient

from consumers.kafka import Producer
from consumers.ports import TooLargeError

pytestmark = pytest.mark.kafka
Broker: TypeAlias = Any  # of tests/plugins/kafka_broker.py
SMALL = 100_000


@pytest.fixture
def small_topic(kafka_broker: Broker) -> str:
    """A topic that takes messages of at most 100,000 bytes."""
    name = f"{kafka_broker.new_topic(1)}.small"
    admin = KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap)
    topic = {"num_partitions": 1, "configs": {"max.message.bytes": str(SMALL)}}
    admin.create_topics({name: topic}, wait_for_metadata=True)
    admin.close()
    return name


def noise(size: int) -> bytes:
    """Bytes that no compression makes smaller."""
    chunk = bytes(range(256))
    return b"".join(
        bytes((one * step + 7 * step * step) % 256 for one in chunk) for step in range(size // 256)
    )


@pytest.mark.parametrize("size", [4 * SMALL, 200 * SMALL], ids=["for the broker", "for the client"])
def test_a_message_that_is_too_large_says_so_and_the_producer_goes_on(
    small_topic: str, kafka_broker: Broker, size: int
) -> None:
    producer = Producer(kafka_broker.connection)
    try:
        with pytest.raises(TooLargeError):
            _send(producer, small_topic, noise(size) if size < 10**6 else bytes(size))
        _send(producer, small_topic, b"small")
    finally:
        producer.close()


def _send(producer: Producer, topic: str, value: bytes) -> None:
    producer.send(topic, b"k", value, ())
    producer.flush()
