"""Where questions are asked, and that no answer is older than what the asker was told.

Every append answers with a position of the log. A question that names one is answered from a
database whose read models have it, or not at all. The check is made in the snapshot that the
figures come from: what was there a moment ago on another connection proves nothing.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from projections.runner import LIVE
from service.settings import Settings, SettingsError, variable

_POLL_SECONDS = 0.05
# A replica refuses to write. One that was promoted would not, and there may be a primary beside it.
_READ_ONLY = "-c default_transaction_read_only=on"
T = TypeVar("T")


class NotYetError(Exception):
    """The database that is read does not have the position that was asked for."""


def reading(settings: Settings) -> Settings:
    """The settings of a process that only asks: on the replica if there is one, writing nothing."""
    if settings.reporting_url is None:
        return settings
    url = settings.reporting_url.get_secret_value()
    options = f"{conninfo_to_dict(url).get('options') or ''} {_READ_ONLY}".strip()
    there = SecretStr(make_conninfo(url, options=options))
    return settings.model_copy(update={"database_url": there, "owner_database_url": None})


def on_replica(settings: Settings) -> Settings:
    """The same, for who asks for the replica by name. Raises SettingsError when there is none."""
    if settings.reporting_url is None:
        raise SettingsError(f"there is no replica: set {variable('reporting_url')}")
    return reading(settings)


@contextmanager
def figures(url: str) -> Iterator[Connection[Any]]:
    """A connection that reads the figures as the reader, for one question."""
    with psycopg.connect(url) as connection:
        connection.execute("SET ROLE tallystick_reader")
        yield connection


def only_reads(connection: Connection[tuple[object, ...]]) -> bool:
    """Whether nothing can be written here: a replica, or a connection that was asked not to."""
    row = connection.execute("SELECT current_setting('transaction_read_only')").fetchone()
    return row is not None and row[0] == "on"


def position_read(connection: Connection[tuple[object, ...]]) -> int:
    """The last position of the log that the read models have, in this snapshot."""
    row = connection.execute(
        "SELECT position FROM reporting.progress WHERE projection = %s", (LIVE,)
    ).fetchone()
    return int(str(row[0])) if row else 0


def require(connection: Connection[tuple[object, ...]], at_least: int) -> None:
    """Raise NotYetError unless this snapshot's read models have the position."""
    found = position_read(connection)
    if found < at_least:
        raise NotYetError(
            f"the figures here end at position {found:,} of the log and {at_least:,} was asked for"
        )


def patiently(settings: Settings, ask: Callable[[], T]) -> T:
    """Ask until the database has what is asked for, for as long as the settings wait.

    Raises NotYetError, with what may be wrong.
    """
    seconds = settings.reading_wait_seconds
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except NotYetError as error:
            if time.monotonic() >= deadline:
                raise NotYetError(
                    f"{error}; waited {seconds} s: the replica is behind, or `tallystick project`"
                    " does not run, or this is the position of another database"
                ) from None
        time.sleep(_POLL_SECONDS)


def wait_until_read(settings: Settings, url: str, at_least: int) -> None:
    """Return when the read models at a URL have the position. Raises NotYetError."""

    def ask() -> None:
        with figures(url) as connection:
            require(connection, at_least)

    patiently(settings, ask)
