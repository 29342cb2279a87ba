"""The suspense desk: what is there, whose it may be, who looks after it, what is sure by now."""

import json
from typing import Annotated

import typer
from rich.console import Console

from ledger import suspense_commands as sc
from service import (
    cli_suspense_identify,
    cli_suspense_moves,
    cli_suspense_returns,
    suspense_desk,
)
from service.cli_desk import CommandId, Json, Receipt, Who, end, order, receipt_of
from service.desk_orders import give
from service.report_run import catch_up
from service.suspense_desk import Sort, Wanted
from service.suspense_desk_case import case_of
from service.suspense_desk_json import case_json
from service.suspense_desk_page import show_case
from service.suspense_desk_rematch import as_json as rematched_json
from service.suspense_desk_rematch import rematch
from service.suspense_desk_text import show_list, show_rematched
from service.wiring import open_app

suspense = typer.Typer(help="Money that came without an account: list, show, and give it a place.")


def register(app: typer.Typer) -> None:
    """Add the verbs of the desk."""
    for module in (cli_suspense_identify, cli_suspense_moves, cli_suspense_returns):
        module.register(suspense)
    app.add_typer(suspense, name="suspense")


@suspense.command("list")
def list_held(
    context: typer.Context,
    owner: Annotated[
        str | None, typer.Option(help="Only what this person looks after; `nobody` for the rest.")
    ] = None,
    older_than: Annotated[
        int | None, typer.Option(min=0, help="Only what waits longer than so many working days.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Only this unit.")] = None,
    sort: Annotated[Sort, typer.Option(help="What comes first.")] = "age",
    as_json: Json = False,
) -> None:
    """List what is in suspense: age, amount, owner, best candidate, and why it is here."""
    with open_app(context.obj) as app:
        catch_up(app)
        rows = suspense_desk.listed(app, Wanted(owner, older_than, unit, sort))
        today = app.ledger.today()
    if as_json:
        typer.echo(json.dumps(suspense_desk.as_json(rows, today)))
    else:
        show_list(rows, Console(highlight=False))


@suspense.command("show")
def show(context: typer.Context, receipt: Receipt, as_json: Json = False) -> None:
    """Show one receipt: its bank line as it came, its history, and whose it may be."""
    with open_app(context.obj) as app:
        catch_up(app)
        case = case_of(app, receipt_of(app, receipt))
    if as_json:
        typer.echo(json.dumps(case_json(case)))
    else:
        show_case(case, Console(highlight=False))


@suspense.command("assign")
def assign(
    context: typer.Context,
    receipt: Receipt,
    owner: Annotated[str, typer.Argument(help="Who shall look after it.")],
    actor: Who = None,
    command_id: CommandId = None,
    as_json: Json = False,
) -> None:
    """Give a receipt an owner: the person who finds out whose it is."""
    asked = order(context, actor, command_id)
    with open_app(context.obj) as app:
        name = receipt_of(app, receipt).receipt
        given = give(app, asked, [sc.AssignSuspense(receipt=name, owner=owner)])
    end(given, as_json=as_json)


@suspense.command("rematch")
def rematch_all(
    context: typer.Context,
    unit: Annotated[str | None, typer.Option(help="Only this unit.")] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Identify them; without it they are only shown.")
    ] = False,
    actor: Who = None,
    command_id: CommandId = None,
    as_json: Json = False,
) -> None:
    """Match everything in suspense again: what is sure by now goes to its account by its rule."""
    asked = order(context, actor, command_id, dry_run=not apply)
    with open_app(context.obj) as app:
        catch_up(app)
        found = rematch(app, asked, suspense_desk.listed(app, Wanted(unit=unit)))
    if as_json:
        typer.echo(json.dumps(rematched_json(found, applied=apply)))
    else:
        show_rematched(found, Console(highlight=False), applied=apply)
