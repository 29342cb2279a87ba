"""The command `tallystick`: thin, each verb in the module of its task."""

import sys
from importlib import metadata
from typing import Annotated

import typer
from rich.console import Console

from service import (
    cli_alias,
    cli_ask,
    cli_command,
    cli_direct_debit,
    cli_health,
    cli_intake,
    cli_kafka,
    cli_lines,
    cli_login,
    cli_operate,
    cli_profile,
    cli_quarantine,
    cli_remittance,
    cli_restore,
    cli_small_balances,
    cli_standing_orders,
    cli_suspense,
    cli_topics,
)
from service.exits import complain
from service.mendable import MENDABLE, exit_code, sentence
from service.settings import load_settings
from service.telemetry import configure_logging
from service.wiring import settle_memory

app = typer.Typer(
    name="tallystick",
    help="An event-sourced accounts-receivable ledger: every pound explained, every figure proved.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
for module in (
    cli_intake,
    cli_kafka,
    cli_topics,
    cli_suspense,
    cli_remittance,
    cli_direct_debit,
    cli_standing_orders,
    cli_alias,
    cli_small_balances,
    cli_lines,
    cli_profile,
    cli_quarantine,
    cli_command,
    cli_ask,
    cli_operate,
    cli_login,
    cli_restore,
    cli_health,
):
    module.register(app)


def _version(asked: bool) -> None:
    if asked:
        Console().print(f"tallystick {metadata.version('tallystick')}", highlight=False)
        raise typer.Exit


@app.callback()
def _settings(
    context: typer.Context,
    _asked: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    context.obj = load_settings()
    configure_logging(context.obj)


def main() -> None:
    """Run the command; an error that a person can mend is one sentence, not a traceback."""
    settle_memory()
    try:
        app()
    except MENDABLE as error:
        complain(sentence(error))
        sys.exit(exit_code(error))
