"""A writer while PostgreSQL is killed, restarted, or cuts its sessions: nothing lost or doubled."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger.checks import verify
from ledger.store import Store
from service.embedded_database import EmbeddedDatabase

MakeDesk: TypeAlias = Callable[[Store], Any]
GOES_ON_SECONDS = 60
CUT_SECONDS = 0.2


class Writer:
    """Pays one pound after another; after an error the same command again, as its caller would."""

    def __init__(self, store: Store, desk: Any) -> None:  # noqa: ANN401 - of conftest
        self.acknowledged = 0
        self.seen = Counter[str]()
        self.waited_seconds = 0.0  # the longest time without an answer
        self._store = store
        self._desk = desk

    def give(self) -> str:
        return str(self._desk.give(self._desk.pay("1", f"R{self.acknowledged}", 100))[0].status)

    def write(self, done: threading.Event) -> None:
        answered = time.monotonic()
        while not done.is_set():
            try:
                status = self.give()
            except psycopg.OperationalError:
                self.seen["lost"] += 1
                continue
            self.seen[status] += 1
            self.acknowledged += 1
            now = time.monotonic()
            self.waited_seconds = max(self.waited_seconds, now - answered)
            answered = now

    @contextmanager
    def at_work(self) -> Iterator[None]:
        done = threading.Event()
        thread = threading.Thread(target=self.write, args=(done,))
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(2 * GOES_ON_SECONDS)

    def goes_on(self, before: int) -> bool:
        """Wait until it has stored more than before."""
        deadline = time.monotonic() + GOES_ON_SECONDS
        while self.acknowledged <= before and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.acknowledged > before


def _receipts(store: Store) -> Counter[str]:
    rows = store.rows_after(0, 10_000_000, ("payment-received.v1",))
    return Counter(bytes(row[5]).split(b'"receipt":"')[1].split(b'"')[0].decode() for row in rows)


@pytest.mark.soak
def test_killing_the_server_loses_nothing_doubles_nothing_and_invents_no_conflict(
    own_server: Any,  # noqa: ANN401 - of plugins/servers.py
    desk_on: MakeDesk,
    soak: Any,  # noqa: ANN401 - of plugins/soak.py
    seed: int,
) -> None:
    """The server is killed as by a loss of power while a writer runs, and started again."""
    chance, kills = Random(seed), soak.size(10, 50)  # noqa: S311 - repeated by its seed
    store = Store(own_server.database.app_url)
    writer = Writer(store, desk_on(store))
    desk_on(store).open("1")
    with writer.at_work():
        for _ in range(kills):
            before = writer.acknowledged
            time.sleep(chance.uniform(0.05, 0.4))
            own_server.restart()
            assert writer.goes_on(before), writer.seen
    _assert_stored_once(store, writer, soak, kills)
    assert verify(store) == ()
    store.close()


@pytest.mark.soak
def test_cutting_every_session_all_the_time_loses_and_doubles_nothing(
    database: EmbeddedDatabase,
    owner: psycopg.Connection[Any],
    store: Store,
    desk_on: MakeDesk,
    soak: Any,  # noqa: ANN401
) -> None:
    cuts = soak.size(20, 300)  # four seconds; a minute
    writer = Writer(store, desk_on(store))
    desk_on(store).open("1")
    with writer.at_work():
        for _ in range(cuts):
            time.sleep(CUT_SECONDS)
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> pg_backend_pid()",
                (database.name,),
            )
        assert writer.goes_on(writer.acknowledged), writer.seen
    _assert_stored_once(store, writer, soak, cuts)
    assert verify(store) == ()


def _assert_stored_once(store: Store, writer: Writer, soak: Any, kills: int) -> None:  # noqa: ANN401
    receipts = _receipts(store)
    acknowledged = {f"R{number}" for number in range(writer.acknowledged)}
    lost = len(acknowledged - set(receipts))
    doubled = receipts.total() - len(receipts)
    soak.tally(kills=kills, messages=writer.acknowledged, lost=lost, doubled=doubled)
    assert set(writer.seen) <= {"posted", "repeated", "lost"}
    assert writer.seen["repeated"] <= writer.seen["lost"]
    assert writer.acknowledged > kills // 10
    assert writer.waited_seconds < GOES_ON_SECONDS
    assert set(receipts) - acknowledged <= {f"R{writer.acknowledged}"}, "the last was not answered"
    assert (lost, doubled) == (0, 0)


def test_a_writer_that_gives_its_command_a_new_identity_each_time_would_double(
    database: EmbeddedDatabase,
    owner: psycopg.Connection[Any],
    store: Store,
    desk_on: MakeDesk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: no look at the log after a lost answer, and no identity to know by."""
    desk = desk_on(store)
    desk.open("1")
    monkeypatch.setattr(store, "_find_appended", lambda _: None)
    appending = store._appending

    @contextmanager
    def losing_the_answer() -> Iterator[Any]:
        with appending() as cursor:
            yield cursor
        raise psycopg.OperationalError("the connection is lost")

    with monkeypatch.context() as broken:
        broken.setattr(store, "_appending", losing_the_answer)
        with pytest.raises(psycopg.OperationalError):
            desk.give(desk.pay("1", "first-try", 100))
    (outcome,) = desk.give(desk.pay("1", "second-try", 100))
    assert outcome.status == "posted"
    assert _receipts(store) == {"first-try": 1, "second-try": 1}, "paid twice"


def test_a_pool_comes_back_soon_after_a_long_absence(
    own_server: Any,  # noqa: ANN401
    desk_on: MakeDesk,
) -> None:
    """psycopg's own patience doubles its pauses; ours begins anew with each half minute."""
    store = Store(own_server.database.app_url)
    desk_on(store).open("1")
    store.datastore.pool.reconnect_timeout = 1.0
    # Its own patience would look again after 15 seconds and then after 31: a busy machine has time.
    store.datastore.pool.timeout = 8.0
    own_server.kill()
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError, match="refused"):
            desk_on(store).open("2")
    own_server.start()
    desk_on(store).open("3")
    store.close()
