"""What can be asked of the store: state rows, keys, positions, history, the log, the seals."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor

from ledger.recorded import RecordedEvent, decode
from ledger.sealing import Seal
from ledger.store_arrays import Texts, Uuids
from ledger.store_values import RegisterRow, StreamRow

_SELECT = (
    "SELECT notification_id, originator_id, originator_version, recorded_at, topic, state"
    " FROM ledger.events"
)

_UNDER = (
    "SELECT p.prefix, k.kind, k.key, k.digest, k.holder, k.position"
    " FROM unnest(%b::text[], %b::text[]) AS p(prefix, above)"
    " CROSS JOIN LATERAL (SELECT r.* FROM ledger.register r"
    " WHERE r.kind = %b AND r.key >= p.prefix AND r.key < p.above ORDER BY r.key LIMIT %b) AS k"
)
_STATES_AND_KEYS = (
    "SELECT stream_id, name, version, shape, state, NULL, NULL FROM ledger.streams"
    " WHERE stream_id = ANY(%b::uuid[]) UNION ALL"
    " SELECT NULL, r.key, r.position, NULL, r.digest, r.kind, r.holder FROM ledger.register r"
    " JOIN unnest(%b::text[], %b::text[]) AS k(kind, key) ON r.kind = k.kind AND r.key = k.key"
)
_DIGEST = re.compile(r"[0-9a-f]+\|", re.ASCII)


def _above(prefix: str) -> str:
    """What comes after every key that begins with a digest, in the order of every collation.

    The next digest: all collations agree on the order of digits and of small letters from a to f,
    and do not agree on that of other characters.
    """
    if _DIGEST.fullmatch(prefix) is None:
        raise ValueError(f"{prefix!r} is not a digest and a bar")
    length = len(prefix) - 1
    following = f"{int(prefix[:-1], 16) + 1:0{length}x}"
    return following if len(following) == length else "g"


class StoreReads(ABC):
    """Everything that is read from a store, over the cursors that a subclass gives."""

    @abstractmethod
    def cursor(self) -> AbstractContextManager[Cursor[tuple[Any, ...]]]:
        """A cursor of plain rows."""

    def streams(self, stream_ids: Sequence[UUID]) -> dict[UUID, StreamRow]:
        """The state rows of the streams that exist."""
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT stream_id, name, version, shape, state FROM ledger.streams"
                " WHERE stream_id = ANY(%b::uuid[])",
                (Uuids(list(stream_ids)),),
                binary=True,
            )
            return {row[0]: StreamRow(*row) for row in cursor.fetchall()}

    def stream_names(self, prefix: str) -> list[str]:
        """The names of the streams that begin with a prefix, in order."""
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT name FROM ledger.streams WHERE starts_with(name, %s) ORDER BY name",
                (prefix,),
            )
            return [row[0] for row in cursor.fetchall()]

    def registered(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], RegisterRow]:
        """The register rows of the keys that are taken."""
        if not keys:
            return {}
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT r.kind, r.key, r.digest, r.holder, r.position FROM ledger.register r"
                " JOIN unnest(%b::text[], %b::text[]) AS k(kind, key)"
                " ON r.kind = k.kind AND r.key = k.key",
                (Texts([kind for kind, _ in keys]), Texts([key for _, key in keys])),
                binary=True,
            )
            return {(row[0], row[1]): RegisterRow(*row) for row in cursor.fetchall()}

    def states_and_keys(
        self, stream_ids: Sequence[UUID], keys: Sequence[tuple[str, str]]
    ) -> tuple[dict[UUID, StreamRow], dict[tuple[str, str], RegisterRow]]:
        """The state rows that exist and the keys that are taken, in one question."""
        states: dict[UUID, StreamRow] = {}
        taken: dict[tuple[str, str], RegisterRow] = {}
        kinds, names = Texts([kind for kind, _ in keys]), Texts([key for _, key in keys])
        with self.cursor() as cursor:
            cursor.execute(_STATES_AND_KEYS, (Uuids(list(stream_ids)), kinds, names), binary=True)
            for one, name, number, shape, content, kind, holder in cursor.fetchall():
                if kind is None:
                    states[one] = StreamRow(one, name, number, shape, content)
                else:
                    taken[kind, name] = RegisterRow(kind, name, content, holder, number)
        return states, taken

    def registered_under(
        self, kind: str, prefixes: Sequence[str], each_max: int = 8
    ) -> dict[str, tuple[RegisterRow, ...]]:
        """The register rows whose keys begin with a digest and a bar, the first few of each.

        One entry for each prefix under which there is a key: the accounts of a payer or a name. A
        prefix is one descent of the primary key. Raises ValueError for a prefix of another form.
        """
        if not prefixes:
            return {}
        found: dict[str, list[RegisterRow]] = {}
        above = [_above(prefix) for prefix in prefixes]
        with self.cursor() as cursor:
            cursor.execute(_UNDER, (list(prefixes), above, kind, each_max), binary=True)
            for prefix, *row in cursor.fetchall():
                found.setdefault(prefix, []).append(RegisterRow(*row))
        return {prefix: tuple(rows) for prefix, rows in found.items()}

    def position(self, source: str) -> tuple[int, str | None] | None:
        """How far a source has been taken, and the fingerprint there; None when never."""
        with self.cursor() as cursor:
            return cursor.execute(
                "SELECT notification_id, fingerprint FROM ledger.positions"
                " WHERE application_name = %s",
                (source,),
            ).fetchone()

    def history(self, stream_id: UUID) -> tuple[RecordedEvent, ...]:
        """All events of a stream, in order."""
        with self.cursor() as cursor:
            cursor.execute(
                f"{_SELECT} WHERE originator_id = %s ORDER BY originator_version",
                (stream_id,),
                binary=True,
            )
            return tuple(decode(*row) for row in cursor.fetchall())

    def histories(self, stream_ids: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        """All events of many streams in one question, each stream's in order."""
        found: dict[UUID, list[RecordedEvent]] = {one: [] for one in stream_ids}
        with self.cursor() as cursor:
            cursor.execute(
                f"{_SELECT} WHERE originator_id = ANY(%b::uuid[])"
                " ORDER BY originator_id, originator_version",
                (Uuids(list(found)),),
                binary=True,
            )
            for row in cursor:
                found[row[1]].append(decode(*row))
        return found

    def latest(self, stream_id: UUID, count: int) -> tuple[RecordedEvent, ...]:
        """The newest events of a stream, at most so many, in order."""
        with self.cursor() as cursor:
            cursor.execute(
                f"{_SELECT} WHERE originator_id = %s ORDER BY originator_version DESC LIMIT %s",
                (stream_id, count),
                binary=True,
            )
            return tuple(decode(*row) for row in reversed(cursor.fetchall()))

    def events_after(self, position: int, limit: int) -> list[RecordedEvent]:
        """The next events of the log after a position, in order."""
        return [decode(*row) for row in self.rows_after(position, limit)]

    def rows_after(
        self, position: int, limit: int, topics: Sequence[str] = ()
    ) -> list[tuple[int, UUID, int, datetime, str, bytes]]:
        """The next stored rows after a position; only of the topics, when some are named."""
        of_topics = "AND topic = ANY(%s)" if topics else "AND %s::text[] IS NULL"
        with self.cursor() as cursor:
            cursor.execute(
                f"{_SELECT} WHERE notification_id > %s {of_topics}"
                " ORDER BY notification_id LIMIT %s",
                (position, list(topics) or None, limit),
                binary=True,
            )
            return cursor.fetchall()

    def last_position(self) -> int:
        """The position of the newest event; 0 when there is none."""
        with self.cursor() as cursor:
            row = cursor.execute("SELECT max(last_position) FROM ledger.seals").fetchone()
        return (row[0] if row else 0) or 0

    def seals_after(self, number: int, limit: int) -> list[Seal]:
        """The next seals after a block number, in order."""
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT number, first_position, last_position, root, previous, sealed_at, hash"
                " FROM ledger.seals WHERE number > %s ORDER BY number LIMIT %s",
                (number, limit),
                binary=True,
            )
            return [Seal(*row) for row in cursor.fetchall()]


class CursorReads(StoreReads):
    """What one open transaction sees; by it a writer decides while it holds the append lock."""

    def __init__(self, cursor: Cursor[tuple[Any, ...]]) -> None:
        self._cursor = cursor

    def cursor(self) -> AbstractContextManager[Cursor[tuple[Any, ...]]]:
        """The cursor of the transaction."""
        return nullcontext(self._cursor)
