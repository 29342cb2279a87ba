"""The Kafka loop: poll, store, go on. It owns the pace and decides nothing about content.

A batch is stored with its position in one transaction by the sink, so it is either stored and
counted or neither, whatever dies when. On taking up a partition the loop seeks to the stored
position, never to what Kafka remembers. One batch is in flight at a time.

| Failure                                   | Fate                                         |
|-------------------------------------------|----------------------------------------------|
| sink: a trouble that passes               | the same batch again, see consumers.patience |
| sink: PositionTakenError                  | drop the batch, seek to the stored position  |
| broker: TransientError                    | wait and go on; alarm after a minute         |
| stored position beyond the topic's end,   |                                              |
| another message at it, offsets going back | TopicRecreatedError: the partition stops     |
| messages removed before they were read    | MessagesLostError: the partition stops       |
| position still while the end grows, 60 s  | alarm, and a new consumer                    |
| a batch is not stored within 30 s         | alarm, and wait                              |
| anything else                             | crash                                        |
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from consumers.alarms import Alarm, log_alarm
from consumers.message import Message, Partition, fingerprint
from consumers.patience import RETRY_SECONDS_FIRST, Patience, Stopped
from consumers.ports import (
    Broker,
    MessagesLostError,
    PartitionStoppedError,
    PositionTakenError,
    Sink,
    TopicRecreatedError,
    TransientError,
)
from consumers.watchdog import PartitionLag, Watchdog

CONFIRMATIONS: Final = 3  # a broker that has just started may not know its own end yet

_LOG = structlog.get_logger("consumers.kafka_loop")


@dataclass(frozen=True, slots=True)
class Pace:
    """The loop's times; the defaults are for production, tests shorten them."""

    poll_ms: int = 500
    tick_seconds: float = 1.0  # new partitions, lag, watchdog
    stalled_seconds: float = 60.0
    slow_seconds: float = 30.0  # a batch is stored in one; more is told
    yield_seconds: float = 0.5  # after another consumer was faster


PRODUCTION: Final = Pace()


@dataclass(slots=True)
class _Track:
    """What the loop knows of one partition."""

    next_offset: int  # the first offset that is not stored
    known: str | None  # fingerprint that the message before it must have, until seen
    incarnation: str | None
    stopped: PartitionStoppedError | None = None


def consume(
    broker: Broker,
    sink: Sink,
    *,
    stop: threading.Event,
    on_lag: Callable[[Sequence[PartitionLag]], None] = lambda _: None,
    on_alarm: Callable[[Alarm], None] = log_alarm,
    accept_lost: bool = False,
    pace: Pace = PRODUCTION,
) -> None:
    """Read until `stop` is set; closes the broker on the way out.

    `accept_lost` goes on where messages were removed from the topic before they were read: the
    operator's answer to `MessagesLostError`. Raises `PartitionStoppedError` when no partition is
    left that may be read, `SinkUnavailableError`, and whatever is not foreseen.
    """
    patience = Patience(stop, on_alarm, slow_seconds=pace.slow_seconds)
    loop = _Loop(broker, sink, patience, pace, on_alarm, accept_lost=accept_lost)
    try:
        while not stop.is_set():
            loop.turn(on_lag)
    except Stopped:
        pass
    finally:
        broker.close()


class _Loop:
    """State of one run of `consume`."""

    def __init__(
        self,
        broker: Broker,
        sink: Sink,
        patience: Patience,
        pace: Pace,
        on_alarm: Callable[[Alarm], None],
        *,
        accept_lost: bool,
    ) -> None:
        self._broker = broker
        self._sink = sink
        self._patience = patience
        self._pace = pace
        self._alarm = on_alarm
        self._accept_lost = accept_lost
        self._tracks: dict[Partition, _Track] = {}
        self._watchdog = Watchdog(pace.stalled_seconds, tick_seconds=pace.tick_seconds)
        self._tick_at = self._reached_at = time.monotonic()

    def turn(self, on_lag: Callable[[Sequence[PartitionLag]], None]) -> None:
        """One poll, and once a second what goes with it."""
        now = time.monotonic()
        try:
            if now >= self._tick_at:
                self._tick_at = now + self._pace.tick_seconds
                on_lag(self._tick(now))
                self._reached_at = now
            self._poll()
        except TransientError as error:
            if now - self._reached_at >= self._pace.stalled_seconds:
                self._alarm(Alarm("unreachable", None, str(error)))
                self._reached_at = now
            self._patience.wait(RETRY_SECONDS_FIRST)

    # -- once a second ---------------------------------------------------------------------

    def _tick(self, now: float) -> Sequence[PartitionLag]:
        for partition in self._broker.assign():
            track = self._tracks.get(partition)
            if track is None or self._was_recreated(partition, track):
                self._take_up(partition)
        running = [one for one, track in self._tracks.items() if track.stopped is None]
        if self._tracks and not running:
            raise next(track.stopped for track in self._tracks.values() if track.stopped)
        lags = self._lags(running)
        self._begin_again_if_stalled(self._watchdog.stalled(lags, now))
        return lags

    def _begin_again_if_stalled(self, stalled: Sequence[PartitionLag]) -> None:
        for lag in stalled:
            sentence = f"still at {lag.position} while the end grew to {lag.end}"
            self._alarm(Alarm("stalled", lag.partition, sentence))
        if stalled:
            self._tracks.clear()
            self._broker.reopen()

    def _was_recreated(self, partition: Partition, track: _Track) -> bool:
        """A topic made again while we read it is looked at as if for the first time."""
        if track.stopped is not None or track.incarnation is None:
            return False
        return self._broker.incarnation(partition.topic) not in (None, track.incarnation)

    def _lags(self, running: Sequence[Partition]) -> Sequence[PartitionLag]:
        ends = self._broker.end_offsets(running) if running else {}
        return tuple(
            PartitionLag(one, position=self._broker.position(one), end=end)
            for one, end in ends.items()
        )

    # -- taking up a partition -------------------------------------------------------------

    def _take_up(self, partition: Partition) -> None:
        """Seek to the stored position, or stop the partition when the topic is not the same.

        Until this is done the partition has no track, and messages without a track are dropped.
        """
        self._tracks.pop(partition, None)
        self._watchdog.forget(partition)
        stored = self._patience.ask(lambda: self._sink.position(*partition))
        known = self._patience.ask(lambda: self._sink.fingerprint(*partition))
        first = self._broker.beginning_offsets([partition])[partition]
        track = _Track(
            next_offset=first if stored is None else stored + 1,
            known=known if stored is not None and first <= stored else None,
            incarnation=self._broker.incarnation(partition.topic),
        )
        try:
            self._check_end(partition, stored)
            self._check_beginning(partition, track.next_offset, first)
        except PartitionStoppedError as error:
            self._halt(partition, track, error)
        else:
            self._seek(partition, track)
            self._tracks[partition] = track

    def _seek(self, partition: Partition, track: _Track) -> None:
        # With a fingerprint at hand the last stored message is read once more and compared.
        self._broker.seek(partition, track.next_offset - (track.known is not None))

    def _check_end(self, partition: Partition, stored: int | None) -> None:
        for _ in range(CONFIRMATIONS):
            if stored is None or stored < self._broker.end_offsets([partition])[partition]:
                return
            self._patience.wait(self._pace.tick_seconds)
        raise TopicRecreatedError(
            partition, f"offset {stored} is stored and the topic ends before it"
        )

    def _check_beginning(self, partition: Partition, next_offset: int, first: int) -> None:
        if first > next_offset and not self._accept_lost:
            raise MessagesLostError(
                partition,
                f"offsets {next_offset} to {first - 1} were removed before they were read",
            )

    def _halt(self, partition: Partition, track: _Track, error: PartitionStoppedError) -> None:
        track.stopped = error
        self._tracks[partition] = track
        self._broker.pause(partition)
        self._alarm(Alarm("stopped", partition, str(error)))

    # -- messages --------------------------------------------------------------------------

    def _poll(self) -> None:
        polled = self._broker.poll(self._pace.poll_ms)
        try:
            for partition, messages in polled.items():
                self._handle(partition, messages)
        except TransientError:
            # Batches that were polled and not handled would be skipped: they must come again.
            for partition, track in self._tracks.items():
                if track.stopped is None:
                    self._seek(partition, track)
            raise

    def _handle(self, partition: Partition, messages: Sequence[Message]) -> None:
        track = self._tracks.get(partition)
        if track is None or track.stopped is not None:
            return
        try:
            fresh = self._fresh(partition, track, messages)
        except PartitionStoppedError as error:
            self._halt(partition, track, error)
        else:
            if fresh:
                self._store(partition, track, fresh)

    def _fresh(
        self, partition: Partition, track: _Track, messages: Sequence[Message]
    ) -> Sequence[Message]:
        """The messages that are not stored yet, once the topic is known to be the same."""
        first = messages[0]
        if track.known is not None and first.offset == track.next_offset - 1:
            if fingerprint(first) != track.known:
                raise TopicRecreatedError(
                    partition, f"another message than the stored one is at offset {first.offset}"
                )
            messages = messages[1:]
        elif first.offset < track.next_offset:
            raise TopicRecreatedError(
                partition, f"offsets went back from {track.next_offset} to {first.offset}"
            )
        elif first.offset > track.next_offset:
            # A gap is ordinary (transaction markers, compaction) unless the log begins after it.
            begins = self._broker.beginning_offsets([partition])[partition]
            self._check_beginning(partition, track.next_offset, begins)
        track.known = None
        return messages

    def _store(self, partition: Partition, track: _Track, batch: Sequence[Message]) -> None:
        try:
            self._patience.ask(lambda: self._sink.take(batch))
        except PositionTakenError as taken:
            _LOG.warning("consume.position_taken", at=partition, reason=str(taken))
            # Stepping back a little lets one of two consumers win for good.
            self._patience.wait_about(self._pace.yield_seconds)
            self._take_up(partition)
        else:
            track.next_offset = batch[-1].offset + 1
            self._broker.commit({partition: track.next_offset})
