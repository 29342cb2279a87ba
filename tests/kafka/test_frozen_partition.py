"""A partition that returns nothing although it grows: told by name, and read on anew."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pytest

from consumers.alarms import Alarm
from consumers.kafka import KafkaBroker, Producer
from consumers.kafka_loop import Pace, consume
from consumers.message import Message, Partition

pytestmark = pytest.mark.kafka
Broker: TypeAlias = Any  # of tests/plugins/kafka_broker.py
WATCHFUL = Pace(poll_ms=50, tick_seconds=0.1, stalled_seconds=1.5, yield_seconds=0.02)
PATIENCE_SECONDS = 60


class FreezingBroker(KafkaBroker):
    """A real consumer one of whose partitions falls silent until the connection is a new one."""

    frozen: Partition | None = None
    reopened = 0

    def poll(self, timeout_ms: int) -> Mapping[Partition, Sequence[Message]]:
        if self.frozen is not None and self.frozen in self._assigned:
            self.pause(self.frozen)
        return super().poll(timeout_ms)

    def reopen(self) -> None:
        self.frozen = None
        self.reopened += 1
        super().reopen()


class Sink:
    """Keeps offsets by partition."""

    def __init__(self) -> None:
        self.taken: dict[Partition, list[int]] = {}

    def position(self, topic: str, partition: int) -> int | None:
        return max(self.taken.get(Partition(topic, partition), ()), default=None)

    def fingerprint(self, topic: str, partition: int) -> None:
        del topic, partition

    def take(self, messages: Sequence[Message]) -> None:
        at = Partition(messages[0].topic, messages[0].partition)
        self.taken.setdefault(at, []).extend(one.offset for one in messages)


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_frozen_partition_is_told_by_name_while_the_other_goes_on_and_then_read_to_its_end(
    kafka_broker: Broker,
) -> None:
    frozen, other = kafka_broker.new_topic(1), kafka_broker.new_topic(1)
    broker, sink = FreezingBroker(kafka_broker.connection, [frozen, other]), Sink()
    stop, alarms = threading.Event(), list[Alarm]()
    loop = threading.Thread(
        target=consume,
        args=(broker, sink),
        kwargs={"stop": stop, "on_alarm": alarms.append, "pace": WATCHFUL},
    )
    loop.start()
    producer = Producer(kafka_broker.connection)
    sent = 0
    try:
        wait(lambda: bool(send(producer, frozen, other)) and len(sink.taken) == 2)
        broker.frozen = Partition(frozen, 0)
        time.sleep(0.2)
        before = {at: len(offsets) for at, offsets in sink.taken.items()}
        while not alarms:
            sent += send(producer, frozen, other)
            assert sent < 1_000, "no alarm"
            time.sleep(0.1)
        assert len(sink.taken[Partition(other, 0)]) > before[Partition(other, 0)] + 5
        assert [(one.kind, one.partition) for one in alarms] == [("stalled", Partition(frozen, 0))]
        assert "while the end grew" in alarms[0].sentence
        wait(lambda: broker.reopened == 1)
        send(producer, frozen, other)
        wait(lambda: all(is_whole(offsets) for offsets in sink.taken.values()))
        wait(lambda: len({len(offsets) for offsets in sink.taken.values()}) == 1)
    finally:
        stop.set()
        loop.join(PATIENCE_SECONDS)
        producer.close()
    assert not loop.is_alive()
    assert len(alarms) == 1


def send(producer: Producer, *topics: str) -> int:
    for topic in topics:
        producer.send(topic, b"k", b"v", ())
    producer.flush()
    return 1


def is_whole(offsets: Sequence[int]) -> bool:
    return list(offsets) == list(range(len(offsets)))


def test_a_silent_partition_that_does_not_grow_is_no_alarm(kafka_broker: Broker) -> None:
    """The control of the other direction: silence alone is what an idle topic looks like."""
    topic = kafka_broker.new_topic(1)
    broker, sink = FreezingBroker(kafka_broker.connection, [topic]), Sink()
    broker.frozen = Partition(topic, 0)
    stop, alarms = threading.Event(), list[Alarm]()
    timer = threading.Timer(3 * WATCHFUL.stalled_seconds, stop.set)
    timer.start()
    consume(broker, sink, stop=stop, on_alarm=alarms.append, pace=WATCHFUL)
    timer.join()
    assert (alarms, sink.taken) == ([], {})
