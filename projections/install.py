"""Install every read model and every figure in a database, or renew them."""

from typing import Any

from psycopg import Connection

from projections import rebuild_tables
from projections.read_models import READ_MODELS, ReadModel
from projections.reporting.install import drop_figures
from projections.reporting.install import install as install_reporting
from projections.runner import fill_new


def install_read_models(connection: Connection[tuple[Any, ...]]) -> None:
    """Create the tables that are missing, then the figures over them; run by the migration.

    A read model that is new to a ledger with a history, or has another shape in this version, is
    filled up to where the others are, so that no figure over it begins on the day of the upgrade.
    """
    with connection.transaction():
        connection.execute("SET ROLE tallystick_projector")
        missing = [model for model in READ_MODELS if _is_missing(connection, model.view)]
        reshaped = [
            model
            for model in READ_MODELS
            if model not in missing and rebuild_tables.has_another_shape(connection, model)
        ]
        if reshaped:
            drop_figures(connection)  # they are made again below, and stand on the old views
        for model in reshaped:
            rebuild_tables.drop(connection, model)
        new = [*missing, *reshaped]
        for model in new:
            _create(connection, model)
        connection.execute("RESET ROLE")
        install_reporting(connection)
        connection.execute("SET ROLE tallystick_projector")
        fill_new(connection, new)
        connection.execute("RESET ROLE")


def _is_missing(connection: Connection[tuple[Any, ...]], view: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NULL", (view,)).fetchone()
    return row is not None and bool(row[0])


def _create(connection: Connection[tuple[Any, ...]], model: ReadModel) -> None:
    for statements in (
        model.create_table(model.name),
        model.create_indexes(model.name),
        model.create_view(model.name),
    ):
        connection.execute(statements.encode())
