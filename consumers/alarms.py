"""What the Kafka loop tells a person, beside its lag."""

from dataclasses import dataclass
from typing import Literal

import structlog

from consumers.message import Partition

_LOG = structlog.get_logger("consumers.alarms")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person must see, and the partition it is about, if it is about one."""

    kind: Literal["stopped", "stalled", "unreachable"]
    partition: Partition | None
    sentence: str


def log_alarm(alarm: Alarm) -> None:
    """The alarm as an error in the log."""
    _LOG.error("consume.alarm", kind=alarm.kind, at=alarm.partition, sentence=alarm.sentence)
