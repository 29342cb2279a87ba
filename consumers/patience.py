"""Waiting that ends when the process is told to stop, and bounded trying again.

| trouble                                            | alarm `paused`         | given up after  |
|----------------------------------------------------|------------------------|-----------------|
| gone: the database is away, or a registry          | after about a minute   | an hour or more |
| no room: a full disk, no connection left, a folder | at once                | a day or more   |
| for kept files that is full or read-only           |                        |                 |

and again every minute while it lasts. A server that is gone after it had no room is waited for as
long: a full disk can stop it. Starting the process again would help in neither case, so the bounds
are long; with an hour or a day gone, something is wrong that waiting does not mend.
"""

import errno
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import psycopg
import structlog

from consumers.alarms import Alarm, log_alarm
from consumers.ports import SinkUnavailableError, TransientError
from ledger.store_troubles import Trouble, trouble_of

RETRY_SECONDS_FIRST: Final = 0.2
RETRY_SECONDS_MAX: Final = 10.0
QUIET_RETRIES: Final = 10  # about a minute in all, as long as a database failover takes
RETRIES_A_MINUTE: Final = 6
RETRIES_MAX: Final = {"gone": 60 * RETRIES_A_MINUTE, "no room": 24 * 60 * RETRIES_A_MINUTE}
# A folder that takes no bytes. Any other error of a file says that something is wrong.
_NO_ROOM_FOR_FILES: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)

_LOG = structlog.get_logger("consumers.patience")
_Answer = TypeVar("_Answer")


class Stopped(Exception):  # noqa: N818 - not an error: the way out of a wait
    """The stop event was set while waiting."""


def passing(error: Exception) -> Trouble | None:
    """What an error is for a loop that can wait; None when waiting is wrong."""
    if isinstance(error, TransientError):
        return Trouble("gone", str(error))
    if isinstance(error, OSError) and error.errno in _NO_ROOM_FOR_FILES:
        return Trouble("no room", f"a file cannot be kept: {error}")
    return trouble_of(error)


class Patience:
    """Waits and retries for one loop, all of them cut short by its stop event.

    With `slow_seconds` a call that takes longer raises the alarm `slow`, and goes on.
    """

    def __init__(
        self,
        stop: threading.Event,
        on_alarm: Callable[[Alarm], None] = log_alarm,
        *,
        slow_seconds: float | None = None,
    ) -> None:
        self._stop = stop
        self._alarm = on_alarm
        self._slow_seconds = slow_seconds

    def wait(self, seconds: float) -> None:
        """Wait; raises `Stopped` as soon as the loop is to end."""
        if self._stop.wait(seconds):
            raise Stopped

    def wait_about(self, seconds: float) -> None:
        """Wait between half as long and half as long again, so that two processes part."""
        self.wait(seconds * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret

    def ask(self, call: Callable[[], _Answer]) -> _Answer:
        """Call, and again with growing pauses while there are passing troubles.

        Raises `SinkUnavailableError` when the retries are used up. It is no `TransientError`:
        whoever waits for a broker must not take it for one and go on without the batch.
        """
        pause = _Pause(self._alarm)
        while True:
            try:
                with self._telling_when_slow():
                    answer = call()
            except (TransientError, OSError, psycopg.Error) as error:
                trouble = passing(error)
                if trouble is None:
                    raise
                pause.met(trouble, error)
                self.wait_about(pause.seconds())
            else:
                pause.over()
                return answer

    @contextmanager
    def _telling_when_slow(self) -> Iterator[None]:
        """An alarm when a call takes long: a disk that stands still gives no error to catch."""
        if self._slow_seconds is None:
            yield
            return
        done = threading.Event()
        watching = threading.Thread(target=self._tell, args=(self._slow_seconds, done), daemon=True)
        watching.start()
        try:
            yield
        finally:
            done.set()
            watching.join()

    def _tell(self, slow_seconds: float, done: threading.Event) -> None:
        passed_seconds = slow_seconds
        while not done.wait(slow_seconds):
            sentence = f"no answer from the database for {passed_seconds:.0f} seconds"
            self._alarm(Alarm("slow", None, sentence))
            passed_seconds += slow_seconds


class _Pause:
    """The troubles of one call, from its first to the one that ends it."""

    def __init__(self, on_alarm: Callable[[Alarm], None]) -> None:
        self._alarm = on_alarm
        self._kind: str = "gone"
        self._retries = 0
        self._quiet = QUIET_RETRIES  # retries that are left until the next alarm
        self._told = False

    def met(self, trouble: Trouble, error: Exception) -> None:
        """Count one more trouble. Raises `SinkUnavailableError` when it is one too many."""
        if trouble.kind == "no room" and self._kind == "gone":
            self._kind, self._quiet = "no room", 0
        if self._retries >= RETRIES_MAX[self._kind]:
            raise SinkUnavailableError(
                f"given up after {self._retries} retries: {trouble.sentence}"
            ) from error
        self._retries += 1
        if self._quiet == 0:
            self._told, self._quiet = True, RETRIES_A_MINUTE
            self._alarm(Alarm("paused", None, trouble.sentence))
        elif not self._told:
            _LOG.warning("consume.retry", attempt=self._retries, error=trouble.sentence)
        self._quiet -= 1

    def seconds(self) -> float:
        """How long to wait before the next try."""
        doublings = min(self._retries - 1, QUIET_RETRIES)
        return min(RETRY_SECONDS_FIRST * (1 << doublings), RETRY_SECONDS_MAX)

    def over(self) -> None:
        """Say that it goes on, when it was said that it did not."""
        if self._told:
            _LOG.warning("consume.resumed", retries=self._retries)
