"""The desk for a topic that was deleted and made again: look at it, and accept it.

Nothing is doubled by accepting it: a message that is in it again has the identity that it had, and
is a repeat. Offsets are counted anew, so the positions of the new topic have names of their own.
"""

import time
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from consumers.generations import Generation, accepted, generation_name, generation_of
from consumers.kafka import KafkaBroker, cluster_id
from consumers.message import Partition, position_name
from consumers.ports import TransientError
from ledger.account_state import Dated
from ledger.authority import Actor, authorise
from ledger.ids import intake_stream
from ledger.intake_events import PartitionRead, TopicAccepted
from ledger.recorded import Source
from ledger.rejections import RefusedError
from ledger.requests import Note
from ledger.values import Refusal
from service.streaming import kafka_connection
from service.wiring import App

LOOK_SECONDS_MAX: Final = 15.0
_LOOK_SECONDS: Final = 0.1


class TopicUnknownError(LookupError):
    """The brokers have no such topic."""


@dataclass(frozen=True, slots=True)
class PartitionSeen:
    """One partition: the last offset that was taken, and what the brokers have of it now."""

    number: int
    read: int | None
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class TopicSeen:
    """A topic as it is now, beside how far it was taken."""

    cluster: str
    topic: str
    topic_id: str
    generation: Generation
    partitions: tuple[PartitionSeen, ...]

    def is_accepted(self) -> bool:
        """Whether a person has accepted this very topic."""
        return self.generation.topic_id == self.topic_id

    def was_read(self) -> bool:
        """Whether anything of it, or of the one before it, is in the ledger."""
        return any(one.read is not None for one in self.partitions)


def look(app: App, topic: str) -> TopicSeen:
    """The topic at the brokers. Raises TopicUnknownError, and TransientError without an answer."""
    connection = kafka_connection(app.settings)
    cluster = cluster_id(connection)
    stored = app.store.position(generation_name(cluster, topic))
    generation = generation_of(stored)
    broker = KafkaBroker(connection, [topic], group=app.settings.kafka_group)
    with closing(broker):
        partitions = _partitions(broker, topic)
        first, end = broker.beginning_offsets(partitions), broker.end_offsets(partitions)
        topic_id = broker.incarnation(topic)
    if topic_id is None:
        raise TransientError(f"the brokers tell no id of topic {topic}: they are older than 2.8")
    seen = []
    for one in partitions:
        at = app.store.position(position_name(cluster, *one, generation.number))
        read = None if at is None else at[0]
        seen.append(PartitionSeen(one.partition, read, first[one], end[one]))
    return TopicSeen(cluster, topic, topic_id, generation, tuple(seen))


def _partitions(broker: KafkaBroker, topic: str) -> tuple[Partition, ...]:
    for _ in range(int(LOOK_SECONDS_MAX / _LOOK_SECONDS)):
        partitions = broker.assign()
        if partitions:
            return partitions
        time.sleep(_LOOK_SECONDS)
    raise TopicUnknownError(f"the brokers have no topic {topic}")


def accept(app: App, seen: TopicSeen, actor: Actor, reason: str) -> tuple[Refusal, ...]:
    """Begin a new generation of the topic; the refusals when that may not be.

    Raises PositionTakenError when somebody else has accepted it meanwhile.
    """
    today = app.ledger.today()
    if not reason.strip():
        return (Refusal(code="evidence_missing", sentence="say why it was made again"),)
    try:
        authorise(actor, "discard_intake", 0, app.policy, today)
    except RefusedError as error:
        return error.refusals
    new = Generation(seen.generation.number + 1, seen.topic_id)
    stream = intake_stream(f"kafka:{seen.topic}")
    fact = TopicAccepted(
        source=stream,
        cluster=seen.cluster,
        kafka_topic=seen.topic,
        topic_id=seen.topic_id,
        generation=new.number,
        read=tuple(
            PartitionRead(partition=one.number, offset=one.read)
            for one in seen.partitions
            if one.read is not None
        ),
        reason=reason,
    )
    identity = f"{generation_name(seen.cluster, seen.topic)}|{new.number}"
    source = Source("command", "accept-topic")
    note = Note(stream, [Dated(fact, today)], actor, source, identity, b"")
    app.ledger.handle([note], accepted(seen.cluster, seen.topic, new))
    return ()
