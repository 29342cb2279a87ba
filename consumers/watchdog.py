"""Which partitions stand still although there is something to read.

kafka-python has more than once stopped returning the records of a partition without an error
(#3106, #3131). Only time spent looking counts: a loop that was busy storing is not a stall.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from consumers.message import Partition

_TICKS_MISSED_MAX: Final = 2  # a longer time between two looks counts as this many


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """How far one partition is read: next offset to read, and the offset after the last."""

    partition: Partition
    position: int
    end: int

    @property
    def lag(self) -> int:
        """Offsets still to be read; transaction markers count as long as none is read past."""
        return max(0, self.end - self.position)


@dataclass(slots=True)
class _Look:
    position: int
    end: int
    still_seconds: float = 0.0


class Watchdog:
    """Fed with lags once a tick; remembers how long each position has been still."""

    def __init__(self, stalled_seconds: float, *, tick_seconds: float) -> None:
        self._stalled_seconds = stalled_seconds
        self._step_seconds_max = _TICKS_MISSED_MAX * tick_seconds
        self._looks: dict[Partition, _Look] = {}
        self._looked_at: float | None = None

    def forget(self, partition: Partition) -> None:
        """Begin anew with a partition: it was just taken up."""
        self._looks.pop(partition, None)

    def stalled(self, lags: Sequence[PartitionLag], now: float) -> Sequence[PartitionLag]:
        """Partitions whose position has been still long enough while their end grew.

        `now` is monotonic, in seconds. A partition is reported once, then watched afresh.
        """
        step = 0.0 if self._looked_at is None else now - self._looked_at
        self._looked_at = now
        return tuple(
            lag for lag in lags if self._is_stalled(lag, min(step, self._step_seconds_max))
        )

    def _is_stalled(self, lag: PartitionLag, step_seconds: float) -> bool:
        look = self._looks.get(lag.partition)
        if look is None or look.position != lag.position:
            self._looks[lag.partition] = _Look(lag.position, lag.end)
            return False
        look.still_seconds += step_seconds
        if look.still_seconds < self._stalled_seconds or lag.end <= look.end:
            return False
        self.forget(lag.partition)
        return True
