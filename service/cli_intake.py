"""Verbs that take files in, and the desk for what was refused: ingest, watch, intake."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from consumers.reports import PARTS, AdviceReport, FileReport, StatementReport
from ledger.money import format_minor
from service import intake_desk, watching
from service.cli_desk import MetricsPort
from service.exits import NOT_FOUND, REFUSED, USAGE, fail
from service.ingest import files_of, ingest
from service.late_files import late_files
from service.metrics_http import served
from service.settings import Settings
from service.telemetry import progress
from service.wiring import UK, App, open_app

PART_TITLES = {
    "posted": "posted to accounts",
    "suspended": "to suspense",
    "other": "bank lines that are no receipts",
    "quarantined": "set aside (quarantined)",
    "duplicates": "already in the ledger",
}
PROBLEMS_SHOWN_MAX = 20
MESSAGE_TITLES = {
    "posted": "posted",
    "repeated": "already in the ledger",
    "refused": "refused",
}
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]

intake = typer.Typer(help="What was refused or quarantined: list, show, retry, discard.")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("ingest")(take)
    app.command("watch")(watch)
    app.add_typer(intake, name="intake")


def take(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(help="Bank files, files of billing messages, or folders of them."),
    ],
    as_json: Json = False,
) -> None:
    """Take files; each ends with a report whose parts add up to the file's own total.

    Exit code 3 when a file was refused, or when anything in one was refused or set aside.
    """
    settings: Settings = context.obj
    try:
        files = list(files_of(paths))
    except FileNotFoundError as error:
        fail(str(error), NOT_FOUND)
    whole = True
    with open_app(settings) as app, progress("files", len(files)) as advance:
        for path in files:
            report = _ingested(app, path)
            advance(1)
            whole = whole and report.is_whole()
            if as_json:
                known = {"log_position": app.store.last_position()}
                typer.echo(json.dumps(report.as_json() | known))
            else:
                show(report, Console())
    raise typer.Exit(0 if whole else REFUSED)


def _ingested(app: App, path: Path) -> FileReport:
    try:
        return ingest(app, path)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}")


def show(report: FileReport, console: Console) -> None:
    """Print the report of one file."""
    console.print(f"[bold]{escape(report.file)}[/bold]: {escape(report.format)}", highlight=False)
    if report.refusal is not None:
        words = "refused" if report.messages else "refused, nothing of it is posted"
        sentence = escape(report.refusal.sentence)
        console.print(f"  [bold]{words}[/bold]: {sentence}", highlight=False, soft_wrap=True)
    if report.same_file:
        console.print("  this very file was taken before: nothing of it is posted twice")
    for statement in report.statements:
        _show_statement(statement, console)
    for advice in report.advices:
        show_advice(advice, console)
    if report.returned is not None:
        count, amount = f"{report.returned.lines:,}", _pounds(-report.returned.amount_minor)
        console.print(f"  {count} returned Direct Debits, {amount}", highlight=False)
    if report.messages:
        counts = ", ".join(
            f"{count:,} {MESSAGE_TITLES[status]}" for status, count in report.messages.items()
        )
        console.print(f"  messages: {counts}", highlight=False)
    if report.done:
        counts = ", ".join(f"{count:,} {what}" for what, count in sorted(report.done.items()))
        console.print(f"  lines by what they did: {escape(counts)}", highlight=False)
    for problem in report.problems[:PROBLEMS_SHOWN_MAX]:
        console.print(f"  - {escape(problem)}", highlight=False, soft_wrap=True)
    more = len(report.problems) - PROBLEMS_SHOWN_MAX
    if more > 0:
        console.print(f"  and {more:,} more")
    for notice in report.notices[:PROBLEMS_SHOWN_MAX]:
        console.print(f"  note: {escape(notice)}", highlight=False, soft_wrap=True)
    if report.problems:
        console.print("  what to do about them: tallystick intake list", highlight=False)


def _show_statement(statement: StatementReport, console: Console) -> None:
    title = f"{statement.unit}, bank account {statement.account}, statement {statement.statement}"
    console.print(f"  {escape(title)}", highlight=False)
    table = Table("")
    table.add_column("lines", justify="right")
    table.add_column("£", justify="right")
    for name in PARTS:
        part = getattr(statement, name)
        table.add_row(PART_TITLES[name], f"{part.lines:,}", _pounds(part.amount_minor))
    table.add_section()
    table.add_row("the file's own total", f"{statement.lines:,}", _pounds(statement.total_minor))
    console.print(table)
    if statement.opening_minor is None or statement.closing_minor is None:
        console.print("  the bank gives no balances here: a missing line cannot be noticed")
    if statement.unexplained_minor:
        amount = _pounds(statement.unexplained_minor)
        console.print(f"  by the bank's balances the rows without an amount come to {amount}")
    if statement.not_booked:
        console.print(f"  {statement.not_booked:,} entries are not booked yet and are left out")
    if not statement.adds_up():
        console.print("  [bold]the parts do not add up to the file: report this[/bold]")


def show_advice(advice: AdviceReport, console: Console) -> None:
    """Print what became of a remittance advice."""
    sender = f" of {advice.sender}" if advice.sender else ""
    console.print(
        f"  advice {escape(advice.advice_id)}{escape(sender)}: {advice.lines:,} payments,"
        f" {_pounds(advice.total_minor)}, remittance {advice.remittance}",
        highlight=False,
    )
    if advice.receipt is None:
        console.print("    its money has not come yet: it waits (tallystick remittance list)")
        return
    console.print(
        f"    opened over receipt {advice.receipt}: {advice.allocated.lines:,} on accounts"
        f" ({_pounds(advice.allocated.amount_minor)}), {advice.waiting.lines:,} in suspense"
        f" ({_pounds(advice.waiting.amount_minor)}), {advice.set_aside.lines:,} for an officer",
        highlight=False,
    )


def _pounds(minor: int) -> str:
    return format_minor(minor, thousands=True)


def watch(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder to watch; the home's `inbox` by default.")
    ] = None,
    once: Annotated[bool, typer.Option(help="Take what is there and end.")] = False,
    metrics_port: MetricsPort = None,
) -> None:
    """Take every whole file that appears in a folder; it moves to done/ or refused/."""
    settings: Settings = context.obj
    inbox = folder or settings.home / "inbox"
    if inbox.exists() and not inbox.is_dir():
        fail(f"{inbox} is not a folder", USAGE)
    inbox.mkdir(parents=True, exist_ok=True)
    with served(settings, metrics_port) as metrics, open_app(settings, meter=metrics) as app:
        watching.watch(inbox, lambda path: ingest(app, path), lambda: _late(app), once=once)


def _late(app: App) -> list[str]:
    return list(late_files(app.store, app.bank.parts.accounts, app.ledger.today()))


@intake.command("list")
def list_open(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
    as_json: Json = False,
) -> None:
    """List what was refused, unreadable or quarantined and is not resolved."""
    with open_app(context.obj) as app:
        rows = intake_desk.listed(app, everything=everything)
    if as_json:
        typer.echo(json.dumps([row.as_json() for row in rows]))
        return
    console = Console()
    if not rows:
        console.print("nothing waits here: everything that came in was posted or dealt with")
        return
    table = Table("no.", "status", "where", "why", title=f"{len(rows):,} inputs were not posted")
    table.add_column("£", justify="right")
    for row in rows:
        amount = "" if row.amount_minor is None else _pounds(row.amount_minor)
        status = f"{row.status}, {row.resolution}" if row.resolution else row.status
        table.add_row(str(row.position), status, escape(row.place), escape(row.sentence), amount)
    console.print(table)
    console.print("tallystick intake show NO. shows one; retry NO. or discard NO. ends it")


@intake.command("show")
def show_one(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The number that `intake list` shows.")],
    as_json: Json = False,
) -> None:
    """Show one input with its bytes as they came."""
    with open_app(context.obj) as app:
        row = _found(app, number)
        content = intake_desk.quoted(app, row)
    if as_json:
        typer.echo(json.dumps({**row.as_json(), "content": content}))
        return
    console = Console(soft_wrap=True, highlight=False)
    moment = f"{row.recorded_at.astimezone(UK):%-d %B %Y %H:%M}"
    console.print(f"[bold]{row.status}[/bold]: {escape(row.place)}, on {moment}")
    console.print(escape(row.sentence))
    if row.resolution is not None:
        console.print(f"since then {row.resolution}")
    console.print(f"\n{escape(content)}")


def _found(app: App, number: int) -> intake_desk.Unposted:
    row = intake_desk.find(app, number)
    if row is None:
        fail(f"no refused input has the number {number}: see tallystick intake list", NOT_FOUND)
    return row


@intake.command("retry")
def retry(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The number that `intake list` shows.")],
) -> None:
    """Offer a refused input again, as it came: it posts if what was missing is there now."""
    with open_app(context.obj) as app:
        row = _found(app, number)
        result = intake_desk.retry(app, row)
    if result.refusals:
        fail("; ".join(refusal.sentence for refusal in result.refusals), REFUSED)
    words = "posted" if result.status == "posted" else "already in the ledger, not posted twice"
    typer.echo(f"{words}: {row.place}")


@intake.command("discard")
def discard(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The number that `intake list` shows.")],
    reason: Annotated[str, typer.Option(help="Why it shall never be posted.")],
    actor: Annotated[str | None, typer.Option(help="Who decides.")] = None,
) -> None:
    """Decide that a refused input shall never be posted; the record of it stays."""
    name = actor or context.obj.actor
    if name is None:
        fail("say who decides: --actor, or TALLYSTICK_ACTOR", USAGE)
    with open_app(context.obj) as app:
        row = _found(app, number)
        who = app.actor(name)
        refusals = intake_desk.discard(app, row, who, reason)
    if refusals:
        fail("; ".join(refusal.sentence for refusal in refusals), REFUSED)
    typer.echo(f"discarded: {row.place}")
