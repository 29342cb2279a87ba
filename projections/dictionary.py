"""The data dictionary: what every relation, column and function of schema `reporting` means.

It is read from the comments of a live database, so it describes what is installed and not what
somebody meant to install. `docs/data-dictionary.md` is this text, and a test fails when it is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

SCHEMA = "reporting"
_KINDS = {"r": "table", "p": "table", "v": "view", "m": "view"}

_RELATIONS = """
SELECT c.relname, c.relkind::text, obj_description(c.oid, 'pg_class')
FROM pg_class AS c
WHERE c.relnamespace = 'reporting'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
ORDER BY c.relname COLLATE "C"
"""
_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    col_description(c.oid, a.attnum)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'reporting'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname COLLATE "C", a.attnum
"""
_FUNCTIONS = """
SELECT p.proname, pg_get_function_arguments(p.oid), obj_description(p.oid, 'pg_proc')
FROM pg_proc AS p
WHERE p.pronamespace = 'reporting'::regnamespace
ORDER BY p.proname COLLATE "C"
"""
_DEFINITIONS = """
SELECT definition, title, formula, measured_in, source FROM reporting.definitions
ORDER BY definition COLLATE "C"
"""

_INTRODUCTION = """# Data dictionary

Made from the comments in the database; do not edit it by hand. Every figure is a function with
`(as_at date, as_known timestamptz)` and a plain view of the same name as at today, as known now.
The columns of a function are those of its view. Role `tallystick_reader` can read all of this and
nothing else.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that has, or should have, a comment."""

    name: str
    detail: str
    comment: str | None


def uncommented(connection: psycopg.Connection) -> list[str]:
    """Names of the relations, columns and functions of the schema that have no comment."""
    everything = [*_relations(connection), *_functions(connection)]
    everything += [column for columns in _columns(connection).values() for column in columns]
    return sorted(entry.name for entry in everything if not entry.comment)


def render(connection: psycopg.Connection) -> str:
    """The whole dictionary as Markdown, ending with a newline."""
    columns = _columns(connection)
    parts = [_INTRODUCTION, "## Tables and views\n"]
    parts += [_relation(entry, columns[entry.name]) for entry in _relations(connection)]
    parts += ["## Functions\n", _table(("Function", "Meaning"), _function_rows(connection))]
    parts += ["## Definitions\n", _table(_DEFINITION_HEADER, _definition_rows(connection))]
    return "\n".join(parts)


_DEFINITION_HEADER = ("Id", "Title", "Formula", "Measured in", "Source")


def _relation(entry: Entry, columns: list[Entry]) -> str:
    rows = [(f"`{c.name.split('.')[-1]}`", c.detail, c.comment or "") for c in columns]
    heading = f"### {entry.name} ({entry.detail})\n\n{entry.comment or ''}\n\n"
    return heading + _table(("Column", "Type", "Meaning"), rows)


def _function_rows(connection: psycopg.Connection) -> list[tuple[str, ...]]:
    return [
        (f"`{entry.name}({entry.detail})`", entry.comment or "") for entry in _functions(connection)
    ]


def _definition_rows(connection: psycopg.Connection) -> list[tuple[str, ...]]:
    return connection.execute(_DEFINITIONS).fetchall()


def _relations(connection: psycopg.Connection) -> list[Entry]:
    rows = connection.execute(_RELATIONS).fetchall()
    return [Entry(f"{SCHEMA}.{name}", _KINDS[kind], comment) for name, kind, comment in rows]


def _columns(connection: psycopg.Connection) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for relation, name, sql_type, comment in connection.execute(_COLUMNS).fetchall():
        entry = Entry(f"{SCHEMA}.{relation}.{name}", sql_type, comment)
        found.setdefault(f"{SCHEMA}.{relation}", []).append(entry)
    return found


def _functions(connection: psycopg.Connection) -> list[Entry]:
    rows = connection.execute(_FUNCTIONS).fetchall()
    return [Entry(f"{SCHEMA}.{name}", arguments, comment) for name, arguments, comment in rows]


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    cells = ((cell.replace("|", "\\|") for cell in line) for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)
