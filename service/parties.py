"""Personal data, outside the events: each person's record under a key of their own.

The record is AES-256-GCM ciphertext under the person's data key; the data key is wrapped by the
master key, which is not in the database. Erasing a person deletes the wrapped key: the ciphertext
stays and says nothing any more, and no event has to change. Both are bound to the person's id, so
one person's row cannot be put in another's place. Copies of a deleted key live on in backups and
in the server's write-ahead log until those are gone: their retention is the erasure's deadline.

PartyError
 +- PartyUnknownError      there is no such person
 +- PartyErasedError       the person was erased; only a new id can hold data again
 +- PartyTamperedError     what is stored is not what was written
 +- WrongMasterKeyError    the keys are wrapped by another master key
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from consumers.keeping import PartyDetails
from ledger.store_troubles import LENT_SECONDS, RECONNECT_SECONDS, lent
from service.party_keys import (
    KEY_BYTES,
    MasterKey,
    PartyError,
    opened,
    sealed,
)
from service.party_record import PartyRecord, record_of

_Rows = Connection[tuple[Any, ...]]

_KEYS_PER_PAGE = 1_000


class PartyUnknownError(PartyError):
    """No record was ever kept under this id."""


class PartyErasedError(PartyError):
    """The person was erased: nobody can read the record again."""


class ErasedParty(NamedTuple):
    """What there was of an erased person: a record, and a key that is destroyed now."""

    record: bool
    key: bool


class PartyVault:
    """The party records of one database, as the application role; close it at the end.

    `master_key` is at least 16 bytes that are nowhere else; AES keys are derived from it.
    """

    def __init__(self, url: str, master_key: bytes) -> None:
        self._master = MasterKey(master_key)
        self._pool = ConnectionPool(
            url,
            kwargs={"autocommit": True, "row_factory": tuple_row},
            min_size=0,
            max_size=4,
            open=False,
            configure=_act_as_application,
            timeout=LENT_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS,
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def put(self, party_id: str, record: PartyRecord | PartyDetails) -> None:
        """Keep or replace a person's record.

        Details from a billing system are kept as far as they go, and not at all for a person who
        was erased: a system that goes on sending them must not undo it. Otherwise raises
        PartyErasedError for an erased person, and WrongMasterKeyError.
        """
        if isinstance(record, PartyDetails):
            self.put_all([(party_id, record)])
            return
        with self._transaction() as connection:
            self._write(connection, UUID(party_id), record)

    def put_all(self, details: Sequence[tuple[str, PartyDetails]]) -> None:
        """Keep the details of many persons in one transaction, each as `put` would."""
        with self._transaction() as connection:
            for party_id, of_one in details:
                with suppress(PartyErasedError):
                    self._write(connection, UUID(party_id), record_of(of_one))

    def _write(self, connection: _Rows, party: UUID, record: PartyRecord) -> None:
        plain = record.model_dump_json(exclude_none=True).encode()
        data_key = self._data_key(connection, party) or self._new_key(connection, party)
        connection.execute(
            "INSERT INTO parties.records (party_id, ciphertext) VALUES (%s, %s)"
            " ON CONFLICT (party_id) DO UPDATE SET ciphertext = excluded.ciphertext,"
            " changed_at = clock_timestamp()",
            (party, sealed(data_key, plain, b"record" + party.bytes)),
        )

    @contextmanager
    def _transaction(self) -> Iterator[_Rows]:
        with lent(self._pool) as connection, connection.transaction():
            yield connection

    def get(self, party_id: str) -> PartyRecord:
        """A person's record. Raises the errors of the module's docstring."""
        party = UUID(party_id)
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT r.ciphertext, k.wrapped_key FROM parties.records r"
                " LEFT JOIN parties.keys k USING (party_id) WHERE r.party_id = %s",
                (party,),
            ).fetchone()
        if row is None:
            raise PartyUnknownError(f"there is no record of party {party}")
        if row[1] is None:
            raise PartyErasedError(f"party {party} was erased")
        data_key = self._master.unwrap(party, row[1])
        return PartyRecord.model_validate_json(opened(data_key, row[0], b"record" + party.bytes))

    def seal(self, party_id: str, plain: bytes, bound_to: bytes) -> bytes:
        """Bytes that only this person's key opens, to be kept elsewhere, such as in an event.

        `bound_to` says what they are of; they open with the same only. A person without a key yet
        is given one. Raises PartyErasedError and WrongMasterKeyError.
        """
        party = UUID(party_id)
        with self._transaction() as connection:
            key = self._data_key(connection, party) or self._new_key(connection, party)
        return sealed(key, plain, b"sealed" + party.bytes + bound_to)

    def unseal_all(self, kept: Sequence[tuple[str, bytes, bytes]]) -> list[bytes | None]:
        """What each (party, sealed bytes, bound to) holds; None where the person was erased.

        Raises PartyTamperedError and WrongMasterKeyError.
        """
        parties = [UUID(party_id) for party_id, _, _ in kept]
        query = "SELECT party_id, wrapped_key FROM parties.keys WHERE party_id = ANY(%s)"
        with self._transaction() as connection:
            wrapped = dict(connection.execute(query, (list(set(parties)),)).fetchall())
        keys = {party: self._master.unwrap(party, key) for party, key in wrapped.items()}
        return [
            opened(keys[party], content, b"sealed" + party.bytes + bound_to)
            if party in keys
            else None
            for party, (_, content, bound_to) in zip(parties, kept, strict=True)
        ]

    def erase(self, party_id: str) -> ErasedParty:
        """Erase a person by deleting their key; erasing again changes nothing.

        Bytes that were sealed for a person of whom there is no record are gone with the key too; an
        empty record stays, so that the person is not given another key. Raises PartyUnknownError
        when there was neither.
        """
        party = UUID(party_id)
        with self._transaction() as connection:
            # The key is locked first, as by those who write a record.
            gone = connection.execute("DELETE FROM parties.keys WHERE party_id = %s", (party,))
            made = connection.execute(
                "INSERT INTO parties.records (party_id, ciphertext) VALUES (%s, '')"
                " ON CONFLICT DO NOTHING",
                (party,),
            )
            if made.rowcount and not gone.rowcount:
                raise PartyUnknownError(f"there is no record of party {party}, and nothing sealed")
        return ErasedParty(record=not made.rowcount, key=bool(gone.rowcount))

    def check_key(self) -> bool:
        """Whether there is a key that the master key opens; False when no person is kept.

        Raises WrongMasterKeyError.
        """
        query = "SELECT party_id, wrapped_key FROM parties.keys LIMIT 1"
        with self._transaction() as connection:
            row = connection.execute(query).fetchone()
        if row is not None:
            self._master.unwrap(*row)
        return row is not None

    def rotate_master(self, new_master_key: bytes) -> int:
        """Wrap every data key by a new master key; how many there were.

        All or none: with a wrong old key WrongMasterKeyError is raised and nothing is changed.
        Records are not touched. Other processes must be given the new key afterwards.
        """
        new = MasterKey(new_master_key)
        with self._transaction() as connection:
            # Nobody may wrap by the old key meanwhile; reading goes on.
            connection.execute("LOCK TABLE parties.keys IN SHARE ROW EXCLUSIVE MODE")
            pages = _key_pages(connection)
            count = sum(self._rewrap(connection, page, new) for page in pages)
        self._master = new
        return count

    def _rewrap(self, connection: _Rows, page: list[tuple[Any, ...]], new: MasterKey) -> int:
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE parties.keys SET wrapped_key = %s WHERE party_id = %s",
                [(new.wrap(one, self._master.unwrap(one, key)), one) for one, key in page],
            )
        return len(page)

    def _data_key(self, connection: _Rows, party: UUID) -> bytes | None:
        row = connection.execute(
            "SELECT wrapped_key FROM parties.keys WHERE party_id = %s FOR UPDATE", (party,)
        ).fetchone()
        return None if row is None else self._master.unwrap(party, row[0])

    def _new_key(self, connection: _Rows, party: UUID) -> bytes:
        if _has_record(connection, party):
            # Who was faster with the same person wrote key and record at once: look again.
            theirs = self._data_key(connection, party)
            if theirs is None:
                raise PartyErasedError(f"party {party} was erased; new data needs a new party")
            return theirs
        other = connection.execute("SELECT wrapped_key FROM parties.keys LIMIT 1").fetchone()
        if other is not None:
            self._master.expect(other[0])  # two master keys in one vault lose one half of it
        data_key = secrets.token_bytes(KEY_BYTES)
        made = connection.execute(
            "INSERT INTO parties.keys (party_id, wrapped_key) VALUES (%s, %s)"
            " ON CONFLICT DO NOTHING",
            (party, self._master.wrap(party, data_key)),
        )
        # Another process may have been faster with the same person: then its key is theirs.
        return data_key if made.rowcount else self._theirs(connection, party)

    def _theirs(self, connection: _Rows, party: UUID) -> bytes:
        theirs = self._data_key(connection, party)
        if theirs is None:
            raise PartyErasedError(f"party {party} was erased in this moment")
        return theirs


def _act_as_application(connection: _Rows) -> None:
    connection.execute("SET ROLE tallystick_app")


def _has_record(connection: _Rows, party: UUID) -> bool:
    query = "SELECT 1 FROM parties.records WHERE party_id = %s"
    return connection.execute(query, (party,)).fetchone() is not None


def _key_pages(connection: _Rows) -> Iterator[list[tuple[Any, ...]]]:
    after = UUID(int=0)
    while rows := connection.execute(
        "SELECT party_id, wrapped_key FROM parties.keys WHERE party_id > %s"
        " ORDER BY party_id LIMIT %s",
        (after, _KEYS_PER_PAGE),
    ).fetchall():
        yield rows
        after = rows[-1][0]
