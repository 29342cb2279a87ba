"""When the connection is lost around a commit, the ledger itself is asked what happened."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from ledger.store import Store
from ledger.store_values import Batch, Position, RegisterRow, StreamMovedError

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
