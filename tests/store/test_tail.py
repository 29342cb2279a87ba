"""A reader that follows the log misses no event, however many write; without the lock it does."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from ledger.checks import seals
from ledger.store import Store
from ledger.store_values import Batch
from service.embedded_database import EmbeddedDatabase

WRITERS = 8
APPENDS = 12
EVENTS = 25
MakeBatch = Callable[..., Batch]
NewStore = Callable[..., Store]


def test_a_reader_that_tails_the_log_under_eight_writers_misses_nothing(
    new_store: NewStore, plain_batch: MakeBatch
) -> None:
    stores = [new_store(pool_size=1) for _ in range(WRITERS)]
    reader = new_store(pool_size=1)

    def write(number: int) -> None:
        for append in range(APPENDS):
            name = f"intake:{number}"
            stores[number].append(plain_batch(name, EVENTS, 1 + append * EVENTS))

    seen = tail(
        reader, [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    )

    assert seen == list(range(1, WRITERS * APPENDS * EVENTS + 1))
    assert seals(reader) == ()


def tail(reader: Store, writers: list[threading.Thread]) -> list[int]:
    """The positions that a reader saw who never looks back."""
    seen: list[int] = []
    for writer in writers:
        writer.start()
    while True:
        finished = not any(writer.is_alive() for writer in writers)
        rows = reader.rows_after(seen[-1] if seen else 0, 500)
        seen += [row[0] for row in rows]
        if finished and not rows:
            return seen


def test_without_the_lock_a_reader_misses_what_commits_out_of_order(
    new_store: NewStore, owner: psycopg.Connection[Any], database: EmbeddedDatabase
) -> None:
    """The control: positions from a sequence and no lock, as a table without ours would have."""
    owner.execute("CREATE SEQUENCE public.positions")
    insert = (
        "INSERT INTO ledger.events (originator_id, originator_version, topic, state,"
        " notification_id, recorded_at) VALUES (gen_random_uuid(), 1, 'plain.v1', '{}',"
        " nextval('public.positions'), now())"
    )
    taken, go = threading.Event(), threading.Event()

    def slow() -> None:
        with psycopg.connect(database.owner_url) as connection:
            connection.execute(insert)
            taken.set()
            assert go.wait(10)

    def quick() -> None:
        assert taken.wait(10)
        with psycopg.connect(database.owner_url) as connection:
            connection.execute(insert)

    reader, seen = new_store(), list[int]()
    writers = [threading.Thread(target=slow), threading.Thread(target=quick)]
    for writer in writers:
        writer.start()
    writers[1].join()
    seen += [row[0] for row in reader.rows_after(0, 100)]
    go.set()
    writers[0].join()
    seen += [row[0] for row in reader.rows_after(seen[-1], 100)]

    assert seen == [2]
    assert [row[0] for row in reader.rows_after(0, 100)] == [1, 2]


def test_an_append_without_the_lock_breaks_beside_another(
    new_store: NewStore, plain_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of gapless positions: two appends at once would take the same ones."""
    held, unlocked = new_store(), new_store()
    monkeypatch.setattr("ledger.store.APPEND_LOCK", 0x1)  # another number is no lock at all
    other_lock = unlocked._appending

    inside, go = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def slow() -> None:
        try:
            with held._appending() as (cursor, last):
                held._append(cursor, plain_batch("intake:a", 2), last)
                inside.set()
                go.wait(10)
        except psycopg.Error as error:
            failed.append(error)

    writer = threading.Thread(target=slow)
    writer.start()
    assert inside.wait(10)
    monkeypatch.setattr("ledger.store.APPEND_LOCK", 0x2)
    releasing = threading.Timer(0.5, go.set)
    releasing.start()
    with pytest.raises(psycopg.errors.UniqueViolation), other_lock() as (cursor, last):
        unlocked._append(cursor, plain_batch("intake:b", 2), last)
    writer.join()
    assert failed == []


def test_a_frozen_writer_does_not_hold_up_the_others_for_ever(
    new_store: NewStore, plain_batch: MakeBatch
) -> None:
    frozen, live = new_store(), new_store()
    with suppress(psycopg.Error), frozen._appending() as (cursor, _):
        cursor.execute("SET idle_in_transaction_session_timeout = '300ms'")
        assert live.append(plain_batch("intake:a", 1)).first_position == 1
        with pytest.raises(psycopg.Error):
            cursor.execute("SELECT 1")


def test_the_frozen_writers_limit_is_set_on_every_connection(store: Store) -> None:
    with store.cursor() as cursor:
        row = cursor.execute("SHOW idle_in_transaction_session_timeout").fetchone()
    assert row == ("1min",)
