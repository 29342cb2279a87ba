"""Verbs about CSV profiles: list them, and show how a sample would be read by one."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from consumers.formats.profiles import Profile, explain
from ledger.money import format_minor
from service.exits import NOT_FOUND, REFUSED, USAGE, fail
from service.nearest import nearest
from service.profile_check import Check, Statement, check
from service.wiring import profiles_of

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]

profile = typer.Typer(help="Profiles by which CSV bank files are read: list, check.")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.add_typer(profile, name="profile")


@profile.command("list")
def list_profiles(context: typer.Context, as_json: Json = False) -> None:
    """List the profiles, with the banks they are for."""
    found = profiles_of(context.obj)
    if as_json:
        typer.echo(json.dumps([one.model_dump(exclude_none=True) for one in found]))
        return
    for one in found:
        typer.echo(explain(one))


@profile.command("check")
def check_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A sample of what the bank sends.")],
    name: Annotated[
        str | None, typer.Option("--profile", help="Read it by this profile, not by the guess.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how a sample would be read, and by which profile; nothing is posted.

    Exit code 3 when no profile fits, or when the file or any row of it would not be taken.
    """
    profiles = profiles_of(context.obj)
    given = None if name is None else _named(name, profiles)
    try:
        found = check(file, profiles, given)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}", NOT_FOUND)
    if as_json:
        typer.echo(json.dumps(_json(found)))
    else:
        _show(found, Console(highlight=False, soft_wrap=True))
    raise typer.Exit(0 if found.is_clean() else REFUSED)


def _named(name: str, profiles: tuple[Profile, ...]) -> Profile:
    known = {one.name: one for one in profiles}
    if name not in known:
        fail(f"there is no profile {name!r}; did you mean {nearest(name, known)}?", USAGE)
    return known[name]


def _show(found: Check, console: Console) -> None:
    if found.profile is None:
        _show_unknown(found, console)
        return
    title = f"{found.profile.name}: {found.profile.title}"
    console.print(f"[bold]{escape(found.file)}[/bold] is read as [bold]{escape(title)}[/bold]")
    console.print(f"because {escape(found.why)}")
    _show_columns(found.profile, console)
    _show_first(found, console)
    for text, count in found.warnings.most_common():
        console.print(f"warning, {_rows(count)}: {escape(text)}")
    for text, count in found.left_out.items():
        console.print(f"shown and not posted, {_rows(count)}: {escape(text)}")
    for bad in found.bad:
        where = f"line {bad.line}: {bad.field} {bad.value[:60]!r}: {bad.reason}"
        console.print(f"[bold]set aside[/bold], {escape(where)}")
    if found.bad_rows > len(found.bad):
        console.print(f"and {_rows(found.bad_rows - len(found.bad))} more that cannot be read")
    for statement in found.statements:
        _show_statement(statement, console)
    if found.refusal is not None:
        console.print(f"[bold]it would be refused whole:[/bold] {escape(found.refusal)}")
    elif not found.statements:
        console.print("there are no payments in it")
    console.print("nothing was posted")


def _show_unknown(found: Check, console: Console) -> None:
    console.print(f"[bold]{escape(found.file)}[/bold]: {escape(found.why)}")
    if found.nearest:
        console.print("the nearest profiles:")
    for fit in found.nearest:
        console.print(f"  {escape(fit.profile.name)}: {escape(fit.why)}")
    console.print("a profile of your own: see docs/formats.md, CSV by profile")


def _show_columns(profile: Profile, console: Console) -> None:
    roles: dict[str, list[str]] = {}
    for title, role in profile.columns.roles():
        roles.setdefault(title, []).append(role.replace("_", " "))
    told = [f"{title} is {' and '.join(names)}" for title, names in roles.items()]
    console.print(f"columns: {escape('; '.join(told))}")
    unread = [title for title in profile.header if title not in profile.needed()]
    if unread:
        console.print(f"not read: {escape(', '.join(unread))}")


def _show_first(found: Check, console: Console) -> None:
    if not found.first:
        return
    table = Table("line", "date", title=f"the first of {_rows(found.rows)}", title_justify="left")
    table.add_column("£", justify="right")
    for name in ("payer", "reference", "narrative", "method"):
        table.add_column(name, overflow="fold")
    for number, line in found.first:
        table.add_row(
            str(number),
            f"{line.booked_on:%d/%m/%Y}",
            format_minor(line.amount_minor, thousands=True),
            escape(line.payer_name or ""),
            escape(" ".join((*line.references, line.bank_reference or "")).strip()),
            escape(line.narrative),
            line.method.replace("_", " "),
        )
    console.print(table)


def _show_statement(one: Statement, console: Console) -> None:
    received = format_minor(one.credits_minor, thousands=True)
    paid = format_minor(one.debits_minor, thousands=True)
    days = one.statement.replace("..", " to ")
    console.print(
        f"account {escape(one.account)}, {days}: {_rows(one.entries)}, in {received}, out {paid}"
    )
    console.print(f"  {escape(one.proof)}")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _json(found: Check) -> dict[str, Any]:
    return {
        "file": found.file,
        "profile": found.profile.name if found.profile else None,
        "why": found.why,
        "nearest": [{"profile": one.profile.name, "why": one.why} for one in found.nearest],
        "columns": dict(found.profile.columns.roles()) if found.profile else {},
        "rows": found.rows,
        "first": [
            {
                "line": number,
                "date": line.booked_on.isoformat(),
                "amount_minor": line.amount_minor,
                "payer": line.payer_name,
                "references": list(line.references),
                "bank_reference": line.bank_reference,
                "narrative": line.narrative,
                "method": line.method,
            }
            for number, line in found.first
        ],
        "warnings": dict(found.warnings),
        "left_out": dict(found.left_out),
        "bad_rows": found.bad_rows,
        "bad": [asdict(one) for one in found.bad],
        "statements": [asdict(one) for one in found.statements],
        "refused": found.refusal,
    }
