# ruff: noqa: ANN401 - what conftest gives has no importable type in importlib mode
"""Consumers on several hosts share the partitions of a topic: each message is taken once.

A host is a process with a home of its own; what they share is the database, the brokers and the
folder of kept raw files, as a network mount would give it.
"""

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from consumers.avro import encode
from consumers.cloud_events import Attributes, build_headers
from consumers.kafka import Producer, cluster_id, create_topics
from consumers.message import position_name
from ledger import events as e
from ledger.checks import verify
from ledger.intake_events import MessageRefused
from ledger.store import Store

pytestmark = pytest.mark.kafka

PARTITIONS = 4
PATIENCE_SECONDS = 90
ON, DUE = date(2025, 5, 1), date(2025, 5, 15)


def _account(account: str) -> dict[str, Any]:
    return {
        "unit": "HSG",
        "account": account,
        "action": "open",
        "opened_on": date(2025, 4, 1),
        "debt_type": "rent",
        "payment_terms_days": 14,
        "apply_credit_automatically": True,
        "party": None,
    }


def _bill(account: str, number: int) -> dict[str, Any]:
    line = {
        "line_number": 1,
        "description": "Rent",
        "service": "RENT",
        "cost_code": "R100",
        "vat_code": "N",
        "net": 100 + number,
        "vat": 0,
        "period_from": None,
        "period_to": None,
    }
    return {
        "unit": "HSG",
        "account": account,
        "invoice_number": f"INV-{number}",
        "service": "RENT",
        "invoice_date": ON,
        "tax_point": ON,
        "due_date": DUE,
        "currency": "GBP",
        "description": "Rent of a month",
        "po_reference": None,
        "lines": [line],
        "instalments": [],
        "total_net": 100 + number,
        "total_vat": 0,
        "total_gross": 100 + number,
    }


class Town:
    """A topic, the ledger that it is read into, and the hosts that read it."""

    def __init__(self, broker: Any, database: Any, folder: Path, line: Callable[..., Any]) -> None:
        self.broker = broker
        self.topic = broker.new_topic(partitions=PARTITIONS)
        create_topics(broker.connection, [f"{self.topic}.dlq"], 1)
        self.store = Store(database.app_url)
        self.sent = 0
        self._ends = Counter[int]()
        self._database = database
        self._folder = folder
        self._line = line
        self._cluster = cluster_id(broker.connection)
        (folder / "shared-raw").mkdir()

    def publish(self, accounts: int, bills: int) -> None:
        """Open new accounts and bill them in turn; one bill in fifty is for nobody."""
        producer = Producer(self.broker.connection)
        for number in range(self.sent, self.sent + accounts):
            self._send(producer, f"A{number}", "Account", _account(f"A{number}"), f"a{number}")
        for number in range(self.sent, self.sent + bills):
            account = f"A{self.sent + number % accounts}" if number % 50 else f"nobody-{number}"
            self._send(producer, account, "InvoiceIssued", _bill(account, number), f"b{number}")
        producer.flush()
        producer.close()
        self.sent += bills

    def _send(self, producer: Any, key: str, name: str, record: Any, message: str) -> None:
        headers = build_headers(Attributes(message, "/council/housing", time="2025-05-01"))
        producer.send(self.topic, key.encode(), encode(name, record), headers)

    def ends(self) -> Mapping[int, int]:
        """The offset after the last message of each partition."""
        reader = KafkaConsumer(bootstrap_servers=self.broker.bootstrap)
        try:
            parts = [TopicPartition(self.topic, number) for number in range(PARTITIONS)]
            return {at.partition: end for at, end in reader.end_offsets(parts).items()}
        finally:
            reader.close()

    def taken(self) -> dict[int, int]:
        """How many messages of each partition are stored."""
        names = {n: position_name(self._cluster, self.topic, n) for n in range(PARTITIONS)}
        stored = {number: self.store.position(name) for number, name in names.items()}
        return {number: at[0] + 1 if at else 0 for number, at in stored.items()}

    @contextmanager
    def host(self, name: str, share: str) -> Iterator["Host"]:
        """A consumer on a host of its own, with its share; it is gone at the end."""
        home = self._folder / name
        home.mkdir()
        (home / "raw").symlink_to(self._folder / "shared-raw")
        host = Host(
            self._line(
                home,
                database_url=self._database.app_url,
                kafka_bootstrap=self.broker.bootstrap,
                kafka_topics=self.topic,
                kafka_share=share,
                log_format="json",
            ),
            home / "log",
        )
        try:
            yield host
        finally:
            host.kill()

    def until(self, condition: Callable[[], bool], *hosts: "Host") -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            for host in hosts:
                assert host.process.poll() is None, host.log()
            assert time.monotonic() < deadline, [host.log() for host in hosts]
            time.sleep(0.05)

    def assert_each_was_taken_once(self) -> None:
        facts = [event.fact for event in self.store.events_after(0, 1_000_000)]
        issued = Counter(one.invoice for one in facts if isinstance(one, e.InvoiceIssued))
        expected = [number for number in range(self.sent) if number % 50]
        assert issued == Counter(f"INV-{number}" for number in expected), "lost or doubled"
        refused = [one for one in facts if isinstance(one, MessageRefused)]
        assert len(refused) == self.sent - len(expected)
        assert verify(self.store) == ()


class Host:
    """One consumer process and its log."""

    def __init__(self, line: Any, log: Path) -> None:
        self._log = log
        with log.open("w") as file:
            self.process: subprocess.Popen[str] = line.start("consume", stderr=file)

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def posted(self) -> int:
        """How many messages this host posted, by its own log."""
        lines = [json.loads(one) for one in self.log().splitlines() if one.startswith("{")]
        return sum(one.get("posted", 0) for one in lines)

    def kill(self) -> None:
        self.process.kill()
        with self.process:
            self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_SECONDS) == 0, self.log()


@pytest.fixture
def town(kafka_broker: Any, database: Any, tmp_path: Path, line: Any) -> Iterator[Town]:
    kafka_broker.need("topics with four partitions")
    one = Town(kafka_broker, database, tmp_path, line)
    yield one
    one.store.close()


def test_two_hosts_share_the_partitions_and_take_each_message_once(town: Town) -> None:
    town.publish(accounts=40, bills=1_500)
    ends = town.ends()
    assert min(ends.values()) > 0
    with town.host("one", "0/2") as one, town.host("two", "1/2") as two:
        town.until(lambda: town.taken() == ends, one, two)
        town.until(lambda: '"lag": 0' in one.log() and '"lag": 0' in two.log(), one, two)
        one.stop()
        two.stop()
    even, odd = (sum(end for at, end in ends.items() if at % 2 == n) for n in (0, 1))
    refused = town.sent // 50
    assert (one.posted() + two.posted(), even + odd) == (
        town.sent + 40 - refused,
        sum(ends.values()),
    )
    assert 0 < one.posted() <= even
    assert 0 < two.posted() <= odd
    town.assert_each_was_taken_once()


def test_a_host_that_was_killed_is_replaced_by_one_with_its_share(town: Town) -> None:
    """Without a replacement its partitions stand still: nobody shares them out anew."""
    town.publish(accounts=40, bills=800)
    with town.host("one", "0/2") as one:
        with town.host("two", "1/2") as two:
            town.until(lambda: all(town.taken()[n] for n in (1, 3)), one, two)
            two.kill()
        left = town.taken()
        town.publish(accounts=40, bills=800)
        ends = town.ends()
        town.until(lambda: all(town.taken()[n] == ends[n] for n in (0, 2)), one)
        assert all(town.taken()[n] == left[n] < ends[n] for n in (1, 3))
        with town.host("three", "1/2") as three:
            town.until(lambda: town.taken() == ends, one, three)
            three.stop()
        one.stop()
    town.assert_each_was_taken_once()


def test_a_stand_by_takes_over_from_a_killed_host_without_being_told(town: Town) -> None:
    town.publish(accounts=40, bills=800)
    with (
        town.host("one", "0/2") as one,
        town.host("two", "1/2") as two,
        town.host("stand-by", "1/2") as stand_by,
    ):
        town.until(lambda: any(town.taken()[n] for n in (1, 3)), one, two, stand_by)
        two.kill()
        town.publish(accounts=40, bills=800)
        ends = town.ends()
        town.until(lambda: town.taken() == ends, one, stand_by)
        stand_by.stop()
        one.stop()
    town.assert_each_was_taken_once()
