"""Verbs about mandates: set up, confirmed to the payer, shown."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ledger.mandate import MandateState
from ledger.mandate_commands import NotifyMandate
from service.cli_desk import CommandId, DryRun, Json, Who, end, order
from service.cli_rows import end_rows, good_rows, readable
from service.desk_orders import give
from service.direct_debit.changing import mandates_of
from service.direct_debit.enquiry import timeline
from service.direct_debit.mandates_file import read
from service.direct_debit.set_up import SetUp, set_up
from service.exits import NOT_FOUND, USAGE, fail
from service.explain_terms import counted
from service.nearest import near
from service.rows_file import WrongRow
from service.wiring import App, open_app

mandates = typer.Typer(help="Mandates: set up, suspended, cancelled; what is taken on them.")
Mandate = Annotated[str, typer.Argument(help="The mandate, by its core reference.")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.add_typer(mandates, name="mandate")


@mandates.command("add")
def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV of mandates: see docs/formats.md.")],
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
) -> None:
    """Set up the mandates of a file; rows that are wrong are told, the others are set up."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    wrong: list[WrongRow] = []
    with open_app(context.obj) as app, readable(file):
        rows = good_rows(read(file, app.modulus, app.ledger.today()), wrong)
        done = list(set_up(app, asked, rows, file.name))
    _told(file.name, done, wrong, dry_run=dry_run)


def _told(file: str, done: list[SetUp], wrong: list[WrongRow], *, dry_run: bool) -> None:
    console = Console(highlight=False)
    made = [one for one in done if one.mandate is not None]
    for one in made:
        said = " (it was there already)" if one.repeated else ""
        place = f"{one.row.unit}/{one.row.account}"
        checked = one.row.check.replace("_", " ")
        console.print(Text(f"{one.mandate}  {place}  account {checked}{said}"))
    there = sum(one.repeated for one in made)
    verb = "would be set up" if dry_run else "set up"
    already = f", {there:,} there already" if there else ""
    console.print(f"{counted(len(made) - there, 'mandate')} {verb}{already}")
    if made and not dry_run:
        console.print("next: confirm to the payer: tallystick dd mandate notify REFERENCES")
    refused = [(one.row.line, each) for one in done for each in one.refusals]
    end_rows(file, wrong, refused)


@mandates.command("notify")
def notify(
    context: typer.Context,
    references: Annotated[list[str], typer.Argument(help="The mandates whose payers were told.")],
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
) -> None:
    """Record that the payers were sent the confirmation of the set-up."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    with open_app(context.obj) as app:
        today = app.ledger.today()
        states = [find_mandate(app, one) for one in references]
        commands = [
            NotifyMandate(
                sun=one.sun,
                mandate=one.mandate,
                notice=f"SU-{one.mandate}-{today:%Y%m%d}",
                given_on=today,
            )
            for one in states
        ]
        given = give(app, asked, commands)
    end(given, as_json=False)


@mandates.command("show")
def show(context: typer.Context, reference: Mandate, as_json: Json = False) -> None:
    """Tell the story of a mandate: notices, collections, files, returns, claims."""
    with open_app(context.obj) as app:
        state = find_mandate(app, reference)
        told = timeline(app, state)
    if as_json:
        typer.echo(told.as_json())
        return
    console = Console(highlight=False)
    for line in told.lines():
        console.print(Text(line), soft_wrap=True)


def find_mandate(app: App, reference: str) -> MandateState:
    """The mandate of a reference; ends with NOT_FOUND or USAGE without one."""
    found = mandates_of(app, reference)
    if len(found) > 1:
        fail(f"{reference} is a mandate of several service users", USAGE)
    if not found:
        known = [name.rpartition(":")[2] for name in app.store.stream_names("mandate:")]
        close = near(reference, known)
        hint = f"did you mean {close}?" if close else "`tallystick report mandates` lists them"
        fail(f"there is no mandate {reference!r}; {hint}", NOT_FOUND)
    return found[0]
