"""The suspense desk: a receipt cut up, sent out of the ledger, or brought back to suspense."""

from typing import Annotated

import typer

from consumers.matching.rules import PAYER_ALIAS
from ledger import commands as c
from ledger import events as e
from ledger import suspense_commands as sc
from ledger.ids import account_stream, stream_id
from service.cli_desk import (
    Amount,
    CommandId,
    DryRun,
    Json,
    Receipt,
    When,
    Who,
    Why,
    end,
    minor_of,
    order,
    pence,
    receipt_of,
    target,
)
from service.desk_orders import give
from service.exits import NOT_FOUND, USAGE, fail
from service.explain_values import Target
from service.suspense_desk_receipts import free_names
from service.wiring import App, open_app


def register(suspense: typer.Typer) -> None:
    """Add the verbs to those of the desk."""
    suspense.command("split")(split)
    suspense.command("transfer")(transfer)
    suspense.command("move")(move)


def split(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    receipt: Receipt,
    amounts: Annotated[list[str], typer.Argument(help="Pounds of each part, such as 12.00 30.00.")],
    reason: Why = "several payments in one line",
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Cut a receipt into parts, each a receipt of its own; what is left keeps the name.

    When the parts are all of it, the first of them keeps the name.
    """
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    parts = [pence(amount) for amount in amounts]
    with open_app(context.obj) as app:
        state = receipt_of(app, receipt)
        if sum(parts) == state.held_minor:
            parts = parts[1:]
        if not parts:
            fail("one part that is all of it cuts nothing", USAGE)
        names = free_names(app, state.receipt, len(parts))
        commands = [
            sc.SplitSuspense(
                receipt=state.receipt, new_receipt=name, amount_minor=part, reason=reason
            )
            for name, part in zip(names, parts, strict=True)
        ]
        given = give(app, asked, commands)
    end(given, as_json=as_json, extra={"receipts": [state.receipt, *names]})


def transfer(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    receipt: Receipt,
    to_gl: Annotated[str, typer.Option("--to-gl", help="GL code outside the debtors ledger.")],
    reason: Why,
    amount: Amount = None,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Send a receipt, or a part of it, to a GL code: it is no debtor's money."""
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    minor = minor_of(amount)
    with open_app(context.obj) as app:
        command = sc.TransferSuspense(
            receipt=receipt_of(app, receipt).receipt,
            to_gl_account=to_gl,
            amount_minor=minor,
            reason=reason,
        )
        given = give(app, asked, [command])
    end(given, as_json=as_json)


def move(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="UNIT/ACCOUNT that the receipt is on.")],
    receipt: Annotated[
        str, typer.Argument(help="The receipt, or its position as `explain` shows it.")
    ],
    reason: Why,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a receipt off an account again, to suspense: the match was wrong.

    What it had settled is open again. In suspense it has a new name, and waits for its account.
    """
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    with open_app(context.obj) as app:
        place = target(app, account)
        wrong = _receipt_on(app, place, receipt)
        (name,) = free_names(app, wrong, 1)
        command = c.MoveToSuspense(
            unit=place.unit,
            account=place.account,
            receipt=wrong,
            new_receipt=name,
            reason=reason,
        )
        given = give(app, asked, [command])
        alias = _by_alias(app, place, wrong)
    hints = [f"it waits in suspense: tallystick suspense show {name}"]
    if alias:
        hints.append(f"it was matched by an alias: tallystick alias revoke {wrong} --reason WHY")
    end(given, as_json=as_json, extra={"receipt": name, "by_alias": alias}, hints=hints)


def _by_alias(app: App, place: Target, receipt: str) -> bool:
    """Whether a payment came to its account because its payer is remembered."""
    history = app.store.history(stream_id(account_stream(place.unit, place.account)))
    facts = (event.fact for event in history if isinstance(event.fact, e.PaymentReceived))
    return any(fact.receipt == receipt and fact.rule == PAYER_ALIAS for fact in facts)


def _receipt_on(app: App, place: Target, word: str) -> str:
    """The receipt of that name; a number is the position of its payment in the log."""
    if not word.isdecimal():
        return word
    event = next(iter(app.store.events_after(int(word) - 1, 1)), None)
    fact = event.fact if event is not None and event.position == int(word) else None
    if not isinstance(fact, e.PaymentReceived) or (fact.unit, fact.account) != (
        place.unit,
        place.account,
    ):
        fail(f"position {word} is no payment of {place.unit}/{place.account}", NOT_FOUND)
    return fact.receipt
