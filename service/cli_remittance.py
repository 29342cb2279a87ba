"""Verbs for remittance advices: list, match."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from consumers.remittances import RemittanceMoneyError
from ledger.money import format_minor
from service import remittance_desk
from service.cli_intake import show_advice
from service.exits import NOT_FOUND, REFUSED, fail
from service.remittance_desk import RemittanceUnknownError
from service.wiring import open_app

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]

remittance = typer.Typer(help="Lists of payments that came apart from their money: list, match.")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.add_typer(remittance, name="remittance")


@remittance.command("list")
def listed(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that are done, too.")] = False,
    as_json: Json = False,
) -> None:
    """List advices whose money has not come or is not all allocated, and money without advice."""
    with open_app(context.obj) as app:
        advices = remittance_desk.advices(app)
        batches = remittance_desk.batches_without_advice(app)
    shown = [one for one in advices if everything or one.state != "allocated"]
    if as_json:
        rows = {
            "advices": [asdict(one) for one in shown],
            "money": [asdict(one) for one in batches],
        }
        typer.echo(json.dumps(rows, default=str))
        return
    console = Console(highlight=False)
    if not shown and not batches:
        console.print("every advice has its money, and every batch of money its advice")
        return
    if shown:
        console.print(_advices(shown))
    if batches:
        console.print(_batches(batches))


def _advices(shown: list[remittance_desk.Advice]) -> Table:
    table = Table("remittance", "state", "day", "from file", title="Remittance advices")
    table.add_column("payments", justify="right")
    table.add_column("£", justify="right")
    table.add_column("waiting £", justify="right")
    table.add_column("receipt")
    for one in shown:
        table.add_row(
            one.remittance,
            one.state,
            f"{one.dated_on:%-d %B %Y}",
            escape(one.file_name),
            f"{one.lines:,}",
            format_minor(one.amount_minor, thousands=True),
            format_minor(one.waiting_minor, thousands=True),
            one.receipt or "",
        )
    return table


def _batches(batches: list[remittance_desk.Money]) -> Table:
    table = Table("receipt", "unit", "day", title="Batches of money without an advice")
    table.add_column("payments", justify="right")
    table.add_column("£", justify="right")
    for one in batches:
        table.add_row(
            one.receipt,
            one.unit,
            f"{one.received_on:%-d %B %Y}",
            f"{one.batch_payments:,}",
            format_minor(one.amount_minor, thousands=True),
        )
    return table


@remittance.command("match")
def match(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The remittance, as `remittance list` names it.")],
    receipt: Annotated[str, typer.Argument(help="The receipt in suspense that is its money.")],
    as_json: Json = False,
) -> None:
    """Open an advice over the money that it is about: each of its payments goes its own way."""
    with open_app(context.obj) as app:
        try:
            report = remittance_desk.match(app, name, receipt)
        except RemittanceUnknownError as error:
            fail(f"{error}: see tallystick remittance list", NOT_FOUND)
        except RemittanceMoneyError as error:
            fail(str(error), REFUSED)
    if as_json:
        typer.echo(json.dumps(asdict(report)))
        return
    show_advice(report, Console())
