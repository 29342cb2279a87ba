"""Verbs about standing orders: expected, changed, stopped; listed, and told as a story."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ledger.money import format_minor
from ledger.standing_order_commands import (
    ChangeStandingOrder,
    FinishStandingOrder,
    StopStandingOrder,
)
from ledger.standing_order_days import Schedule, paid_on
from ledger.values import Frequency, ToldBy
from service import cli_standing_orders_list
from service.cli_desk import CommandId, DryRun, Json, Who, Why, end, minor_of, order, pence, target
from service.cli_rows import end_rows, good_rows, readable
from service.cli_standing_orders_list import OrderName
from service.desk_orders import Given, give
from service.explain_terms import counted, day
from service.rows_file import WrongRow
from service.standing_orders.enquiry import EVERY
from service.standing_orders.expecting import Recorded, Wanted, expect
from service.standing_orders.named import order_of
from service.standing_orders.schedules_file import read
from service.wiring import open_app

desk = typer.Typer(help="Standing orders: what payers' banks will send, what came, what is late.")
FromDay = Annotated[
    datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day of it.")
]
UntilDay = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="Last day on which it can pay."),
]
Payments = Annotated[int | None, typer.Option(help="How many payments there are.")]
DayOfMonth = Annotated[
    int | None, typer.Option(help="Day of the month, where the first day does not say it: 31.")
]
StopDay = Annotated[
    datetime,
    typer.Option("--from", formats=["%Y-%m-%d"], help="From this day on nothing is expected."),
]
ToldByWhom = Annotated[ToldBy, typer.Option("--told-by", help="Who told us.")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    cli_standing_orders_list.register(desk)
    app.add_typer(desk, name="standing-order")


@desk.command("expect")
def expect_(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="The account that it pays.")],
    amount: Annotated[str, typer.Option(help="Pounds of one payment.")],
    every: Annotated[Frequency, typer.Option(help="How often it pays.")],
    first_on: FromDay,
    told_by: ToldByWhom,
    day_of_month: DayOfMonth = None,
    last_on: UntilDay = None,
    payments: Payments = None,
    reference: Annotated[str | None, typer.Option(help="What the payer quotes.")] = None,
    name: Annotated[
        str | None, typer.Option(help="A name for it; without one, the account's with a number.")
    ] = None,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Record that a standing order will pay an account."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    schedule = Schedule(
        frequency=every,
        first_on=first_on.date(),
        day_of_month=day_of_month,
        last_on=_day(last_on),
    )
    with open_app(context.obj) as app:
        owner = target(app, account)
        terms = owner.unit, owner.account, pence(amount), schedule, told_by, payments, reference
        wanted = Wanted(*terms, name)
        done = expect(app, asked, wanted)
    given = Given((done.outcome,), dry_run)
    extra = {"standing_order": f"{owner.unit}/{done.name}"}
    first = day(paid_on(schedule.first_on))
    hints = [f"it is called {owner.unit}/{done.name}; the first is expected on {first}"]
    end(given, as_json=as_json, extra=extra, hints=hints)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


@desk.command("add")
def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV of standing orders: see docs/formats.md.")],
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
) -> None:
    """Record the standing orders of a file; rows that are wrong are told, the others recorded."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    wrong: list[WrongRow] = []
    with open_app(context.obj) as app, readable(file):
        rows = good_rows(read(file), wrong)
        done = [expect(app, asked, wanted, file.name) for wanted in rows]
    _told(file.name, done, wrong, dry_run=dry_run)


def _told(file: str, done: list[Recorded], wrong: list[WrongRow], *, dry_run: bool) -> None:
    console = Console(highlight=False)
    made = [one for one in done if one.outcome.status != "refused"]
    for one in made:
        said = " (it was there already)" if one.outcome.status == "repeated" else ""
        amount = format_minor(one.wanted.amount_minor, thousands=True)
        often = EVERY[one.wanted.schedule.frequency]
        console.print(Text(f"{one.wanted.unit}/{one.name}  £{amount} {often}{said}"))
    there = sum(one.outcome.status == "repeated" for one in made)
    already = f", {there:,} there already" if there else ""
    new = counted(len(made) - there, "standing order")
    console.print(f"{new} {'would be ' if dry_run else ''}recorded{already}")
    refused = [(one.wanted.line, each) for one in done for each in one.outcome.refusals]
    end_rows(file, wrong, refused)


@desk.command("change")
def change(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    name: OrderName,
    first_on: FromDay,
    told_by: ToldByWhom,
    reason: Why,
    amount: Annotated[str | None, typer.Option(help="Pounds of one payment.")] = None,
    every: Annotated[Frequency | None, typer.Option(help="How often it pays.")] = None,
    day_of_month: DayOfMonth = None,
    last_on: UntilDay = None,
    payments: Payments = None,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Expect another amount, or other days, from a day on; what is not said stays as it is."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    with open_app(context.obj) as app:
        state = order_of(app, name)
        command = ChangeStandingOrder(
            unit=state.unit,
            standing_order=state.standing_order,
            first_on=first_on.date(),
            amount_minor=minor_of(amount),
            frequency=every,
            day_of_month=day_of_month,
            last_on=_day(last_on),
            payments=payments,
            tolerance=app.standing_orders.tolerance_on(app.ledger.today()),
            told_by=told_by,
            reason=reason,
        )
        given = give(app, asked, [command])
    end(given, as_json=as_json)


@desk.command("stop")
def stop(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    name: OrderName,
    from_on: StopDay,
    told_by: ToldByWhom,
    reason: Why,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Expect nothing from a day on: the payer or his bank has ended it."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    with open_app(context.obj) as app:
        state = order_of(app, name)
        command = StopStandingOrder(
            unit=state.unit,
            standing_order=state.standing_order,
            from_on=from_on.date(),
            told_by=told_by,
            reason=reason,
        )
        given = give(app, asked, [command])
    end(given, as_json=as_json)


@desk.command("finish")
def finish(
    context: typer.Context,
    name: OrderName,
    reason: Why,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put away an order whose last day is over, whatever did not come."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    with open_app(context.obj) as app:
        state = order_of(app, name)
        command = FinishStandingOrder(
            unit=state.unit, standing_order=state.standing_order, reason=reason
        )
        given = give(app, asked, [command])
    end(given, as_json=as_json)
