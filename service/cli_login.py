"""`reporting-login`: a login for a reporting tool, that reads the figures and nothing else."""

import re
import secrets
from typing import Annotated

import typer
from psycopg.conninfo import conninfo_to_dict

from service import embedded
from service.embedded_database import ensure_database
from service.exits import USAGE, fail
from service.migrations import reporting_login
from service.settings import Settings

PASSWORD_BYTES = 24
_NAME = re.compile(r"[a-z][a-z0-9_]{2,62}", re.ASCII)


def register(app: typer.Typer) -> None:
    """Add the verb of this module."""
    app.command("reporting-login")(make_login)


def make_login(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="The login's name.")] = "tallystick_bi",
) -> None:
    """Make a login that reads the figures and nothing else, or give it a new password."""
    if _NAME.fullmatch(name) is None or name.startswith("pg_"):
        fail(f"{name!r} is no name for a login: small letters, digits and underscores", USAGE)
    url = _owner_url(context.obj)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    reporting_login(url, name, password)
    where = conninfo_to_dict(url)
    typer.echo(f"login     {name}")
    typer.echo(f"password  {password}")
    typer.echo(f"server    {where.get('host', '')}, port {where.get('port', 5432)}")
    typer.echo(f"database  {where.get('dbname', '')}, schema reporting")
    typer.echo("The password is shown this once and kept nowhere; asked again, another is made.")


def _owner_url(settings: Settings) -> str:
    if settings.database_url is None:
        return ensure_database(embedded.ensure_running(settings.home)).owner_url
    if settings.owner_database_url is None:
        fail("reporting-login needs TALLYSTICK_OWNER_DATABASE_URL", USAGE)
    return settings.owner_database_url.get_secret_value()
