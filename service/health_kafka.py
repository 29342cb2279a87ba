"""The look at Kafka: how far each partition is read, by the position that the ledger keeps."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from consumers.kafka import KafkaBroker, cluster_id
from consumers.message import Partition, position_name
from consumers.ports import TransientError
from ledger.store import Store
from service.looks import Level, Look, fine
from service.settings import Settings
from service.streaming import kafka_connection

LAG_MESSAGES_MAX = 10_000  # some ten seconds of intake: more, and it falls behind

_LOOKS, _LOOK_MS = 25, 200  # what a broker knows of its topics comes in the background


def kafka(settings: Settings, store: Store) -> Iterator[Look]:
    """Each partition of each topic; nothing when the settings name no broker."""
    if "kafka_bootstrap" not in settings.model_fields_set:
        return
    try:
        lags = lags_of(settings, store)
    except TransientError as error:
        sentence = f"no Kafka broker answers at {settings.kafka_bootstrap}: {error}"
        yield Look("kafka", Level.WARNING, sentence, "tallystick config")
        return
    behind = {place: lag for place, lag in lags.items() if lag > LAG_MESSAGES_MAX}
    for (topic, partition), lag in behind.items():
        sentence = (
            f"{topic}[{partition}] is {lag:,} messages behind: does `tallystick consume` run?"
        )
        yield Look("kafka", Level.WARNING, sentence, "systemctl status tallystick@consume")
    missing = set(settings.kafka_topics) - {topic for topic, _ in lags}
    for topic in sorted(missing):
        sentence = f"the brokers have no topic {topic}: nothing is read from it"
        yield Look("kafka", Level.WARNING, sentence, "tallystick config")
    if not behind and not missing:
        total = sum(lags.values())
        yield fine("kafka", f"messages that wait in Kafka: {total:,}, in partitions: {len(lags)}")


def lags_of(settings: Settings, store: Store) -> dict[tuple[str, int], int]:
    """Messages that are not in the ledger, by partition. Raises TransientError."""
    connection = kafka_connection(settings)
    with closing(
        KafkaBroker(connection, settings.kafka_topics, group=f"{settings.kafka_group}-health")
    ) as broker:
        partitions = _known(broker, settings.kafka_topics)
        ends = broker.end_offsets(partitions)
        first = broker.beginning_offsets(partitions)
        cluster = cluster_id(connection)
        stored = {one: store.position(position_name(cluster, *one)) for one in partitions}
    return {
        (one.topic, one.partition): max(0, end - max(first[one], _next(stored[one])))
        for one, end in ends.items()
    }


def _known(broker: KafkaBroker, topics: Sequence[str]) -> tuple[Partition, ...]:
    """The partitions, once the brokers have told of every topic; those that there are, else."""
    for _ in range(_LOOKS):
        partitions = broker.assign()
        if {one.topic for one in partitions} >= set(topics):
            break
        broker.poll(_LOOK_MS)
    return partitions


def _next(stored: tuple[int, str | None] | None) -> int:
    return 0 if stored is None else stored[0] + 1
