"""What the verbs of every desk share: their options, and how an outcome is told."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from ledger.money import format_minor, parse_minor
from ledger.postings import postings_of
from ledger.receipt import ReceiptState
from ledger.requests import Outcome
from ledger.suspense_events import ReceiptMovedToSuspense
from service.desk_orders import Given, Order
from service.desk_words import words
from service.exits import NOT_FOUND, REFUSED, USAGE, complain, fail
from service.explain_target import AmbiguousTargetError, TargetNotFoundError, find_target
from service.explain_terms import day
from service.explain_values import Target
from service.settings import Settings
from service.suspense_desk_receipts import ReceiptNotFoundError, find_receipt
from service.wiring import App

Who = Annotated[str | None, typer.Option("--actor", help="Who gives the command.")]
When = Annotated[
    datetime | None,
    typer.Option("--effective-on", formats=["%Y-%m-%d"], help="When it takes effect."),
]
CommandId = Annotated[
    str | None,
    typer.Option("--command-id", help="Id of the command; given again, it is done only once."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what it would do; write nothing.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
MetricsPort = Annotated[
    int | None,
    typer.Option(help="Serve /metrics, /healthz and /readyz on this port; 0 takes a free one."),
]
Why = Annotated[str, typer.Option("--reason", help="Why, in a sentence; it is kept.")]
Receipt = Annotated[
    str, typer.Argument(help="A receipt, or the beginning of its name when only one begins so.")
]
Amount = Annotated[
    str | None, typer.Option("--amount", help="Pounds; all that is left when not said.")
]


def order(
    context: typer.Context,
    actor: str | None,
    command_id: str | None = None,
    effective_on: datetime | None = None,
    *,
    dry_run: bool = False,
) -> Order:
    """The order of a verb; ends with USAGE when nobody is named."""
    settings: Settings = context.obj
    who = actor or settings.actor
    if who is None:
        fail("say who gives the command: --actor, or TALLYSTICK_ACTOR", USAGE)
    on = effective_on.date() if effective_on is not None else None
    verb = " ".join(context.command_path.split()[1:])
    return Order(who, command_id or str(uuid.uuid4()), verb, on, dry_run)


def pence(text: str) -> int:
    """Pounds of an option or an argument, more than zero; ends with USAGE for anything else."""
    try:
        minor = parse_minor(text)
    except ValueError:
        fail(f"{text!r} is not an amount in pounds such as 12.50", USAGE)
    if minor <= 0:
        fail(f"{text} is not more than zero", USAGE)
    return minor


def minor_of(amount: str | None) -> int | None:
    """Pounds of an option that may be left out, as `pence` reads them."""
    return None if amount is None else pence(amount)


def receipt_of(app: App, word: str) -> ReceiptState:
    """The receipt that is, or was, in suspense; ends with NOT_FOUND when there is none."""
    try:
        return find_receipt(app, word)
    except ReceiptNotFoundError as error:
        fail(str(error), NOT_FOUND)


def target(app: App, words_: str) -> Target:
    """The account, and the bill if one is named; ends with NOT_FOUND or USAGE without one."""
    try:
        return find_target(app.store, words_)
    except TargetNotFoundError as error:
        fail(str(error), NOT_FOUND)
    except AmbiguousTargetError as error:
        fail(str(error), USAGE)


def end(
    given: Given,
    *,
    as_json: bool,
    extra: Mapping[str, Any] | None = None,
    hints: Sequence[str] = (),
) -> NoReturn:
    """Tell what became of an order, and end; `extra` goes into the JSON, `hints` on the screen."""
    if as_json:
        typer.echo(json.dumps({**given.as_json(), **(extra or {})}))
    else:
        tell(given, Console(highlight=False), hints)
    raise typer.Exit(REFUSED if given.refusals else 0)


def tell(given: Given, console: Console, hints: Sequence[str] = ()) -> None:
    """Print the outcomes of an order in words, each refusal by its code."""
    for refusal in given.refusals:
        complain(f"refused ({refusal.code}): {refusal.sentence}")
    if given.refusals:
        return
    for outcome in given.outcomes:
        _told(outcome, console, dry_run=given.dry_run)
    if given.dry_run:
        console.print("this was a dry run: nothing is written")
        return
    for hint in hints:
        console.print(Text(hint), soft_wrap=True)


def _told(outcome: Outcome, console: Console, *, dry_run: bool) -> None:
    if outcome.status == "repeated":
        console.print(f"already done, at position {outcome.position}: nothing was posted twice")
        return
    for dated in outcome.facts:
        if isinstance(dated.fact, ReceiptMovedToSuspense) and not dry_run:
            continue  # the other leg has said it
        on = f" (effective {day(dated.effective_on)})" if dry_run else ""
        console.print(Text(f"{words(dated.fact)}{on}"), soft_wrap=True)
        for line in postings_of(dated.fact) if dry_run else ():
            side = "debit " if line.amount_minor > 0 else "credit"
            amount = format_minor(abs(line.amount_minor), thousands=True)
            console.print(f"  {side} {escape(f'{line.gl_account:<24}')} {amount:>14}  {line.unit}")
    if outcome.position is not None:
        console.print(f"recorded from position {outcome.position}")
