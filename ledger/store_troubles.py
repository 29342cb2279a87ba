"""What an error of the database means for whoever can wait, and connections that say why not.

A trouble passes: the server is away for a moment, or it has no room until somebody makes some. What
is no trouble (a broken rule, a wrong statement, damaged data) must never be tried again.

| SQLSTATE                                   | kind    | what it is                                |
|--------------------------------------------|---------|-------------------------------------------|
| 53100                                      | no room | disk full                                 |
| 53200                                      | no room | out of memory                             |
| 53300, too many clients on connecting      | no room | max_connections reached                   |
| 53000, 53400                               | no room | a limit, such as temp_file_limit          |
| none (no answer, connection lost), 08xxx   | gone    | the server or the way to it is away       |
| 57P01 57P02 57P03 57P05                    | gone    | shut down, crashed, starting, session cut |
| 57014                                      | gone    | cancelled, or over its time               |
| 25006                                      | gone    | read-only: no longer the primary          |
| 25P03 25P04 40001 40P01 55P03              | gone    | lost against others; nothing was written  |
| 58000 58030                                | gone    | the server's disk gave an error           |
| anything else                              |         | no trouble                                |
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from select import POLLIN, poll
from typing import Any, Final, Literal, cast

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

LENT_SECONDS: Final = 10  # how long a connection is waited for before the reason is asked
RECONNECT_SECONDS: Final = 10  # a pool doubles its pauses: after minutes it would sleep for two
PROBE_SECONDS: Final = 5

_NO_ROOM: Final = {
    "53000": "the database server is short of something",
    "53100": "the database's disk is full",
    "53200": "the database server is out of memory",
    "53300": "the database has no connection left (max_connections)",
    "53400": "a limit of the database is reached",
}
_GONE: Final = {
    **dict.fromkeys(("57P01", "57P02", "57P03", "57P05"), "the database is not there"),
    "57014": "the database cancelled the statement",
    "25006": "the database is read-only",
    "25P03": "the database ended a transaction that stood still",
    "25P04": "the database ended a transaction that took too long",
    "40001": "another transaction was faster",
    "40P01": "two transactions waited for each other",
    "55P03": "another transaction holds a lock",
    **dict.fromkeys(("58000", "58030"), "the database's disk gave an error"),
}
_NO_ANSWER: Final = "the database does not answer"
# A server that refuses a connection tells libpq its words but not its SQLSTATE.
_TOO_MANY: Final = re.compile(
    r"too many (?:clients|connections)|connection slots are reserved", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that passes: `gone` mostly by itself, `no room` when a person makes room."""

    kind: Literal["gone", "no room"]
    sentence: str


def trouble_of(error: BaseException) -> Trouble | None:
    """What an error of the database is for somebody who can wait; None when waiting is wrong."""
    if not isinstance(error, psycopg.Error):
        return None
    state, words = error.sqlstate, _first_line(error)
    if isinstance(error, PoolTimeout):
        return Trouble("gone", f"no connection is free: {words}")
    if state is None:
        if not isinstance(error, psycopg.OperationalError):
            return None
        state = "53300" if _TOO_MANY.search(str(error)) else "08000"
    if state in _NO_ROOM:
        return Trouble("no room", f"{_NO_ROOM[state]}: {words}")
    if state in _GONE or state.startswith("08"):
        return Trouble("gone", f"{_GONE.get(state, _NO_ANSWER)}: {words}")
    return None


def may_have_committed(error: psycopg.OperationalError) -> bool:
    """Whether it is unknown what became of the transaction in which this happened.

    A lock time-out or a refused statement is an answer; a lost connection is none, and neither is a
    session that ended: a full disk can stop the server after the commit was on it.
    """
    if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
        return True
    return error.diag.severity_nonlocalized in ("FATAL", "PANIC")


@contextmanager
def lent(pool: ConnectionPool[Any]) -> Iterator[Connection[Any]]:
    """A connection that works; when none can be had, the error is the server's own reason.

    A pool by itself says only that its time was up. Its own check of connections sleeps ever longer
    after each that is dead, and after a restart of the server all of them are: here they are thrown
    away at once.
    """
    pool.open()
    try:
        connection = _living(pool)
    except PoolTimeout as timeout:
        raise _reason(pool, timeout) from timeout
    try:
        with connection:
            yield connection
    finally:
        pool.putconn(connection)


def _living(pool: ConnectionPool[Any]) -> Connection[Any]:
    for _ in range(pool.max_size):
        connection: Connection[Any] = pool.getconn()
        if _lives(connection):
            return connection
        pool.putconn(connection)  # the pool makes another one in its place
    last: Connection[Any] = pool.getconn()
    return last


def _lives(connection: Connection[Any]) -> bool:
    """Whether a connection works: asked only when there is something to read on it.

    A server that died or was restarted has closed its end, which shows as something to read. To ask
    each time would cost every command a round trip or more.
    """
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    if not waiting.poll(0):
        return True
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        return False
    return True


def _reason(pool: ConnectionPool[Any], timeout: PoolTimeout) -> psycopg.OperationalError:
    more = cast("dict[str, Any]", pool.kwargs or {})
    try:
        psycopg.connect(
            cast("str", pool.conninfo), **{**more, "connect_timeout": PROBE_SECONDS}
        ).close()
    except psycopg.OperationalError as reason:
        return reason
    return timeout  # there is a server: this process has all of its own connections in use


def _first_line(error: psycopg.Error) -> str:
    lines = (line.strip() for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__)
