"""What a restored ledger is: where it ends, what it will ask its sources for, what is missing.

Everything is read in one snapshot and nothing is written, so that it may be asked of a server that
is still recovering.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import tuple_row

from ledger.intake_events import BankStatementTaken
from ledger.recorded import decode
from ledger.sealing import Seal
from projections.runner import LIVE
from service.party_keys import WrongMasterKeyError
from service.raw_files import RawFileDamagedError, RawFileRemovedError, RawFileUnknownError
from service.wiring import App

SealFate: TypeAlias = Literal["here", "lost", "other"]
FileFate: TypeAlias = Literal["kept", "removed", "missing", "damaged"]
_Rows: TypeAlias = Cursor[tuple[Any, ...]]

_SEAL = re.compile(r"([1-9][0-9]{0,17}):([0-9a-fA-F]{64})", re.ASCII)
_LAST_SEAL = (
    "SELECT number, first_position, last_position, root, previous, sealed_at, hash"
    " FROM ledger.seals ORDER BY number DESC LIMIT 1"
)
_STATEMENTS = (
    "SELECT notification_id, originator_id, originator_version, recorded_at, topic, state"
    " FROM ledger.events WHERE topic = %s ORDER BY notification_id"
)
_SOURCES = "SELECT application_name, notification_id FROM ledger.positions ORDER BY 1"
_FIGURES = "SELECT position FROM projection.progress WHERE projection = %s"
# Every input that an event points at: the file or message itself, or a line of it.
_DIGESTS = (
    "SELECT DISTINCT d.digest FROM ledger.events e"
    " CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS document) AS j"
    " CROSS JOIN LATERAL (VALUES (j.document #>> '{source,digest}'),"
    " (j.document #>> '{data,digest}')) AS d(digest)"
    " WHERE d.digest IS NOT NULL ORDER BY 1"
)


class SealFormError(ValueError):
    """What was given for a seal is not one; the sentence says what one looks like."""


@dataclass(frozen=True, slots=True)
class KnownSeal:
    """A seal that was copied out before: its number, and its hash in hexadecimal."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Source:
    """How far a source has been taken: a Kafka partition, or our own relay of dead letters."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class LastStatement:
    """The last statement of one of our bank accounts that this ledger took."""

    bank_account: str
    statement: str
    file_name: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Restored:
    """What was found; `known_seal` is the fate of the seal that was asked for."""

    ledger_id: UUID
    recovering: bool
    seal: Seal | None
    known_seal: SealFate | None
    figures_position: int
    sources: tuple[Source, ...]
    statements: tuple[LastStatement, ...]
    kept: int
    removed: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    key_fits: bool

    @property
    def position(self) -> int:
        """The last position of the log."""
        return self.seal.last_position if self.seal is not None else 0

    @property
    def is_well(self) -> bool:
        """Whether nothing was found that a person must decide about."""
        wrong = self.recovering or self.known_seal in {"lost", "other"} or not self.key_fits
        return not (wrong or self.missing or self.damaged)


def parse_seal(text: str) -> KnownSeal:
    """`NUMBER:HASH` as `verify` and the seals table give it. Raises SealFormError."""
    found = _SEAL.fullmatch(text.strip())
    if found is None:
        raise SealFormError(f"a seal is NUMBER:HASH with 64 hexadecimal digits, not {text[:80]!r}")
    return KnownSeal(int(found[1]), found[2].lower())


def look_at(app: App, known: KnownSeal | None, *, read_bytes: bool) -> Restored:
    """Look at the ledger and at the places beside it; `read_bytes` reads every kept file too."""
    with app.store.snapshot() as connection, connection.cursor(row_factory=tuple_row) as cursor:
        fates: dict[FileFate, list[str]] = {fate: [] for fate in get_args(FileFate)}
        for (digest,) in _rows(cursor, _DIGESTS):
            fates[_fate_of_file(app, digest, read_bytes=read_bytes)].append(digest)
        last = _rows(cursor, _LAST_SEAL)
        figures = _rows(cursor, _FIGURES, LIVE)
        return Restored(
            ledger_id=_rows(cursor, "SELECT ledger_id FROM ledger.meta")[0][0],
            recovering=_rows(cursor, "SELECT pg_is_in_recovery()")[0][0],
            seal=Seal(*last[0]) if last else None,
            known_seal=None if known is None else _fate_of_seal(cursor, known),
            figures_position=figures[0][0] if figures else 0,
            sources=tuple(Source(*row) for row in _rows(cursor, _SOURCES)),
            statements=_last_statements(cursor),
            kept=len(fates["kept"]),
            removed=len(fates["removed"]),
            missing=tuple(fates["missing"]),
            damaged=tuple(fates["damaged"]),
            key_fits=_key_fits(app),
        )


def _rows(cursor: _Rows, query: str, *arguments: object) -> list[tuple[Any, ...]]:
    return cursor.execute(query.encode(), arguments or None).fetchall()


def _fate_of_seal(cursor: _Rows, known: KnownSeal) -> SealFate:
    query = "SELECT encode(hash, 'hex') FROM ledger.seals WHERE number = %s"
    found = _rows(cursor, query, known.number)
    if not found:
        return "lost"
    return "here" if found[0][0] == known.hash else "other"


def _last_statements(cursor: _Rows) -> tuple[LastStatement, ...]:
    last: dict[str, LastStatement] = {}
    for event in (decode(*row) for row in _rows(cursor, _STATEMENTS, BankStatementTaken.topic)):
        fact = event.fact
        if isinstance(fact, BankStatementTaken):
            last[fact.bank_account] = LastStatement(
                fact.bank_account, fact.statement, fact.file_name, event.recorded_at
            )
    return tuple(last[account] for account in sorted(last))


def _fate_of_file(app: App, digest: str, *, read_bytes: bool) -> FileFate:
    try:
        if read_bytes:
            app.raw.check(digest)
        elif not app.raw.has(digest):
            with app.raw.open(digest):
                pass
    except RawFileUnknownError:
        return "missing"
    except RawFileRemovedError:
        return "removed"
    except RawFileDamagedError:
        return "damaged"
    return "kept"


def _key_fits(app: App) -> bool:
    try:
        app.parties.check_key()
    except WrongMasterKeyError:
        return False
    return True
