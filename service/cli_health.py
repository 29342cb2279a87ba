"""Verbs that say how it is: health, doctor, metrics."""

import json
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from service.cli_desk import Json, order
from service.doctor import examine, is_of_one_stream, quick_findings
from service.exits import STDERR
from service.health import ground, health, readiness
from service.looks import Level, Look, worst
from service.quarantine_desk import listed, stop
from service.settings import Settings
from service.wiring import App, open_app

_SIGNS = {Level.FINE: "ok", Level.WARNING: "look", Level.BROKEN: "BAD"}


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("health")(show_health)
    app.command("doctor")(doctor)
    app.command("metrics")(metrics)


def show_health(
    context: typer.Context,
    live: Annotated[bool, typer.Option("--live", help="Only whether a process can start.")] = False,
    is_ready: Annotated[
        bool, typer.Option("--ready", help="Only whether work can be done now.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell on one page whether all is well: 0 fine, 1 something to look at, 2 broken."""
    if live:
        typer.echo("alive")
        return
    on = ground(context.obj)
    if is_ready:
        _end_ready(readiness(on))
    _end(health(on), as_json=as_json)


def _end_ready(against: Sequence[Look]) -> NoReturn:
    for look in against:
        typer.echo(f"not ready: {look.sentence}")
    if not against:
        typer.echo("ready")
    raise typer.Exit(int(Level.BROKEN if against else Level.FINE))


def _end(looks: list[Look], *, as_json: bool) -> NoReturn:
    if as_json:
        rows = [look.as_json() for look in looks]
        typer.echo(json.dumps({"level": worst(looks).name.lower(), "looks": rows}))
    else:
        console = Console(highlight=False)
        for look in looks:
            console.print(Text(f"{_SIGNS[look.level]:<5} {look.sentence}"), soft_wrap=True)
    raise typer.Exit(int(worst(looks)))


def doctor(
    context: typer.Context,
    quarantine: Annotated[
        bool, typer.Option("--quarantine", help="Stop each account that was found wrong.")
    ] = False,
    actor: Annotated[
        str | None, typer.Option("--actor", help="Who stops them, for --quarantine.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look at everything, and say in plain words what is wrong and what to do about it."""
    settings: Settings = context.obj
    looks = examine(ground(settings))
    bad = [look for look in looks if look.level is not Level.FINE]
    if quarantine:
        asked = order(context, actor)
        with open_app(settings) as app:
            _stop_all(app, asked.actor, context)
    if as_json:
        _end(looks, as_json=True)
    console = Console(highlight=False)
    for look in bad:
        console.print(Text(f"{look.sentence}."), soft_wrap=True)
        console.print(Text(f"    {look.mend}"), soft_wrap=True)
    if not bad:
        console.print(f"All is well: {len(looks)} things were looked at.")
    raise typer.Exit(int(worst(looks)))


def _stop_all(app: App, actor: str, context: typer.Context) -> None:
    already = set(listed(app.store))
    for finding in quick_findings(app.store):
        stream = finding.stream or ""
        if not is_of_one_stream(finding) or stream in already:
            continue
        already.add(stream)
        given = stop(app, order(context, actor), stream, finding.sentence)
        said = given.refusals[0].sentence if given.refusals else "stopped until it is released"
        STDERR.print(f"{stream}: {said}", markup=False)


def metrics(context: typer.Context) -> None:
    """Print the metrics once, in the text form of Prometheus, for the node exporter."""
    from service.metrics import Metrics  # noqa: PLC0415 - the library takes a third of a second

    typer.echo(Metrics(context.obj).text(), nl=False)
