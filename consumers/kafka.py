"""Kafka itself, by kafka-python (pinned >=3.0.12,<3.1, untyped; see also `kafka_records`).

Partitions are assigned by hand and not by a consumer group (decision 0005): a group would add its
rebalances and up to 45 seconds of waiting for a killed member. Several processes share them by
`share` (process i of n); a stand-by with the same share loses every race until the first is gone.
The group id is used for nothing but the offsets that lag tools show.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from consumers.kafka_records import Keys, null_key, sendable
from consumers.message import Headers, Message, Partition
from consumers.ports import TooLargeError, TransientError
from ledger.limits import MESSAGE_BYTES_MAX, MESSAGES_PER_BATCH_MAX

with warnings.catch_warnings():
    # kafka-python 3.0 loads its protocol files by a call that importlib.resources deprecates.
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, errors
    from kafka.errors import KafkaError, RetriableError, TopicAlreadyExistsError
    from kafka.structs import OffsetAndMetadata, TopicPartition

TOO_LARGE: Final = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError)
Untyped = Any  # an object of kafka-python, which has no types

CLOSE_TIMEOUT_MS: Final = 5_000
ANSWER_TIMEOUT_MS: Final = 5_000  # for the offsets of partitions
METADATA_AGE_MS: Final = 30_000  # a new topic or partition is noticed within it
RECONNECT_MS_MAX: Final = 1_000  # so that a restarted broker is found within a second or two
SEND_BYTES_MAX: Final = 16 * MESSAGE_BYTES_MAX  # a dead letter is a copy, however large it was
FLUSH_SECONDS_MAX: Final = 60

CONSUMER_SETTINGS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "enable_auto_commit": False,  # the position is committed with the events, in PostgreSQL
        "auto_offset_reset": "earliest",  # `latest` would skip what came before the first start
        "isolation_level": "read_committed",
        "allow_auto_create_topics": False,  # a misspelt topic must not come into being
        "max_poll_records": MESSAGES_PER_BATCH_MAX,
        "fetch_max_wait_ms": 100,  # an idle partition holds a fetch open; lag is asked behind it
        "metadata_max_age_ms": METADATA_AGE_MS,
        "reconnect_backoff_max_ms": RECONNECT_MS_MAX,
    }
)


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach a cluster: `host:port,host:port` and kafka-python's security settings.

    `api_version` is for brokers that do not tell theirs; leave it out otherwise.
    """

    bootstrap: str
    security: Mapping[str, Any] = field(default_factory=dict)  # security_protocol, sasl_*, ssl_*
    api_version: tuple[int, int] | None = None

    def config(self) -> dict[str, Any]:
        """Keyword arguments of every client."""
        return {
            "bootstrap_servers": self.bootstrap.split(","),
            "client_id": "tallystick",
            "api_version": self.api_version,
            **self.security,
        }


class KafkaBroker:
    """`consumers.ports.Broker` on a real cluster. Not for use from two threads."""

    def __init__(
        self,
        connection: Connection,
        topics: Sequence[str],
        *,
        group: str = "tallystick",
        share: tuple[int, int] = (0, 1),
    ) -> None:
        """Connects; `share` (i, n) takes the partitions whose number modulo n is i.

        Raises `TransientError` when no broker answers within half a minute.
        """
        self._connection = connection
        self._topics = tuple(topics)
        self._group = group
        self._share = share
        self._assigned: tuple[Partition, ...] = ()
        self._consumer = self._connect()

    def _connect(self) -> Untyped:
        config = {**self._connection.config(), **CONSUMER_SETTINGS, "group_id": self._group}
        try:
            consumer = KafkaConsumer(**config)
        except RetriableError as error:
            raise TransientError(f"no Kafka broker answers: {error}") from error
        self._ask_for_topics(consumer)
        return consumer

    def _ask_for_topics(self, consumer: Untyped) -> None:
        # The public partitions_for_topic waits without a time-out for a topic that is not there
        # yet; the metadata behind it is refreshed in the background and is asked instead.
        consumer._cluster.set_topics(self._topics)  # noqa: SLF001

    def assign(self) -> tuple[Partition, ...]:
        """Take up every partition of our share that the brokers know by now."""
        index, count = self._share
        cluster = self._consumer._cluster  # noqa: SLF001 - see _ask_for_topics
        known = {topic: cluster.partitions_for_topic(topic) or () for topic in self._topics}
        ours = tuple(
            Partition(topic, number)
            for topic, numbers in known.items()
            for number in sorted(numbers)
            if number % count == index
        )
        if not all(known.values()):
            cluster.request_update()
        if set(ours) - set(self._assigned):
            # Partitions only ever join: one whose topic is gone stays until it is looked at.
            self._assigned = tuple(dict.fromkeys((*self._assigned, *ours)))
            self._consumer.assign([TopicPartition(*one) for one in self._assigned])
            self._ask_for_topics(self._consumer)
        return self._assigned

    def poll(self, timeout_ms: int) -> Mapping[Partition, Sequence[Message]]:
        """At most `MESSAGES_PER_BATCH_MAX` messages in all."""
        try:
            polled = self._consumer.poll(timeout_ms=timeout_ms)
        except RetriableError as error:
            raise TransientError(str(error)) from error
        return {Partition(*at): tuple(map(_message, records)) for at, records in polled.items()}

    def seek(self, partition: Partition, offset: int) -> None:
        """Read on from this offset."""
        self._consumer.seek(TopicPartition(*partition), offset)

    def pause(self, partition: Partition) -> None:
        """Fetch no more from this partition."""
        self._consumer.pause(TopicPartition(*partition))

    def position(self, partition: Partition) -> int:
        """The offset that will be read next."""
        at: int | None = self._consumer.position(TopicPartition(*partition), timeout_ms=0)
        if at is None:
            raise TransientError(f"{partition} is being looked up again")
        return at

    def beginning_offsets(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        """The first offset still kept of each partition."""
        return self._offsets(self._consumer.beginning_offsets, partitions)

    def end_offsets(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        """The offset after the last committed message of each partition."""
        return self._offsets(self._consumer.end_offsets, partitions)

    @staticmethod
    def _offsets(ask: Untyped, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        try:
            answer = ask([TopicPartition(*one) for one in partitions], ANSWER_TIMEOUT_MS)
        except RetriableError as error:
            raise TransientError(str(error)) from error
        except KeyError as error:  # kafka-python's way of saying that the broker left one out
            raise TransientError(f"no offset is known of {error}") from error
        return {Partition(*at): offset for at, offset in answer.items()}

    def incarnation(self, topic: str) -> str | None:
        """The topic's UUID (KIP-516), from metadata that is at most half a minute old."""
        topic_id = self._consumer._cluster.topic_id(topic)  # noqa: SLF001 - no public way
        return None if topic_id is None else str(topic_id)

    def commit(self, positions: Mapping[Partition, int]) -> None:
        """Tell the group coordinator how far we are; a failure shows in lag tools only."""
        offsets = {
            TopicPartition(*at): OffsetAndMetadata(offset, "", -1)
            for at, offset in positions.items()
        }
        with suppress(KafkaError):
            self._consumer.commit_async(offsets)

    def reopen(self) -> None:
        """Close the consumer and connect a new one; raises `TransientError` as at first."""
        self.close()
        self._assigned = ()
        self._consumer = self._connect()

    def close(self) -> None:
        """Leave within five seconds."""
        self._consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS)


def _message(record: Untyped) -> Message:
    headers = tuple((str(name), value) for name, value in record.headers)
    return Message(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=headers,
        timestamp_ms=record.timestamp,
    )


class Producer:
    """Sends messages, each once and in order per key: idempotent, acknowledged by all replicas."""

    def __init__(self, connection: Connection) -> None:
        """Connects; raises `TransientError` when no broker answers."""
        self._connection = connection
        self._begin()

    def _begin(self) -> None:
        self._unconfirmed: list[Any] = []
        self._unconfirmed_bytes = 0
        try:
            self._producer = KafkaProducer(
                **self._connection.config(),
                enable_idempotence=True,
                acks="all",
                key_serializer=Keys(),
                linger_ms=5,
                compression_type="lz4",
                max_request_size=SEND_BYTES_MAX,
                allow_auto_create_topics=False,
                reconnect_backoff_max_ms=RECONNECT_MS_MAX,
            )
        except RetriableError as error:
            raise TransientError(f"no Kafka broker answers: {error}") from error

    def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """Queue one message; nothing is certain before `flush`, whose errors it may raise."""
        self._unconfirmed_bytes += len(value or b"")
        if self._unconfirmed_bytes > SEND_BYTES_MAX:
            self.flush()
        try:
            sent = self._producer.send(
                topic, value=value, key=null_key(key, value), headers=sendable(headers)
            )
        except RetriableError as error:
            raise TransientError(str(error)) from error
        except TOO_LARGE as error:
            raise TooLargeError(str(error)) from error
        self._unconfirmed.append(sent)

    def flush(self) -> None:
        """Return when every message sent so far is stored by the brokers.

        Raises `TransientError` when that is not known after a minute, `TooLargeError` when one was
        refused for its size, KafkaError for another reason (no such topic, not authorised).
        """
        waiting, self._unconfirmed, self._unconfirmed_bytes = self._unconfirmed, [], 0
        try:
            self._producer.flush(timeout=FLUSH_SECONDS_MAX)
            for sent in waiting:
                sent.get(timeout=FLUSH_SECONDS_MAX)
        except RetriableError as error:
            raise TransientError(str(error)) from error
        except TOO_LARGE as error:  # to an idempotent producer it is the end: another begins
            self.close()
            self._begin()
            raise TooLargeError(str(error)) from error

    def close(self) -> None:
        """Leave within five seconds; what was not flushed may be lost."""
        self._producer.close(timeout=CLOSE_TIMEOUT_MS / 1000)


def create_topics(connection: Connection, names: Iterable[str], partitions: int) -> None:
    """Create the topics that do not exist yet and wait until each partition has a leader.

    An existing topic keeps its partitions: changing their number would break the order per key.
    """
    admin = KafkaAdminClient(**connection.config())
    try:
        for name in sorted(set(names) - set(admin.list_topics())):
            with suppress(TopicAlreadyExistsError):  # another process was faster
                admin.create_topics(
                    {name: {"num_partitions": partitions, "replication_factor": -1}},
                    wait_for_metadata=True,
                )
    finally:
        admin.close()


def cluster_id(connection: Connection) -> str:
    """The cluster's own id, part of the name of every stored position."""
    admin = KafkaAdminClient(**connection.config())
    try:
        return str(admin.describe_cluster()["cluster_id"])
    except RetriableError as error:
        raise TransientError(str(error)) from error
    finally:
        admin.close()
