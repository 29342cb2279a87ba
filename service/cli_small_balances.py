"""Verbs about small balances: propose a batch, look at it, approve or reject it as a whole."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ledger.money import format_minor
from ledger.small_balance_commands import ProposeSmallBalances, RejectSmallBalances
from ledger.small_balances import SmallBalancesState
from ledger.values import SmallBalanceLine, SmallBalanceReason
from service import small_balances
from service.cli_desk import CommandId, DryRun, Json, When, Who, Why, end, order, pence
from service.desk_orders import give, outcome_json
from service.exits import NOT_FOUND, REFUSED, complain, fail
from service.report_run import catch_up
from service.small_balances import Approved, BatchNotFoundError, find_batch
from service.small_balances_choice import Asked, Chosen, choose
from service.wiring import App, open_app

batches = typer.Typer(help="Small balances: written off in batches, each under one approval.")
Batch = Annotated[str, typer.Argument(help="The batch, as `small-balances list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.add_typer(batches, name="small-balances")


@batches.command("propose")
def propose(
    context: typer.Context,
    unit: Annotated[str | None, typer.Option(help="Only bills of this unit.")] = None,
    limit: Annotated[
        str | None, typer.Option(help="Pounds; balances above it are left, as above the policy's.")
    ] = None,
    reason: Annotated[
        SmallBalanceReason | None, typer.Option(help="Only for this reason of the policy.")
    ] = None,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put forward every small balance that nothing stands against; no money moves yet."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    limit_minor = None if limit is None else pence(limit)
    with open_app(context.obj) as app:
        catch_up(app)
        chosen = choose(app, app.ledger.small_balances, Asked(unit, limit_minor, reason))
        if not chosen.lines:
            _nothing(chosen, as_json=as_json)
            return
        name = small_balances.free_name(app)
        given = give(app, asked, [ProposeSmallBalances(batch=name, lines=chosen.lines)])
    if not as_json and not given.refusals:
        _show_lines(chosen.lines, Console(highlight=False))
    extra = {"batch": name, "total": format_minor(chosen.total_minor), "left": dict(chosen.left)}
    hint = f"another person approves: tallystick small-balances approve {name}"
    end(given, as_json=as_json, extra=extra, hints=[*_left(chosen.left), hint])


def _nothing(chosen: Chosen, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"status": "nothing", "batch": None, "left": dict(chosen.left)}))
        return
    console = Console(highlight=False)
    console.print("there is no small balance to put forward")
    for sentence in _left(chosen.left):
        console.print(Text(sentence))


def _left(left: Mapping[str, int]) -> list[str]:
    return [f"left out: {number:,} ({why})" for why, number in sorted(left.items())]


def _show_lines(lines: tuple[SmallBalanceLine, ...], console: Console) -> None:
    table = Table("account", "bill", "why")
    table.add_column("£", justify="right")
    for line in lines:
        place, amount = f"{line.unit}/{line.account}", format_minor(line.amount_minor)
        table.add_row(escape(place), escape(line.invoice), line.reason.replace("_", " "), amount)
    table.add_section()
    total = sum(line.amount_minor for line in lines)
    table.add_row("together", f"{len(lines):,}", "", format_minor(total, thousands=True))
    console.print(table)


@batches.command("list")
def list_batches(context: typer.Context, as_json: Json = False) -> None:
    """List the batches with what was put forward and written off, by unit and reason."""
    with open_app(context.obj) as app:
        catch_up(app)
        rows = small_balances.sums(app)
    if as_json:
        typer.echo(json.dumps([row.as_json() for row in rows]))
        return
    console = Console(highlight=False)
    if not rows:
        console.print("no small balances were ever put forward")
        return
    table = Table("batch", "year", "unit", "why", "state")
    for name in ("put forward £", "written off £"):
        table.add_column(name, justify="right")
    for row in rows:
        why, decided = row.reason.replace("_", " "), f" by {row.decided_by}"
        state = f"{row.state}{decided if row.decided_by else ''}"
        proposed, written = (format_minor(n) for n in (row.proposed_minor, row.written_minor))
        named = escape(row.batch or "by itself")
        table.add_row(named, row.financial_year, escape(row.unit), why, state, proposed, written)
    table.add_section()
    totals = (sum(row.proposed_minor for row in rows), sum(row.written_minor for row in rows))
    table.add_row("together", "", "", "", "", *(format_minor(n, thousands=True) for n in totals))
    console.print(table)


@batches.command("show")
def show(context: typer.Context, batch: Batch, as_json: Json = False) -> None:
    """Show a batch line by line."""
    with open_app(context.obj) as app:
        state = _batch(app, batch)
    if as_json:
        typer.echo(json.dumps({"state": _word(state), **state.proposal.model_dump(mode="json")}))
        return
    console, proposal = Console(highlight=False), state.proposal
    by = f"put forward by {proposal.proposed_by}"
    console.print(Text(f"Batch {proposal.batch}, {by}: {_word(state)}", style="bold"))
    _show_lines(proposal.lines, console)


def _word(state: SmallBalancesState) -> str:
    if state.waits:
        return "waits for approval"
    if state.approved_on is None:
        return "rejected"
    return f"approved, effective {state.approved_on:%-d %B %Y}"


def _batch(app: App, name: str) -> SmallBalancesState:
    try:
        return find_batch(app, name)
    except BatchNotFoundError as error:
        fail(str(error), NOT_FOUND)


@batches.command("approve")
def approve(
    context: typer.Context,
    batch: Batch,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Approve a batch that another person put forward: every line of it is written off.

    Given again, it writes off what is still to be, and nothing twice.
    """
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    with open_app(context.obj) as app:
        state = _batch(app, batch)
        done = small_balances.approve(app, asked, state)
    if as_json:
        typer.echo(json.dumps(_approved_json(done, dry_run=dry_run)))
    else:
        _show_approved(done, Console(highlight=False), dry_run=dry_run)
    raise typer.Exit(REFUSED if done.is_refused or done.left else 0)


def _approved_json(done: Approved, *, dry_run: bool) -> dict[str, Any]:
    return {
        "status": "refused" if done.is_refused else "approved",
        "dry_run": dry_run,
        "approval": None if done.approval is None else outcome_json(done.approval),
        "total": format_minor(sum(one.line.amount_minor for one in done.done)),
        "lines": [{**one.line.model_dump(), **outcome_json(one.outcome)} for one in done.written],
    }


def _show_approved(done: Approved, console: Console, *, dry_run: bool) -> None:
    if done.approval is not None and done.is_refused:
        for refusal in done.approval.refusals:
            complain(f"refused ({refusal.code}): {refusal.sentence}")
        return
    total = format_minor(sum(one.line.amount_minor for one in done.done), thousands=True)
    before = sum(one.outcome.status == "repeated" for one in done.done)
    again = f", {before:,} of them before" if before else ""
    console.print(f"{len(done.done):,} small balances written off, £{total}{again}")
    for one in done.left:
        for refusal in one.outcome.refusals:
            complain(f"left ({refusal.code}): {refusal.sentence}")
    if dry_run:
        console.print("this was a dry run: nothing is written")


@batches.command("reject")
def reject(
    context: typer.Context,
    batch: Batch,
    reason: Why,
    actor: Who = None,
    command_id: CommandId = None,
    as_json: Json = False,
) -> None:
    """Turn a batch down; its bills stay as they are."""
    asked = order(context, actor, command_id)
    with open_app(context.obj) as app:
        name = _batch(app, batch).proposal.batch
        given = give(app, asked, [RejectSmallBalances(batch=name, reason=reason)])
    end(given, as_json=as_json)
