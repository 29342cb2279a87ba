"""Verbs about indemnity claims: those that live, one by one, disputed in time, withdrawn."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ledger.indemnity_commands import ChallengeIndemnityClaim, WithdrawIndemnityClaim
from ledger.money import format_minor
from service.cli_desk import CommandId, DryRun, Json, Who, end, order
from service.desk_claim_words import of_claim, of_refund, reason_in_words
from service.desk_orders import give
from service.direct_debit.claims import (
    AmbiguousClaimError,
    Claim,
    ClaimNotFoundError,
    claims,
    find_claim,
)
from service.exits import NOT_FOUND, USAGE, fail
from service.explain_terms import counted
from service.wiring import App, open_app

desk = typer.Typer(help="Indemnity claims: who claims what back, and until when we may dispute it.")
Name = Annotated[str, typer.Argument(metavar="CLAIM", help="The paying bank's reference of it.")]
Account = Annotated[
    str | None,
    typer.Option("--account", help="UNIT/ACCOUNT, where several have a claim of this name."),
]


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.add_typer(desk, name="claim")


@desk.command("list")
def list_(
    context: typer.Context,
    with_closed: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: Json = False,
) -> None:
    """Show the claims that live, with the days that are left to challenge each."""
    with open_app(context.obj) as app:
        found = claims(app, with_closed=with_closed)
    if as_json:
        typer.echo(json.dumps([_as_json(one) for one in found]))
        return
    table = Table()
    for name in ("claim", "account"):
        table.add_column(name, no_wrap=True)
    for name in ("reason", "£", "challenge by", "debited on", ""):
        table.add_column(name, justify="right" if name == "£" else "left")
    for one in found:
        raised = one.raised
        left = f" ({_left(one)})" if one.closed is None and not one.is_challenged else ""
        table.add_row(
            escape(raised.claim),
            escape(f"{raised.unit}/{raised.account}"),
            escape(reason_in_words(raised.code, raised.reason)),
            format_minor(raised.amount_minor, thousands=True),
            f"{raised.challenge_by:%-d %b %Y}{left}",
            f"{raised.debit_on:%-d %b %Y}",
            one.status,
        )
    console = Console(highlight=False)
    if found:
        console.print(table)
    total = format_minor(sum(one.raised.amount_minor for one in found), thousands=True)
    console.print(f"{counted(len(found), 'claim')}, £{total}")


def _left(one: Claim) -> str:
    if one.days_left == 0:
        return "too late"
    return "last day" if one.days_left == 1 else f"{one.days_left} working days left"


def _as_json(one: Claim) -> dict[str, Any]:
    raised = one.raised
    return {
        "claim": raised.claim,
        "unit": raised.unit,
        "account": raised.account,
        "mandate": raised.mandate,
        "collection": one.collection,
        "amount_minor": raised.amount_minor,
        "code": raised.code,
        "reason": reason_in_words(raised.code, raised.reason),
        "raised_on": raised.raised_on.isoformat(),
        "challenge_by": raised.challenge_by.isoformat(),
        "days_left": one.days_left,
        "debit_on": raised.debit_on.isoformat(),
        "status": one.status,
        "refunds": [refund.model_dump() for refund in raised.refunds or ()],
    }


@desk.command("show")
def show(
    context: typer.Context, name: Name, account: Account = None, as_json: Json = False
) -> None:
    """Tell one claim: of what, why, until when it may be challenged, and the refunds it met."""
    with open_app(context.obj) as app:
        one = _found(app, name, account)
    if as_json:
        typer.echo(json.dumps(_as_json(one)))
        return
    console, raised = Console(highlight=False), one.raised
    amount = format_minor(raised.amount_minor, thousands=True)
    for line in (
        f"Claim {raised.claim} on account {raised.unit}/{raised.account}: {one.status}",
        f"collection {one.collection} of £{amount}, mandate {raised.mandate}",
        f"reason: {reason_in_words(raised.code, raised.reason)}",
        f"to be challenged until {raised.challenge_by:%-d %B %Y}: {_left(one)}",
        f"our account is debited on {raised.debit_on:%-d %B %Y}",
        *(of_refund(refund) for refund in raised.refunds or ()),
        *(
            f"{event.envelope.effective_on:%d %b %Y}  {of_claim(event.fact)}"
            for event in one.events
        ),
    ):
        console.print(Text(line), soft_wrap=True)


@desk.command("challenge")
def challenge(
    context: typer.Context,
    name: Name,
    grounds: Annotated[str, typer.Option(help="Why we dispute it, with the proof that is sent.")],
    account: Account = None,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Record that we dispute a claim with the bank; refused after its last day."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    with open_app(context.obj) as app:
        raised = _found(app, name, account).raised
        command = ChallengeIndemnityClaim(
            unit=raised.unit, account=raised.account, claim=raised.claim, grounds=grounds
        )
        given = give(app, asked, [command])
    hint = f"it is debited on {raised.debit_on:%-d %B %Y} unless the bank withdraws it before"
    end(given, as_json=as_json, hints=[hint])


@desk.command("withdraw")
def withdraw(
    context: typer.Context,
    name: Name,
    advice: Annotated[
        str, typer.Option(help="How the bank told it, such as a letter's reference.")
    ],
    account: Account = None,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Record that the bank dropped a claim, when no report told it; the money stays."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    with open_app(context.obj) as app:
        raised = _found(app, name, account).raised
        command = WithdrawIndemnityClaim(
            unit=raised.unit, account=raised.account, claim=raised.claim, advice=advice
        )
        given = give(app, asked, [command])
    end(given, as_json=as_json)


def _found(app: App, name: str, account: str | None) -> Claim:
    try:
        return find_claim(app, name, account)
    except ClaimNotFoundError as error:
        fail(str(error), NOT_FOUND)
    except AmbiguousClaimError as error:
        fail(str(error), USAGE)
