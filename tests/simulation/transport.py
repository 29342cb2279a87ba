"""A broker within the process: partitions as lists, the port that the Kafka loop reads from."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from consumers.cloud_events import Attributes, build_headers
from consumers.message import Message, Partition

TOPIC = "bills"
SOURCE = "/council/simulated"


@dataclass
class Topic:
    """What was published, partition by partition; it outlives every consumer."""

    partitions: int
    logs: dict[Partition, list[Message]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.logs = {Partition(TOPIC, number): [] for number in range(self.partitions)}

    def publish(self, number: int, message: str, value: bytes) -> int:
        """Put a message at the end of a partition; its offset."""
        log = self.logs[Partition(TOPIC, number)]
        headers = build_headers(Attributes(message, SOURCE))
        log.append(Message(TOPIC, number, len(log), b"key", value, headers, 0))
        return len(log) - 1


class NoWaiting(threading.Event):
    """A stop signal that never comes, and by which no wait takes any time."""

    def wait(self, timeout: float | None = None) -> bool:
        """Return at once."""
        del timeout
        return self.is_set()


@dataclass
class Reader:
    """One consumer's connection: where it reads, and how much at a time."""

    topic: Topic
    batch: int = 1
    at: dict[Partition, int] = field(default_factory=dict)

    def assign(self) -> tuple[Partition, ...]:
        """All partitions."""
        return tuple(self.topic.logs)

    def poll(self, timeout_ms: int) -> Mapping[Partition, Sequence[Message]]:
        """The next messages of each partition."""
        del timeout_ms
        found = {}
        for partition, log in self.topic.logs.items():
            start = self.at.get(partition, 0)
            messages = log[start : start + self.batch]
            if messages:
                found[partition] = messages
                self.at[partition] = start + len(messages)
        return found

    def seek(self, partition: Partition, offset: int) -> None:
        """Read on from there."""
        self.at[partition] = offset

    def pause(self, partition: Partition) -> None:
        """No partition is ever to be stopped here."""
        raise AssertionError(f"{partition} was stopped although its topic is whole")

    def position(self, partition: Partition) -> int:
        """What is read next."""
        return self.at.get(partition, 0)

    def beginning_offsets(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        """Nothing is ever removed."""
        return dict.fromkeys(partitions, 0)

    def end_offsets(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        """Where the next message would stand."""
        return {one: len(self.topic.logs[one]) for one in partitions}

    def incarnation(self, topic: str) -> str | None:
        """The topic is never made again."""
        return topic

    def commit(self, positions: Mapping[Partition, int]) -> None:
        """What the broker is told counts for nothing."""

    def reopen(self) -> None:
        """A new connection."""
        self.at.clear()

    def close(self) -> None:
        """Nothing to leave."""
