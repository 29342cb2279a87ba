"""The tables of a rebuild: made beside the live ones, pointed at, put in their place or dropped."""

from collections.abc import Collection, Mapping
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections import tables
from projections.read_models import READ_MODELS, ReadModel
from projections.rebuild_pages import Pages

NEXT = "_next_"  # between the name of a live table and the digest of the code that fills the new


def names(code: str) -> dict[str, str]:
    """The name of the new table of every read model, for one version of the code."""
    return {model.name: f"{model.name}{NEXT}{code}" for model in READ_MODELS}


def pages(code: str) -> Pages:
    """The pages of the log that the new tables are filled from, for one version of the code."""
    return Pages(f"projection.pages{NEXT}{code}", names(code))


def prepare(connection: Connection[Any], code: str) -> None:
    """Make the empty tables, unless a killed run of this version of the code left them."""
    wanted = _all(code)
    with connection.transaction():
        _drop_leftovers(connection, wanted)
        if all(_exists(connection, table) for table in wanted):
            return
        discard(connection, code)
        pages(code).create(connection)
        for model in READ_MODELS:
            connection.execute(model.create_table(names(code)[model.name]).encode())


def index(connection: Connection[Any], targets: Mapping[str, str]) -> None:
    """Build the secondary indexes of the filled tables, and let the planner look at them."""
    for model in READ_MODELS:
        target = targets[model.name]
        with connection.transaction():
            if _secondary_indexes(connection, target) < len(model.table.indexes):
                connection.execute(model.create_indexes(target).encode())
        connection.execute(SQL("ANALYZE {}").format(_identifier(target)))


def live_table(connection: Connection[Any], model: ReadModel) -> str:
    """The table that the read model's view reads now, as `schema.table`."""
    row = connection.execute(
        "SELECT n.nspname || '.' || c.relname FROM pg_rewrite r"
        " JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid"
        " JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid"
        " AND c.relkind = 'r' JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE r.ev_class = to_regclass(%s) LIMIT 1",
        (model.view,),
    ).fetchone()
    if row is None:
        raise LookupError(f"there is no view {model.view}: run tallystick migrate")
    return str(row[0])


def shared_columns(connection: Connection[Any], model: ReadModel, live: str) -> list[str]:
    """The columns of a read model that its live table has too."""
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped",
        (live,),
    ).fetchall()
    there = {row[0] for row in rows}
    return [name for name in model.table.column_names if name in there]


def has_another_shape(connection: Connection[Any], model: ReadModel) -> bool:
    """Whether the live table is called otherwise, or has other columns or types, than declared."""
    live = live_table(connection, model)
    there = connection.execute(
        "SELECT attname, atttypid FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped",
        (live,),
    ).fetchall()
    declared = connection.execute(
        "SELECT name, to_regtype(type)::oid FROM unnest(%s::text[], %s::text[]) AS c(name, type)",
        (list(model.table.column_names), model.types),
    ).fetchall()
    return live != model.name or set(there) != set(declared)


def drop(connection: Connection[Any], model: ReadModel) -> None:
    """Drop a read model's view and its live table; its figures must be gone already."""
    live = live_table(connection, model)
    connection.execute(SQL("DROP VIEW {}").format(_identifier(model.view)))
    connection.execute(SQL("DROP TABLE {}").format(_identifier(live)))


def point_views(connection: Connection[Any], at: Mapping[str, str]) -> None:
    """Let the reporting views read other tables; readers wait until the transaction ends."""
    for model in READ_MODELS:
        connection.execute(model.create_view(at[model.name]).encode())


def put_in_place(connection: Connection[Any], live: Mapping[str, str], code: str) -> None:
    """Point the views at the new tables, drop the live ones, give their names to the new."""
    targets = names(code)
    point_views(connection, targets)
    for model in READ_MODELS:
        connection.execute(SQL("DROP TABLE {}").format(_identifier(live[model.name])))
        connection.execute(
            SQL("ALTER TABLE {} RENAME TO {}").format(
                _identifier(targets[model.name]), Identifier(model.name.split(".")[1])
            )
        )
    connection.execute(SQL("DROP TABLE {}").format(_identifier(pages(code).table)))


def discard(connection: Connection[Any], code: str) -> None:
    """Drop the new tables and forget how far they were filled."""
    for table in _all(code):
        connection.execute(SQL("DROP TABLE IF EXISTS {}").format(_identifier(table)))


def _all(code: str) -> list[str]:
    return [pages(code).table, *names(code).values()]


def _drop_leftovers(connection: Connection[Any], wanted: Collection[str]) -> None:
    """Throw away what another version of the code had begun."""
    rows = connection.execute(
        "SELECT schemaname || '.' || tablename FROM pg_tables"
        " WHERE schemaname = 'projection' AND strpos(tablename, %s) > 0",
        (NEXT,),
    ).fetchall()
    for (table,) in rows:
        if table not in wanted:
            connection.execute(SQL("DROP TABLE {}").format(_identifier(table)))


def _exists(connection: Connection[Any], table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()
    return bool(row and row[0])


def _secondary_indexes(connection: Connection[Any], table: str) -> int:
    row = connection.execute(
        "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass AND NOT indisprimary", (table,)
    ).fetchone()
    return int(row[0]) if row else 0


def _identifier(table: str) -> Identifier:
    return Identifier(*tables.checked_name(table).split("."))
