"""The officers' verb: any command by name, previewed with --dry-run."""

import json
import uuid
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledger.commands import AccountCommand, QuarantineCommand
from ledger.money import format_minor
from ledger.postings import postings_of
from ledger.recorded import Source
from ledger.requests import Outcome, Request
from service.command_fields import COMMANDS, FieldError, Given, build, fields_of
from service.exits import REFUSED, USAGE, complain, fail
from service.nearest import nearest
from service.settings import Settings
from service.wiring import open_app

Name = Annotated[str | None, typer.Argument(help="Such as propose-refund.")]
Pairs = Annotated[list[str] | None, typer.Argument(help="Fields as name=value.")]
Who = Annotated[str | None, typer.Option(help="Who gives the command.")]
When = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When it takes effect.")]
CommandId = Annotated[
    str | None, typer.Option(help="Id of the command; given again, it is done only once.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what it would do; write nothing.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


def register(app: typer.Typer) -> None:
    """Add the verb of this module."""
    app.command("command")(command)


def command(
    context: typer.Context,
    name: Name = None,
    pairs: Pairs = None,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give a command to an account or a receipt in suspense; without a name, list them all."""
    console = Console(highlight=False)
    if name is None:
        _list(console, as_json=as_json)
        return
    if name not in COMMANDS:
        sentence = f"there is no command {name!r}; did you mean {nearest(name, COMMANDS)}?"
        fail(f"{sentence} `tallystick command` lists them all", USAGE)
    if not pairs:
        _describe(name, console, as_json=as_json)
        return
    settings: Settings = context.obj
    who = actor or settings.actor
    if who is None:
        fail("say who gives the command: --actor, or TALLYSTICK_ACTOR", USAGE)
    built = _built(name, pairs)
    identity = f"command|{command_id or uuid.uuid4()}"
    with open_app(settings) as app:
        source, on = Source("command", name), _date(effective_on)
        request = Request(built, app.actor(who), source, identity, effective_on=on)
        outcome = app.ledger.preview(request) if dry_run else app.ledger.handle([request])[0]
        last = app.store.last_position()
    if as_json:
        known = {"log_position": last}
        typer.echo(json.dumps(_as_json(outcome, dry_run=dry_run) | known))
    else:
        _show(outcome, console, dry_run=dry_run)
    raise typer.Exit(REFUSED if outcome.status == "refused" else 0)


def _built(name: str, pairs: list[str]) -> Given:
    try:
        return build(COMMANDS[name], pairs)
    except FieldError as error:
        fail(str(error), USAGE)


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def _list(console: Console, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({name: _summary(name) for name in COMMANDS}))
        return
    table = Table("command", "to", "what it does", title="Commands")
    for name, kind in COMMANDS.items():
        table.add_row(name, _target(kind), escape(_summary(name)))
    console.print(table)
    console.print("tallystick command NAME tells what it takes")


def _target(kind: type[Given]) -> str:
    if issubclass(kind, QuarantineCommand):
        return "a stopped account or receipt"
    return "an account" if issubclass(kind, AccountCommand) else "a receipt in suspense"


def _summary(name: str) -> str:
    return (COMMANDS[name].__doc__ or "").split("\n")[0]


def _describe(name: str, console: Console, *, as_json: bool) -> None:
    fields = fields_of(COMMANDS[name])
    if as_json:
        words = ("field", "takes", "required")
        typer.echo(json.dumps([dict(zip(words, one, strict=True)) for one in fields]))
        return
    console.print(f"{name}: {escape(_summary(name))}")
    table = Table("field", "takes", "")
    for field, takes, required in fields:
        table.add_row(f"{field}=", escape(takes), "" if required else "may be left out")
    console.print(table)
    console.print(f"tallystick command {name} FIELD=VALUE ... --actor WHO; try it with --dry-run")


def _show(outcome: Outcome, console: Console, *, dry_run: bool) -> None:
    if outcome.status == "refused":
        for refusal in outcome.refusals:
            complain(f"refused ({refusal.code}): {refusal.sentence}")
        return
    if outcome.status == "repeated":
        console.print(f"already done, at position {outcome.position}: nothing was posted twice")
        return
    for dated in outcome.facts:
        console.print(f"{_title(dated.fact.topic)}, effective {dated.effective_on:%-d %B %Y}")
        for line in postings_of(dated.fact):
            side = "debit " if line.amount_minor > 0 else "credit"
            amount = format_minor(abs(line.amount_minor), thousands=True)
            console.print(f"  {side} {escape(f'{line.gl_account:<24}')} {amount:>14}  {line.unit}")
    if dry_run:
        console.print("this was a dry run: nothing is written")
    else:
        console.print(f"recorded from position {outcome.position}")


def _title(topic: str) -> str:
    """`invoice-issued.v1` as a person says it."""
    return topic.rpartition(".")[0].replace("-", " ").capitalize()


def _as_json(outcome: Outcome, *, dry_run: bool) -> dict[str, object]:
    return {
        "status": outcome.status,
        "dry_run": dry_run,
        "position": outcome.position,
        "refusals": [refusal.model_dump() for refusal in outcome.refusals],
        "events": [
            {
                "topic": dated.fact.topic,
                "effective_on": dated.effective_on.isoformat(),
                "data": dated.fact.model_dump(mode="json", exclude_none=True),
                "postings": [
                    {
                        "unit": line.unit,
                        "gl_account": line.gl_account,
                        "amount_minor": line.amount_minor,
                    }
                    for line in postings_of(dated.fact)
                ],
            }
            for dated in outcome.facts
        ],
    }
