"""What the Kafka loop tells a person, beside its lag."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog

from consumers.message import Partition

_LOG = structlog.get_logger("consumers.alarms")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person must see, and the partition it is about, if it is about one."""

    kind: Literal["stopped", "stalled", "unreachable", "paused", "slow"]
    partition: Partition | None
    sentence: str


def log_as(event: str) -> Callable[[Alarm], None]:
    """Alarms as errors in the log, under the name of the process that has them."""

    def log(alarm: Alarm) -> None:
        _LOG.error(event, kind=alarm.kind, at=alarm.partition, sentence=alarm.sentence)

    return log


log_alarm = log_as("consume.alarm")
