"""Every tampering by somebody who can do anything in the database is found and located.

The tamperer is a superuser who has switched the append-only triggers off first.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger import checks
from ledger.findings import in_order
from ledger.sealing import leaf, micros, seal
from ledger.store import Store

Desk: TypeAlias = Any  # conftest's, which a test cannot import
Owner: TypeAlias = psycopg.Connection[Any]

SEED = 20_260_401
TAMPERINGS = 60
TABLES = ("events", "seals", "register", "streams")


@dataclass(frozen=True)
class Log:
    """What a tamperer needs to know of the log, and a superuser's connection to do it."""

    owner: Owner
    last: int
    blocks: int

    def event(self, position: int) -> Any:  # noqa: ANN401 - a row
        row = self.owner.execute(
            "SELECT originator_id, originator_version, topic, state, recorded_at"
            " FROM ledger.events WHERE notification_id = %s",
            (position,),
        ).fetchone()
        assert row is not None
        return row

    def block_of(self, position: int) -> int:
        """The first position of the block that a position is in."""
        row = self.owner.execute(
            "SELECT first_position FROM ledger.seals WHERE %s BETWEEN first_position AND"
            " last_position",
            (position,),
        ).fetchone()
        return row[0] if row is not None else position


# Each tampers and returns the positions one of which must be named.
Tampering: TypeAlias = Callable[[Log, random.Random], tuple[int, ...]]


def flip_a_bit(log: Log, dice: random.Random) -> tuple[int, ...]:
    position = dice.randint(1, log.last)
    state = bytearray(log.event(position)[3])
    state[dice.randrange(len(state))] ^= 1 << dice.randrange(8)
    log.owner.execute(
        "UPDATE ledger.events SET state = %s WHERE notification_id = %s", (bytes(state), position)
    )
    return position, log.block_of(position)


def editing(change: str) -> Tampering:
    """A tampering that changes a column of one event."""

    def edit(log: Log, dice: random.Random) -> tuple[int, ...]:
        position = dice.randint(1, log.last)
        query = f"UPDATE ledger.events SET {change} WHERE notification_id = %s"  # noqa: S608 - from the list below
        log.owner.execute(query.encode(), (position,))
        return position, log.block_of(position)

    edit.__name__ = change
    return edit


EDITS = (
    # the effective date, inside the bytes
    (
        "state = convert_to(regexp_replace(convert_from(state, 'UTF8'),"
        ' \'"effective_on":"[0-9-]+"\', \'"effective_on":"2026-05-17"\'), \'UTF8\')'
    ),
    "topic = 'payment-received.v9'",
    "topic = 'hold-released.v1'",
    "recorded_at = recorded_at - interval '1 microsecond'",
    "recorded_at = 'infinity'",
    "originator_version = originator_version + 1000",
    "originator_version = originator_version - 1000",
    "originator_id = gen_random_uuid()",
)


def delete_one(log: Log, dice: random.Random) -> tuple[int, ...]:
    position = dice.choice([1, log.last // 2, log.last])
    log.owner.execute("DELETE FROM ledger.events WHERE notification_id = %s", (position,))
    return (position,)


def swap_two(log: Log, dice: random.Random) -> tuple[int, ...]:
    one, other = sorted(dice.sample(range(1, log.last + 1), 2))
    for before, after in ((one, -1), (other, one), (-1, other)):
        log.owner.execute(
            "UPDATE ledger.events SET notification_id = %s WHERE notification_id = %s",
            (after, before),
        )
    return one, log.block_of(one), other, log.block_of(other)


def insert_a_back_dated_one(log: Log, dice: random.Random) -> tuple[int, ...]:
    source = log.event(dice.randint(1, log.last))
    position = dice.choice([0, -5, log.last + 1, log.last + 100])
    log.owner.execute(
        "INSERT INTO ledger.events (originator_id, originator_version, topic, state,"
        " notification_id, recorded_at) VALUES (%s, 999, %s, %s, %s, %s)",
        (source[0], source[2], source[3], position, source[4]),
    )
    return (position,)


def edit_a_seal(log: Log, dice: random.Random) -> tuple[int, ...]:
    number = dice.randint(1, log.blocks)
    change = dice.choice(
        [
            "root = sha256(root)",
            "hash = sha256(hash)",
            "previous = sha256(previous)",
            "sealed_at = sealed_at - interval '1 day'",
            "last_position = last_position + 1000",
            "first_position = first_position - 1",
            "number = number + 1000",
        ]
    )
    row = log.owner.execute(
        "SELECT first_position, last_position + 1 FROM ledger.seals WHERE number = %s", (number,)
    ).fetchone()
    assert row is not None
    query = f"UPDATE ledger.seals SET {change} WHERE number = %s"  # noqa: S608 - from the list above
    log.owner.execute(query.encode(), (number,))
    return tuple(range(row[0], row[1] + 1))


def delete_seals(log: Log, dice: random.Random) -> tuple[int, ...]:
    first = dice.randint(1, log.blocks)
    last = dice.randint(first, log.blocks)
    row = log.owner.execute(
        "DELETE FROM ledger.seals WHERE number BETWEEN %s AND %s RETURNING first_position",
        (first, last),
    ).fetchone()
    assert row is not None
    return (row[0],)


def seal_again(log: Log, dice: random.Random) -> tuple[int, ...]:
    """Change an event and compute its block's seal anew, as ours would be: the next one tells."""
    number = dice.randint(1, log.blocks - 1)
    row = log.owner.execute(
        "SELECT number, first_position, last_position, previous, sealed_at FROM ledger.seals"
        " WHERE number = %s",
        (number,),
    ).fetchone()
    assert row is not None
    _, first, last, previous, sealed_at = row
    log.owner.execute(
        "UPDATE ledger.events SET state = state || ' ' WHERE notification_id = %s", (first,)
    )
    leaves = [
        leaf(position, event[0], event[1], micros(event[4]), event[2], event[3])
        for position in range(first, last + 1)
        for event in [log.event(position)]
    ]
    made = seal(number, first, leaves, previous, sealed_at)
    log.owner.execute(
        "UPDATE ledger.seals SET root = %s, hash = %s WHERE number = %s",
        (made.root, made.hash, number),
    )
    return (last + 1,)


def edit_a_state_row(log: Log, dice: random.Random) -> tuple[int, ...]:
    row = log.owner.execute(
        "UPDATE ledger.streams SET state = convert_to(replace(convert_from(state, 'UTF8'),"
        " '\"terms_days\":30', '\"terms_days\":31'), 'UTF8'), version = version + %s"
        " WHERE name = %s RETURNING stream_id",
        (dice.choice([0, 1]), f"account:HSG:{dice.randint(1, 3)}"),
    ).fetchone()
    assert row is not None
    first = log.owner.execute(
        "SELECT min(notification_id) FROM ledger.events WHERE originator_id = %s", row
    ).fetchone()
    assert first is not None
    return (first[0],)


def delete_a_register_row(log: Log, dice: random.Random) -> tuple[int, ...]:
    kind = dice.choice(["invoice", "credit-note", "receipt", "account", "reference"])
    row = log.owner.execute(
        "DELETE FROM ledger.register WHERE ctid = (SELECT ctid FROM ledger.register"
        " WHERE kind = %s LIMIT 1) RETURNING position",
        (kind,),
    ).fetchone()
    assert row is not None
    return (row[0],)


def insert_a_register_row(log: Log, dice: random.Random) -> tuple[int, ...]:
    kind = dice.choice(["invoice", "credit-note", "receipt", "account", "reference"])
    position = dice.randint(1, log.last + 5)
    log.owner.execute(
        "INSERT INTO ledger.register VALUES (%s, 'HSG|invented', '', '', %s)", (kind, position)
    )
    return (position,)


def move_a_register_row(log: Log, dice: random.Random) -> tuple[int, ...]:
    row = log.owner.execute(
        "UPDATE ledger.register SET position = position - 1 WHERE kind = 'invoice' AND key ="
        " %s RETURNING position",
        (f"HSG|I{dice.randint(1, 6)}",),
    ).fetchone()
    assert row is not None
    return (row[0] + 1,)


ALL_TAMPERINGS: tuple[Tampering, ...] = (
    flip_a_bit,
    *(editing(change) for change in EDITS),
    delete_one,
    swap_two,
    insert_a_back_dated_one,
    edit_a_seal,
    delete_seals,
    seal_again,
    edit_a_state_row,
    delete_a_register_row,
    insert_a_register_row,
    move_a_register_row,
)


@contextmanager
def restored(owner: Owner) -> Iterator[None]:
    """Undo what is done inside."""
    for table in TABLES:
        owner.execute(f"CREATE TABLE public.{table} AS TABLE ledger.{table}".encode())
    yield
    for table in TABLES:
        owner.execute(f"DELETE FROM ledger.{table}".encode())  # noqa: S608 - a name from above
        owner.execute(f"INSERT INTO ledger.{table} TABLE public.{table}".encode())
        owner.execute(f"DROP TABLE public.{table}".encode())


@pytest.fixture
def log(filled: Desk, owner: Owner) -> Log:
    """The log with its triggers off: a superuser can do that, so the seals must show it."""
    for table in ("events", "seals", "register"):
        owner.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER USER".encode())
    return Log(owner, filled.store.last_position(), len(filled.store.seals_after(0, 1_000)))


def test_sixty_random_tamperings_are_all_found_and_located(log: Log, store: Store) -> None:
    dice = random.Random(SEED)  # noqa: S311 - a test, told by its seed
    for number in range(TAMPERINGS):
        tamper = ALL_TAMPERINGS[number % len(ALL_TAMPERINGS)]
        with restored(log.owner):
            expected = tamper(log, dice)
            findings = checks.verify(store)
        context = (number, tamper.__name__, expected, findings)
        assert findings, context
        assert {finding.position for finding in findings} & set(expected), context
        assert findings == in_order(list(findings)), context
    assert checks.verify(store) == ()


def test_without_the_seals_a_changed_date_would_go_unseen(
    log: Log, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the other checks follow the events, so they believe what the events say."""
    change_the_date = editing("recorded_at = recorded_at - interval '1 microsecond'")
    change_the_date(log, random.Random(1))  # noqa: S311 - as above
    assert checks.verify(store) != ()
    monkeypatch.setattr("ledger.check_seals.seals", lambda *_: None)
    assert checks.verify(store) == ()
