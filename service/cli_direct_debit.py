"""Verbs of Direct Debit: what would be taken, and the notice of it; and the verbs beside them."""

import csv
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledger.collection_plan import Due, Held
from ledger.money import format_minor
from service import (
    cli_direct_debit_changes,
    cli_direct_debit_claims,
    cli_direct_debit_mandates,
    cli_direct_debit_proof,
    cli_direct_debit_runs,
)
from service.cli_desk import CommandId, DryRun, Json, Who, order
from service.direct_debit.announcing import Notice, announce
from service.direct_debit.planning import InRun, NotCollectingError, Plan, plan_for
from service.exits import NOT_FOUND, REFUSED, complain, fail
from service.report_run import catch_up
from service.wiring import open_app

desk = typer.Typer(help="Direct Debit: mandates, notices, runs, and their proof.")
Unit = Annotated[str, typer.Option("--unit", help="The unit that collects.")]
ForDay = Annotated[
    datetime,
    typer.Option("--for", formats=["%Y-%m-%d"], help="Entry day: payers are debited on it."),
]
LINES_SHOWN_MAX = 40


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    cli_direct_debit_mandates.register(desk)
    cli_direct_debit_changes.register()
    cli_direct_debit_runs.register(desk)
    cli_direct_debit_proof.register(desk)
    cli_direct_debit_claims.register(desk)
    app.add_typer(desk, name="dd")


@desk.command("plan")
def plan(context: typer.Context, entry_on: ForDay, unit: Unit, as_json: Json = False) -> None:
    """Show what a run of a day would take, and what is held back and why; write nothing."""
    with open_app(context.obj) as app:
        catch_up(app)
        try:
            made = plan_for(app, unit, entry_on.date(), keeps_taken=as_json)
        except NotCollectingError as error:
            fail(str(error), NOT_FOUND)
    if as_json:
        typer.echo(json.dumps(_plan_json(made)))
    else:
        _show_plan(made, Console(highlight=False))


def _plan_json(made: Plan) -> dict[str, Any]:
    return {
        "unit": made.unit,
        "input_on": made.days.input_on.isoformat(),
        "processing_on": made.days.processing_on.isoformat(),
        "entry_on": made.days.entry_on.isoformat(),
        "taken": made.taken,
        "taken_minor": made.taken_minor,
        "in_run": {
            run: {"collections": number, "amount_minor": made.in_run_minor[run]}
            for run, number in made.in_run.items()
        },
        "lines": [
            {
                "mandate": one.mandate,
                "account": one.account,
                "amount_minor": one.result.amount_minor,
                "held_back": one.result.code.value if isinstance(one.result, Held) else None,
                "why": one.result.sentence if isinstance(one.result, Held) else None,
                "in_run": one.result.run if isinstance(one.result, InRun) else None,
                "invoices": list(one.result.invoices) if isinstance(one.result, Due) else [],
            }
            for one in made.lines
        ],
    }


def _show_plan(made: Plan, console: Console) -> None:
    days = made.days
    console.print(
        f"Direct Debits of {escape(made.unit)} for {days.entry_on:%A %-d %B %Y}:"
        f" send by {days.input_on:%-d %B}, processed {days.processing_on:%-d %B}"
    )
    held = [one for one in made.lines if isinstance(one.result, Held)]
    if held:
        table = Table("held back", "account", "why")
        table.add_column("£", justify="right")
        for one in held[:LINES_SHOWN_MAX]:
            result = one.result
            if isinstance(result, Held):
                why = f"{result.code.replace('_', ' ')}: {result.sentence}"
                amount = format_minor(result.amount_minor, thousands=True)
                table.add_row(escape(one.mandate), escape(one.account), escape(why), amount)
        console.print(table)
        if len(held) > LINES_SHOWN_MAX:
            console.print(f"and {len(held) - LINES_SHOWN_MAX:,} more: --json has them all")
    total = format_minor(made.taken_minor, thousands=True)
    console.print(f"to take: {made.taken:,} collections, £{total}")
    for run, number in made.in_run.items():
        amount = format_minor(made.in_run_minor[run], thousands=True)
        console.print(f"in run {escape(run)}: {number:,} collections, £{amount}")
    for code, number in made.held.most_common():
        amount = format_minor(made.held_minor[code], thousands=True)
        console.print(f"held back: {number:,}, £{amount} ({code.replace('_', ' ')})")


@desk.command("announce")
def announce_(
    context: typer.Context,
    entry_days: Annotated[
        list[datetime],
        typer.Option("--for", formats=["%Y-%m-%d"], help="Entry day; give several at once."),
    ],
    unit: Unit,
    out: Annotated[
        Path | None, typer.Option(help="CSV of the notices to send; standard output without it.")
    ] = None,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
) -> None:
    """Record the advance notice of what is due on the days, and list the notices to send."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    with open_app(context.obj) as app:
        catch_up(app)
        days = [one.date() for one in entry_days]
        try:
            notices = list(announce(app, asked, unit, days))
        except NotCollectingError as error:
            fail(str(error), NOT_FOUND)
    given = [one for one in notices if not one.refusals]
    _write_notices(given, out)
    _told(notices, given, dry_run=dry_run)


def _write_notices(notices: Iterable[Notice], out: Path | None) -> None:
    rows = [
        (one.notice, one.unit, one.account, one.mandate, one.party, each.entry_on.isoformat(),
         format_minor(each.amount_minor))
        for one in notices
        for each in one.collections
    ]  # fmt: skip
    head = ("notice", "unit", "account", "mandate", "party", "taken_on", "amount")
    if out is None:
        csv.writer(sys.stdout, lineterminator="\n").writerows([head, *rows])
        return
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])


def _told(notices: list[Notice], given: list[Notice], *, dry_run: bool) -> None:
    console = Console(stderr=True, highlight=False)
    total = sum(each.amount_minor for one in given for each in one.collections)
    verb = "would be given" if dry_run else "given"
    amount = format_minor(total, thousands=True)
    if not notices:
        console.print("no notice to give: nothing is due on these days that was not announced")
        return
    console.print(f"{len(given):,} notices {verb}, of £{amount}")
    refused = [one for one in notices if one.refusals]
    for one in refused[:LINES_SHOWN_MAX]:
        complain(f"{one.mandate}: {one.refusals[0].sentence}")
    if refused:
        raise typer.Exit(REFUSED)
