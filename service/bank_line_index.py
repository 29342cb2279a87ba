"""The lines of received files in a table of their own, to be searched; filled beside the intake.

It holds personal data and no figure rests on it: `forget` removes a file's lines when the file's
own retention ends, and reading the kept file again fills them again. Lines arrive in batches by
COPY.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from consumers.keeping import IndexedLine
from ledger.store_troubles import LENT_SECONDS, RECONNECT_SECONDS, lent

_Rows = Connection[tuple[Any, ...]]

_NOT_COMPARED = re.compile(r"[\W_]+")
WORDING_LENGTH_MAX = 4_000  # characters of one line; the kept file has the rest
_COLUMNS = (
    "file_id, line, byte_start, byte_end, ordinal, part, booked_on, value_on, amount_minor, kind,"
    " currency, account, payer_name, payer_account, wording, searched,"
    " receipt"
)
_TYPES = (
    *("int4", "int4", "int8", "int8", "int4", "int4", "date", "date", "int8"),
    *("text",) * 8,
)
_STAGE = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS arriving_lines"
    " (LIKE evidence.bank_lines INCLUDING DEFAULTS) ON COMMIT DELETE ROWS"
)
_FILES = (
    "INSERT INTO evidence.files (digest, file_name, format)"
    " SELECT * FROM unnest(%b::bytea[], %b::text[], %b::text[]) ON CONFLICT (digest) DO NOTHING"
)
_FILE_IDS = (
    "SELECT encode(digest, 'hex'), file_id, EXISTS (SELECT 1 FROM evidence.bank_lines b"
    " WHERE b.file_id = f.file_id AND b.kind = 'quarantined')"
    " FROM evidence.files f WHERE digest = ANY(%b::bytea[])"
)
# What could not be read once and became a line later is shown as that line alone.
_GIVE_WAY = (
    "DELETE FROM evidence.bank_lines b USING arriving_lines a WHERE b.file_id = a.file_id"
    " AND b.line = a.line AND b.byte_start = a.byte_start"
    " AND b.kind = 'quarantined' AND a.kind <> 'quarantined'"
)
_LINES = (
    f"INSERT INTO evidence.bank_lines ({_COLUMNS}) SELECT {_COLUMNS} FROM arriving_lines a"  # noqa: S608 - constants
    " WHERE a.kind <> 'quarantined' OR NOT EXISTS (SELECT 1 FROM evidence.bank_lines b"
    " WHERE b.file_id = a.file_id AND b.line = a.line AND b.byte_start = a.byte_start)"
    " ON CONFLICT DO NOTHING"
)


class LineIndex:
    """The searchable lines of one database, as the application role; close it at the end."""

    def __init__(self, url: str) -> None:
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

    def put(self, rows: Sequence[IndexedLine]) -> None:
        """Keep lines, all or none; a line that is there already stays as it is.

        A line is known by its file's digest, its place, its part and its ordinal. A quarantined row
        gives way to the line that the same bytes became later.
        """
        if not rows:
            return
        with self.transaction() as connection:
            files, is_first = _file_ids(connection, rows)
            if is_first and not any(row.kind == "quarantined" for row in rows):
                try:
                    with connection.transaction():
                        _copy(connection, "evidence.bank_lines", rows, files)
                except UniqueViolation:
                    pass  # some of them are there: compared below, which costs twice the time
                else:
                    return
            connection.execute(_STAGE)
            _copy(connection, "arriving_lines", rows, files)
            connection.execute(_GIVE_WAY)
            connection.execute(_LINES)

    def forget(self, digest: str) -> int:
        """Remove the lines of a file, as when its bytes are removed; how many there were."""
        with self.transaction() as connection:
            row = connection.execute(
                "WITH file AS (DELETE FROM evidence.files WHERE digest = %s RETURNING file_id),"
                " gone AS (DELETE FROM evidence.bank_lines WHERE file_id IN (TABLE file)"
                " RETURNING 1) SELECT count(*) FROM gone",
                (bytes.fromhex(digest),),
            ).fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def transaction(self) -> Iterator[_Rows]:
        """A connection with the application's rights, in a transaction."""
        with lent(self._pool) as connection, connection.transaction():
            yield connection


def _file_ids(connection: _Rows, rows: Sequence[IndexedLine]) -> tuple[dict[str, int], bool]:
    """The number of each file by its digest, and whether none of them has a row set aside."""
    files = {row.digest: (row.file_name, row.format) for row in reversed(rows)}
    names, formats = zip(*files.values(), strict=True)
    digests = [bytes.fromhex(digest) for digest in files]
    connection.execute(_FILES, (digests, list(names), list(formats)))
    found = connection.execute(_FILE_IDS, (digests,)).fetchall()
    return {digest: number for digest, number, _ in found}, not any(aside for *_, aside in found)


def _copy(
    connection: _Rows, table: str, rows: Sequence[IndexedLine], files: Mapping[str, int]
) -> None:
    copying = f"COPY {table} ({_COLUMNS}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(copying.encode()) as copy:
        copy.set_types(_TYPES)
        for row in rows:
            copy.write_row(
                (
                    files[row.digest],
                    row.line,
                    row.byte_start,
                    row.byte_end,
                    row.ordinal,
                    row.part,
                    row.booked_on,
                    row.value_on,
                    row.amount_minor,
                    row.kind,
                    row.currency,
                    row.account,
                    _plain(row.payer_name),
                    _plain(row.payer_account),
                    _plain(row.text),
                    searchable(" ".join(one for one in _said(row) if one))[:WORDING_LENGTH_MAX],
                    row.receipt,
                )
            )


def searchable(text: str) -> str:
    """A text as it is compared: small letters and digits, nothing between them, no accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_COMPARED.sub("", text.lower())


def _said(row: IndexedLine) -> tuple[str | None, ...]:
    return row.text, row.payer_name, row.payer_account


def _plain(text: str | None) -> str | None:
    """A text that the server can hold: no NUL, no half of a surrogate pair, not without end."""
    if text is None:
        return None
    if text.isascii() and "\0" not in text:
        return text[:WORDING_LENGTH_MAX]
    cut = text[:WORDING_LENGTH_MAX].replace("\0", " ")
    return cut.encode("utf-8", errors="replace").decode("utf-8")


def _act_as_application(connection: _Rows) -> None:
    connection.execute("SET ROLE tallystick_app")
