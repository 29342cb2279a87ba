"""How a read model declares its table: columns with their meaning, constraints, indexes.

The same declaration makes the live table, the one that a rebuild fills beside it, and the comments
of the reporting view over it. Indexes and keys are left unnamed, so that PostgreSQL finds a free
name however often a table was rebuilt and renamed.
"""

import re
from dataclasses import dataclass

_TABLE_NAME = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its SQL type with constraints, its meaning with unit."""

    name: str
    sql_type: str
    comment: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table without its name: comment, columns, table constraints, index definitions.

    `together` names groups of columns whose combined number of values the planner should know.
    """

    comment: str
    columns: tuple[Column, ...]
    constraints: tuple[str, ...]
    indexes: tuple[str, ...]
    together: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names in the order of the table, for COPY and INSERT."""
        return tuple(column.name for column in self.columns)


def checked_name(name: str) -> str:
    """`name` itself when it is a plain `schema.table`; ValueError otherwise."""
    if _TABLE_NAME.fullmatch(name) is None:
        raise ValueError(f"not a table name with its schema: {name!r}")
    return name


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def create_table(table: Table, name: str) -> str:
    """DDL of an empty table called `name`, with comments and without its secondary indexes.

    A rebuild fills the table first and calls `create_indexes` after: a bulk index build is cheaper
    than a million insertions.
    """
    parts = [f"{column.name} {column.sql_type}" for column in table.columns]
    body = ",\n    ".join([*parts, *table.constraints])
    return f"CREATE TABLE {checked_name(name)} (\n    {body}\n);\n" + comments(table, "TABLE", name)


def create_indexes(table: Table, name: str) -> str:
    """DDL of the secondary indexes and planner statistics of the table called `name`."""
    indexes = [f"CREATE INDEX ON {checked_name(name)} {index};\n" for index in table.indexes]
    statistics = [_statistics(n, columns, name) for n, columns in enumerate(table.together, 1)]
    return "".join([*indexes, *statistics])


def _statistics(number: int, columns: str, name: str) -> str:
    """DDL of the number of distinct values of some columns together.

    PostgreSQL 15 wants a name for it; the table's oid keeps it free when tables are renamed.
    """
    schema = name.partition(".")[0]
    return (
        "DO $$ BEGIN EXECUTE format("
        f"'CREATE STATISTICS {schema}.%I (ndistinct) ON {columns} FROM {name}', "
        f"'together_{number}_of_' || {quoted(name)}::regclass::oid); END $$;\n"
    )


def create_view(table: Table, view: str, name: str) -> str:
    """DDL that points the reporting view at the table called `name`; the switch of a rebuild."""
    columns = ", ".join(table.column_names)
    select = f"SELECT {columns} FROM {checked_name(name)}"  # noqa: S608 - checked names only
    return f"CREATE OR REPLACE VIEW {checked_name(view)} AS {select};\n" + comments(
        table, "VIEW", view
    )


def comments(table: Table, relation: str, name: str) -> str:
    """COMMENT statements of a TABLE or VIEW called `name` and of all its columns."""
    lines = [f"COMMENT ON {relation} {name} IS {quoted(table.comment)};"]
    lines += [
        f"COMMENT ON COLUMN {name}.{column.name} IS {quoted(column.comment)};"
        for column in table.columns
    ]
    return "\n".join(lines) + "\n"
