"""The library's pool and recorder, held to what this ledger may do with them.

The library's database functions insert without its lock and drop tracking silently, so they stay
off; its pipeline mode hangs on large parameters, so its own insert is closed.
"""

from collections.abc import Callable, Sequence
from typing import Any

from eventsourcing.persistence import IntegrityError, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg import Connection, Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from ledger.store_troubles import LENT_SECONDS, RECONNECT_SECONDS
from ledger.store_values import Position, PositionTakenError

SCHEMA = "ledger"
EVENTS_TABLE = "events"
POSITIONS_TABLE = "positions"
LOCK_WAIT_SECONDS = 60


class LedgerDatastore(PostgresDatastore):
    """The library's pool, acting as the least-privileged role that can do the work."""

    def __init__(self, url: str, role: str, pool_size: int = 2) -> None:
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        self._role = role
        super().__init__(
            dbname=parts.get("dbname", "tallystick"),
            host=parts.get("host", "127.0.0.1"),
            port=parts.get("port", "5432"),
            user=parts.get("user", "tallystick"),
            password=parts.get("password", ""),
            schema=SCHEMA,
            pool_size=pool_size,
            max_overflow=8,
            connect_timeout=LENT_SECONDS,
            # A writer that was frozen while it held the append lock must not hold up all others.
            idle_in_transaction_session_timeout=LOCK_WAIT_SECONDS,
            pre_ping=False,  # `lent` looks at a connection before it lends it
            lock_timeout=LOCK_WAIT_SECONDS,
            single_row_tracking=True,
            originator_id_type="uuid",
            enable_db_functions=False,
        )
        # The library hands on five parts of the URL; sslmode and its like must not be dropped.
        self.pool.kwargs = {**parts, "row_factory": dict_row}
        self.pool.reconnect_timeout = RECONNECT_SECONDS

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        """Take the role as soon as a connection is made."""
        inherited, role = super().after_connect_func(), self._role

        def after_connect(connection: Connection[Any]) -> None:
            inherited(connection)
            connection.execute(SQL("SET ROLE {}").format(Identifier(role)))
            connection.execute("SET plan_cache_mode = force_generic_plan")
            connection.execute(SQL("SET lock_timeout = {}").format(f"{LOCK_WAIT_SECONDS}s"))

        return after_connect


class LedgerRecorder(PostgresProcessRecorder):
    """The library's recorder with our one append; its own insert is closed."""

    def __init__(self, datastore: LedgerDatastore) -> None:
        super().__init__(
            datastore, events_table_name=EVENTS_TABLE, tracking_table_name=POSITIONS_TABLE
        )

    def insert_events(self, stored_events: Sequence[Any], **kwargs: object) -> None:
        """Refused: events go in by `Store.append`, sealed and with their state."""
        raise NotImplementedError("append through ledger.store.Store.append")

    def insert_tracking_of(self, cursor: Cursor[Any], position: Position) -> None:
        """Record a source's position; the library refuses one that does not go forward."""
        try:
            self._insert_tracking(cursor, Tracking(position.source, position.position))
        except IntegrityError as error:
            raise PositionTakenError(f"{position.source} is already past this") from error
