"""The database's disk fills up while a writer runs: what was acknowledged is there afterwards."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger.checks import verify
from ledger.store import Store
from ledger.store_troubles import may_have_committed, trouble_of
from service.embedded import is_running

MakeDesk: TypeAlias = Callable[[Store], Any]
Part: TypeAlias = Any  # of plugins/
PATIENCE_SECONDS = 120
ROWS = 200


class Writer:
    """Opens accounts by the hundred until it fails, and goes on when it can."""

    def __init__(self, store: Store, desk: Any) -> None:  # noqa: ANN401 - of conftest
        self.store = store
        self._desk = desk
        self.acknowledged = 0
        self.batch = 0

    def give(self) -> None:
        first = self.batch * ROWS
        commands = [self._desk.account(f"A{number}") for number in range(first, first + ROWS)]
        outcomes = self._desk.give(*commands)
        assert {one.status for one in outcomes} <= {"posted", "repeated"}
        self.batch += 1
        self.acknowledged += ROWS

    def until_it_fails(self) -> list[psycopg.OperationalError]:
        """Write until an error; the error, in a list that is empty when none came."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                self.give()
            except psycopg.OperationalError as error:
                return [error]
        return []

    def until_it_works(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        before = self.acknowledged
        while self.acknowledged == before:
            assert time.monotonic() < deadline
            try:
                self.give()
            except psycopg.OperationalError as error:
                if trouble_of(error) is None:
                    raise
                time.sleep(0.2)

    def opened(self) -> int:
        with self.store.cursor() as cursor:
            cursor.execute("SELECT count(*), count(DISTINCT originator_id) FROM ledger.events")
            events, accounts = cursor.fetchone()  # type: ignore[misc]
        assert events == accounts, "doubled"
        return int(events)


@pytest.fixture
def writer(server_on_small_disk: Part, desk_on: MakeDesk) -> Iterator[Writer]:
    with closing(Store(server_on_small_disk.database.app_url)) as store:
        store.datastore.pool.timeout = 2.0  # the tests have no time to lose
        yield Writer(store, desk_on(store))


def _assert_whole(writer: Writer, soak: Part) -> None:
    missing = writer.acknowledged - writer.opened()
    soak.tally(full_disks=1, messages=writer.acknowledged, lost=max(0, missing))
    assert missing == 0
    assert verify(writer.store) == ()


@pytest.mark.soak
def test_a_table_that_cannot_grow_refuses_and_goes_on_when_there_is_room(
    writer: Writer, small_disk: Part, soak: Part
) -> None:
    """Somebody else's file has taken the disk: the server lives and refuses."""
    for _ in range(soak.size(1, 10)):
        writer.give()
        small_disk.fill()
        (error,) = writer.until_it_fails()
        trouble = trouble_of(error)
        small_disk.empty()
        writer.until_it_works()
        assert trouble is not None
        assert trouble.kind == "no room", trouble
        assert "the database's disk is full" in trouble.sentence
        assert "No space left on device" in trouble.sentence
    _assert_whole(writer, soak)


def test_a_writer_that_counts_before_it_is_answered_would_miss_some(
    writer: Writer, small_disk: Part
) -> None:
    """The negative control: one that takes its own word for the database's."""
    small_disk.fill()
    writer.until_it_fails()
    counted = writer.acknowledged + ROWS  # the batch that was asked for and refused
    small_disk.empty()
    assert counted - writer.opened() == ROWS


@pytest.mark.soak
def test_a_server_that_panics_for_want_of_room_has_lost_nothing_that_was_acknowledged(
    writer: Writer, small_disk: Part, server_on_small_disk: Part, soak: Part
) -> None:
    """The log of the server itself does not fit: it stops, and is started again with more room."""
    for room in range(soak.size(1, 5)):
        writer.give()
        small_disk.leave(4 + room)
        errors = _errors_until_it_stops(server_on_small_disk, writer)
        small_disk.leave(200)
        server_on_small_disk.start()
        writer.until_it_works()
        assert all(trouble_of(one) for one in errors), errors
        panics = [one for one in errors if one.diag.severity_nonlocalized == "PANIC"]
        assert all(may_have_committed(one) for one in panics), "perhaps it stopped after a commit"
    _assert_whole(writer, soak)


def _errors_until_it_stops(server: Part, writer: Writer) -> list[psycopg.OperationalError]:
    """What the writer is told until the server has gone; a table may be refused before that."""
    deadline, errors = time.monotonic() + PATIENCE_SECONDS, list[psycopg.OperationalError]()
    while not errors or is_running(server.home):
        assert time.monotonic() < deadline, "the server did not need the room: this shows nothing"
        errors += writer.until_it_fails()
    return errors
