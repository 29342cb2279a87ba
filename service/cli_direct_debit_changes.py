"""Verbs that change a mandate, or what is taken on it, each with its reason."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from consumers.mandates_found import FoundCollection, Mandates
from ledger.commands import AnyCommand
from ledger.mandate import MandateState
from ledger.mandate_commands import (
    AmendCollection,
    CancelMandate,
    OrderFinalCollection,
    ResumeMandate,
    StopCollection,
    SuspendMandate,
    WithholdCollection,
)
from service.cli_desk import CommandId, DryRun, Who, Why, end, order, pence
from service.cli_direct_debit_mandates import Mandate, find_mandate, mandates
from service.cli_rows import end_rows, good_rows, readable
from service.desk_orders import Order, give
from service.direct_debit.changing import Changed, change_accounts
from service.direct_debit.mandates_file import read_changes
from service.direct_debit.preparing import begun_run
from service.exits import REFUSED, fail
from service.explain_terms import counted
from service.rows_file import WrongRow
from service.wiring import App, open_app

Day = Annotated[
    datetime, typer.Option("--for", formats=["%Y-%m-%d"], help="The entry day that is meant.")
]
_Commands = Callable[[App, MandateState], Sequence[AnyCommand]]


def register() -> None:
    """Add the verbs of this module."""
    for name, of, told in _WITH_A_REASON:
        mandates.command(name, help=told)(_with_a_reason(of))
    for name, verb in (
        ("change-account", change_account),
        ("final", final),
        ("withhold", withhold),
        ("amend", amend),
    ):
        mandates.command(name)(verb)


def _with_a_reason(of: Callable[[App, MandateState, str], AnyCommand]) -> Callable[..., None]:
    """A verb that needs nothing but its reason."""

    def verb(
        context: typer.Context,
        reference: Mandate,
        reason: Why,
        actor: Who = None,
        command_id: CommandId = None,
        dry_run: DryRun = False,
    ) -> None:
        asked = order(context, actor, command_id, dry_run=dry_run)
        _give(context, asked, reference, lambda app, state: [of(app, state, reason)])

    return verb


def _give(
    context: typer.Context,
    asked: Order,
    reference: str,
    commands: _Commands,
    day: date | None = None,
) -> NoReturn:
    """Give the commands; after those of a day, say what has to be done about it."""
    with open_app(context.obj) as app:
        state = find_mandate(app, reference)
        given = give(app, asked, commands(app, state))
        hints = [] if day is None else _hints(app, state.unit, day)
    end(given, as_json=False, hints=hints)


def _hints(app: App, unit: str, day: date) -> list[str]:
    run = begun_run(app, unit, day)
    again = f"tallystick dd run --for {day.isoformat()} --unit {unit}"
    hints = [f"see the new total: tallystick dd plan --for {day.isoformat()} --unit {unit}"]
    return hints if run is None else [f"prepare run {run.run} again: {again}", *hints]


def _suspend(_: App, state: MandateState, reason: str) -> AnyCommand:
    return SuspendMandate(sun=state.sun, mandate=state.mandate, reason=reason)


def _resume(_: App, state: MandateState, reason: str) -> AnyCommand:
    return ResumeMandate(sun=state.sun, mandate=state.mandate, reason=reason)


def _cancel(app: App, state: MandateState, reason: str) -> AnyCommand:
    return CancelMandate(
        sun=state.sun,
        mandate=state.mandate,
        by="us",
        reason=reason,
        reported_on=app.ledger.today(),
    )


_WITH_A_REASON = (
    ("suspend", _suspend, "Collect nothing on a mandate until it is resumed."),
    ("resume", _resume, "Collect on a suspended mandate again."),
    (
        "cancel",
        _cancel,
        "Collect nothing any more; the next run tells a bank that holds the instruction.",
    ),
)


def final(
    context: typer.Context,
    reference: Mandate,
    reason: Why,
    undo: Annotated[bool, typer.Option("--undo", help="It is not the last one after all.")] = False,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
) -> None:
    """Send the next collection as the last one (code 19); the mandate ends with it."""
    asked = order(context, actor, command_id, dry_run=dry_run)

    def ordered(_: App, state: MandateState) -> list[AnyCommand]:
        return [
            OrderFinalCollection(
                sun=state.sun, mandate=state.mandate, is_final=not undo, reason=reason
            )
        ]

    _give(context, asked, reference, ordered)


def change_account(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV of new accounts: see docs/formats.md.")],
    reason: Why,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
) -> None:
    """Take the new bank accounts of payers; the next run tells the old bank and the new one."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    wrong: list[WrongRow] = []
    with open_app(context.obj) as app, readable(file):
        good = list(good_rows(read_changes(file, app.modulus, app.ledger.today()), wrong))
        done = list(change_accounts(app, asked, good, reason))
    _told(file.name, done, wrong, dry_run=dry_run)


def _told(file: str, done: list[Changed], wrong: list[WrongRow], *, dry_run: bool) -> None:
    console = Console(highlight=False)
    made = [one for one in done if not one.refusals]
    for one in made:
        what = "both banks are told by the next run" if one.relodged else "no bank need be told"
        console.print(Text(f"{one.row.reference}  {what}"))
    verb = "would be changed" if dry_run else "changed"
    console.print(f"{counted(len(made), 'mandate')} {verb}")
    end_rows(file, wrong, [(one.row.line, each) for one in done for each in one.refusals])


def withhold(
    context: typer.Context,
    reference: Mandate,
    entry_on: Day,
    reason: Why,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
) -> None:
    """Keep what was announced for a day out of its run, also of one that is not released."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    day = entry_on.date()
    _give(
        context,
        asked,
        reference,
        lambda app, state: _still_here(state, day, withholding(app, state, day, reason)),
        day,
    )


def _still_here(
    state: MandateState, entry_on: date, commands: Sequence[AnyCommand]
) -> Sequence[AnyCommand]:
    """The commands, when what they keep out has not gone already."""
    stopped = [one.collection for one in commands if isinstance(one, StopCollection)]
    for name, one in state.collections.items():
        is_gone = one.status == "instructed" and one.entry_on == entry_on and name not in stopped
        if is_gone and entry_on not in state.announced:
            run = name.rpartition("/")[0]
            fail(f"{name} went with run {run}, which is released: it cannot be kept out", REFUSED)
    return commands


def amend(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    reference: Mandate,
    entry_on: Day,
    amount: Annotated[str, typer.Option(help="Pounds to take on that day.")],
    reason: Why,
    agreed_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day on which the payer agreed to more."),
    ] = None,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
) -> None:
    """Take another amount on a day than was announced, also in a run that is not released."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    day = entry_on.date()

    def amended(app: App, state: MandateState) -> list[AnyCommand]:
        own = [one for one in _in_run(app, state, day) if one.collection.represents is None]
        command = AmendCollection(
            sun=state.sun,
            mandate=state.mandate,
            entry_on=day,
            amount_minor=pence(amount),
            agreed_on=agreed_on.date() if agreed_on else None,
            reason=reason,
        )
        return [*_taking_out(state, own, reason), command]

    _give(context, asked, reference, amended, day)


def withholding(
    app: App, state: MandateState, entry_on: date, reason: str
) -> list[StopCollection | WithholdCollection]:
    """The commands that keep a day's collection out: it may be in a run already."""
    going = _in_run(app, state, entry_on)
    stop = _taking_out(state, going, reason)
    keep_out = WithholdCollection(
        sun=state.sun, mandate=state.mandate, entry_on=entry_on, reason=reason
    )
    # What is presented again was not announced for the day.
    is_again = going and all(one.collection.represents is not None for one in going)
    return stop if is_again and entry_on not in state.announced else [*stop, keep_out]


def _in_run(app: App, state: MandateState, entry_on: date) -> list[FoundCollection]:
    going = Mandates(app.store, (state.sun,)).unreleased(state)
    return [one for one in going if one.collection.entry_on == entry_on]


def _taking_out(
    state: MandateState, going: Sequence[FoundCollection], reason: str
) -> list[StopCollection | WithholdCollection]:
    return [
        StopCollection(
            sun=state.sun,
            mandate=state.mandate,
            collection=one.name,
            how="abandoned",
            reason=reason,
        )
        for one in going
    ]
