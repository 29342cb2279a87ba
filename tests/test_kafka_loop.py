"""The Kafka loop against a scripted broker: what a real one cannot be made to do on demand."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
import pytest

from consumers import patience
from consumers.alarms import Alarm
from consumers.kafka_loop import Pace, consume
from consumers.message import Message, Partition
from consumers.ports import PositionTakenError, SinkUnavailableError, TransientError
from consumers.watchdog import PartitionLag, Watchdog

A, B = Partition("t", 0), Partition("t", 1)
QUICK = Pace(poll_ms=1, tick_seconds=0.0, stalled_seconds=0.05, yield_seconds=0.001)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRY_SECONDS_FIRST", 0.001)
    monkeypatch.setattr(patience, "RETRY_SECONDS_MAX", 0.001)
    monkeypatch.setattr("consumers.kafka_loop.RETRY_SECONDS_FIRST", 0.001)


def message(partition: Partition, offset: int) -> Message:
    return Message(*partition, offset, b"k", b"%d" % offset, (), 0)


@dataclass
class ScriptedBroker:
    """Holds messages by partition, hands them out from each position, fails when told to."""

    logs: dict[Partition, list[Message]]
    stop: threading.Event
    polls: int = 100
    failures: deque[str] = field(default_factory=deque)  # names of calls that fail once
    deaf: bool = False  # returns nothing although there is something
    at: dict[Partition, int] = field(default_factory=dict)
    committed: dict[Partition, int] = field(default_factory=dict)
    reopened: int = 0
    closed: bool = False

    def _fail(self, name: str) -> None:
        if self.failures and self.failures[0] == name:
            self.failures.popleft()
            raise TransientError(name)

    def assign(self) -> tuple[Partition, ...]:
        return tuple(self.logs)

    def poll(self, timeout_ms: int) -> Mapping[Partition, Sequence[Message]]:  # noqa: ARG002 - the port's
        self.polls -= 1
        if self.polls <= 0:
            self.stop.set()
        self._fail("poll")
        if self.deaf:
            self.stop.wait(0.005)
            return {}
        polled = {}
        for partition, log in self.logs.items():
            batch = [one for one in log if one.offset >= self.at.get(partition, 0)][:3]
            if batch:
                polled[partition] = batch
                self.at[partition] = batch[-1].offset + 1
        return polled

    def seek(self, partition: Partition, offset: int) -> None:
        self.at[partition] = offset

    def pause(self, partition: Partition) -> None:  # noqa: ARG002 - the port's
        raise AssertionError("nothing is to be stopped here")

    def position(self, partition: Partition) -> int:
        return self.at[partition]

    def beginning_offsets(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        self._fail("beginning_offsets")
        return dict.fromkeys(partitions, 0)

    def end_offsets(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        self._fail("end_offsets")
        return {one: self.logs[one][-1].offset + 1 for one in partitions}

    def incarnation(self, topic: str) -> str | None:
        return topic

    def commit(self, positions: Mapping[Partition, int]) -> None:
        self.committed.update(positions)

    def reopen(self) -> None:
        self.reopened += 1
        self.deaf = False
        self.at.clear()

    def close(self) -> None:
        self.closed = True


@dataclass
class ListSink:
    """Keeps what it takes; raises what it is given, once each, before taking."""

    errors: deque[Exception] = field(default_factory=deque)
    taken: list[tuple[int, int]] = field(default_factory=list)

    def position(self, topic: str, partition: int) -> int | None:  # noqa: ARG002 - the port's
        return max((offset for at, offset in self.taken if at == partition), default=None)

    def fingerprint(self, topic: str, partition: int) -> str | None:  # noqa: ARG002 - the port's
        return None

    def take(self, messages: Sequence[Message]) -> None:
        if self.errors:
            raise self.errors.popleft()
        self.taken += [(one.partition, one.offset) for one in messages]


def scripted(*offsets: int, **options: object) -> ScriptedBroker:
    logs = {one: [message(one, offset) for offset in offsets] for one in (A, B)}
    return ScriptedBroker(logs, threading.Event(), **options)  # type: ignore[arg-type]


def run(broker: ScriptedBroker, sink: ListSink) -> list[Alarm]:
    alarms: list[Alarm] = []
    consume(broker, sink, stop=broker.stop, on_alarm=alarms.append, pace=QUICK)
    assert broker.closed
    return alarms


def both(*offsets: int) -> list[tuple[int, int]]:
    return sorted((partition, offset) for partition in (0, 1) for offset in offsets)


def test_batches_are_taken_in_order_and_committed_after_they_are_stored() -> None:
    broker, sink = scripted(*range(10)), ListSink()
    assert run(broker, sink) == []
    assert sorted(sink.taken) == both(*range(10))
    assert broker.committed == {A: 10, B: 10}


def test_batches_that_were_polled_and_not_handled_come_again_after_a_broken_answer() -> None:
    # The gap at 3 makes the loop ask for the beginning while partition B's batch is waiting.
    broker, sink = scripted(0, 1, 2, 4, 5, 6), ListSink()
    broker.failures.extend(["poll", "beginning_offsets", "beginning_offsets", "end_offsets"])
    run(broker, sink)
    assert sorted(sink.taken) == both(0, 1, 2, 4, 5, 6)


def test_a_gap_whose_check_fails_does_not_lose_the_batches_behind_it() -> None:
    broker, sink = scripted(0, 1, 2, 4, 5, 6), ListSink()
    taken = sink.take

    def fail_the_next_check(messages: Sequence[Message]) -> None:
        taken(messages)
        if len(sink.taken) == 6:
            broker.failures.extend(["beginning_offsets"] * 3)

    sink.take = fail_the_next_check  # type: ignore[method-assign]
    run(broker, sink)
    assert not broker.failures
    assert sorted(sink.taken) == both(0, 1, 2, 4, 5, 6)


def test_after_a_faster_consumer_stored_part_of_the_batch_the_rest_is_read_again() -> None:
    broker, sink = scripted(*range(5)), ListSink(taken=[(0, 0), (1, 0)])
    position, take, stale = sink.position, sink.take, {0, 1}

    def stale_at_first(topic: str, partition: int) -> int | None:
        if partition in stale:
            stale.remove(partition)
            return None
        return position(topic, partition)

    def refuse_what_is_stored(messages: Sequence[Message]) -> None:
        stored = position(messages[0].topic, messages[0].partition)
        if stored is not None and messages[0].offset <= stored:
            raise PositionTakenError("another consumer was faster")
        take(messages)

    sink.position = stale_at_first  # type: ignore[method-assign]
    sink.take = refuse_what_is_stored  # type: ignore[method-assign]
    run(broker, sink)
    assert sorted(sink.taken) == both(*range(5))


def test_passing_troubles_of_the_sink_are_tried_again_with_the_same_batch() -> None:
    troubles = [TransientError("a"), psycopg.OperationalError("b")] * 3
    broker, sink = scripted(*range(4)), ListSink(deque(troubles))
    run(broker, sink)
    assert sorted(sink.taken) == both(*range(4))


def test_when_the_retries_are_used_up_the_loop_ends_and_nothing_was_counted() -> None:
    broker = scripted(*range(4))
    sink = ListSink(deque([TransientError("down")] * (patience.RETRIES_MAX["gone"] + 1)))
    with pytest.raises(SinkUnavailableError, match="down"):
        run(broker, sink)
    assert (sink.taken, broker.committed, broker.closed) == ([], {}, True)


def test_what_is_not_foreseen_ends_the_loop_at_once() -> None:
    broker, sink = scripted(0), ListSink(deque([ZeroDivisionError()]))
    with pytest.raises(ZeroDivisionError):
        run(broker, sink)
    assert sink.taken == []
    assert broker.closed


def test_a_stop_during_a_retry_ends_the_loop_without_storing() -> None:
    broker, sink = scripted(0), ListSink()

    def stop_and_fail(_: Sequence[Message]) -> None:
        broker.stop.set()
        raise TransientError("still down")

    sink.take = stop_and_fail  # type: ignore[method-assign, assignment]
    run(broker, sink)
    assert (sink.taken, broker.closed) == ([], True)


def test_a_consumer_that_returns_nothing_while_the_end_grows_is_replaced() -> None:
    broker, sink = scripted(0, deaf=True, polls=100_000), ListSink()
    taken = sink.take

    def stop_when_all_is_there(messages: Sequence[Message]) -> None:
        taken(messages)
        if len(sink.taken) == 2:
            broker.stop.set()

    sink.take = stop_when_all_is_there  # type: ignore[method-assign]
    ends = broker.end_offsets
    grown = iter(range(1000))

    def growing(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        return {one: end + next(grown) for one, end in ends(partitions).items()}

    broker.end_offsets = growing  # type: ignore[method-assign]
    watchful = Pace(poll_ms=1, tick_seconds=0.01, stalled_seconds=0.05)
    alarms: list[Alarm] = []
    consume(broker, sink, stop=broker.stop, on_alarm=alarms.append, pace=watchful)
    assert broker.reopened >= 1
    assert alarms[0].kind == "stalled"
    assert sorted(sink.taken) == both(0)


def test_a_broker_that_stays_away_raises_an_alarm_and_is_waited_for() -> None:
    broker, sink = scripted(0, polls=100_000), ListSink()

    def away(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        raise TransientError("no broker")

    broker.beginning_offsets = away  # type: ignore[method-assign]
    timer = threading.Timer(0.3, broker.stop.set)
    timer.start()
    alarms = run(broker, sink)
    timer.join()
    assert {alarm.kind for alarm in alarms} == {"unreachable"}
    assert sink.taken == []


def lag(position: int, end: int) -> PartitionLag:
    return PartitionLag(A, position, end)


def test_the_watchdog_counts_only_time_in_which_it_looked() -> None:
    dog = Watchdog(60, tick_seconds=1)
    assert dog.stalled([lag(5, 10)], 0) == ()
    assert dog.stalled([lag(5, 11)], 1000) == ()  # the loop was busy storing: counts as 2 s
    assert dog.stalled([lag(5, 12)], 1001) == ()
    reports = [bool(dog.stalled([lag(5, 12)], 1001 + second)) for second in range(1, 60)]
    assert reports.index(True) == 56


def test_a_still_position_is_no_stall_while_nothing_new_arrives_or_after_it_moved() -> None:
    dog = Watchdog(3, tick_seconds=1)
    assert not any(dog.stalled([lag(5, 9)], second) for second in range(10))
    dog.forget(A)
    assert not any(dog.stalled([lag(5 + second, 99 + second)], second) for second in range(10, 20))
