"""What can happen to a real Kafka and its consumers: nothing is lost, nothing is taken twice."""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import confluent_kafka
import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.structs import OffsetAndMetadata, TopicPartition

from consumers.avro import encode
from consumers.registry import newest
from ledger import events as e
from ledger.checks import verify
from ledger.intake_events import TopicAccepted

harness: Any = sys.modules["tallystick_tests_consumer_process"]  # loaded by the conftest
Council: TypeAlias = Any
Broker: TypeAlias = Any
Consumer: TypeAlias = Any
Soak: TypeAlias = Any

pytestmark = pytest.mark.kafka
ACCOUNTS = 20
ENDED = {0, -signal.SIGTERM}  # the second, when it was still starting


def _posted(council: Council) -> Counter[str]:
    return Counter(one.invoice for one in council.facts(e.InvoiceIssued))


def _bills(council: Council, first: int, count: int) -> list[Any]:
    return [
        harness.letter(
            str(1_000 + number % ACCOUNTS),
            encode(
                "InvoiceIssued",
                council.billing.invoice(str(1_000 + number % ACCOUNTS), f"INV-{number}"),
            ),
            f"b{number}",
        )
        for number in range(first, first + count)
    ]


def _wait(condition: Callable[[], bool], consumer: Consumer) -> None:
    deadline = time.monotonic() + harness.PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, consumer.log()
        time.sleep(0.05)


# -- 1. the broker goes and comes ----------------------------------------------------------------


class Publisher(threading.Thread):
    """Goes on sending bills in fives until told to stop; it counts only what a broker confirmed."""

    def __init__(self, council: Council, broker: Broker, topic: str) -> None:
        super().__init__()
        self.sent = 0
        self.error: Exception | None = None
        self._council, self._broker, self._topic = council, broker, topic
        self._end_asked = threading.Event()

    def run(self) -> None:
        try:
            # librdkafka, because kafka-python leaves the sockets of a broker that is gone open.
            producer = confluent_kafka.Producer(
                {
                    "bootstrap.servers": self._broker.bootstrap,
                    "enable.idempotence": True,
                    "log_level": 0,
                }
            )
            while not self._end_asked.wait(0.05):
                for key, value, headers in _bills(self._council, self.sent, 5):
                    producer.produce(self._topic, value, key, headers=list(headers))
                assert producer.flush(harness.PATIENCE_SECONDS) == 0
                self.sent += 5
        except Exception as error:  # noqa: BLE001 - handed to the test
            self.error = error

    def end(self) -> int:
        self._end_asked.set()
        self.join(2 * harness.PATIENCE_SECONDS)
        assert not self.is_alive()
        assert self.error is None, self.error
        return self.sent


@pytest.mark.soak
def test_a_broker_that_is_killed_and_stopped_at_random_needs_nobody_to_restart_the_consumer(
    council: Council,
    database: Any,  # noqa: ANN401
    own_kafka_broker: Broker,
    soak: Soak,
    seed: int,
) -> None:
    broker, chance = own_kafka_broker, Random(seed)  # noqa: S311 - the same moments again
    topic = broker.new_topic(partitions=2)
    harness.publish(broker, topic, list(harness.good(council, ACCOUNTS, 0)))
    consumer = harness.Consumer(council, database, broker, topic)
    process = consumer.consume()
    opened = harness.all_taken(council, broker, topic)
    harness.eventually(opened, process, consumer.log)
    publisher, restarts = Publisher(council, broker, topic), soak.size(3, 20)
    publisher.start()
    for number in range(restarts):
        time.sleep(chance.uniform(0.3, 1.5))
        if number % 2:
            broker.restart()
        else:
            broker.kill()
            broker.start()
    sent = publisher.end()
    harness.eventually(harness.all_taken(council, broker, topic), process, consumer.log)
    assert harness.stop(process) == 0, consumer.log()
    assert _posted(council) == Counter(f"INV-{number}" for number in range(sent))
    assert verify(council.app.store) == ()
    soak.tally(broker_restarts=restarts, messages=sent, lost=0, doubled=0)


# -- 2. a consumer that was frozen ---------------------------------------------------------------


@pytest.fixture
def others(
    council: Council,
    database: Any,  # noqa: ANN401
    kafka_broker: Broker,
    topic: str,
) -> Iterator[Any]:
    """A second consumer of the same topic, and its log."""
    consumer = harness.Consumer(council, database, kafka_broker, topic, "other")
    lives = harness.Lives(consumer)
    yield consumer, lives
    lives.end()


def _is_frozen(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] == "T"


def test_a_zombie_that_wakes_up_finds_its_position_taken_says_so_and_goes_on(
    council: Council,
    consumer: Consumer,
    lives: Any,  # noqa: ANN401
    others: Any,  # noqa: ANN401
    kafka_broker: Broker,
    topic: str,
) -> None:
    other, second = others
    harness.publish(kafka_broker, topic, [*harness.good(council, ACCOUNTS, 0)])
    harness.publish(kafka_broker, topic, _bills(council, 0, 300))
    lives.begin("consume", "freeze before append", 3)
    _wait(lambda: _is_frozen(lives.pid), consumer)
    second.begin("consume")
    _wait(harness.all_taken(council, kafka_broker, topic), other)
    before = len(council.events())
    os.kill(lives.pid, signal.SIGCONT)
    _wait(lambda: "consume.position_taken" in consumer.log(), consumer)
    assert len(council.events()) == before, "the zombie stored something"
    (warned, *_) = [one for one in consumer.logged() if one["event"] == "consume.position_taken"]
    assert "another consumer" in warned["reason"]
    assert second.kill(signal.SIGTERM) == 0
    harness.publish(kafka_broker, topic, _bills(council, 300, 100))
    _wait(harness.all_taken(council, kafka_broker, topic), consumer)
    assert lives.kill(signal.SIGTERM) == 0, consumer.log()
    assert _posted(council) == Counter(f"INV-{number}" for number in range(400))
    repeated = [one for one in (*consumer.logged(), *other.logged()) if one.get("repeated")]
    assert repeated == [], "the position stopped it, not the names of the messages"


def test_without_a_checked_position_the_same_zombie_doubles_its_batch(
    council: Council,
    database: Any,  # noqa: ANN401
    consumer: Consumer,
    lives: Any,  # noqa: ANN401
    others: Any,  # noqa: ANN401
    kafka_broker: Broker,
    topic: str,
) -> None:
    """The negative control: rows and position in two transactions, no position looked at."""
    other, second = others
    harness.publish(kafka_broker, topic, list(harness.good(council, 4, 200)))
    last = {number: end - 1 for number, end in harness.ends(kafka_broker, topic).items() if end}
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE control_rows (partition int, at bigint)")
        connection.execute(
            "CREATE TABLE control_positions (topic text, partition int, position bigint)"
        )

        def is_done() -> bool:
            query = "SELECT partition, max(position) FROM control_positions GROUP BY 1"
            return dict(connection.execute(query).fetchall()) == last

        def rows() -> Counter[Any]:
            return Counter(connection.execute("SELECT partition, at FROM control_rows").fetchall())

        lives.begin("control-position-last", "freeze before append", 2)
        _wait(lambda: _is_frozen(lives.pid), consumer)
        second.begin("control-position-last")
        _wait(is_done, other)
        assert set(rows().values()) == {1}
        os.kill(lives.pid, signal.SIGCONT)
        _wait(lambda: max(rows().values()) == 2, consumer)


# -- 3. offsets and topics that go back ----------------------------------------------------------


def test_offsets_that_an_operator_resets_change_nothing(
    council: Council, consumer: Consumer, kafka_broker: Broker, topic: str
) -> None:
    harness.publish(kafka_broker, topic, [*harness.good(council, ACCOUNTS, 0)])
    harness.publish(kafka_broker, topic, _bills(council, 0, 60))
    for upto in (60, 90):
        process = consumer.consume()
        harness.eventually(harness.all_taken(council, kafka_broker, topic), process, consumer.log)
        _reset_offsets(kafka_broker, topic)  # while it runs, and before it starts again
        assert harness.stop(process) == 0, consumer.log()
        assert not any(one.get("repeated") for one in consumer.logged())
        assert _posted(council) == Counter(f"INV-{number}" for number in range(upto))
        _reset_offsets(kafka_broker, topic)
        harness.publish(kafka_broker, topic, _bills(council, upto, 30))


def _reset_offsets(broker: Broker, topic: str) -> None:
    tool = KafkaConsumer(bootstrap_servers=broker.bootstrap, group_id="tallystick")
    parts = [TopicPartition(topic, number) for number in range(2)]
    tool.assign(parts)
    tool.commit({part: OffsetAndMetadata(0, "", -1) for part in parts})
    assert {tool.committed(part) for part in parts} == {0}
    tool.close()


def _recreated(broker: Broker, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.delete_topics([topic])
    deadline = time.monotonic() + harness.PATIENCE_SECONDS
    while topic in admin.list_topics():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    admin.create_topics({topic: {"num_partitions": 2}}, wait_for_metadata=True)
    admin.close()


def _said(consumer: Consumer, *words: str) -> tuple[int, str]:
    process = consumer.tallystick(*words)
    out, _ = process.communicate(timeout=harness.PATIENCE_SECONDS)
    return process.returncode, out + consumer.log()


def test_a_topic_made_again_is_not_taken_until_a_person_has_looked_twice_and_accepted_it(
    council: Council, consumer: Consumer, kafka_broker: Broker, topic: str
) -> None:
    harness.publish(kafka_broker, topic, [*harness.good(council, ACCOUNTS, 0)])
    harness.publish(kafka_broker, topic, _bills(council, 0, 60))
    process = consumer.consume()
    harness.eventually(harness.all_taken(council, kafka_broker, topic), process, consumer.log)
    assert harness.stop(process) == 0
    _recreated(kafka_broker, topic)
    again = [
        *_bills(council, 50, 40),
        *_bills(council, 200, 100),
    ]  # ten of them for the second time
    harness.publish(kafka_broker, topic, again)
    code, told = _said(consumer, "consume")
    assert code == 1, told
    assert f"tallystick accept-topic {topic}" in told
    assert set(_posted(council)) == {f"INV-{number}" for number in range(60)}

    code, told = _said(consumer, "accept-topic", topic)
    assert code == 0, told
    assert "Nothing was changed" in told
    confirm = told.split("--confirm ")[1].split()[0]
    wishes = ("--reason", "moved to new brokers", "--actor", "manager.dean")
    _recreated(kafka_broker, topic)  # once more, between the look and the answer
    harness.publish(kafka_broker, topic, again)
    code, told = _said(consumer, "accept-topic", topic, "--confirm", confirm, *wishes)
    assert (code, "look at it again" in told) == (3, True), told
    confirm = told.split("id is ")[1].split(":")[0]
    code, told = _said(consumer, "accept-topic", topic, "--confirm", confirm, *wishes)
    assert code == 0, told
    (accepted,) = council.facts(TopicAccepted)
    assert (accepted.topic_id, accepted.generation) == (confirm, 1)
    assert (accepted.kafka_topic, accepted.reason) == (topic, "moved to new brokers")
    code, told = _said(consumer, "accept-topic", topic, "--confirm", confirm, *wishes)
    assert (code, "was accepted before" in told) == (3, True), told

    process = consumer.consume()
    expected = [*range(90), *range(200, 300)]
    harness.eventually(lambda: len(_posted(council)) == len(expected), process, consumer.log)
    assert harness.stop(process) == 0, consumer.log()
    assert _posted(council) == Counter(f"INV-{number}" for number in expected)
    process = consumer.consume()  # and from its own position, not from the beginning again
    harness.publish(kafka_broker, topic, _bills(council, 300, 10))
    harness.eventually(lambda: len(_posted(council)) == len(expected) + 10, process, consumer.log)
    assert harness.stop(process) == 0, consumer.log()
    assert not any(one.get("repeated") for one in consumer.logged())
    assert verify(council.app.store) == ()


# -- 4. topics handed from process to process ----------------------------------------------------


@pytest.mark.soak
def test_overlapping_topics_moved_from_process_to_process_are_taken_once(
    council: Council,
    database: Any,  # noqa: ANN401
    kafka_broker: Broker,
    soak: Soak,
    seed: int,
) -> None:
    """Partitions are assigned by hand: what an operator can do wrong is to name a topic twice."""
    kafka_broker.need("topics with two partitions")
    chance, moves = Random(seed), soak.size(4, 40)  # noqa: S311 - the same moves again
    topics = [kafka_broker.new_topic(partitions=2) for _ in range(3)]
    council.opened(*(str(1_000 + number) for number in range(ACCOUNTS)))
    consumers = [
        harness.Consumer(council, database, kafka_broker, ",".join(topics), f"moved-{number}")
        for number in range(moves + 1)
    ]
    running: list[Any] = []
    sent = 0
    for consumer in consumers[:-1]:
        named = chance.sample(topics, 2)
        consumer.settings(kafka_topics=",".join(named))
        running.append(consumer.consume())
        for topic in topics:
            harness.publish(kafka_broker, topic, _bills(council, sent, 50))
            sent += 50
        time.sleep(chance.uniform(0.5, 2.5))
        if len(running) > 1:  # two at a time, so that their topics overlap
            assert harness.stop(running.pop(0)) in ENDED
    last = consumers[-1].consume()
    for topic in topics:
        harness.eventually(harness.all_taken(council, kafka_broker, topic), last, consumers[-1].log)
    assert {harness.stop(one) for one in (*running, last)} <= ENDED
    assert _posted(council) == Counter(f"INV-{number}" for number in range(sent))
    assert not any(one.get("repeated") for consumer in consumers for one in consumer.logged())
    soak.tally(consumers_moved=moves, messages=sent, lost=0, doubled=0)


# -- 5. a registry that is away ------------------------------------------------------------------


@contextmanager
def _registry(port: int, status: int) -> Iterator[None]:
    """A schema registry that answers every id with the schema of a bill, or with an error."""
    body = json.dumps({"schema": newest("InvoiceIssued").file.text()}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
            """A test's output is not the place for an access log."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_registry_that_is_away_is_waited_for_and_is_no_fault_of_the_message(
    council: Council,
    database: Any,  # noqa: ANN401
    kafka_broker: Broker,
    topic: str,
    free_port: int,
) -> None:
    url = f"http://127.0.0.1:{free_port}"
    consumer = harness.Consumer(council, database, kafka_broker, topic, schema_registry_url=url)
    council.opened(*(str(1_000 + number) for number in range(ACCOUNTS)))
    harness.publish(kafka_broker, topic, _bills(council, 0, 40))
    process = consumer.consume()
    harness.eventually(
        lambda: "the schema registry does not answer" in consumer.log(), process, consumer.log
    )
    with _registry(free_port, 503):
        harness.eventually(
            lambda: "the schema registry answers 503" in consumer.log(), process, consumer.log
        )
    assert not _posted(council)
    with _registry(free_port, 200):
        harness.eventually(harness.all_taken(council, kafka_broker, topic), process, consumer.log)
    assert harness.stop(process) == 0, consumer.log()
    assert _posted(council) == Counter(f"INV-{number}" for number in range(40))
    assert len(council.events()) == ACCOUNTS + 40, "nothing was refused meanwhile"
