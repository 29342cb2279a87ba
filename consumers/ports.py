"""The seams of the Kafka loop: what it needs of a broker and of the place where batches go.

Exception
 +- TransientError            nobody's fault for now: the same batch is tried again, bounded
 +- SinkUnavailableError      the retries are used up: the process ends, nothing was counted
 +- PositionTakenError        another consumer stored this batch first: drop it, seek again
 +- TooLargeError             a message that the brokers will never take: it is too large
 +- PartitionStoppedError     the topic is not what it was: this partition goes no further
     +- TopicRecreatedError   other messages stand where ours were
     +- MessagesLostError     messages were removed before they were read
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from consumers.message import Message, Partition


class TransientError(Exception):
    """Something that may well work in a moment; the batch stays as it is."""


class SinkUnavailableError(Exception):
    """The place where batches go did not recover in time; started again, the batch comes again."""


class PositionTakenError(Exception):
    """The stored position has moved: another live consumer was faster. Nothing was stored."""


class TooLargeError(Exception):
    """A message is larger than its topic takes; it is not sent, and would not be the next time."""


class PartitionStoppedError(Exception):
    """A partition that must not be read on until a person has looked at it."""

    advice: ClassVar[str] = "nothing more is read of it"

    def __init__(self, partition: Partition, sentence: str) -> None:
        advice = self.advice.format(topic=partition.topic)
        super().__init__(f"{partition.topic}[{partition.partition}]: {sentence}; {advice}")
        self.partition = partition
        self.sentence = sentence


class TopicRecreatedError(PartitionStoppedError):
    """The topic was deleted and made again: its offsets no longer mean what they meant."""

    advice = (
        "nothing was taken of it. If it was made again on purpose, look at it with"
        " `tallystick accept-topic {topic}`"
    )


class MessagesLostError(PartitionStoppedError):
    """Messages after the stored position were removed from the topic before they were read."""

    advice = (
        "ask their publisher to send them again. `tallystick consume --accept-lost` reads on after"
        " them"
    )


class Broker(Protocol):
    """A reader of partitions. Every method may raise `TransientError`; offsets are Kafka's."""

    def assign(self) -> tuple[Partition, ...]:
        """Take up every partition that is ours; partitions that are new come in unpositioned."""

    def poll(self, timeout_ms: int) -> Mapping[Partition, Sequence[Message]]:
        """The next messages, at most one batch of each partition, in the order of offsets."""

    def seek(self, partition: Partition, offset: int) -> None:
        """Read on from this offset, dropping what was fetched ahead."""

    def pause(self, partition: Partition) -> None:
        """Fetch no more from this partition."""

    def position(self, partition: Partition) -> int:
        """The offset that will be read next."""

    def beginning_offsets(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        """The first offset still kept of each partition."""

    def end_offsets(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        """The offset after the last committed message of each partition."""

    def incarnation(self, topic: str) -> str | None:
        """The id that a topic got when it was created; None when the broker does not tell."""

    def commit(self, positions: Mapping[Partition, int]) -> None:
        """Tell the broker, without waiting, how far we are: for lag displays and nothing else."""

    def reopen(self) -> None:
        """Throw the connection away and begin with a new one; nothing is assigned after it."""

    def close(self) -> None:
        """Leave, within seconds, whether the broker answers or not."""


class Sink(Protocol):
    """Where batches go: the ledger's append, seen from the loop."""

    def position(self, topic: str, partition: int) -> int | None:
        """The last offset stored, None before the first."""

    def take(self, messages: Sequence[Message]) -> None:
        """Store one batch of one partition, and its last offset, in one transaction.

        Raises `PositionTakenError` when the stored position is not the one this batch follows,
        what `consumers.patience.passing` knows when trying again may help.
        """

    def fingerprint(self, topic: str, partition: int) -> str | None:
        """`consumers.message.fingerprint` of the last message stored, None when not kept."""
