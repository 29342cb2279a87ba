"""The suspense desk: a receipt given to the account it belongs to, and its payer remembered."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from ledger import suspense_commands as sc
from ledger.alias_commands import ProposePayerAlias
from ledger.alias_events import PayerAliasConfirmed, PayerAliasProposed
from ledger.receipt import ReceiptState
from service.aliases_desk import SHOWN_DIGITS, PayerUnknownError, in_force, is_known, proposal
from service.aliases_payer import Paid, payers_of
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
    receipt_of,
    target,
)
from service.desk_orders import Given, give
from service.exits import NOT_FOUND, USAGE, fail
from service.explain_values import Target
from service.report_run import catch_up
from service.suspense_desk_siblings import siblings_of
from service.wiring import App, open_app

SIBLINGS_SHOWN_MAX = 5
To = Annotated[str, typer.Option("--to", help="UNIT/ACCOUNT, a bill, or a payment reference.")]
Bill = Annotated[str | None, typer.Option("--invoice", help="The bill that was meant.")]
WithSiblings = Annotated[
    bool, typer.Option("--with-siblings", help="The payer's other receipts in suspense too.")
]
Remember = Annotated[
    bool, typer.Option("--remember", help="Propose to take this payer for this account.")
]


def register(suspense: typer.Typer) -> None:
    """Add the verb to those of the desk."""
    suspense.command("identify")(identify)


def identify(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    receipt: Receipt,
    to: To,
    reason: Why,
    amount: Amount = None,
    invoice: Bill = None,
    with_siblings: WithSiblings = False,
    remember: Remember = False,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give a receipt, or a part of it, to the account that it belongs to."""
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    if with_siblings and amount is not None:
        fail("--amount is of one receipt: leave it out with --with-siblings", USAGE)
    minor = minor_of(amount)
    with open_app(context.obj) as app:
        catch_up(app)
        state, place = receipt_of(app, receipt), target(app, to)
        siblings = siblings_of(app, state)
        first = _identified(state, place, reason, minor, invoice or place.item)
        others = [_identified(one, place, reason) for one in siblings if with_siblings]
        alias = _remembered(app, state, place, reason) if remember else []
        given = give(app, asked, [first, *others, *alias])
        left = [] if with_siblings else siblings
        hints = [*_about_payer(app, state, given), *_about_siblings(left, place)]
    extra = {"siblings_left": [one.receipt for one in left]}
    end(given, as_json=as_json, extra=extra, hints=hints)


def _identified(
    state: ReceiptState,
    place: Target,
    reason: str,
    minor: int | None = None,
    invoice: str | None = None,
) -> sc.IdentifySuspense:
    return sc.IdentifySuspense(
        receipt=state.receipt,
        to_unit=place.unit,
        to_account=place.account,
        amount_minor=minor,
        invoice=invoice,
        reason=reason,
    )


def _remembered(
    app: App, state: ReceiptState, place: Target, reason: str
) -> list[ProposePayerAlias]:
    """The proposal to remember the payer; none when he is known for this account already."""
    paid = Paid(state.receipt, state.amount_minor, payers_of(state), ())
    try:
        command = proposal(paid, (place.unit, place.account), reason)
    except PayerUnknownError as error:
        fail(f"{error}: nobody can be remembered", NOT_FOUND)
    return [] if in_force(app, command) else [command]


def _about_payer(app: App, state: ReceiptState, given: Given) -> Iterator[str]:
    facts = [dated.fact for outcome in given.outcomes for dated in outcome.facts]
    if any(isinstance(fact, PayerAliasConfirmed) for fact in facts):
        return
    asked = next((fact for fact in facts if isinstance(fact, PayerAliasProposed)), None)
    if asked is not None:
        payer = asked.digest[:SHOWN_DIGITS]
        yield f"it waits for a second person: tallystick alias confirm {payer}"
    elif payers_of(state) and not any(is_known(app, one) for one in payers_of(state)):
        yield f"remember this payer? tallystick alias propose {state.receipt}"


def _about_siblings(left: Sequence[ReceiptState], place: Target) -> Iterator[str]:
    if not left:
        return
    names = ", ".join(one.receipt for one in left[:SIBLINGS_SHOWN_MAX])
    more = f" and {len(left) - SIBLINGS_SHOWN_MAX} more" if left[SIBLINGS_SHOWN_MAX:] else ""
    where = f"--to {place.unit}/{place.account} --with-siblings"
    yield f"the same payer has more in suspense: {names}{more}"
    yield f"the same place? tallystick suspense identify {left[0].receipt} {where} --reason WHY"
