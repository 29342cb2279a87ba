"""`tallystick consume` as a real process, for tests of what happens to it; loaded by path."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from consumers.avro import encode
from consumers.cloud_events import Attributes, build_headers
from consumers.kafka import Producer, cluster_id
from consumers.message import Headers, position_name

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here
Broker: TypeAlias = Any  # of tests/plugins/kafka_broker.py

ROOT = Path(__file__).parents[2]
CRASHING = Path(__file__).with_name("crashing_consumer.py")
PATIENCE_SECONDS = 60
Letter: TypeAlias = tuple[bytes | None, bytes | None, Headers]


class Consumer:
    """Starts the process on one topic, and tells what it has logged."""

    def __init__(
        self,
        council: Council,
        database: Any,  # noqa: ANN401
        broker: Broker,
        topics: str,
        name: str = "consume",
        **settings: str,
    ) -> None:
        self._log: Path = council.folder / f"{name}.log"
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "TALLYSTICK_HOME": str(council.settings.home),
            "TALLYSTICK_DATABASE_URL": database.app_url,
            "TALLYSTICK_OWNER_DATABASE_URL": database.owner_url,
            "TALLYSTICK_PARTY_KEY": "p" * 32,
            "TALLYSTICK_DIGEST_KEY": "d" * 32,
            "TALLYSTICK_KAFKA_BOOTSTRAP": broker.bootstrap,
            "TALLYSTICK_KAFKA_TOPICS": topics,
            "TALLYSTICK_LOG_FORMAT": "json",
        }
        self.settings(**settings)

    def settings(self, **settings: str) -> None:
        """Change settings for the next process."""
        self._environment |= {f"TALLYSTICK_{name.upper()}": one for name, one in settings.items()}

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

    def consume(self, *options: str) -> subprocess.Popen[str]:
        return self.tallystick("consume", *options)

    def tallystick(self, *words: str) -> subprocess.Popen[str]:
        return self.start("-c", "from service.cli import main; main()", *words)

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
        eventually(condition, self._mother, self._consumer.log)

    def end(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
        with self._mother:
            assert self._mother.stdin is not None
            self._mother.stdin.close()
            self._mother.wait(PATIENCE_SECONDS)


def stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    with process:
        return process.wait(PATIENCE_SECONDS)


def eventually(condition: Callable[[], bool], process: subprocess.Popen[str], log: Any) -> None:  # noqa: ANN401
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process.poll() is None, log()
        assert time.monotonic() < deadline, log()
        time.sleep(0.05)


def publish(broker: Broker, topic: str, letters: Sequence[Letter]) -> None:
    producer = Producer(broker.connection)
    for key, value, headers in letters:
        producer.send(topic, key, value, headers)
    producer.flush()
    producer.close()


def letters_in(broker: Broker, topic: str) -> list[Letter]:
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


def ends(broker: Broker, topic: str) -> dict[int, int]:
    reader = KafkaConsumer(bootstrap_servers=broker.bootstrap)
    try:
        parts = [TopicPartition(topic, number) for number in range(2)]
        return {at.partition: end for at, end in reader.end_offsets(parts).items()}
    finally:
        reader.close()


def letter(account: str, value: bytes | None, number: str) -> Letter:
    headers = build_headers(Attributes(f"id-{number}", "/council/housing", time="2025-05-01"))
    return f"HSG|{account}".encode(), value, headers


def good(council: Council, accounts: int, bills: int) -> Iterator[Letter]:
    billing = council.billing
    for number in range(accounts):
        account = str(1_000 + number)
        yield letter(account, encode("Account", billing.account(account)), f"a{number}")
    for number in range(bills):
        account = str(1_000 + number % accounts)
        bill = billing.invoice(account, f"INV-{number}", 100 + number)
        yield letter(account, encode("InvoiceIssued", bill), f"b{number}")


def bad(council: Council, number: int) -> Letter:
    """A message that cannot be read, or one that is refused; each differs from every other."""
    if number % 2:
        bill = council.billing.invoice(f"nobody {number}", f"BAD-{number}")
        return letter("nobody", encode("InvoiceIssued", bill), f"r{number}")
    poison = (b"\x07poison", b"\0\0\0\0\x01", b"\xc3\x01\0\0\0\0\0\0\0\0", b"{}")
    return letter("x", poison[number // 2 % 4] + bytes([number % 251]), f"p{number}")


def headers_of(letter: Letter) -> dict[str, bytes]:
    return {name: value for name, value in letter[2] if value is not None}


def all_taken(council: Council, broker: Broker, topic: str) -> Callable[[], bool]:
    """Whether the stored position of every partition is its last offset as it is now."""
    last_offsets, cluster = ends(broker, topic), cluster_id(broker.connection)

    def condition() -> bool:
        names = {number: position_name(cluster, topic, number) for number in last_offsets}
        stored = {number: council.app.store.position(name) for number, name in names.items()}
        last = {number: at[0] for number, at in stored.items() if at is not None}
        return last == {number: end - 1 for number, end in last_offsets.items() if end}

    return condition
