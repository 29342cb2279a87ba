"""The suspense desk: money that goes back to its payer, as one proposes and another approves."""

from collections.abc import Iterable
from itertools import count
from typing import Annotated, Literal, NamedTuple, TypeAlias

import typer

from ledger import suspense_commands as sc
from ledger import suspense_events as s
from ledger.receipt import ReceiptState
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
)
from service.desk_orders import Order, give
from service.exits import NOT_FOUND, USAGE, fail
from service.settings import Settings
from service.suspense_desk_receipts import history_of
from service.wiring import App, open_app

Way: TypeAlias = Literal["refund", "return"]
Called = Annotated[
    str | None, typer.Option("--name", help="What to call it; RT-1, RT-2 and so on by itself.")
]
Which = Annotated[
    str | None,
    typer.Argument(metavar="[RETURN]", help="Which; may be left out when there is only one."),
]


Risk = Annotated[
    bool,
    typer.Option(
        "--accepts-claim-risk",
        help="Of a Direct Debit: its payer can claim it back from the bank too, and that is known.",
    ),
]


class _Wanted(NamedTuple):
    """What is proposed to go back, as it was typed."""

    receipt: str
    way: Way
    reason: str
    amount: str | None
    name: str | None
    accepts_claim_risk: bool | None


def register(suspense: typer.Typer) -> None:
    """Add the verbs to those of the desk."""
    for name, verb in (
        ("refund", refund),
        ("return", send_back),
        ("approve", approve),
        ("reject", reject),
        ("paid", paid),
        ("failed", failed),
    ):
        suspense.command(name)(verb)


def refund(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    receipt: Receipt,
    reason: Why,
    amount: Amount = None,
    name: Called = None,
    accepts_claim_risk: Risk = False,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Propose to pay a receipt back to its payer as a refund; another person approves."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    wanted = _Wanted(receipt, "refund", reason, amount, name, accepts_claim_risk or None)
    _propose(asked, context.obj, wanted, as_json=as_json)


def send_back(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    receipt: Receipt,
    reason: Why,
    amount: Amount = None,
    name: Called = None,
    accepts_claim_risk: Risk = False,
    actor: Who = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Propose to send a receipt back to the account that it came from; another person approves."""
    asked = order(context, actor, command_id, dry_run=dry_run)
    wanted = _Wanted(receipt, "return", reason, amount, name, accepts_claim_risk or None)
    _propose(asked, context.obj, wanted, as_json=as_json)


def _propose(asked: Order, settings: Settings, wanted: _Wanted, *, as_json: bool) -> None:
    minor = minor_of(wanted.amount)
    with open_app(settings) as app:
        state = receipt_of(app, wanted.receipt)
        called = wanted.name or _free_name(app, state.receipt)
        command = sc.ProposeSuspenseReturn(
            receipt=state.receipt,
            suspense_return=called,
            amount_minor=minor,
            way=wanted.way,
            reason=wanted.reason,
            accepts_claim_risk=wanted.accepts_claim_risk,
        )
        given = give(app, asked, [command])
    hint = f"another person decides: tallystick suspense approve {state.receipt} {called}"
    end(given, as_json=as_json, extra={"return": called}, hints=[hint])


def approve(
    context: typer.Context,
    receipt: Receipt,
    which: Which = None,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Approve that a receipt goes back to its payer, as another person proposed."""
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    with open_app(context.obj) as app:
        state = receipt_of(app, receipt)
        name = _chosen(state, which, state.returns, "waits for approval")
        command = sc.ApproveSuspenseReturn(receipt=state.receipt, suspense_return=name)
        given = give(app, asked, [command])
    hint = f"once it is sent: tallystick suspense paid {state.receipt} {name} --reference REF"
    end(given, as_json=as_json, hints=[hint])


def reject(
    context: typer.Context,
    receipt: Receipt,
    reason: Why,
    which: Which = None,
    actor: Who = None,
    command_id: CommandId = None,
    as_json: Json = False,
) -> None:
    """Turn down that a receipt goes back; it stays in suspense."""
    asked = order(context, actor, command_id)
    with open_app(context.obj) as app:
        state = receipt_of(app, receipt)
        name = _chosen(state, which, state.returns, "waits for approval")
        command = sc.RejectSuspenseReturn(
            receipt=state.receipt, suspense_return=name, reason=reason
        )
        given = give(app, asked, [command])
    end(given, as_json=as_json)


def paid(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    receipt: Receipt,
    reference: Annotated[str, typer.Option(help="Reference of the payment that left our bank.")],
    which: Which = None,
    despite_claim: Annotated[
        bool,
        typer.Option("--despite-claim", help="It left although its payer's bank claims it back."),
    ] = False,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Record that money which was approved to go back has left our bank."""
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    with open_app(context.obj) as app:
        state = receipt_of(app, receipt)
        name = _chosen(state, which, state.returns_payable, "is approved and not yet paid")
        command = sc.RecordSuspenseReturnPaid(
            receipt=state.receipt,
            suspense_return=name,
            payment_reference=reference,
            paid_despite_claim=despite_claim or None,
        )
        given = give(app, asked, [command])
    end(given, as_json=as_json)


def failed(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    receipt: Receipt,
    reason: Why,
    which: Which = None,
    actor: Who = None,
    effective_on: When = None,
    command_id: CommandId = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Record that money which went back did not reach its payer: it is in suspense again."""
    asked = order(context, actor, command_id, effective_on, dry_run=dry_run)
    with open_app(context.obj) as app:
        state = receipt_of(app, receipt)
        approved = {**state.returns_payable, **state.returns_paid}
        name = _chosen(state, which, approved, "was approved")
        command = sc.RecordSuspenseReturnFailed(
            receipt=state.receipt, suspense_return=name, reason=reason
        )
        given = give(app, asked, [command])
    end(given, as_json=as_json)


def _chosen(state: ReceiptState, which: str | None, names: Iterable[str], what: str) -> str:
    """The return that is meant; ends with NOT_FOUND or USAGE when that cannot be said."""
    if which is not None:
        return which
    known = sorted(names)
    if not known:
        fail(f"no return of receipt {state.receipt} {what}", NOT_FOUND)
    if len(known) > 1:
        fail(f"which of them: {', '.join(known)}?", USAGE)
    return known[0]


def _free_name(app: App, receipt: str) -> str:
    """The first of RT-1, RT-2, ... that no return of the receipt was ever called."""
    facts = [event.fact for event in history_of(app, receipt)]
    taken = {one.suspense_return for one in facts if isinstance(one, s.SuspenseReturnProposed)}
    return next(f"RT-{number}" for number in count(1) if f"RT-{number}" not in taken)
