"""When the connection is lost around a commit, the ledger itself is asked what happened."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.checks import verify
from ledger.store import Store
from ledger.store_values import Batch, Position, RegisterRow, StreamMovedError
from service.embedded import ensure_running, kill
from service.embedded_database import APP_LOGIN, app_password, ensure_database
from service.migrations import migrate

KILLS = 10
MakeBatch = Callable[..., Batch]
NewStore = Callable[..., Store]


def lose_the_answer(store: Store, monkeypatch: pytest.MonkeyPatch, *, committed: bool) -> None:
    """The next append loses its connection just before or just after its commit."""
    appending, lost = store._appending, False

    @contextmanager
    def losing() -> Iterator[object]:
        nonlocal lost
        with appending() as begun:
            yield begun
            if not committed and not lost:
                lost = True
                raise psycopg.OperationalError("the connection is lost")
        if not lost:
            lost = True
            raise psycopg.OperationalError("the connection is lost")

    monkeypatch.setattr(store, "_appending", losing)


def test_a_commit_whose_answer_was_lost_is_a_success(
    store: Store, plain_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append(plain_batch("intake:before", 2))
    lose_the_answer(store, monkeypatch, committed=True)

    appended = store.append(plain_batch("intake:a", 3))

    assert (appended.first_position, appended.count) == (3, 3)
    assert store.last_position() == 5


def test_without_asking_the_ledger_a_success_would_look_like_a_conflict(
    store: Store, plain_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_find_appended", lambda _: None)
    lose_the_answer(store, monkeypatch, committed=True)
    with pytest.raises(psycopg.OperationalError):
        store.append(plain_batch("intake:a", 3))
    with pytest.raises(StreamMovedError):
        store.append(plain_batch("intake:a", 3))


def test_a_commit_that_did_not_happen_is_a_failure(
    store: Store, plain_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_answer(store, monkeypatch, committed=False)
    with pytest.raises(psycopg.OperationalError):
        store.append(plain_batch("intake:a", 3))
    assert store.last_position() == 0
    assert store.append(plain_batch("intake:a", 3)).first_position == 1


def test_a_batch_of_which_another_writer_stored_only_the_beginning_is_a_failure(
    new_store: NewStore, plain_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zombie consumer had a shorter batch: its first event is ours, the rest would be lost."""
    ours, zombie = new_store(), new_store()
    original = ours._find_appended

    def meanwhile(batch: Batch) -> object:
        zombie.append(plain_batch("intake:a", 1))
        return original(batch)

    monkeypatch.setattr(ours, "_find_appended", meanwhile)
    lose_the_answer(ours, monkeypatch, committed=False)
    with pytest.raises(psycopg.OperationalError):
        ours.append(plain_batch("intake:a", 3))
    assert ours.last_position() == 1


@pytest.mark.parametrize(
    "batch",
    [
        Batch(position=Position("kafka:x:t:0", 4, "print")),
        Batch(register=[RegisterRow("message", "m", b"digest")]),
    ],
    ids=["a position", "a key"],
)
@pytest.mark.parametrize("committed", [True, False])
def test_what_was_committed_without_events_is_found_too(
    store: Store, batch: Batch, *, committed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_answer(store, monkeypatch, committed=committed)
    if committed:
        assert store.append(batch).count == 0
    else:
        with pytest.raises(psycopg.OperationalError):
            store.append(batch)


def test_a_commit_still_under_way_is_waited_for(
    store: Store, plain_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client lost its connection, and the server commits half a second later."""
    batch = plain_batch("intake:a", 3)
    original, begun = store._append, threading.Event()

    def on_the_server() -> None:
        with store._appending() as (cursor, last):
            original(cursor, batch, last)
            begun.set()
            time.sleep(0.5)

    def lost(*_: object) -> object:
        threading.Thread(target=on_the_server).start()
        raise psycopg.OperationalError("the connection is lost")

    monkeypatch.setattr(store, "_append", lost)
    find = store._find_appended

    def find_once_begun(batch: Batch) -> object:
        assert begun.wait(10)
        return find(batch)

    monkeypatch.setattr(store, "_find_appended", find_once_begun)
    assert store.append(batch).first_position == 1


def test_killing_the_server_loses_nothing_doubles_nothing_and_invents_no_conflict(
    open_folder: Path, desk_on: Callable[[Store], Any]
) -> None:
    """The server is killed as by a loss of power while a writer runs, and started again."""
    home = open_folder / "killed"
    server = ensure_running(home)
    database = ensure_database(server)
    migrate(database.owner_url, login_passwords={APP_LOGIN: app_password(server)})
    store = Store(database.app_url)
    desk = desk_on(store)
    desk.open("1")
    done, seen, acknowledged = threading.Event(), Counter[str](), 0

    def write() -> None:
        nonlocal acknowledged
        while not done.is_set():
            command = desk.pay("1", f"R{acknowledged}", 100)
            try:
                (outcome,) = desk.give(command)
            except psycopg.OperationalError:
                seen["lost"] += 1
                continue
            seen[outcome.status] += 1
            acknowledged += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(KILLS):
            before = acknowledged
            time.sleep(0.1 + 0.03 * number)
            kill(home)
            ensure_running(home)
            deadline = time.monotonic() + 30
            while acknowledged == before and time.monotonic() < deadline:
                time.sleep(0.01)
    finally:
        done.set()
        writer.join(60)

    received = [row for row in store.rows_after(0, 1_000_000) if row[4] == "payment-received.v1"]
    assert set(seen) <= {"posted", "repeated", "lost"}
    assert seen["repeated"] <= seen["lost"]
    assert acknowledged > KILLS
    assert len(received) == acknowledged
    assert verify(store) == ()
    store.close()
