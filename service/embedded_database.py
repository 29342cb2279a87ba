"""A database inside the embedded PostgreSQL, with the two logins that Tallystick uses.

The owner (the superuser here) migrates and rebuilds; the application login may only do what the
ledger's roles allow it.
"""

from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from service.embedded import EmbeddedServer, secret

APP_LOGIN = "tallystick"
_DATABASE_NAME = "tallystick"


@dataclass(frozen=True, slots=True)
class EmbeddedDatabase:
    """One database and the URLs of its owner and of the application."""

    name: str
    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)


def app_password(server: EmbeddedServer) -> str:
    """The password of the application's login, one for the whole server as logins are."""
    return secret(server.home, "postgres-login-tallystick")


def ensure_database(
    server: EmbeddedServer, name: str = _DATABASE_NAME, *, template: str = "template1"
) -> EmbeddedDatabase:
    """The database called `name`, created as a copy of `template` when it is not there."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, [name]).fetchone() is None:
            # Another process may be faster, and makes the same.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    return EmbeddedDatabase(
        name, server.url(name), server.url(name, APP_LOGIN, app_password(server))
    )


def drop_database(server: EmbeddedServer, name: str) -> None:
    """Delete a database and end the sessions in it; nothing happens when there is none."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
