"""Install every read model and every figure in a database, or renew them."""

from typing import Any

from psycopg import Connection

from projections.read_models import READ_MODELS
from projections.reporting.install import install as install_reporting


def install_read_models(connection: Connection[tuple[Any, ...]]) -> None:
    """Create the tables that are missing, then the figures over them; run by the migration."""
    with connection.transaction():
        connection.execute("SET ROLE tallystick_projector")
        for model in READ_MODELS:
            row = connection.execute("SELECT to_regclass(%s) IS NULL", (model.view,)).fetchone()
            if row is not None and row[0]:
                for statements in (
                    model.create_table(model.name),
                    model.create_indexes(model.name),
                    model.create_view(model.name),
                ):
                    connection.execute(statements.encode())
        connection.execute("RESET ROLE")
    install_reporting(connection)
