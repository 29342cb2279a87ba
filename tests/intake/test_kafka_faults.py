"""What can happen to a real Kafka and its consumers: nothing is lost, nothing is taken twice."""

import json
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, TypeAlias

import confluent_kafka
import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.structs import OffsetAndMetadata, TopicPartition

from consumers.registry import newest
from ledger import events as e
from ledger.checks import verify
from ledger.intake_events import TopicAccepted

Council: TypeAlias = Any
Broker: TypeAlias = Any
Part: TypeAlias = Any  # of plugins/processes.py and plugins/topics.py
Soak: TypeAlias = Any

pytestmark = pytest.mark.kafka
ACCOUNTS = 20
PATIENCE_SECONDS = 60
ENDED = {0, -signal.SIGTERM}  # the second, when it was still starting


def _posted(council: Council) -> Counter[str]:
    return Counter(one.invoice for one in council.facts(e.InvoiceIssued))


# -- 1. the broker goes and comes ----------------------------------------------------------------


class Publisher(threading.Thread):
    """Goes on sending bills in fives until told to stop; it counts only what a broker confirmed."""

    def __init__(self, letters: Part, broker: Broker, topic: str) -> None:
        super().__init__()
        self.sent = 0
        self.error: Exception | None = None
        self._letters, self._broker, self._topic = letters, broker, topic
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
                for key, value, headers in self._letters.bills(ACCOUNTS, 5, self.sent):
                    producer.produce(self._topic, value, key, headers=list(headers))
                assert producer.flush(PATIENCE_SECONDS) == 0
                self.sent += 5
        except Exception as error:  # noqa: BLE001 - handed to the test
            self.error = error

    def end(self) -> int:
        self._end_asked.set()
        self.join(2 * PATIENCE_SECONDS)
        assert not self.is_alive()
        assert self.error is None, self.error
        return self.sent


@pytest.mark.soak
def test_a_broker_that_is_killed_and_stopped_at_random_needs_nobody_to_restart_the_consumer(
    council: Council,
    database: Any,  # noqa: ANN401
    own_kafka_broker: Broker,
    topic_on: Callable[[Broker], Part],
    letters: Part,
    processes: Callable[..., Part],
    soak: Soak,
    seed: int,
) -> None:
    broker, chance = own_kafka_broker, Random(seed)  # noqa: S311 - the same moments again
    topic = topic_on(broker)
    topic.publish(list(letters.good(ACCOUNTS, 0)))
    consumer = processes(council, database, broker.bootstrap, topic.name).start("consume")
    consumer.eventually(topic.all_taken(council))
    publisher, restarts = Publisher(letters, broker, topic.name), soak.size(2, 20)
    publisher.start()
    for number in range(restarts):
        time.sleep(chance.uniform(0.3, 1.5))
        if number % 2:
            broker.restart()
        else:
            broker.kill()
            broker.start()
    sent = publisher.end()
    consumer.eventually(topic.all_taken(council))
    assert consumer.stop() == 0, consumer.log()
    assert _posted(council) == Counter(f"INV-{number}" for number in range(sent))
    assert verify(council.app.store) == ()
    soak.tally(broker_restarts=restarts, messages=sent, lost=0, doubled=0)


# -- 2. a consumer that was frozen ---------------------------------------------------------------


@pytest.fixture
def other(tallystick: Part) -> Part:
    """A second consumer of the same topic, and its log."""
    return tallystick.lives()


def test_a_zombie_that_wakes_up_finds_its_position_taken_says_so_and_goes_on(
    council: Council, killable: Part, other: Part, billing_topic: Part, letters: Part
) -> None:
    billing_topic.publish(list(letters.good(ACCOUNTS, 300)))
    killable.begin("consume", "freeze before append", 3)
    killable.eventually(killable.is_frozen)
    other.begin("consume")
    other.eventually(billing_topic.all_taken(council))
    before = len(council.events())
    killable.wake()
    killable.eventually(lambda: "consume.position_taken" in killable.log())
    assert len(council.events()) == before, "the zombie stored something"
    (warned, *_) = killable.logged("consume.position_taken")
    assert "another consumer" in warned["reason"]
    assert other.kill(signal.SIGTERM) == 0
    billing_topic.publish(list(letters.bills(ACCOUNTS, 100, 300)))
    killable.eventually(billing_topic.all_taken(council))
    assert killable.kill(signal.SIGTERM) == 0, killable.log()
    assert _posted(council) == Counter(f"INV-{number}" for number in range(400))
    repeated = [one for one in (*killable.logged(), *other.logged()) if one.get("repeated")]
    assert repeated == [], "the position stopped it, not the names of the messages"


def test_without_a_checked_position_the_same_zombie_doubles_its_batch(
    database: Any,  # noqa: ANN401
    killable: Part,
    other: Part,
    billing_topic: Part,
    letters: Part,
) -> None:
    """The negative control: rows and position in two transactions, no position looked at."""
    billing_topic.publish(list(letters.good(4, 200)))
    last = billing_topic.last()
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE control_rows (partition int, at bigint)")
        connection.execute(
            "CREATE TABLE control_positions (topic text, partition int, position bigint)"
        )

        def is_done() -> bool:
            query = "SELECT partition, max(position) FROM control_positions GROUP BY 1"
            return bool(dict(connection.execute(query).fetchall()) == last)

        def rows() -> Counter[Any]:
            return Counter(connection.execute("SELECT partition, at FROM control_rows").fetchall())

        killable.begin("control-position-last", "freeze before append", 2)
        killable.eventually(killable.is_frozen)
        other.begin("control-position-last")
        other.eventually(is_done)
        assert set(rows().values()) == {1}
        killable.wake()
        killable.eventually(lambda: max(rows().values()) == 2)


# -- 3. offsets and topics that go back ----------------------------------------------------------


def test_offsets_that_an_operator_resets_change_nothing(
    council: Council, tallystick: Part, kafka_broker: Broker, billing_topic: Part, letters: Part
) -> None:
    billing_topic.publish(list(letters.good(ACCOUNTS, 60)))
    for upto in (60, 90):
        consumer = tallystick.start("consume")
        consumer.eventually(billing_topic.all_taken(council))
        _reset_offsets(kafka_broker, billing_topic.name)  # while it runs, and before the next
        assert consumer.stop() == 0, consumer.log()
        assert not any(one.get("repeated") for one in consumer.logged())
        assert _posted(council) == Counter(f"INV-{number}" for number in range(upto))
        _reset_offsets(kafka_broker, billing_topic.name)
        billing_topic.publish(list(letters.bills(ACCOUNTS, 30, upto)))


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
    deadline = time.monotonic() + PATIENCE_SECONDS
    while topic in admin.list_topics():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    admin.create_topics({topic: {"num_partitions": 2}}, wait_for_metadata=True)
    admin.close()


def test_a_topic_made_again_is_not_taken_until_a_person_has_looked_twice_and_accepted_it(
    council: Council, tallystick: Part, kafka_broker: Broker, billing_topic: Part, letters: Part
) -> None:
    topic = billing_topic.name
    billing_topic.publish(list(letters.good(ACCOUNTS, 60)))
    consumer = tallystick.start("consume")
    consumer.eventually(billing_topic.all_taken(council))
    assert consumer.stop() == 0
    _recreated(kafka_broker, topic)
    # Ten of them for the second time.
    again = [*letters.bills(ACCOUNTS, 40, 50), *letters.bills(ACCOUNTS, 100, 200)]
    billing_topic.publish(again)
    code, told = tallystick.start("consume").finish()
    assert code == 1, told
    assert f"tallystick accept-topic {topic}" in told
    assert set(_posted(council)) == {f"INV-{number}" for number in range(60)}

    accept = ("accept-topic", topic)
    code, told = tallystick.start(*accept).finish()
    assert code == 0, told
    assert "Nothing was changed" in told
    confirm = told.split("--confirm ")[1].split()[0]
    wishes = ("--reason", "moved to new brokers", "--actor", "manager.dean")
    _recreated(kafka_broker, topic)  # once more, between the look and the answer
    billing_topic.publish(again)
    code, told = tallystick.start(*accept, "--confirm", confirm, *wishes).finish()
    assert (code, "look at it again" in told) == (3, True), told
    confirm = told.split("id is ")[1].split(":")[0]
    code, told = tallystick.start(*accept, "--confirm", confirm, *wishes).finish()
    assert code == 0, told
    (accepted,) = council.facts(TopicAccepted)
    assert (accepted.topic_id, accepted.generation) == (confirm, 1)
    assert (accepted.kafka_topic, accepted.reason) == (topic, "moved to new brokers")
    code, told = tallystick.start(*accept, "--confirm", confirm, *wishes).finish()
    assert (code, "was accepted before" in told) == (3, True), told

    consumer = tallystick.start("consume")
    expected = [*range(90), *range(200, 300)]
    consumer.eventually(lambda: len(_posted(council)) == len(expected))
    assert consumer.stop() == 0, consumer.log()
    assert _posted(council) == Counter(f"INV-{number}" for number in expected)
    consumer = tallystick.start("consume")  # and from its own position, not from the beginning
    billing_topic.publish(list(letters.bills(ACCOUNTS, 10, 300)))
    consumer.eventually(lambda: len(_posted(council)) == len(expected) + 10)
    assert consumer.stop() == 0, consumer.log()
    assert not any(one.get("repeated") for one in consumer.logged())
    assert verify(council.app.store) == ()


# -- 4. topics handed from process to process ----------------------------------------------------


@pytest.mark.soak
def test_overlapping_topics_moved_from_process_to_process_are_taken_once(
    council: Council,
    database: Any,  # noqa: ANN401
    kafka_broker: Broker,
    topic_on: Callable[[Broker], Part],
    letters: Part,
    processes: Callable[..., Part],
    soak: Soak,
    seed: int,
) -> None:
    """Partitions are assigned by hand: what an operator can do wrong is to name a topic twice."""
    kafka_broker.need("topics with two partitions")
    chance, moves = Random(seed), soak.size(4, 40)  # noqa: S311 - the same moments again
    topics = [topic_on(kafka_broker) for _ in range(3)]
    names = [topic.name for topic in topics]
    council.opened(*(str(1_000 + number) for number in range(ACCOUNTS)))
    tallystick = processes(council, database, kafka_broker.bootstrap, ",".join(names))
    consumers: list[Any] = []
    sent = 0
    for _ in range(moves):
        named = ",".join(chance.sample(names, 2))
        consumers.append(tallystick.start("consume", kafka_topics=named))
        for topic in topics:
            topic.publish(list(letters.bills(ACCOUNTS, 50, sent)))
            sent += 50
        time.sleep(chance.uniform(0.5, 2.5))
        if len(consumers) > 1:  # two at a time, so that their topics overlap
            assert consumers[-2].stop() in ENDED
    last = tallystick.start("consume")
    for topic in topics:
        last.eventually(topic.all_taken(council))
    assert {consumers[-1].stop(), last.stop()} <= ENDED
    assert _posted(council) == Counter(f"INV-{number}" for number in range(sent))
    assert not any(one.get("repeated") for each in (*consumers, last) for one in each.logged())
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


@pytest.fixture
def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port: int = holder.getsockname()[1]
    return port


def test_a_registry_that_is_away_is_waited_for_and_is_no_fault_of_the_message(
    council: Council, tallystick: Part, billing_topic: Part, letters: Part, free_port: int
) -> None:
    url = f"http://127.0.0.1:{free_port}"
    council.opened(*(str(1_000 + number) for number in range(ACCOUNTS)))
    billing_topic.publish(list(letters.bills(ACCOUNTS, 40)))
    consumer = tallystick.start("consume", schema_registry_url=url)
    consumer.eventually(lambda: "the schema registry does not answer" in consumer.log())
    with _registry(free_port, 503):
        consumer.eventually(lambda: "the schema registry answers 503" in consumer.log())
    assert not _posted(council)
    with _registry(free_port, 200):
        consumer.eventually(billing_topic.all_taken(council))
    assert consumer.stop() == 0, consumer.log()
    assert _posted(council) == Counter(f"INV-{number}" for number in range(40))
    assert len(council.events()) == ACCOUNTS + 40, "nothing was refused meanwhile"
