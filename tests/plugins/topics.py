"""A topic of a real broker, and the letters that a billing system sends to it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import pytest
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from consumers.avro import encode
from consumers.cloud_events import Attributes, build_headers
from consumers.kafka import Producer, cluster_id, create_topics
from consumers.message import Headers, position_name

Council: TypeAlias = Any  # of tests/intake/conftest.py, which cannot be imported from here
Broker: TypeAlias = Any  # of plugins/kafka_broker.py

Letter: TypeAlias = tuple[bytes | None, bytes | None, Headers]


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

    def dead_letters_arrived(self) -> int:
        """How many letters there are, without reading them."""
        return self._ends(f"{self.name}.dlq", 1)[0]

    def last(self) -> dict[int, int]:
        """The last offset of each partition that has one."""
        return {number: end - 1 for number, end in self._ends(self.name, 2).items() if end}

    def _ends(self, name: str, partitions: int) -> dict[int, int]:
        reader = KafkaConsumer(bootstrap_servers=self._broker.bootstrap)
        try:
            ends = reader.end_offsets([TopicPartition(name, one) for one in range(partitions)])
            return {at.partition: end for at, end in ends.items()}
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
        yield from self.bills(accounts, bills, first_bill)

    def bills(self, accounts: int, bills: int, first_bill: int = 0) -> Iterator[Letter]:
        """Only the bills, for accounts that are open."""
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
def topic_on() -> type[Topic]:
    """More topics, or topics of another broker: `topic_on(own_kafka_broker)`."""
    return Topic


@pytest.fixture
def letters_of() -> type[Letters]:
    """What a council's billing system sends: `letters_of(council.billing)`."""
    return Letters


@pytest.fixture
def letters(council: Council) -> Letters:
    """What the test's council's billing system sends."""
    return Letters(council.billing)
