"""`tallystick consume` as a real process on a real broker, and what kill -9 does to it: nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import psycopg
import pytest
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from consumers.avro import encode
from consumers.cloud_events import Attributes, build_headers
from consumers.kafka import Producer, cluster_id, create_topics
from consumers.message import Headers, position_name
from ledger import events as e
from ledger.checks import verify
from ledger.intake_events import MessageRefused, MessageUnreadable
from projections import runner
from projections.rebuild import Today, rebuild

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here
Broker: TypeAlias = Any  # of tests/plugins/kafka_broker.py

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[2]
CRASHING = Path(__file__).with_name("crashing_consumer.py")
PATIENCE_SECONDS = 60
Letter: TypeAlias = tuple[bytes | None, bytes | None, Headers]


class Consumer:
    """Starts the process on one topic, and tells what it has logged."""

    def __init__(self, council: Council, database: Any, broker: Broker, topic: str) -> None:  # noqa: ANN401
        self._log: Path = council.folder / "consume.log"
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "TALLYSTICK_HOME": str(council.settings.home),
            "TALLYSTICK_DATABASE_URL": database.app_url,
            "TALLYSTICK_OWNER_DATABASE_URL": database.owner_url,
            "TALLYSTICK_PARTY_KEY": "p" * 32,
            "TALLYSTICK_DIGEST_KEY": "d" * 32,
            "TALLYSTICK_KAFKA_BOOTSTRAP": broker.bootstrap,
            "TALLYSTICK_KAFKA_TOPICS": topic,
            "TALLYSTICK_LOG_FORMAT": "json",
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        with self._log.open("w") as log:
            return subprocess.Popen(
                [sys.executable, *words],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
            )

    def consume(self) -> subprocess.Popen[str]:
        return self.start("-c", "from service.cli import main; main()", "consume")

    def logged(self) -> list[dict[str, Any]]:
        lines = self.log().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")


class Lives:
    """One consumer after another, each a process of its own that may die in its own way."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._mother = consumer.start(str(CRASHING))
        self.pid = 0

    def begin(self, verb: str, point: str = "none", times: int = 1) -> None:
        assert self._mother.stdin is not None
        self._mother.stdin.write(f"{verb}|{point}|{times}\n")
        self.pid = int(self._said("pid"))

    def _said(self, word: str) -> str:
        assert self._mother.stdout is not None
        while True:
            line = self._mother.stdout.readline()
            assert line, self._consumer.log()
            first, _, rest = line.rstrip().partition(" ")
            if first == word:
                return rest

    def first_batch(self) -> None:
        self._said("batch")

    def ended(self) -> int:
        code = int(self._said("ended"))
        self.pid = 0
        return code

    def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        os.kill(self.pid, how)
        return self.ended()

    def is_done(self, condition: Callable[[], bool]) -> None:
        _eventually(condition, self._mother, self._consumer.log)

    def end(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
        with self._mother:
            assert self._mother.stdin is not None
            self._mother.stdin.close()
            self._mother.wait(PATIENCE_SECONDS)


@pytest.fixture
def lives(consumer: Consumer) -> Iterator[Lives]:
    """Consumers that die; whatever happens, the last of them is gone at the end."""
    one = Lives(consumer)
    yield one
    one.end()


@pytest.fixture
def topic(kafka_broker: Broker) -> str:
    """A topic of two partitions and its empty dead-letter topic."""
    name: str = kafka_broker.new_topic(partitions=2)
    create_topics(kafka_broker.connection, [f"{name}.dlq"], 1)
    return name


@pytest.fixture
def consumer(council: Council, database: Any, kafka_broker: Broker, topic: str) -> Consumer:  # noqa: ANN401
    return Consumer(council, database, kafka_broker, topic)


def _stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    with process:
        return process.wait(PATIENCE_SECONDS)


def _eventually(condition: Callable[[], bool], process: subprocess.Popen[str], log: Any) -> None:  # noqa: ANN401
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process.poll() is None, log()
        assert time.monotonic() < deadline, log()
        time.sleep(0.05)


def _publish(broker: Broker, topic: str, letters: Sequence[Letter]) -> None:
    producer = Producer(broker.connection)
    for key, value, headers in letters:
        producer.send(topic, key, value, headers)
    producer.flush()
    producer.close()


def _letters_in(broker: Broker, topic: str) -> list[Letter]:
    reader = KafkaConsumer(
        bootstrap_servers=broker.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        at = TopicPartition(topic, 0)
        reader.assign([at])
        end = reader.end_offsets([at])[at]
        found: list[Letter] = []
        while reader.position(at) < end:
            for records in reader.poll(timeout_ms=500).values():
                found += [(one.key, one.value, tuple(map(tuple, one.headers))) for one in records]
        return found
    finally:
        reader.close()


def _ends(broker: Broker, topic: str) -> dict[int, int]:
    reader = KafkaConsumer(bootstrap_servers=broker.bootstrap)
    try:
        parts = [TopicPartition(topic, number) for number in range(2)]
        return {at.partition: end for at, end in reader.end_offsets(parts).items()}
    finally:
        reader.close()


def _letter(account: str, value: bytes | None, number: str) -> Letter:
    headers = build_headers(Attributes(f"id-{number}", "/council/housing", time="2025-05-01"))
    return f"HSG|{account}".encode(), value, headers


def _good(council: Council, accounts: int, bills: int) -> Iterator[Letter]:
    billing = council.billing
    for number in range(accounts):
        account = str(1_000 + number)
        yield _letter(account, encode("Account", billing.account(account)), f"a{number}")
    for number in range(bills):
        account = str(1_000 + number % accounts)
        bill = billing.invoice(account, f"INV-{number}", 100 + number)
        yield _letter(account, encode("InvoiceIssued", bill), f"b{number}")


def _bad(council: Council, number: int) -> Letter:
    """A message that cannot be read, or one that is refused; each differs from every other."""
    if number % 2:
        bill = council.billing.invoice(f"nobody {number}", f"BAD-{number}")
        return _letter("nobody", encode("InvoiceIssued", bill), f"r{number}")
    poison = (b"\x07poison", b"\0\0\0\0\x01", b"\xc3\x01\0\0\0\0\0\0\0\0", b"{}")
    return _letter("x", poison[number // 2 % 4] + bytes([number % 251]), f"p{number}")


def _headers_of(letter: Letter) -> dict[str, bytes]:
    return dict(letter[2])


def test_good_messages_post_bad_ones_go_to_the_dead_letters_untouched(
    council: Council, consumer: Consumer, kafka_broker: Broker, topic: str
) -> None:
    kafka_broker.need("topics with two partitions")
    good, bad = list(_good(council, 10, 90)), [_bad(council, number) for number in range(20)]
    _publish(kafka_broker, topic, [*good[:50], *bad[:10], *good[50:], *bad[10:]])
    process = consumer.consume()
    _eventually(
        lambda: any(
            one.get("lag") == 0 and one["event"] == "consumed" for one in consumer.logged()
        ),
        process,
        consumer.log,
    )
    assert _stop(process) == 0, consumer.log()
    assert consumer.logged()[-1]["event"] == "stopped cleanly"
    counts = Counter[str]()
    for one in consumer.logged():
        counts.update({name: one[name] for name in ("posted", "refused") if name in one})
    assert counts == {"posted": 100, "refused": 20}
    assert len(council.facts(e.InvoiceIssued)) == 90
    _assert_letters(council, kafka_broker, topic, bad)


def _assert_letters(council: Council, broker: Broker, topic: str, bad: Sequence[Letter]) -> None:
    letters = _letters_in(broker, f"{topic}.dlq")
    sent = {_headers_of(one)["ce_id"]: one for one in bad}
    assert {_headers_of(one)["ce_id"] for one in letters} == set(sent)
    assert len(letters) == len(bad)
    recorded = {event.envelope.id: event.fact for event in council.events()}
    for key, value, headers in letters:
        original = sent[dict(headers)["ce_id"]]
        assert (key, value) == original[:2]
        assert headers[: len(original[2])] == original[2]
        added = {name: text.decode() for name, text in headers[len(original[2]) :]}
        fact = recorded[added["x-dlq-event"]]
        assert isinstance(fact, MessageRefused | MessageUnreadable)
        business = isinstance(fact, MessageRefused)
        assert added["x-dlq-class"] == ("business" if business else "poison")
        assert added["x-dlq-reason"] == fact.refusals[0].code
        assert added["x-dlq-sentences"]
        assert added["x-dlq-topic"] == topic
        assert datetime.fromisoformat(added["x-dlq-first-seen"]).tzinfo is not None
        assert (added["x-dlq-partition"], added["x-dlq-offset"]) != ("", "")


def test_a_restart_posts_nothing_twice_and_goes_on(
    council: Council, consumer: Consumer, kafka_broker: Broker, topic: str
) -> None:
    kafka_broker.need("topics with two partitions")
    good = list(_good(council, 4, 30))
    for upto, part in ((20, good[:20]), (34, [*good[20:], *good[:10]])):
        _publish(kafka_broker, topic, part)
        process = consumer.consume()
        _eventually(_all_taken(council, kafka_broker, topic), process, consumer.log)
        assert _stop(process) == 0, consumer.log()
        assert len(council.events()) == upto


def _all_taken(council: Council, broker: Broker, topic: str) -> Callable[[], bool]:
    """Whether the stored position of every partition is its last offset as it is now."""
    ends, cluster = _ends(broker, topic), cluster_id(broker.connection)

    def condition() -> bool:
        names = {number: position_name(cluster, topic, number) for number in ends}
        stored = {number: council.app.store.position(name) for number, name in names.items()}
        last = {number: at[0] for number, at in stored.items() if at is not None}
        return last == {number: end - 1 for number, end in ends.items() if end}

    return condition


NAMED = (
    ("after decode", 2),
    ("before append", 2),
    ("after append", 1),
    ("before dead letter", 3),
    ("after dead letter", 1),
)
RANDOM_KILLS = 12
BILLS = 2_900


def test_kill_nine_at_named_points_and_at_random_loses_and_doubles_nothing(
    council: Council, consumer: Consumer, lives: Lives, kafka_broker: Broker, topic: str
) -> None:
    kafka_broker.need("topics with two partitions")
    accounts = 1_000
    rng = Random(11)  # noqa: S311 - the same kills every time, as far as the machine allows
    bad = [_bad(council, number) for number in range(100)]
    good = list(_good(council, accounts, BILLS))
    mixed = good[accounts:]
    for letter in bad:
        mixed.insert(rng.randrange(len(mixed)), letter)
    _publish(kafka_broker, topic, [*good[:accounts], *mixed])
    for name, times in NAMED:
        lives.begin("consume", name, times)
        assert lives.ended() == 137, (name, consumer.log())
    at_work = sum(_is_killed_at_work(council, lives, rng) for _ in range(RANDOM_KILLS))
    lives.begin("consume")
    lives.is_done(_all_taken(council, kafka_broker, topic))
    assert lives.kill(signal.SIGTERM) == 0, consumer.log()
    assert at_work >= RANDOM_KILLS // 2, "the kills came too late to prove anything"
    issued = Counter(one.invoice for one in council.facts(e.InvoiceIssued))
    assert issued == Counter(f"INV-{number}" for number in range(BILLS)), "lost or doubled"
    assert len(council.facts(e.AccountOpened)) == accounts
    refusals = [*council.facts(MessageRefused), *council.facts(MessageUnreadable)]
    assert len(refusals) == len(bad)
    letters = _letters_in(kafka_broker, f"{topic}.dlq")
    sent = {_headers_of(one)["ce_id"]: one[:2] for one in bad}
    assert {_headers_of(one)["ce_id"]: one[:2] for one in letters} == sent
    assert len({_headers_of(one)["x-dlq-event"] for one in letters}) == len(bad)
    assert verify(council.app.store) == ()
    _assert_figures_are_those_of_a_refold(council)


def _is_killed_at_work(council: Council, lives: Lives, rng: Random) -> bool:
    """Kill a consumer a random moment after its first batch; whether it left work behind."""
    lives.begin("consume")
    lives.first_batch()
    time.sleep(rng.uniform(0, 0.12))
    assert lives.kill() == -signal.SIGKILL
    return len(council.facts(e.InvoiceIssued)) < BILLS


def _assert_figures_are_those_of_a_refold(council: Council) -> None:
    today = Today(date(2025, 12, 31), datetime.now(UTC))
    with runner.connect(council.app.urls.app) as connection:
        runner.catch_up(connection, page_events=700)
        rebuilt = rebuild(connection, today)
    assert rebuilt.switched
    assert rebuilt.differences == ()
    rows = council.figures("control_account", date(2025, 12, 31), period_start=date(2025, 4, 1))
    expected = sum(100 + number for number in range(BILLS))
    assert [row["billed"] * 100 for row in rows] == [expected]


@pytest.mark.parametrize(
    ("verb", "what"), [("control-position-last", "doubled"), ("control-position-first", "lost")]
)
def test_a_position_in_a_transaction_of_its_own_would_lose_or_double(
    council: Council,
    database: Any,  # noqa: ANN401
    consumer: Consumer,
    lives: Lives,
    kafka_broker: Broker,
    topic: str,
    verb: str,
    what: str,
) -> None:
    """The negative control: the same kill, after the first of two commits, on a naive sink."""
    _publish(kafka_broker, topic, list(_good(council, 4, 200)))
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE control_rows (partition int, at bigint)")
        connection.execute(
            "CREATE TABLE control_positions (topic text, partition int, position bigint)"
        )
        lives.begin(verb, "after append")
        assert lives.ended() == 137, consumer.log()
        lives.begin(verb)

        last = {number: end - 1 for number, end in _ends(kafka_broker, topic).items() if end}

        def is_done() -> bool:
            query = "SELECT partition, max(position) FROM control_positions GROUP BY 1"
            return dict(connection.execute(query).fetchall()) == last

        lives.is_done(is_done)
        assert lives.kill(signal.SIGTERM) == 0, "a clean stop ends its batch"
        rows = Counter(connection.execute("SELECT partition, at FROM control_rows").fetchall())
    doubled = [row for row, times in rows.items() if times > 1]
    assert bool(doubled) == (what == "doubled")
    assert (len(rows) < 204) == (what == "lost")
