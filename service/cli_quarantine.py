"""Verbs about accounts and receipts that were stopped: list, stop, release."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from service.cli_desk import CommandId, DryRun, Json, Who, Why, end, order
from service.exits import REFUSED, fail
from service.quarantine_desk import StillBrokenError, listed, stream_of
from service.quarantine_desk import release as release_stream
from service.quarantine_desk import stop as stop_stream
from service.wiring import open_app

quarantine = typer.Typer(help="Accounts and receipts that were stopped because they are wrong.")
Which = Annotated[
    str, typer.Argument(metavar="STREAM", help="UNIT/ACCOUNT, a receipt, or a stream's own name.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.add_typer(quarantine, name="quarantine")


@quarantine.command("list")
def list_stopped(context: typer.Context, as_json: Json = False) -> None:
    """List what is stopped, why, and since when."""
    with open_app(context.obj) as app:
        stopped = listed(app.store)
    if as_json:
        rows = [{"stream": name, **why.model_dump(mode="json")} for name, why in stopped.items()]
        typer.echo(json.dumps(rows))
        return
    console = Console(highlight=False)
    if not stopped:
        console.print("nothing is stopped")
        return
    table = Table("stopped", "since", "by the input of", "what is wrong")
    for name, why in stopped.items():
        table.add_row(name, f"{why.since:%-d %B %Y}", escape(why.stopped_by), escape(why.breach))
    console.print(table)
    console.print('tallystick quarantine release STREAM --reason "..." --actor WHO')


@quarantine.command("stop")
def stop(
    context: typer.Context,
    stream: Which,
    reason: Why,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Stop an account or a receipt that is wrong: it takes no command until it is released."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    with open_app(context.obj) as app:
        given = stop_stream(app, asked, stream_of(stream), reason)
    end(given, as_json=as_json)


@quarantine.command("release")
def release(
    context: typer.Context,
    stream: Which,
    reason: Why,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let it take commands again, its state made anew from its events; not by who stopped it."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    with open_app(context.obj) as app:
        try:
            given = release_stream(app, asked, stream_of(stream), reason)
        except StillBrokenError as error:
            fail(str(error), REFUSED)
    end(given, as_json=as_json, hints=["tallystick intake list  shows what was refused meanwhile"])
