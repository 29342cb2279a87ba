"""Waiting that ends when the process is told to stop, and bounded trying again."""

import random
import threading
from collections.abc import Callable
from typing import Final, TypeVar

import psycopg
import structlog

from consumers.ports import SinkUnavailableError, TransientError

RETRIES_MAX: Final = 10  # about a minute in all, as long as a database failover takes
RETRY_SECONDS_FIRST: Final = 0.2
RETRY_SECONDS_MAX: Final = 10.0

_LOG = structlog.get_logger("consumers.patience")
_TRANSIENT: Final = (TransientError, psycopg.OperationalError)
_Answer = TypeVar("_Answer")


class Stopped(Exception):  # noqa: N818 - not an error: the way out of a wait
    """The stop event was set while waiting."""


class Patience:
    """Waits and retries for one loop, all of them cut short by its stop event."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def wait(self, seconds: float) -> None:
        """Wait; raises `Stopped` as soon as the loop is to end."""
        if self._stop.wait(seconds):
            raise Stopped

    def wait_about(self, seconds: float) -> None:
        """Wait between half as long and half as long again, so that two processes part."""
        self.wait(seconds * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret

    def ask(self, sink_call: Callable[[], _Answer]) -> _Answer:
        """Call the sink, and again with growing pauses while it has passing troubles.

        Raises `SinkUnavailableError` when the retries are used up. It is no `TransientError`:
        whoever waits for a broker must not take it for one and go on without the batch.
        """
        for attempt in range(RETRIES_MAX):
            try:
                return sink_call()
            except _TRANSIENT as error:
                _LOG.warning("consume.retry", attempt=attempt + 1, error=str(error))
                self.wait_about(min(RETRY_SECONDS_FIRST * 2**attempt, RETRY_SECONDS_MAX))
        try:
            return sink_call()
        except _TRANSIENT as error:
            raise SinkUnavailableError(f"given up after {RETRIES_MAX} retries: {error}") from error
