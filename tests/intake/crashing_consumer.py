"""`tallystick consume` and `project` in small batches and pages, made to die at a named point.

Reads lines `VERB|POINT|COUNT` and forks a process for each, so that the imports are paid for once;
it dies with code 137, as after SIGKILL, the COUNTth time it comes to POINT, and never at `none`;
at `freeze POINT` it stops itself there with SIGSTOP until somebody sends it SIGCONT.
The settings come from the environment, as for the product. The verbs `control-...` read with a sink
that stores its position in a transaction of its own, which the tests must catch.
"""

import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NoReturn

import psycopg

from consumers import kafka, kafka_loop
from consumers.message import Headers, Message, Partition
from ledger.handle import Ledger
from ledger.store import Store
from ledger.store_sql import Last
from ledger.store_values import Appended, Batch
from projections import pages, runner
from service import streaming
from service.cli import main
from service.settings import load_settings
from service.signals import stop_on_signals

MESSAGES_PER_BATCH = 40
EVENTS_PER_PAGE = 50
QUICK = kafka_loop.Pace(poll_ms=50, tick_seconds=0.1, slow_seconds=1.0)


class Point:
    """Counts how often a named point is passed, and dies there when it is time."""

    def __init__(self, name: str, count: int) -> None:
        self._freezes = name.startswith("freeze ")
        self._name = name.removeprefix("freeze ")
        self._left = count

    def __call__(self, name: str) -> None:
        if name == self._name:
            self._left -= 1
            if self._left == 0 and self._freezes:
                os.kill(os.getpid(), signal.SIGSTOP)
            elif self._left == 0:
                os._exit(137)


def small_batches() -> None:
    # Asking for the end of a partition waits behind a fetch that the broker holds open for long.
    small = {"max_poll_records": MESSAGES_PER_BATCH, "fetch_max_wait_ms": 20}
    kafka.CONSUMER_SETTINGS = MappingProxyType(  # type: ignore[misc]
        {**kafka.CONSUMER_SETTINGS, **small}
    )


def install(point: Point) -> None:
    """Put the points into the product's own methods."""
    handle, append, written = Ledger.handle, Store.append, Store._append
    send, flush = kafka.Producer.send, kafka.Producer.flush

    def pointed_handle(self: Ledger, *args: Any, **more: Any) -> Any:  # noqa: ANN401
        point("after decode")
        say("work")
        return handle(self, *args, **more)

    def pointed_append(self: Store, batch: Batch) -> Appended:
        if is_of_messages(batch):
            point("before append")
        appended = append(self, batch)
        if is_of_messages(batch):
            point("after append")
        return appended

    def pointed_write(self: Store, cursor: Any, batch: Batch, last: Last) -> Appended:  # noqa: ANN401
        appended = written(self, cursor, batch, last)
        if is_of_messages(batch):
            point("before commit")  # all is written, in a transaction that is still open
        return appended

    def pointed_send(
        self: kafka.Producer, topic: str, key: bytes | None, value: bytes | None, headers: Headers
    ) -> None:
        point("before dead letter")
        send(self, topic, key, value, headers)

    def pointed_flush(self: kafka.Producer) -> None:
        flush(self)
        point("after dead letter")

    Ledger.handle = pointed_handle  # type: ignore[method-assign]
    Store.append = pointed_append  # type: ignore[method-assign]
    Store._append = pointed_write  # type: ignore[method-assign]
    kafka.Producer.send = pointed_send  # type: ignore[method-assign]
    kafka.Producer.flush = pointed_flush  # type: ignore[method-assign]
    install_in_broker(point)
    streaming.RELAY_SECONDS = 0.05
    vars(streaming)["consume"] = partial(kafka_loop.consume, pace=QUICK)


def is_of_messages(batch: Batch) -> bool:
    return batch.position is not None and batch.position.source.startswith("kafka:")


def install_in_broker(point: Point) -> None:
    commit = kafka.KafkaBroker.commit

    def pointed_commit(self: kafka.KafkaBroker, positions: Mapping[Partition, int]) -> None:
        point("before kafka commit")
        commit(self, positions)

    kafka.KafkaBroker.commit = pointed_commit  # type: ignore[method-assign]


def install_in_projector(point: Point) -> None:
    """Put the points between the steps of the projector, whose pages are made small."""
    page, advance, copy = pages.fetch, runner._advance, pages._copy
    defaults = runner.catch_up.__kwdefaults__
    assert defaults is not None
    defaults["page_events"] = EVENTS_PER_PAGE

    def pointed_page(*args: Any) -> Any:  # noqa: ANN401
        point("before page")  # the page before it is committed
        found = page(*args)
        if found:
            say("work")
            point("page read")
        return found

    def pointed_advance(*args: Any) -> None:  # noqa: ANN401
        advance(*args)
        point("advanced")

    def pointed_copy(*args: Any) -> None:  # noqa: ANN401
        copy(*args)
        point("copied")

    vars(pages).update(fetch=pointed_page, _copy=pointed_copy)
    vars(runner).update(_advance=pointed_advance)


class TwoTransactions:
    """The negative control: rows in one transaction, the position in another, in either order."""

    def __init__(self, url: str, point: Point, *, position_first: bool) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._point = point
        self._position_first = position_first

    def position(self, topic: str, partition: int) -> int | None:
        row = self._connection.execute(
            "SELECT max(position) FROM control_positions WHERE topic = %s AND partition = %s",
            (topic, partition),
        ).fetchone()
        return row[0] if row else None

    def fingerprint(self, topic: str, partition: int) -> None:
        del topic, partition

    def take(self, messages: Sequence[Message]) -> None:
        self._point("before append")
        steps: list[Callable[[Sequence[Message]], None]] = [self._rows, self._position]
        for step in reversed(steps) if self._position_first else steps:
            step(messages)
            self._point("after append")

    def _rows(self, messages: Sequence[Message]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO control_rows VALUES (%s, %s)",
                [(one.partition, one.offset) for one in messages],
            )

    def _position(self, messages: Sequence[Message]) -> None:
        last = messages[-1]
        self._connection.execute(
            "INSERT INTO control_positions VALUES (%s, %s, %s)",
            (last.topic, last.partition, last.offset),
        )


def control(point: Point, *, position_first: bool) -> None:
    settings = load_settings()
    assert settings.owner_database_url is not None
    url = settings.owner_database_url.get_secret_value()
    sink = TwoTransactions(url, point, position_first=position_first)
    broker = kafka.KafkaBroker(streaming.kafka_connection(settings), settings.kafka_topics)
    with stop_on_signals() as stop:
        kafka_loop.consume(broker, sink, stop=stop, pace=QUICK)


def serve() -> None:
    """Fork a consumer for each line `VERB POINT COUNT`, and say its process id and how it ended."""
    small_batches()
    for line in sys.stdin:
        verb, name, times = line.rstrip().split("|")
        pid = os.fork()
        if pid == 0:
            become(verb, Point(name, int(times)))
        say(f"pid {pid}")
        _, status = os.waitpid(pid, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


def become(verb: str, point: Point) -> NoReturn:
    code = 0
    try:
        if verb == "consume":
            install(point)
            sys.argv = ["tallystick", "consume"]
            main()
        elif verb == "project":
            install_in_projector(point)
            sys.argv = ["tallystick", "project"]
            main()
        else:
            control(point, position_first=verb == "control-position-first")
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - the child of a fork must never go on in its parent's loop
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)


def say(word: str) -> None:
    # At once and whole, from parent and child alike; what nobody has read for long is not added to,
    # or a busy consumer would stand still at a full pipe.
    waiting = select.poll()
    waiting.register(1, select.POLLOUT)
    if waiting.poll(0):
        os.write(1, f"{word}\n".encode())


if __name__ == "__main__":
    serve()
