"""Real processes of `tallystick`, the topic that they read, and lives that end in a kill.

Everything works on the council of tests/intake: its billing system, its database, its folder.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pytest
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from consumers.avro import encode
from consumers.cloud_events import Attributes, build_headers
from consumers.kafka import Producer, cluster_id, create_topics
from consumers.message import Headers, position_name

Council: TypeAlias = Any  # of tests/intake/conftest.py, which cannot be imported from here
Broker: TypeAlias = Any  # of plugins/kafka_broker.py

ROOT = Path(__file__).parents[2]
CRASHING = ROOT / "tests" / "intake" / "crashing_consumer.py"
PATIENCE_SECONDS = 60
Letter: TypeAlias = tuple[bytes | None, bytes | None, Headers]


class Database(Protocol):
    """Where a database is."""

    app_url: str
    owner_url: str


class Running:
    """One process, and what it has logged."""

    def __init__(self, words: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, *words],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                bufsize=1,
            )

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def logged(self, event: str = "") -> list[dict[str, Any]]:
        """The log lines, of one event or all."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [one for one in lines if event in ("", one["event"])]

    def eventually(
        self, condition: Callable[[], object], seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Wait for the condition, as long as the process lives."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to end, and how it ended."""
        self.process.send_signal(signal.SIGTERM)
        with self.process:
            return self.process.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        """End it however it is."""
        with self.process:
            self.process.kill()


class Tallystick:
    """Starts processes on one database, and ends them with the test."""

    def __init__(self, council: Council, database: Database, bootstrap: str, topic: str) -> None:
        self._folder: Path = council.folder
        self._stack = ExitStack()
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "TALLYSTICK_HOME": str(council.settings.home),
            "TALLYSTICK_POLICY_DIR": str(council.settings.policy_dir),
            "TALLYSTICK_DATABASE_URL": database.app_url,
            "TALLYSTICK_OWNER_DATABASE_URL": database.owner_url,
            "TALLYSTICK_PARTY_KEY": "p" * 32,
            "TALLYSTICK_DIGEST_KEY": "d" * 32,
            "TALLYSTICK_KAFKA_BOOTSTRAP": bootstrap,
            "TALLYSTICK_KAFKA_TOPICS": topic,
            "TALLYSTICK_LOG_FORMAT": "json",
        }

    def start(self, *words: str) -> Running:
        return self._begin("-c", "from service.cli import main; main()", *words)

    def lives(self) -> "Lives":
        return Lives(self._begin(str(CRASHING)), self._stack)

    def _begin(self, *words: str) -> Running:
        log = self._folder / f"{Path(words[-1]).stem}-{time.monotonic_ns()}.log"
        running = Running(words, self._environment, log)
        self._stack.callback(running.end)
        return running

    def end(self) -> None:
        self._stack.close()


class Lives:
    """One process after another, forked from a mother, each of which may die in its own way."""

    def __init__(self, mother: Running, stack: ExitStack) -> None:
        self._mother = mother
        self._pid = 0
        self.eventually = mother.eventually
        self.log = mother.log
        self.logged = mother.logged
        stack.callback(self._end)

    def begin(self, verb: str, point: str = "none", times: int = 1) -> None:
        assert self._mother.process.stdin is not None
        self._mother.process.stdin.write(f"{verb}|{point}|{times}\n")
        self._pid = int(self._said("pid"))

    def _said(self, word: str) -> str:
        assert self._mother.process.stdout is not None
        while True:
            line = self._mother.process.stdout.readline()
            assert line, self.log()
            first, _, rest = line.rstrip().partition(" ")
            if first == word:
                return rest

    def at_work(self) -> None:
        """Wait until it says that it has something to do."""
        self._said("work")

    def ended(self) -> int:
        """Wait for its end; its exit code, negative for a signal."""
        code = int(self._said("ended"))
        self._pid = 0
        return code

    def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        os.kill(self._pid, how)
        return self.ended()

    def _end(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)


class Topic:
    """A topic of two partitions with its empty dead-letter topic, and what is published on it."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self.name: str = broker.new_topic(partitions=2)
        create_topics(broker.connection, [f"{self.name}.dlq"], 1)

    def publish(self, letters: Sequence[Letter]) -> None:
        producer = Producer(self._broker.connection)
        for key, value, headers in letters:
            producer.send(self.name, key, value, headers)
        producer.flush()
        producer.close()

    def dead_letters(self) -> list[Letter]:
        reader = KafkaConsumer(
            bootstrap_servers=self._broker.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        try:
            at = TopicPartition(f"{self.name}.dlq", 0)
            reader.assign([at])
            end = reader.end_offsets([at])[at]
            found: list[Letter] = []
            while reader.position(at) < end:
                for rows in reader.poll(timeout_ms=500).values():
                    found += [(one.key, one.value, tuple(map(tuple, one.headers))) for one in rows]
            return found
        finally:
            reader.close()

    def last(self) -> dict[int, int]:
        """The last offset of each partition that has one."""
        reader = KafkaConsumer(bootstrap_servers=self._broker.bootstrap)
        try:
            parts = [TopicPartition(self.name, number) for number in range(2)]
            ends = reader.end_offsets(parts)
            return {at.partition: end - 1 for at, end in ends.items() if end}
        finally:
            reader.close()

    def all_taken(self, council: Council) -> Callable[[], bool]:
        """Whether the stored position of every partition is its last offset as it is now."""
        last, cluster = self.last(), cluster_id(self._broker.connection)

        def condition() -> bool:
            names = {number: position_name(cluster, self.name, number) for number in last}
            stored = {number: council.app.store.position(name) for number, name in names.items()}
            return {number: at[0] for number, at in stored.items() if at is not None} == last

        return condition


class Letters:
    """What a billing system publishes."""

    def __init__(self, billing: Any) -> None:  # noqa: ANN401 - of tests/intake/conftest.py
        self._billing = billing

    def good(self, accounts: int, bills: int, first_bill: int = 0) -> Iterator[Letter]:
        """Accounts, and bills of a growing amount on them in turn."""
        for number in range(accounts if first_bill == 0 else 0):
            account = str(1_000 + number)
            value = encode("Account", self._billing.account(account))
            yield self._letter(account, value, f"a{number}")
        for number in range(first_bill, first_bill + bills):
            account = str(1_000 + number % accounts)
            bill = self._billing.invoice(account, f"INV-{number}", 100 + number)
            yield self._letter(account, encode("InvoiceIssued", bill), f"b{number}")

    def bad(self, number: int) -> Letter:
        """A message that cannot be read, or one that is refused; each differs from every other."""
        if number % 2:
            bill = self._billing.invoice(f"nobody {number}", f"BAD-{number}")
            return self._letter("nobody", encode("InvoiceIssued", bill), f"r{number}")
        poison = (b"\x07poison", b"\0\0\0\0\x01", b"\xc3\x01\0\0\0\0\0\0\0\0", b"{}")
        return self._letter("x", poison[number // 2 % 4] + number.to_bytes(2, "big"), f"p{number}")

    @staticmethod
    def _letter(account: str, value: bytes | None, number: str) -> Letter:
        headers = build_headers(Attributes(f"id-{number}", "/council/housing", time="2025-05-01"))
        return f"HSG|{account}".encode(), value, headers


@pytest.fixture
def billing_topic(kafka_broker: Broker) -> Topic:
    """A topic for this test."""
    return Topic(kafka_broker)


@pytest.fixture
def letters_of() -> type[Letters]:
    """What a council's billing system sends: `letters_of(council.billing)`."""
    return Letters


@pytest.fixture
def letters(council: Council) -> Letters:
    """What the test's council's billing system sends."""
    return Letters(council.billing)


@pytest.fixture
def processes() -> Iterator[Callable[..., Tallystick]]:
    """Makes starters of processes on any database; all of them are gone at the end."""
    with ExitStack() as stack:

        def make(
            council: Council, database: Database, bootstrap: str = "", topic: str = "none"
        ) -> Tallystick:
            one = Tallystick(council, database, bootstrap or "127.0.0.1:1", topic)
            stack.callback(one.end)
            return one

        yield make


@pytest.fixture
def tallystick(
    council: Council,
    database: Database,
    kafka_broker: Broker,
    billing_topic: Topic,
    processes: Callable[..., Tallystick],
) -> Tallystick:
    """Starts processes on the test's database and topic."""
    return processes(council, database, kafka_broker.bootstrap, billing_topic.name)


@pytest.fixture
def killable(tallystick: Tallystick) -> Lives:
    """Processes that die; whatever happens, the last of them is gone at the end."""
    return tallystick.lives()
