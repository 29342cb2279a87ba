"""Verbs about runs: prepared by one person, released by another, given up, presented again."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
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
from ledger.money import format_minor
from service.cli_desk import CommandId, Json, Who, Why, order
from service.direct_debit.planning import NotCollectingError
from service.direct_debit.preparing import Prepared, Unpaid, prepare, represent, unpaid
from service.direct_debit.releasing import FileChangedError, deliver, release
from service.direct_debit.run_file import NothingToSendError, PayerErasedError
from service.direct_debit.runs import (
    RunNotFoundError,
    RunRefusedError,
    abandon,
    find_run,
    run_states,
)
from service.exits import ERROR, NOT_FOUND, REFUSED, complain, fail
from service.report_run import catch_up
from service.wiring import App, open_app

Run = Annotated[str | None, typer.Argument(help="The run; that opened last without one.")]
SHOWN_MAX = 40


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    for name, verb in (
        ("run", run_),
        ("represent", represent_),
        ("runs", runs),
        ("release", release_),
        ("abandon", abandon_),
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
    with open_app(context.obj) as app, _preparing():
        made = prepare(app, asked, unit, entry_on.date())
    if as_json:
        typer.echo(json.dumps(_prepared_json(made)))
    else:
        _show_prepared(made)


def represent_(
    context: typer.Context,
    unit: Annotated[str, typer.Option("--unit", help="The unit that collects.")],
    entry_on: Annotated[
        datetime | None,
        typer.Option("--for", formats=["%Y-%m-%d"], help="Entry day; without it, only list."),
    ] = None,
    actor: Who = None,
    command_id: CommandId = None,
) -> None:
    """List what came back as refer to payer, or put it into the run of a day once more."""
    asked = order(context, actor, command_id) if entry_on else None
    with open_app(context.obj) as app, _preparing():
        if asked is None or entry_on is None:
            catch_up(app)
            _list_unpaid(unpaid(app, unit))
            return
        made = represent(app, asked, unit, entry_on.date())
    _show_prepared(made)


@contextmanager
def _preparing() -> Iterator[None]:
    """Ends with a sentence for what stands against a run, or against its file."""
    try:
        yield
    except NotCollectingError as error:
        fail(str(error), NOT_FOUND)
    except RunRefusedError as error:
        refused(error)
    except (SubmissionError, PayerErasedError) as error:
        fail(str(error), ERROR)


def _list_unpaid(found: list[Unpaid]) -> None:
    table = Table()
    for name in ("collection", "mandate", "account", "taken again from", "processed until"):
        table.add_column(name, overflow="fold")
    table.add_column("£", justify="right")
    for one in found:
        days = f"{one.from_entry_on:%-d %b %Y}", f"{one.until:%-d %b %Y}"
        place, amount = one.mandate.account, format_minor(one.amount_minor, thousands=True)
        table.add_row(escape(one.name), one.mandate.mandate, escape(place), *days, amount)
    nothing = "nothing came back that may be presented again"
    Console(highlight=False).print(table if found else nothing)


def refused(error: RunRefusedError) -> NoReturn:
    """Say why a step of a run was refused, and end."""
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
    if written is None:
        console.print(
            f"run {escape(opened.run)} has nothing in it: all of it is held back or taken out"
        )
        return
    console.print(
        f"send by {opened.input_on:%A %-d %B %Y}; another person releases it:"
        f" tallystick dd release {escape(opened.run)}"
    )


def runs(context: typer.Context) -> None:
    """List the runs, each called by the day on which payers are debited, the oldest first."""
    with open_app(context.obj) as app:
        states, today = run_states(app), app.ledger.today()
    table = Table()
    for name in ("run", "serial", "state"):
        table.add_column(name, no_wrap=True)  # whole in any window: it is what is typed next
    for name in ("collec-\ntions", "£", "instruc-\ntions"):
        table.add_column(name, justify="right")
    for run, state in states.items():
        written = state.written
        count = f"{written.collections:,}" if written else ""
        total = format_minor(written.amount_minor, thousands=True) if written else ""
        told = f"{written.instructions:,}" if written else ""
        is_late = state.status in ("opened", "written") and state.opened.input_on < today
        status = "too late" if is_late else state.status.replace("_", " ")
        table.add_row(escape(run), state.opened.serial, status, count, total, told)
    Console(highlight=False).print(table if states else "there is no Direct Debit run yet")


def found_run(app: App, run: str | None) -> CollectionRunState:
    """The run of that name, or the latest; ends with NOT_FOUND when there is none."""
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
    """Let the file of a run go, by another person; given again, bring the same file out again."""
    asked = order(context, actor, command_id)
    with open_app(context.obj) as app:
        state = found_run(app, run)
        try:
            is_again = state.status in ("released", "signed_off")
            target = (deliver if is_again else release)(app, asked, state, out)
        except RunRefusedError as error:
            refused(error)
        except (FileChangedError, NothingToSendError) as error:
            fail(str(error), REFUSED)
        except (SubmissionError, PayerErasedError) as error:
            fail(str(error), ERROR)
        except OSError as error:
            fail(f"{out}: {error.strerror}", ERROR)
    told = (
        "it was released before, and this is the file that was let go" if is_again else "released"
    )
    Console(highlight=False).print(Text(f"{told}: {target}"), soft_wrap=True)


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
        state = found_run(app, run)
        try:
            stopped = abandon(app, asked, state, reason)
        except RunRefusedError as error:
            refused(error)
    run = escape(state.opened.run)
    told = f"run {run} was given up before: nothing of it was left to stop"
    if any(stopped) or state.status != "abandoned":
        told = (
            f"run {run} is given up, {stopped.collections:,} collections and"
            f" {stopped.instructions:,} instructions with it: another run can take them"
        )
    Console(highlight=False).print(told)
