"""A topic that was deleted and made again has other messages at the same offsets.

It is read on only when a person has accepted it. Then a new generation of the topic begins, whose
positions have names of their own; what was read of the older ones stays in the ledger. The number
of the generation, and the topic's id, is a position too: `kafka-generation:<cluster>:<topic>`.
"""

from dataclasses import dataclass

from ledger.store_values import Position


@dataclass(frozen=True, slots=True)
class Generation:
    """Which making of a topic is read; 0 is the first, whose id nobody had to accept."""

    number: int = 0
    topic_id: str | None = None


def generation_name(cluster_id: str, topic: str) -> str:
    """The name under which the generation of a topic is stored."""
    return f"kafka-generation:{cluster_id}:{topic}"


def generation_of(stored: tuple[int, str | None] | None) -> Generation:
    """The generation that a stored position of this name stands for."""
    return Generation() if stored is None else Generation(*stored)


def accepted(cluster_id: str, topic: str, generation: Generation) -> Position:
    """What is stored when a generation is accepted."""
    name = generation_name(cluster_id, topic)
    return Position(name, generation.number, generation.topic_id)
