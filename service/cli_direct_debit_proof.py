"""Verbs about what a run came to: a day posted, the run proved four ways and signed off."""

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ledger.collection_run_commands import SignOffRun
from ledger.money import format_minor
from service.cli_desk import CommandId, Json, Who, order
from service.cli_direct_debit_runs import Run, found_run, refused
from service.direct_debit.posting import Posted, post
from service.direct_debit.proving import Proof, prove
from service.direct_debit.runs import RunRefusedError, give_step
from service.exits import IDENTITY_BROKEN, REFUSED, complain
from service.report_run import catch_up
from service.wiring import open_app


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    for name, verb in (("post", post_), ("prove", prove_), ("sign-off", sign_off)):
        app.command(name)(verb)


def post_(
    context: typer.Context,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="The day; today without it."),
    ] = None,
    actor: Who = None,
    command_id: CommandId = None,
) -> None:
    """Do what a day brings: credit accounts, settle claims, find the bank's credits of runs."""
    asked = order(context, actor, command_id)
    with open_app(context.obj) as app:
        done = post(app, asked, on.date() if on else app.ledger.today())
    _show_posted(done, Console(highlight=False))
    if done.problems or done.credited.problems or done.credited.waiting:
        raise typer.Exit(REFUSED)


def _show_posted(done: Posted, console: Console) -> None:
    credited = done.credited
    amount = format_minor(credited.amount_minor, thousands=True)
    names = f" of {', '.join(credited.runs)}" if credited.runs else ""
    console.print(Text(f"accounts credited: {credited.receipts:,} collections, £{amount}{names}"))
    for one in done.paired:
        amount = format_minor(one.amount_minor, thousands=True)
        console.print(Text(f"the bank's credit of run {one.run}: {one.receipt}, £{amount}"))
    for back in done.back:
        amount = format_minor(back.amount_minor, thousands=True)
        of = f"{back.refund} of {back.unit}/{back.account}"
        console.print(Text(f"the bank's credit of refund {of}: {back.receipt}, £{amount}"))
    if done.settled:
        amount = format_minor(done.settled_minor, thousands=True)
        console.print(f"claims settled: {done.settled:,}, £{amount}")
    if any(done.stopped):
        count = (
            f"{done.stopped.collections:,} collections, {done.stopped.instructions:,} instructions"
        )
        console.print(f"never went, and wait for another run: {count}")
    for mandate in done.dormant:
        console.print(Text(f"mandate {mandate} is dormant"))
    for run in credited.waiting:
        complain(f"run {run} waits for its Input report: nothing of it is credited before")
    for problem in (*credited.problems, *done.problems):
        complain(problem)


def prove_(context: typer.Context, run: Run = None, as_json: Json = False) -> None:
    """Prove a run: ledger, file, Input report, bank; end with an error on a difference."""
    with open_app(context.obj) as app:
        state = found_run(app, run)
        catch_up(app)
        proof = prove(app, state)
    if as_json:
        typer.echo(json.dumps({**proof._asdict(), "totals": [t._asdict() for t in proof.totals]}))
    else:
        _show_proof(proof, Console(highlight=False))
    if not proof.is_proved:
        raise typer.Exit(IDENTITY_BROKEN)


def _show_proof(proof: Proof, console: Console) -> None:
    console.print(f"run {escape(proof.run)}, {proof.status.replace('_', ' ')}")
    table = Table("total of")
    for name in ("collections", "£"):
        table.add_column(name, justify="right")
    table.add_column("note")
    for total in proof.totals:
        count = "" if total.items is None else f"{total.items:,}"
        minor = total.amount_minor
        amount = "-" if minor is None else format_minor(minor, thousands=True)
        table.add_row(total.name, count, amount, escape(total.note))
    console.print(table)
    for difference in proof.differences:
        complain(difference)
    if proof.is_proved:
        console.print("all four agree")


def sign_off(
    context: typer.Context, run: Run = None, actor: Who = None, command_id: CommandId = None
) -> None:
    """Sign a run off; refused while the four totals differ."""
    asked = order(context, actor, command_id)
    with open_app(context.obj) as app:
        state = found_run(app, run)
        catch_up(app)
        proof = prove(app, state)
        own = proof.totals[0]
        if not proof.is_proved:
            _show_proof(proof, Console(highlight=False))
            raise typer.Exit(IDENTITY_BROKEN)
        step = SignOffRun(
            run=proof.run, collections=own.items or 0, amount_minor=own.amount_minor or 0
        )
        try:
            give_step(app, asked, proof.run, step)
        except RunRefusedError as error:
            refused(error)
    Console(highlight=False).print(f"run {escape(proof.run)} is signed off")
