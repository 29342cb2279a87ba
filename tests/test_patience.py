"""What a loop does while it waits: it says why, in good time, and it gives up at a bound."""

import errno
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

import psycopg
import pytest

from consumers import patience
from consumers.alarms import Alarm
from consumers.patience import Patience, Stopped
from consumers.ports import SinkUnavailableError, TransientError

GONE = psycopg.OperationalError("connection refused")
FULL = psycopg.errors.DiskFull("could not extend file")
READ_ONLY = OSError(errno.EROFS, "Read-only file system")


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRY_SECONDS_FIRST", 0.0)


def failing(errors: Iterable[Exception]) -> Callable[[], str]:
    left = deque(errors)

    def call() -> str:
        if left:
            raise left.popleft()
        return "done"

    return call


def told(errors: Iterable[Exception]) -> list[Alarm]:
    alarms: list[Alarm] = []
    assert Patience(threading.Event(), alarms.append).ask(failing(errors)) == "done"
    return alarms


@pytest.mark.parametrize(
    ("errors", "alarms"),
    [
        ([], 0),
        ([GONE] * 10, 0),
        ([GONE] * 11, 1),
        ([GONE] * 17, 2),
        ([TransientError("no registry")] * 11, 1),
        ([FULL], 1),
        ([READ_ONLY], 1),
        ([FULL] * 6, 1),
        ([FULL] * 7, 2),
        ([GONE, GONE, FULL], 1),
        ([FULL, GONE], 1),
    ],
)
def test_a_server_without_room_is_told_at_once_and_one_that_is_gone_after_a_minute(
    errors: list[Exception], alarms: int
) -> None:
    assert [alarm.kind for alarm in told(errors)] == ["paused"] * alarms


def test_the_alarm_names_the_cause() -> None:
    (alarm,) = told([FULL])
    assert alarm.sentence == "the database's disk is full: could not extend file"
    (alarm,) = told([READ_ONLY])
    assert alarm.sentence == "a file cannot be kept: [Errno 30] Read-only file system"


@pytest.mark.parametrize(
    ("errors", "retries"),
    [
        (deque([GONE]), patience.RETRIES_MAX["gone"]),
        (deque([FULL]), patience.RETRIES_MAX["no room"]),
        # A full disk has stopped the server: that is still the trouble that it began with.
        (deque([FULL, GONE]), patience.RETRIES_MAX["no room"]),
    ],
)
def test_it_gives_up_at_a_bound_with_the_cause(errors: deque[Exception], retries: int) -> None:
    calls = 0

    def call() -> None:
        nonlocal calls
        calls += 1
        raise errors[min(calls, len(errors)) - 1]

    with pytest.raises(SinkUnavailableError, match=f"given up after {retries} retries: the data"):
        Patience(threading.Event(), lambda _: None).ask(call)
    assert calls == retries + 1


@pytest.mark.parametrize(
    "error", [ValueError(), psycopg.errors.UniqueViolation(), FileNotFoundError(2, "gone")]
)
def test_what_is_no_trouble_is_raised_at_once(error: Exception) -> None:
    with pytest.raises(type(error)):
        Patience(threading.Event(), lambda _: None).ask(failing([error]))


def test_the_pauses_grow_to_ten_seconds_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRY_SECONDS_FIRST", 0.2)
    waited: list[float] = []
    one = Patience(threading.Event(), lambda _: None)
    monkeypatch.setattr(one, "wait_about", waited.append)
    one.ask(failing([FULL] * 2_000))
    assert waited[:7] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0]
    assert set(waited[6:]) == {10.0}


def test_a_stop_ends_a_pause() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        Patience(stop, lambda _: None).ask(failing([FULL]))


def test_a_call_that_takes_long_is_told_while_it_lasts() -> None:
    alarms: list[Alarm] = []
    enough = threading.Event()

    def note(alarm: Alarm) -> None:
        alarms.append(alarm)
        if len(alarms) == 2:
            enough.set()

    one = Patience(threading.Event(), note, slow_seconds=0.02)
    assert one.ask(lambda: enough.wait(10))
    assert {alarm.kind for alarm in alarms} == {"slow"}
    assert one.ask(lambda: "quick") == "quick"
    before = len(alarms)
    time.sleep(0.1)
    assert len(alarms) == before, "nothing is told once the call is over"
