"""What the loops and the ledger tell a person, beside what they answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog

from consumers.message import Partition
from ledger.quarantine_events import StreamQuarantined

_LOG = structlog.get_logger("consumers.alarms")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person must see, and the partition it is about, if it is about one."""

    kind: Literal["stopped", "stalled", "unreachable", "paused", "slow", "quarantined"]
    partition: Partition | None
    sentence: str


def quarantine_alarm(fact: StreamQuarantined) -> Alarm:
    """The alarm about a stream that was put into quarantine."""
    return Alarm("quarantined", None, f"{fact.stream} was stopped: {fact.breach}")


def log_as(event: str) -> Callable[[Alarm], None]:
    """Alarms as errors in the log, under the name of the process that has them."""

    def log(alarm: Alarm) -> None:
        _LOG.error(event, kind=alarm.kind, at=alarm.partition, sentence=alarm.sentence)

    return log


log_alarm = log_as("consume.alarm")
