"""Which errors of the database pass, and that each says in words what it is."""

import errno
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout

from consumers.patience import passing
from consumers.ports import TransientError
from ledger.store_troubles import Trouble, lent, may_have_committed, trouble_of
from service.embedded_database import EmbeddedDatabase

TABLE = (
    ("53000", "no room", "short of something"),
    ("53100", "no room", "the database's disk is full"),
    ("53200", "no room", "out of memory"),
    ("53300", "no room", "no connection left (max_connections)"),
    ("53400", "no room", "a limit of the database is reached"),
    ("08000", "gone", "does not answer"),
    ("08006", "gone", "does not answer"),
    ("57P01", "gone", "is not there"),
    ("57P02", "gone", "is not there"),
    ("57P03", "gone", "is not there"),
    ("57P05", "gone", "is not there"),
    ("57014", "gone", "cancelled"),
    ("25006", "gone", "read-only"),
    ("25P03", "gone", "stood still"),
    ("25P04", "gone", "took too long"),
    ("40001", "gone", "faster"),
    ("40P01", "gone", "waited for each other"),
    ("55P03", "gone", "holds a lock"),
    ("58000", "gone", "disk gave an error"),
    ("58030", "gone", "disk gave an error"),
)
# Broken rules, wrong statements, a dropped database, damaged data: never waited for.
NO_TROUBLE = [
    "22003",
    "23505",
    "23514",
    "28000",
    "42501",
    "42P01",
    "57P04",
    "58P01",
    "XX000",
    "XX001",
]


def raised(owner: Any, state: str) -> psycopg.Error:  # noqa: ANN401 - a connection of conftest
    """The error that a real server gives with this SQLSTATE."""
    words = sql.SQL("DO $$ BEGIN RAISE EXCEPTION 'the words' USING ERRCODE = {}; END $$")
    with pytest.raises(psycopg.Error) as caught:
        owner.execute(words.format(sql.Literal(state)))
    return caught.value


@pytest.mark.parametrize(("state", "kind", "words"), TABLE)
def test_a_trouble_is_known_by_its_state_and_says_what_it_is(
    owner: psycopg.Connection[Any], state: str, kind: str, words: str
) -> None:
    trouble = trouble_of(raised(owner, state))
    assert trouble is not None
    assert trouble.kind == kind
    assert words in trouble.sentence
    assert trouble.sentence.endswith(": the words")


@pytest.mark.parametrize("state", NO_TROUBLE)
def test_what_waiting_does_not_mend_is_no_trouble(
    owner: psycopg.Connection[Any], state: str
) -> None:
    assert trouble_of(raised(owner, state)) is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TransientError("the registry is away"), "gone"),
        (OSError(errno.ENOSPC, "No space left on device"), "no room"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "no room"),
        (OSError(errno.EROFS, "Read-only file system"), "no room"),
        (PermissionError(errno.EACCES, "Permission denied"), "no room"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), None),
        (ConnectionResetError(errno.ECONNRESET, "reset"), None),
        (psycopg.InterfaceError("the cursor is closed"), None),
        (ValueError("a fault of ours"), None),
    ],
)
def test_errors_that_are_not_the_databases_have_their_kind(
    error: Exception, kind: str | None
) -> None:
    trouble = passing(error)
    assert (trouble and trouble.kind) == kind


def test_a_server_that_is_away_is_gone() -> None:
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect("postgresql://u:p@127.0.0.1:1/none", connect_timeout=2)
    trouble = trouble_of(caught.value)
    assert trouble is not None
    assert trouble.kind == "gone"
    assert trouble.sentence.startswith("the database does not answer: connection failed")


def limited(database: EmbeddedDatabase, owner: psycopg.Connection[Any], most: int) -> None:
    owner.execute(
        sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(
            sql.Identifier(database.name), sql.Literal(most)
        )
    )


def test_a_pool_without_a_connection_gives_the_servers_own_reason(
    database: EmbeddedDatabase, owner: psycopg.Connection[Any]
) -> None:
    limited(database, owner, 0)
    with (
        ConnectionPool(database.app_url, min_size=0, max_size=1, open=False, timeout=0.5) as pool,
        pytest.raises(psycopg.OperationalError) as caught,
        lent(pool),
    ):
        raise AssertionError("there is no connection to be had")
    trouble = trouble_of(caught.value)
    assert trouble is not None
    assert trouble.kind == "no room"
    assert "too many connections" in trouble.sentence


def test_a_pool_alone_would_not_say_why(
    database: EmbeddedDatabase, owner: psycopg.Connection[Any]
) -> None:
    """The negative control: what the pool itself raises names no reason."""
    limited(database, owner, 0)
    with (
        ConnectionPool(database.app_url, min_size=0, max_size=1, open=True, timeout=0.5) as pool,
        pytest.raises(PoolTimeout) as caught,
    ):
        pool.getconn()
    assert trouble_of(caught.value) == Trouble(
        "gone", "no connection is free: couldn't get a connection after 0.50 sec"
    )


def test_a_pool_whose_connections_are_all_in_use_here_says_so(database: EmbeddedDatabase) -> None:
    with (
        ConnectionPool(database.app_url, min_size=0, max_size=1, open=False, timeout=0.5) as pool,
        lent(pool),
        pytest.raises(PoolTimeout, match="couldn't get a connection"),
        lent(pool),
    ):
        raise AssertionError("the only connection is taken")


@pytest.mark.parametrize(
    ("statement", "unknown"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", True),
        ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$", False),
        ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '57014'; END $$", False),
        ("SELECT pg_cancel_backend(pg_backend_pid())", False),
    ],
)
def test_a_session_that_ended_leaves_the_commit_unknown(
    owner: psycopg.Connection[Any],
    statement: str,
    unknown: bool,  # noqa: FBT001 - a column of the table
) -> None:
    with pytest.raises(psycopg.OperationalError) as caught:
        owner.execute(statement.encode())
    assert may_have_committed(caught.value) == unknown


def test_a_server_that_stopped_for_want_of_room_leaves_the_commit_unknown() -> None:
    """A panic has the state of its cause, so the state alone would be taken for an answer."""

    class Panic(psycopg.errors.DiskFull):
        @property
        def diag(self) -> Any:  # noqa: ANN401 - psycopg's own type cannot be made by hand
            return type("Diagnostic", (), {"severity_nonlocalized": "PANIC"})

    assert may_have_committed(Panic("could not write to file: No space left on device"))
