"""From an old version of an event to the next: one function per step, never deleted.

A step takes the stored data of `old-topic.vN` and gives the data of `old-topic.vN+1`; the stored
bytes are never changed. Steps are chained until a topic has no step.
"""

from collections.abc import Callable, Mapping
from typing import Any

Step = Callable[[dict[str, Any]], dict[str, Any]]

# topic as stored -> (topic of the next version, step)
STEPS: dict[str, tuple[str, Step]] = {}


def upcast(
    topic: str, data: dict[str, Any], steps: Mapping[str, tuple[str, Step]] = STEPS
) -> tuple[str, dict[str, Any]]:
    """The newest topic and data of a stored event."""
    while topic in steps:
        topic, step = steps[topic]
        data = step(data)
    return topic, data
