"""Which pages of the log a rebuild has folded: a table of its own beside the new tables.

A page is marked as folded in the transaction that writes what it gives. So it is folded once,
whoever was killed when. Any number of processes may take pages; each skips those that another one
has in hand. Pages are taken in order, so the new tables stand nearly in the order of the log, which
their block-range indexes need.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections import pages
from projections.read_models import READ_MODELS

_TAKE_OR_WAIT = (
    "UPDATE {t} SET folded = true WHERE after ="
    " (SELECT after FROM {t} WHERE NOT folded ORDER BY after LIMIT 1 FOR UPDATE)"
    " AND NOT folded RETURNING after, last"
)
_TAKE = _TAKE_OR_WAIT.replace("FOR UPDATE", "FOR UPDATE SKIP LOCKED")


class GapInTheLogError(Exception):
    """A page has fewer events than positions: the log is not whole."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The table of pages called `table`, of the new tables that `targets` names."""

    table: str
    targets: Mapping[str, str]

    def create(self, connection: Connection[Any]) -> None:
        """Make the empty table."""
        self._run(
            connection,
            "CREATE TABLE {} (after bigint PRIMARY KEY, last bigint NOT NULL,"
            " folded boolean NOT NULL DEFAULT false)",
        )

    def reach(self, connection: Connection[Any], position: int, page_events: int) -> None:
        """Add pages, so that all together end at a position; never an earlier one."""
        end = self.end(connection)
        self._run(
            connection,
            "INSERT INTO {} SELECT n, least(n + %s, %s)"
            " FROM generate_series(%s::bigint, %s::bigint, %s::bigint) AS n",
            (page_events, position, end, position - 1, page_events),
        )

    def end(self, connection: Connection[Any]) -> int:
        """The last position of all pages, folded or not."""
        return self._number(connection, "SELECT coalesce(max(last), 0) FROM {}")

    def left(self, connection: Connection[Any]) -> int:
        """How many events are in pages that are not folded yet."""
        query = "SELECT coalesce(sum(last - after), 0)::bigint FROM {} WHERE NOT folded"
        return self._number(connection, query)

    def fold_next(self, connection: Connection[Any], *, wait: bool = False) -> bool:
        """Fold the next page that nobody has in hand, in one transaction; False without any.

        With `wait`, a page that another process has in hand is waited for.
        """
        with connection.transaction():
            taken = self._run(connection, _TAKE_OR_WAIT if wait else _TAKE).fetchone()
            if taken is None:
                return False
            after, last = taken
            page = pages.fetch(connection, after, last - after)
            if len(page) != last - after or page[-1][0] != last:
                raise GapInTheLogError(f"not every position of {after + 1} to {last} is in the log")
            pages.fill(connection, page, READ_MODELS, self.targets)
        return True

    def _run(self, connection: Connection[Any], query: str, values: tuple[int, ...] = ()) -> Any:  # noqa: ANN401 - a cursor of whatever rows
        name = Identifier(*self.table.split("."))
        return connection.execute(SQL(query).format(name, t=name), values)

    def _number(self, connection: Connection[Any], query: str) -> int:
        row = self._run(connection, query).fetchone()
        return int(row[0])
