"""Verbs that show standing orders: the list of them, and the story of one."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ledger.money import format_minor
from service.cli_desk import Json
from service.report_run import catch_up
from service.standing_orders.enquiry import EVERY, story
from service.standing_orders.listing import STATUSES, Alike, Standing, Suspense, standing_orders
from service.standing_orders.named import order_of, reference_of
from service.wiring import open_app

OrderName = Annotated[str, typer.Argument(help="The standing order, by its name or UNIT/NAME.")]
Listed = list[tuple[Standing, tuple[Alike, ...]]]


def register(desk: typer.Typer) -> None:
    """Add the verbs of this module."""
    desk.command("list")(list_orders)
    desk.command("show")(show)


def list_orders(
    context: typer.Context,
    late: Annotated[bool, typer.Option("--late", help="What is late or was missed.")] = False,
    changed: Annotated[
        bool, typer.Option("--changed", help="Another amount came twice in a row.")
    ] = False,
    stopped: Annotated[
        bool, typer.Option("--stopped", help="Stopped, probably stopped, or coming all the same.")
    ] = False,
    finished: Annotated[bool, typer.Option("--finished", help="Their last day is over.")] = False,
    unit: Annotated[str | None, typer.Option(help="Only of this unit.")] = None,
    as_json: Json = False,
) -> None:
    """List the standing orders; a late one with what in suspense may be its money."""
    flags = {"late": late, "changed": changed, "stopped": stopped, "finished": finished}
    statuses = {status for flag, is_set in flags.items() if is_set for status in STATUSES[flag]}
    with open_app(context.obj) as app:
        catch_up(app)
        rows = [
            one
            for one in standing_orders(app, unit)
            if not any(flags.values()) or one.status in statuses
        ]
        suspense = Suspense(app)
        found = [(one, suspense.like(one)) for one in rows]
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {**one.as_json(), "in_suspense": [alike.as_json() for alike in several]}
                    for one, several in found
                ]
            )
        )
        return
    _show(found, Console(highlight=False))


def _show(found: Listed, console: Console) -> None:
    if not found:
        console.print("there is no standing order that stands so")
        return
    table = Table()
    table.add_column("standing order,\naccount", no_wrap=True)  # it is what is typed next
    for name in ("state", "how often", "late since", "last came"):
        table.add_column(name)
    for name in ("£", "missing £"):
        table.add_column(name, justify="right")
    for one, _ in found:
        amount, arrears = (
            format_minor(minor, thousands=True) for minor in (one.amount_minor, one.arrears_minor)
        )
        table.add_row(
            escape(f"{one.unit}/{one.standing_order}\n{one.account}"),
            one.status.replace("_", " "),
            EVERY[one.frequency],
            _day(one.late_since),
            _day(one.last_received_on),
            amount,
            arrears,
        )
    console.print(table)
    _look_first(found, console)


def _look_first(found: Sequence[tuple[Standing, tuple[Alike, ...]]], console: Console) -> None:
    """Nobody who has paid is chased: what may be the money is told before anybody is asked."""
    for one, several in found:
        for alike in several:
            named = f"{one.unit}/{one.standing_order}"
            console.print(Text(f"{named}: look first: {alike.sentence()}"), soft_wrap=True)


def _day(on: date | None) -> str:
    return "" if on is None else f"{on:%-d %b %Y}"


def show(context: typer.Context, name: OrderName, as_json: Json = False) -> None:
    """Tell the story of a standing order: what was told, what came, what is missing."""
    with open_app(context.obj) as app:
        catch_up(app)
        state = order_of(app, name)
        told = story(app, state, reference_of(app, state))
    if as_json:
        typer.echo(json.dumps(told.as_json()))
        return
    console = Console(highlight=False)
    for line in told.lines():
        console.print(Text(line), soft_wrap=True)
