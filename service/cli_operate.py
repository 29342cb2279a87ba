"""Verbs of the person who runs it: config, migrate, verify, stop, demo."""

import json
from pathlib import Path
from typing import Annotated

import typer
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledger.checks import verify as verify_log
from ledger.findings import Finding
from projections import runner
from projections.reporting.close import wrong_closings
from service import embedded
from service.embedded_database import APP_LOGIN, app_password, ensure_database
from service.exits import ERROR, USAGE, fail
from service.health_sources import note_verified
from service.migrations import migrate as migrate_database
from service.reading import on_replica
from service.settings import Settings, masked
from service.telemetry import progress
from service.wiring import App, open_app


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    for name, verb in (
        ("config", config),
        ("migrate", migrate),
        ("verify", verify),
        ("stop", stop),
        ("demo", demo),
    ):
        app.command(name)(verb)


def config(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a script.")] = False,
) -> None:
    """Print the settings in force; secrets are masked."""
    values = masked(context.obj)
    if as_json:
        typer.echo(json.dumps(values))
        return
    table = Table("setting", "value")
    for name, value in values.items():
        table.add_row(name, escape(value))
    Console().print(table)


def migrate(
    context: typer.Context,
    sandbox: Annotated[
        bool, typer.Option(help="Make a ledger whose business clock may be simulated.")
    ] = False,
) -> None:
    """Bring the database to this version, with the owner's rights."""
    settings: Settings = context.obj
    if settings.database_url is None:
        server = embedded.ensure_running(settings.home)
        logins = {APP_LOGIN: app_password(server)}
        url = ensure_database(server).owner_url
        migrate_database(url, login_passwords=logins, sandbox=sandbox)
        typer.echo("the embedded database is up to date")
        return
    if settings.owner_database_url is None:
        fail("migrate needs TALLYSTICK_OWNER_DATABASE_URL beside TALLYSTICK_DATABASE_URL", USAGE)
    login = conninfo_to_dict(settings.database_url.get_secret_value())
    user, password = str(login.get("user", "")), str(login.get("password", ""))
    if not user or not password:
        fail("TALLYSTICK_DATABASE_URL must name the application's login and its password", USAGE)
    owner = settings.owner_database_url.get_secret_value()
    migrate_database(owner, login_passwords={user: password}, sandbox=sandbox)
    typer.echo("the database is up to date")


def verify(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a script.")] = False,
    replica: Annotated[
        bool, typer.Option("--replica", help="Verify the replica, not the database that it copies.")
    ] = False,
) -> None:
    """Recompute every seal, refold every stream, check register and closings; name what is bad."""
    with open_app(on_replica(context.obj) if replica else context.obj) as app:
        events = app.store.last_position()
        with progress("events", None) as advance:
            findings = verify_log(app.store, advance)
            if not replica:  # they are computed again in tables of their own
                findings = (*findings, *_closings(app))
        note_verified(app.settings.home, events, len(findings), app.store.now())
    if as_json:
        rows = [
            {"check": one.check, "position": one.position, "sentence": one.sentence}
            for one in findings
        ]
        typer.echo(json.dumps({"events": events, "findings": rows}))
    else:
        for one in findings:
            typer.echo(f"{one.check}: {one.sentence}")
        found = f"{len(findings):,} findings" if findings else "everything agrees"
        typer.echo(f"{events:,} events verified: {found}")
    raise typer.Exit(ERROR if findings else 0)


def _closings(app: App) -> list[Finding]:
    """What figures start from, held against the movements."""
    with runner.connect(app.urls.app) as connection:
        wrong = wrong_closings(connection)
    sentence = "closing {} is not the sum of the movements: tallystick rebuild makes it anew"
    return [Finding("closings", None, None, sentence.format(number)) for number in wrong]


def stop(context: typer.Context) -> None:
    """Stop the embedded PostgreSQL of this home."""
    embedded.stop(context.obj.home)
    typer.echo("stopped")


def demo(
    context: typer.Context,
    accounts: Annotated[
        int, typer.Option(envvar="ACCOUNTS", min=30, help="Debtor accounts of the council.")
    ] = 2_000,
    kafka: Annotated[
        str, typer.Option(envvar="KAFKA", help="1 for a broker started here, or host:port.")
    ] = "",
    out: Annotated[Path, typer.Option(help="Where the generated files go.")] = Path("demo-out"),
) -> None:
    """Play two years of a council: bills, bank files, officers; end with its figures."""
    from service.demo import run  # noqa: PLC0415 - matplotlib takes a second to import

    raise typer.Exit(run(context.obj, accounts=accounts, kafka=kafka, out=out))
