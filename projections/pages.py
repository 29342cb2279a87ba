"""One page of the log: fetched, decoded once for all read models, folded, and copied in.

A page is the unit of memory as it is of the transaction: nothing is kept from one to the next.
Events that no read model asks for are not decoded.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from ledger.decoding import StoredRow, decode_rows
from ledger.recorded import FACTS
from ledger.upcasts import STEPS
from projections.read_models import ReadModel, fed_by

PAGE_EVENTS = 5_000
Rows: TypeAlias = dict[str, list[tuple[Any, ...]]]


def fetch(connection: Connection[tuple[Any, ...]], after: int, limit: int) -> list[StoredRow]:
    """The next stored events after a position, in order."""
    cursor = connection.execute(
        "SELECT notification_id, originator_id, originator_version, recorded_at, topic, state"
        " FROM ledger.events WHERE notification_id > %s ORDER BY notification_id LIMIT %s",
        (after, limit),
        binary=True,
    )
    return cursor.fetchall()


def fill(
    connection: Connection[tuple[Any, ...]],
    page: Sequence[StoredRow],
    models: Sequence[ReadModel],
    targets: Mapping[str, str],
) -> None:
    """Add the rows of a page to every read model; `targets` names other tables than the live."""
    with _no_search_for_garbage():
        for model, rows in zip(models, _folded(page, models).values(), strict=True):
            if rows:
                _copy(connection, model, targets.get(model.name, model.name), rows)


def _folded(page: Sequence[StoredRow], models: Sequence[ReadModel]) -> Rows:
    """The rows of a page, under the name of each read model, in the order of the models."""
    rows: Rows = {model.name: [] for model in models}
    fed = {topic: fed_by(fact, models) for topic, fact in FACTS.items()}
    fold = {
        fact: [(model.rows, rows[model.name].extend) for model in fed[topic]]
        for topic, fact in FACTS.items()
    }
    for event in decode_rows([row for row in page if _is_asked_for(row[4], fed)]):
        for rows_of, add in fold[type(event.fact)]:
            add(rows_of(event))
    return rows


def _is_asked_for(topic: str, fed: Mapping[str, tuple[ReadModel, ...]]) -> bool:
    # A topic that this version does not know is asked for as well: to decode it stops the reader.
    return topic in STEPS or bool(fed.get(topic, True))


def _copy(
    connection: Connection[tuple[Any, ...]],
    model: ReadModel,
    table: str,
    rows: Sequence[tuple[Any, ...]],
) -> None:
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        Identifier(*table.split(".")),
        SQL(", ").join(Identifier(name) for name in model.table.column_names),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(model.types)
        for row in rows:
            copy.write_row(row)


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Look for garbage between pages only: a page makes many values, and no cycles.

    Measured: half of the time of a page went into looking at its own values again and again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
