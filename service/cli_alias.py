"""Verbs about payers that are known: list, propose, confirm, reject, revoke."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledger.alias_commands import ConfirmPayerAlias, RejectPayerAlias, RevokePayerAlias
from ledger.alias_events import PayerAliasConfirmed
from ledger.aliases import AliasState
from ledger.money import format_minor
from ledger.values import AliasKind
from service.aliases_desk import (
    SHOWN_DIGITS,
    AliasNotFoundError,
    PayerUnknownError,
    find_alias,
    listed,
    proposal,
)
from service.aliases_payer import Paid, paid_of
from service.cli_desk import CommandId, DryRun, Json, When, Who, Why, end, order, target
from service.desk_orders import give
from service.desk_words import PAYER
from service.exits import NOT_FOUND, USAGE, fail
from service.suspense_desk_receipts import ReceiptNotFoundError
from service.wiring import App, open_app

alias = typer.Typer(help="Payers that are known: whose money is taken for which account.")
Which = Annotated[
    str, typer.Argument(metavar="PAYER", help="As `alias list` shows it, or a receipt of his.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.add_typer(alias, name="alias")


@alias.command("list")
def list_known(
    context: typer.Context,
    unit: Annotated[str | None, typer.Option(help="Only this unit.")] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only what waits for a second person.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the payers that are known, and those proposed that wait for a second person."""
    with open_app(context.obj) as app:
        states = listed(app, unit)
    shown = [state for state in states if state.proposal is not None or not waiting]
    if as_json:
        typer.echo(json.dumps([_json(state) for state in shown]))
    else:
        _show(shown, Console(highlight=False))


def _json(state: AliasState) -> dict[str, Any]:
    alias_, asked = state.alias, state.proposal
    return {
        "payer": state.digest,
        "unit": state.unit,
        "known_by": state.kind,
        "account": None if alias_ is None else f"{alias_.to_unit}/{alias_.to_account}",
        "since": None if alias_ is None else alias_.effective_on.isoformat(),
        "proposed": None
        if asked is None
        else {
            "account": f"{asked.to_unit}/{asked.to_account}",
            "by": asked.proposed_by,
            "from_receipt": asked.from_receipt,
            "amount": format_minor(asked.amount_minor),
            "reason": asked.reason,
        },
    }


def _show(states: list[AliasState], console: Console) -> None:
    if not states:
        console.print("no payer is known here: tallystick alias propose RECEIPT makes one known")
        return
    table = Table("payer", "unit", "known by", "account", "in force")
    for state in states:
        table.add_row(*map(escape, _cells(state)))
    console.print(table)
    console.print("tallystick alias confirm, reject or revoke PAYER")


def _cells(state: AliasState) -> tuple[str, ...]:
    known, asked = state.alias, state.proposal
    if known is not None:
        account = f"{known.to_unit}/{known.to_account}"
        since = f"since {known.effective_on:%-d %B %Y}"
    elif asked is not None:
        account, since = f"{asked.to_unit}/{asked.to_account}", "not yet"
    else:
        account, since = "", "no more"
    waits = f", proposed by {asked.proposed_by}, waits for a second person" if asked else ""
    kind = PAYER[state.kind]
    return state.digest[:SHOWN_DIGITS], state.unit, kind, account, f"{since}{waits}"


@alias.command("propose")
def propose(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    receipt: Annotated[str, typer.Argument(help="A receipt of the payer.")],
    reason: Why = "found by an officer",
    to: Annotated[
        str | None, typer.Option("--to", help="UNIT/ACCOUNT; where the receipt went otherwise.")
    ] = None,
    known_by: Annotated[
        AliasKind | None, typer.Option(help="By what to know him; the bank account if it can be.")
    ] = None,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Ask to take money of a receipt's payer for an account from now on."""
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    with open_app(context.obj) as app:
        paid = _paid(app, receipt)
        try:
            command = proposal(paid, _place(app, paid, to), reason, known_by)
        except PayerUnknownError as error:
            fail(str(error), NOT_FOUND)
        given = give(app, asked, [command])
    facts = [dated.fact for outcome in given.outcomes for dated in outcome.facts]
    live = any(isinstance(fact, PayerAliasConfirmed) for fact in facts)
    payer = command.digest[:SHOWN_DIGITS]
    hint = f"it waits for a second person: tallystick alias confirm {payer}"
    extra = {"payer": command.digest, "in_force": live}
    end(given, as_json=as_json, extra=extra, hints=[] if live else [hint])


def _paid(app: App, receipt: str) -> Paid:
    try:
        return paid_of(app, receipt)
    except ReceiptNotFoundError as error:
        fail(str(error), NOT_FOUND)


def _place(app: App, paid: Paid, to: str | None) -> tuple[str, str]:
    if to is not None:
        place = target(app, to)
        return place.unit, place.account
    if len(paid.places) != 1:
        where = "several accounts" if paid.places else "no account yet"
        fail(f"receipt {paid.receipt} went to {where}: say --to UNIT/ACCOUNT", USAGE)
    return paid.places[0]


@alias.command("confirm")
def confirm(
    context: typer.Context,
    payer: Which,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put in force what another person proposed; it matches money from that day on."""
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    with open_app(context.obj) as app:
        command = ConfirmPayerAlias(**_key(app, payer))
        given = give(app, asked, [command])
    end(given, as_json=as_json)


@alias.command("reject")
def reject(
    context: typer.Context,
    payer: Which,
    reason: Why,
    actor: Who = None,
    command_id: CommandId = None,
    as_json: Json = False,
) -> None:
    """Turn down what was proposed."""
    asked = order(context, actor, command_id)
    with open_app(context.obj) as app:
        given = give(app, asked, [RejectPayerAlias(**_key(app, payer), reason=reason)])
    end(given, as_json=as_json)


@alias.command("revoke")
def revoke(
    context: typer.Context,
    payer: Which,
    reason: Why,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """End an alias: what it has matched stays, the next money of the payer is not matched by it."""
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    with open_app(context.obj) as app:
        given = give(app, asked, [RevokePayerAlias(**_key(app, payer), reason=reason)])
    end(given, as_json=as_json)


def _key(app: App, word: str) -> dict[str, Any]:
    """The three fields that name a payer; ends with NOT_FOUND when none is meant."""
    try:
        state = find_alias(app, word)
    except AliasNotFoundError as error:
        fail(str(error), NOT_FOUND)
    return {"unit": state.unit, "kind": state.kind, "digest": state.digest}
