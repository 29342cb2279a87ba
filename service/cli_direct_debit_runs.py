"""Verbs about runs: prepared by one person, released by another, posted, proved and signed off."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from consumers.formats.standard18 import SubmissionError
from ledger.collection_run import CollectionRunState
from ledger.collection_run_commands import SignOffRun
from ledger.money import format_minor
from service.cli_desk import CommandId, Json, Who, Why, order
from service.direct_debit.planning import NotCollectingError
from service.direct_debit.posting import Posted, post
from service.direct_debit.preparing import Prepared, prepare
from service.direct_debit.proving import Proof, prove
from service.direct_debit.run_file import PayerErasedError
from service.direct_debit.runs import (
    FileChangedError,
    RunNotFoundError,
    RunRefusedError,
    abandon,
    find_run,
    give_step,
    release,
    run_states,
)
from service.exits import ERROR, IDENTITY_BROKEN, NOT_FOUND, REFUSED, complain, fail
from service.report_run import catch_up
from service.wiring import App, open_app

Run = Annotated[str | None, typer.Argument(help="The run; the latest without one.")]
SHOWN_MAX = 40


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    for name, verb in (
        ("run", run_),
        ("runs", runs),
        ("release", release_),
        ("abandon", abandon_),
        ("post", post_),
        ("prove", prove_),
        ("sign-off", sign_off),
    ):
        app.command(name)(verb)


def run_(
    context: typer.Context,
    entry_on: Annotated[
        datetime,
        typer.Option("--for", formats=["%Y-%m-%d"], help="Entry day: payers are debited on it."),
    ],
    unit: Annotated[str, typer.Option("--unit", help="The unit that collects.")],
    actor: Who = None,
    command_id: CommandId = None,
    as_json: Json = False,
) -> None:
    """Prepare the run of a day: put in what is due and announced, and make its file."""
    asked = order(context, actor, command_id)
    with open_app(context.obj) as app:
        try:
            made = prepare(app, asked, unit, entry_on.date())
        except NotCollectingError as error:
            fail(str(error), NOT_FOUND)
        except RunRefusedError as error:
            _refused(error)
        except (SubmissionError, PayerErasedError) as error:
            fail(str(error), ERROR)
    if as_json:
        typer.echo(json.dumps(_prepared_json(made)))
    else:
        _show_prepared(made)


def _refused(error: RunRefusedError) -> NoReturn:
    for one in error.refusals:
        complain(f"refused ({one.code}): {one.sentence}")
    raise typer.Exit(REFUSED)


def _prepared_json(made: Prepared) -> dict[str, Any]:
    written = made.written
    return {
        "run": made.opened.run,
        "serial": made.opened.serial,
        "collections": written.collections if written else 0,
        "instructions": written.instructions if written else 0,
        "amount_minor": written.amount_minor if written else 0,
        "sha256": written.sha256 if written else None,
        "held_back": [
            {"mandate": mandate, "code": one.code, "why": one.sentence}
            for mandate, one in made.held
        ],
    }


def _show_prepared(made: Prepared) -> None:
    console, written, opened = Console(highlight=False), made.written, made.opened
    for mandate, why in made.held[:SHOWN_MAX]:
        console.print(Text(f"held back: {mandate}: {why.sentence}"), soft_wrap=True)
    if len(made.held) > SHOWN_MAX:
        console.print(f"and {len(made.held) - SHOWN_MAX:,} more: --json has them all")
    if written is not None:
        total = format_minor(written.amount_minor, thousands=True)
        console.print(
            f"run {escape(opened.run)}, serial {opened.serial}: {written.collections:,}"
            f" collections, £{total}, and {written.instructions:,} instructions"
        )
        console.print(f"the SHA-256 of its file is {written.sha256}")
    console.print(
        f"send by {opened.input_on:%A %-d %B %Y}; another person releases it:"
        f" tallystick dd release {escape(opened.run)}"
    )


def runs(context: typer.Context) -> None:
    """List the runs, the oldest first."""
    with open_app(context.obj) as app:
        states = run_states(app)
    table = Table("run", "serial", "taken on", "state")
    for name in ("collections", "£"):
        table.add_column(name, justify="right")
    for run, state in states.items():
        written = state.written
        count = f"{written.collections:,}" if written else ""
        total = format_minor(written.amount_minor, thousands=True) if written else ""
        day = f"{state.opened.entry_on:%-d %b %Y}"
        status = state.status.replace("_", " ")
        table.add_row(escape(run), state.opened.serial, day, status, count, total)
    Console(highlight=False).print(table if states else "there is no Direct Debit run yet")


def _found(app: App, run: str | None) -> CollectionRunState:
    try:
        return find_run(app, run)
    except RunNotFoundError as error:
        fail(str(error), NOT_FOUND)


def release_(
    context: typer.Context,
    run: Run = None,
    out: Annotated[Path, typer.Option(help="Folder from which files are sent.")] = Path(),
    actor: Who = None,
    command_id: CommandId = None,
) -> None:
    """Let the file of a run go to Bacs: by another person than its preparer."""
    asked = order(context, actor, command_id)
    with open_app(context.obj) as app:
        state = _found(app, run)
        try:
            target = release(app, asked, state, out)
        except RunRefusedError as error:
            _refused(error)
        except FileChangedError as error:
            fail(str(error), REFUSED)
        except OSError as error:
            fail(f"{out}: {error.strerror}", ERROR)
    Console(highlight=False).print(Text(f"released: {target}"), soft_wrap=True)


def abandon_(
    context: typer.Context,
    reason: Why,
    run: Run = None,
    actor: Who = None,
    command_id: CommandId = None,
) -> None:
    """Give up a run that was not released; what it would have taken can be taken in another."""
    asked = order(context, actor, command_id)
    with open_app(context.obj) as app:
        state = _found(app, run)
        try:
            stopped = abandon(app, asked, state, reason)
        except RunRefusedError as error:
            _refused(error)
    Console(highlight=False).print(
        f"run {escape(state.opened.run)} was given up, {stopped:,} collections with it"
    )


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
    if done.settled:
        amount = format_minor(done.settled_minor, thousands=True)
        console.print(f"claims settled: {done.settled:,}, £{amount}")
    if done.stopped:
        console.print(f"collections of withdrawn files, due again: {done.stopped:,}")
    for mandate in done.dormant:
        console.print(Text(f"mandate {mandate} is dormant"))
    for run in credited.waiting:
        complain(f"run {run} is not credited: its Input report has not come")
    for problem in (*credited.problems, *done.problems):
        complain(problem)


def prove_(context: typer.Context, run: Run = None, as_json: Json = False) -> None:
    """Prove a run: ledger, file, Input report, bank; end with an error on a difference."""
    with open_app(context.obj) as app:
        state = _found(app, run)
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
        state = _found(app, run)
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
            _refused(error)
    Console(highlight=False).print(f"run {escape(proof.run)} is signed off")
