"""The Kafka loop on a real broker, with an in-memory sink in the ledger's place."""

import gc
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.structs import OffsetAndMetadata, TopicPartition

from consumers.alarms import Alarm
from consumers.kafka import Connection, KafkaBroker, Producer, cluster_id
from consumers.kafka_loop import Pace, consume
from consumers.message import Message, Partition, fingerprint
from consumers.ports import MessagesLostError, PositionTakenError, TopicRecreatedError
from consumers.watchdog import PartitionLag
from ledger.limits import MESSAGE_BYTES_MAX

pytestmark = pytest.mark.kafka
QUICK = Pace(poll_ms=50, tick_seconds=0.1, yield_seconds=0.02)
PATIENCE_SECONDS = 30


class BrokerUnderTest(Protocol):
    """The fixture of tests/plugins/kafka_broker.py, as these tests use it."""

    connection: Connection

    @property
    def bootstrap(self) -> str: ...
    def new_topic(self, partitions: int = 1) -> str: ...
    def need(self, ability: str) -> None: ...
    def restart(self) -> None: ...
    def kill(self) -> None: ...
    def start(self) -> None: ...


@dataclass
class MemorySink:
    """Stores batches with their position under one lock, as one transaction would."""

    keeps_fingerprints: bool = False
    taken: list[Message] = field(default_factory=list)
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    prints: dict[tuple[str, int], str] = field(default_factory=dict)
    refusals: int = 0
    before: Callable[[Sequence[Message]], None] = lambda _: None
    after: Callable[[Sequence[Message]], None] = lambda _: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def position(self, topic: str, partition: int) -> int | None:
        return self.positions.get((topic, partition))

    def fingerprint(self, topic: str, partition: int) -> str | None:
        return self.prints.get((topic, partition)) if self.keeps_fingerprints else None

    def take(self, messages: Sequence[Message]) -> None:
        self.before(messages)
        at = messages[0].topic, messages[0].partition
        with self.lock:
            if self.positions.get(at, -1) >= messages[0].offset:
                self.refusals += 1
                raise PositionTakenError(f"{at} is at {self.positions[at]}")
            self.taken.extend(messages)
            self.positions[at] = messages[-1].offset
            self.prints[at] = fingerprint(messages[-1])
        self.after(messages)

    def values(self) -> list[bytes | None]:
        return [message.value for message in self.taken]


@dataclass
class Run:
    """One loop in its own thread, and what it told."""

    stop: threading.Event = field(default_factory=threading.Event)
    alarms: list[Alarm] = field(default_factory=list)
    lags: list[Sequence[PartitionLag]] = field(default_factory=list)
    error: BaseException | None = None
    thread: threading.Thread | None = None

    def join(self) -> None:
        assert self.thread is not None
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive()


@contextmanager
def running(
    connection: Connection, topics: Sequence[str], sink: MemorySink, *, accept_lost: bool = False
) -> Iterator[Run]:
    run = Run()

    def loop() -> None:
        try:
            consume(
                KafkaBroker(connection, topics),
                sink,
                stop=run.stop,
                on_alarm=run.alarms.append,
                on_lag=run.lags.append,
                pace=QUICK,
                accept_lost=accept_lost,
            )
        except BaseException as error:  # noqa: BLE001 - handed to the test
            run.error = error

    run.thread = threading.Thread(target=loop)
    run.thread.start()
    try:
        yield run
    finally:
        run.stop.set()
        run.join()


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def publish(connection: Connection, topic: str, values: Sequence[bytes | None]) -> None:
    producer = Producer(connection)
    for value in values:
        key = b"k" + (value or b"")[-2:]
        producer.send(topic, key, value, (("ce_id", value or b"none"),))
    producer.flush()
    producer.close()


def numbered(first: int, count: int) -> list[bytes]:
    return [b"%06d" % number for number in range(first, first + count)]


def recreate(connection: Connection, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=connection.bootstrap)
    admin.delete_topics([topic])
    eventually(lambda: topic not in admin.list_topics())
    admin.create_topics({topic: {"num_partitions": 1}}, wait_for_metadata=True)
    admin.close()


def test_every_message_is_taken_once_although_the_loop_is_stopped_and_crashed_at_random(
    kafka_broker: BrokerUnderTest,
) -> None:
    topic = kafka_broker.new_topic(3)
    values = numbered(0, 3000)
    publish(kafka_broker.connection, topic, values)
    chance = random.Random(7)  # noqa: S311 - a seed for the test
    sink = MemorySink(keeps_fingerprints=True)

    def crash_sometimes(_: Sequence[Message]) -> None:
        time.sleep(0.005)
        if chance.random() < 0.15:
            raise RuntimeError("power cut")

    sink.before = sink.after = crash_sometimes
    crashes = 0
    for _ in range(40):
        with running(kafka_broker.connection, [topic], sink) as run:
            run.stop.wait(chance.uniform(0.05, 0.4))
        crashes += run.error is not None
        if len(sink.taken) >= len(values):
            break
    sink.before = sink.after = lambda _: None
    with running(kafka_broker.connection, [topic], sink):
        eventually(lambda: len(sink.taken) >= len(values))
    assert crashes
    assert sorted(value for value in sink.values() if value) == values
    assert len(sink.taken) == len(values)


def test_an_unknown_commit_is_resolved_by_the_position_and_not_stored_twice(
    kafka_broker: BrokerUnderTest,
) -> None:
    topic = kafka_broker.new_topic(2)
    publish(kafka_broker.connection, topic, numbered(0, 500))
    sink, failures = MemorySink(), iter([True, True])

    def lose_the_answer(_: Sequence[Message]) -> None:
        if next(failures, False):
            raise psycopg.OperationalError("server closed the connection")

    sink.after = lose_the_answer
    with running(kafka_broker.connection, [topic], sink) as run:
        publish(kafka_broker.connection, topic, numbered(500, 500))
        eventually(lambda: len(sink.taken) == 1000 and sink.refusals >= 1)
    assert run.error is None
    assert sink.refusals >= 1
    assert sorted(value for value in sink.values() if value) == numbered(0, 1000)


def test_reading_starts_at_the_stored_position_and_not_at_the_groups_commit(
    kafka_broker: BrokerUnderTest,
) -> None:
    topic = kafka_broker.new_topic(1)
    publish(kafka_broker.connection, topic, numbered(0, 10))
    other = KafkaConsumer(bootstrap_servers=kafka_broker.bootstrap, group_id="tallystick")
    other.assign([TopicPartition(topic, 0)])
    other.commit({TopicPartition(topic, 0): OffsetAndMetadata(10, "", -1)})
    other.close()
    sink = MemorySink(positions={(topic, 0): 4})
    with running(kafka_broker.connection, [topic], sink):
        eventually(lambda: len(sink.taken) == 5)
    assert sink.values() == numbered(5, 5)


def test_the_groups_commit_follows_for_lag_displays(kafka_broker: BrokerUnderTest) -> None:
    topic = kafka_broker.new_topic(1)
    publish(kafka_broker.connection, topic, numbered(0, 7))
    other = KafkaConsumer(bootstrap_servers=kafka_broker.bootstrap, group_id="tallystick")
    with running(kafka_broker.connection, [topic], MemorySink()):
        eventually(lambda: other.committed(TopicPartition(topic, 0)) == 7)
    assert other.committed(TopicPartition(topic, 0)) == 7
    other.close()


def test_of_two_live_consumers_of_a_partition_the_slower_drops_its_batch(
    kafka_broker: BrokerUnderTest,
) -> None:
    topic = kafka_broker.new_topic(1)
    publish(kafka_broker.connection, topic, numbered(0, 20))
    sink, zombie_holds, release = MemorySink(), threading.Event(), threading.Event()

    def hold_the_first(_: Sequence[Message]) -> None:
        if not zombie_holds.is_set():
            zombie_holds.set()
            assert release.wait(PATIENCE_SECONDS)

    sink.before = hold_the_first
    with running(kafka_broker.connection, [topic], sink) as zombie:
        assert zombie_holds.wait(PATIENCE_SECONDS)
        with running(kafka_broker.connection, [topic], sink):
            eventually(lambda: len(sink.taken) == 20)
        release.set()
        eventually(lambda: sink.refusals == 1)
        publish(kafka_broker.connection, topic, numbered(20, 5))
        eventually(lambda: len(sink.taken) == 25)
    assert zombie.error is None
    assert sink.values() == numbered(0, 25)


def test_tombstones_oversize_values_and_odd_headers_pass_untouched(
    kafka_broker: BrokerUnderTest,
) -> None:
    topic = kafka_broker.new_topic(1)
    large = b"x" * (MESSAGE_BYTES_MAX * 3 + 1)
    producer = Producer(kafka_broker.connection)
    producer.send(topic, b"k", None, ())
    producer.send(topic, None, b"", (("ce_id", b""), ("ce_id", b"\xff\x00")))
    producer.send(topic, None, large, (("ce_id", b"3"),))
    producer.send(topic, None, None, ())
    producer.flush()
    producer.close()
    sink = MemorySink()
    with running(kafka_broker.connection, [topic], sink):
        eventually(lambda: len(sink.taken) == 4)
    assert [(one.key, one.value) for one in sink.taken] == [
        (b"k", None),
        (None, b""),
        (None, large),
        (None, None),
    ]
    assert sink.taken[1].headers == (("ce_id", b""), ("ce_id", b"\xff\x00"))


@pytest.mark.parametrize(
    ("again", "keeps_fingerprints"),
    [
        pytest.param(3, False, id="shorter than what was stored"),
        pytest.param(30, True, id="longer, with other messages"),
    ],
)
def test_a_recreated_topic_is_not_taken_for_the_old_one(
    kafka_broker: BrokerUnderTest, again: int, *, keeps_fingerprints: bool
) -> None:
    topic = kafka_broker.new_topic(1)
    publish(kafka_broker.connection, topic, numbered(0, 20))
    sink = MemorySink(keeps_fingerprints=keeps_fingerprints)
    with running(kafka_broker.connection, [topic], sink):
        eventually(lambda: len(sink.taken) == 20)
    recreate(kafka_broker.connection, topic)
    publish(kafka_broker.connection, topic, numbered(900, again))
    with running(kafka_broker.connection, [topic], sink) as run:
        eventually(lambda: run.error is not None)
    assert isinstance(run.error, TopicRecreatedError)
    assert [alarm.kind for alarm in run.alarms] == ["stopped"]
    assert sink.values() == numbered(0, 20)


def test_a_topic_recreated_while_it_is_read_stops_and_the_other_topics_go_on(
    kafka_broker: BrokerUnderTest,
) -> None:
    topic, other = kafka_broker.new_topic(1), kafka_broker.new_topic(1)
    publish(kafka_broker.connection, topic, numbered(0, 20))
    sink = MemorySink(keeps_fingerprints=True)
    with running(kafka_broker.connection, [topic, other], sink) as run:
        eventually(lambda: len(sink.taken) == 20)
        recreate(kafka_broker.connection, topic)
        publish(kafka_broker.connection, topic, numbered(900, 5))
        eventually(lambda: bool(run.alarms))
        publish(kafka_broker.connection, other, numbered(20, 5))
        eventually(lambda: len(sink.taken) == 25)
    assert run.error is None
    assert [(alarm.kind, alarm.partition) for alarm in run.alarms] == [
        ("stopped", Partition(topic, 0))
    ]
    assert sink.values() == numbered(0, 25)


def test_messages_removed_before_they_were_read_stop_the_partition_until_accepted(
    kafka_broker: BrokerUnderTest,
) -> None:
    topic = kafka_broker.new_topic(1)
    publish(kafka_broker.connection, topic, numbered(0, 10))
    admin = KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap)
    admin.delete_records({TopicPartition(topic, 0): 8})
    admin.close()
    sink = MemorySink(positions={(topic, 0): 4})
    with running(kafka_broker.connection, [topic], sink) as run:
        eventually(lambda: run.error is not None)
    assert isinstance(run.error, MessagesLostError)
    assert "offsets 5 to 7" in str(run.error)
    with running(kafka_broker.connection, [topic], sink, accept_lost=True):
        eventually(lambda: len(sink.taken) == 2)
    assert sink.values() == numbered(8, 2)


def test_messages_of_an_aborted_transaction_are_never_delivered_and_do_not_count_as_lag(
    kafka_broker: BrokerUnderTest,
) -> None:
    topic = kafka_broker.new_topic(1)
    producer = KafkaProducer(
        bootstrap_servers=kafka_broker.bootstrap, transactional_id=topic, acks="all"
    )
    producer.init_transactions()
    for values, end in ((numbered(0, 3), producer.commit_transaction),
                        (numbered(900, 3), producer.abort_transaction),
                        (numbered(3, 3), producer.commit_transaction)):  # fmt: skip
        producer.begin_transaction()
        for value in values:
            producer.send(topic, value=value, key=b"k")
        producer.flush()
        end()
    producer.close()
    sink = MemorySink(keeps_fingerprints=True)
    with running(kafka_broker.connection, [topic], sink) as run:
        eventually(lambda: len(sink.taken) == 6 and run.lags[-1][0].lag == 0)
    with running(kafka_broker.connection, [topic], sink) as again:
        eventually(lambda: bool(again.lags) and bool(again.lags[-1]))
    assert sink.values() == numbered(0, 6)
    assert run.alarms == again.alarms == []


def total(lags: Sequence[PartitionLag]) -> int:
    return sum(one.lag for one in lags)


def test_lag_counts_what_is_still_to_be_read(kafka_broker: BrokerUnderTest) -> None:
    topic = kafka_broker.new_topic(2)
    publish(kafka_broker.connection, topic, numbered(0, 50))
    with running(kafka_broker.connection, [topic], MemorySink()) as run:
        eventually(lambda: bool(run.lags and run.lags[-1]) and total(run.lags[-1]) == 0)
    first = next(lags for lags in run.lags if lags)
    assert {one.partition.topic for one in first} == {topic}
    assert total(first) == 50


def test_a_topic_that_is_created_later_is_found_and_shared_out_by_partition(
    kafka_broker: BrokerUnderTest,
) -> None:
    kafka_broker.need("topics with a chosen number of partitions")
    topic = kafka_broker.new_topic(1) + ".later"
    broker = KafkaBroker(kafka_broker.connection, [topic], share=(1, 2))
    assert broker.assign() == ()
    admin = KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap)
    admin.create_topics({topic: {"num_partitions": 4}}, wait_for_metadata=True)
    admin.close()
    eventually(lambda: len(broker.assign()) > 0)
    assert broker.assign() == (Partition(topic, 1), Partition(topic, 3))
    broker.close()


def test_the_cluster_names_itself(kafka_broker: BrokerUnderTest) -> None:
    assert len(cluster_id(kafka_broker.connection)) > 5


# kafka-python leaves the sockets of refused connections to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket")
def test_a_broker_restarted_and_killed_loses_and_doubles_nothing(
    own_kafka_broker: BrokerUnderTest,
) -> None:
    topic = own_kafka_broker.new_topic(2)
    connection = own_kafka_broker.connection
    sink = MemorySink(keeps_fingerprints=True)
    with running(connection, [topic], sink) as run:
        publish(connection, topic, numbered(0, 200))
        own_kafka_broker.restart()
        publish(connection, topic, numbered(200, 200))
        eventually(lambda: len(sink.taken) == 400)
        own_kafka_broker.kill()
        own_kafka_broker.start()
        publish(connection, topic, numbered(400, 200))
        eventually(lambda: len(sink.taken) >= 600)
    assert run.error is None
    assert run.alarms == []
    assert sorted(value for value in sink.values() if value) == numbered(0, 600)
    gc.collect()  # here, so that the sockets do not surface in another test
