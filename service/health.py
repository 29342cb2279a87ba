"""Is it well? Looks at everything that a person who runs it must know, and changes nothing.

It works over a database that a process would refuse to start on, because that is when it is needed.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from ledger.store import Store
from ledger.store_values import SandboxClockError
from service.health_kafka import kafka
from service.health_sources import desk, disk, late, seals, stopped, tables, verified
from service.looks import Level, Look, fine
from service.settings import Settings, environment
from service.start_checks import StartRefusal, check_start
from service.wiring import clock_of, database_urls

# setting that start-up refuses -> the command that mends it
MENDS = {
    "migration": "tallystick migrate",
    "clock": "timedatectl status",
    "append_only_triggers": "tallystick verify",
}
_READ_THE_MANUAL = "tallystick config"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the looks are taken from: the settings, the database's URL, and a clock."""

    settings: Settings
    url: str
    now: Callable[[], datetime]


def ground(settings: Settings) -> Ground:
    """The ground of these settings."""
    return Ground(settings, database_urls(settings).app, lambda: datetime.now(UTC))


def health(on: Ground) -> list[Look]:
    """Every look, in the order in which a person would take them."""
    return list(_looks(on))


def readiness(on: Ground) -> list[Look]:
    """What stands against work now: none, when a supervisor may send work here."""
    looks = _looks(on, only_work=True)
    return [look for look in looks if look.concerns_work and look.level is not Level.FINE]


def _looks(on: Ground, *, only_work: bool = False) -> Iterator[Look]:
    yield disk(on.settings)
    try:
        refusals = check_start(on.url, on.now, environment())
        yield _database(on.url)
    except psycopg.OperationalError as error:
        sentence = f"the database does not answer: {next(iter(str(error).splitlines()), '')}"
        yield Look("database", Level.BROKEN, sentence, "pg_isready", concerns_work=True)
        return
    yield from _start(refusals)
    if any(one.setting == "migration" for one in refusals):
        return
    with closing(_store(on)) as store:
        yield seals(store)
        yield from tables(store, on.url)
        if only_work:
            return
        yield stopped(store)
        yield desk(on.url)
        yield from late(on.settings, store)
        yield verified(on.settings, store)
        yield from kafka(on.settings, store)


def _store(on: Ground) -> Store:
    try:
        return Store(on.url, clock=clock_of(on.settings))
    except SandboxClockError:  # the doctor says so; the looks go by the server's clock
        return Store(on.url)


def _start(refusals: tuple[StartRefusal, ...]) -> Iterator[Look]:
    if not refusals:
        yield fine("start", "everything that a process checks before it starts is right")
    for one in refusals:
        mend = MENDS.get(one.setting, _READ_THE_MANUAL)
        yield Look("start", Level.BROKEN, one.sentence, mend, concerns_work=True)


def _database(url: str) -> Look:
    """Whether it can be written to: a statement that changes nothing fails where none may."""
    with psycopg.connect(url, autocommit=True) as connection:
        version = connection.info.server_version // 10_000
        read_only = connection.execute(
            "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'"
        ).fetchone()
    if read_only is not None and read_only[0]:
        sentence = "the database can be read and not written to: it is a copy, or was set read-only"
        return Look("database", Level.BROKEN, sentence, "tallystick config", concerns_work=True)
    return fine("database", f"PostgreSQL {version} answers and can be written to")
