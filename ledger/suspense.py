"""Deciding about receipts in suspense.

Nothing leaves suspense except to a named place: an account, a GL account, or back to its payer.
"""

from datetime import date

from ledger import commands as c
from ledger import suspense_events as s
from ledger.account_state import AccountState, Dated
from ledger.cash import receive_payment
from ledger.decision import (
    Context,
    Decision,
    asked_date,
    in_range,
    name,
    not_before,
    opened,
    positive,
    same_currency,
    text,
)
from ledger.money import format_minor
from ledger.postings import CHART
from ledger.receipt import ReceiptState
from ledger.rejections import Code, refuse


def suspend_receipt(
    state: ReceiptState | None, command: c.SuspendReceipt, context: Context
) -> Decision:
    """Post money whose account is not known."""
    if state is not None:
        raise refuse(
            Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT,
            f"receipt {command.receipt} is already in suspense",
        )
    context.authorise(command.action, command.amount_minor)
    name(command.receipt, "the receipt")
    text(command.unit, "the unit")
    positive(command.amount_minor, "the receipt")
    in_range(command.value_on, context.today, "value date")
    # From here it must succeed.
    return (Dated(s.ReceiptSuspended(**dict(command)), command.value_on),)


def identify_suspense(
    state: ReceiptState | None,
    account: AccountState | None,
    command: c.IdentifySuspense,
    context: Context,
) -> tuple[Decision, Decision]:
    """The facts of the receipt and those of the account it belongs to, for one append."""
    held, amount = _part(state, command, context)
    context.authorise(c.ReceivePayment.action, amount)
    target = opened(account, command.to_unit, command.to_account)
    same_currency(target, held.currency)
    text(command.reason, "the reason")
    positive(amount, "the amount")
    _not_above(held, amount)
    # From here it must succeed.
    # The first part takes the whole name: it is the rule, a split is the exception.
    part = held.receipt if held.parts == 0 else f"{held.receipt}/{held.parts + 1}"
    payment = _payment(held, target, command, part, amount)
    received = receive_payment(target, payment, context)
    fact = s.SuspenseIdentified(
        receipt=held.receipt,
        unit=held.unit,
        currency=held.currency,
        amount_minor=amount,
        to_unit=target.unit,
        to_account=target.account,
        account_receipt=part,
        reason=command.reason,
    )
    return (Dated(fact, held.value_on),), received


def _payment(
    held: ReceiptState,
    target: AccountState,
    command: c.IdentifySuspense,
    receipt: str,
    amount_minor: int,
) -> c.ReceivePayment:
    return c.ReceivePayment(
        unit=target.unit,
        account=target.account,
        receipt=receipt,
        amount_minor=amount_minor,
        currency=held.currency,
        method=held.method,
        value_on=held.value_on,
        rule="identified-by-officer",
        invoice=command.invoice,
        bank_account=held.bank_account,
        payer_digest=held.payer_digest,
        payer_account_digest=held.payer_account_digest,
        from_suspense=held.receipt,
    )


def _known(state: ReceiptState | None, receipt: str) -> ReceiptState:
    if state is None:
        raise refuse(Code.RECEIPT_NOT_IN_SUSPENSE, f"receipt {receipt} was never in suspense")
    return state


def _part(
    state: ReceiptState | None,
    command: c.IdentifySuspense | c.TransferSuspense | c.ProposeSuspenseReturn,
    context: Context,
) -> tuple[ReceiptState, int]:
    """The receipt and the amount of it that is meant, when the actor may dispose of so much."""
    context.authorise(command.action, command.amount_minor or 0)
    held = _held(state, command.receipt)
    amount = held.held_minor if command.amount_minor is None else command.amount_minor
    context.authorise(command.action, amount)
    return held, amount


def _held(state: ReceiptState | None, receipt: str) -> ReceiptState:
    if state is None or state.held_minor == 0:
        raise refuse(Code.RECEIPT_NOT_IN_SUSPENSE, f"receipt {receipt} is not in suspense")
    return state


def _not_above(held: ReceiptState, amount_minor: int) -> None:
    waiting = sum(proposal.amount_minor for proposal in held.returns.values())
    if amount_minor > held.held_minor - waiting:
        raise refuse(
            Code.EXCEEDS_SUSPENSE,
            f"{format_minor(amount_minor)} is more than the {format_minor(held.held_minor)} of"
            f" receipt {held.receipt} in suspense, less {format_minor(waiting)} proposed to go"
            " back to its payer",
        )


def transfer_suspense(
    state: ReceiptState | None, command: c.TransferSuspense, context: Context
) -> Decision:
    """Send a part or the rest to a named GL account outside the debtors ledger."""
    held, amount = _part(state, command, context)
    text(command.reason, "the reason")
    positive(amount, "the amount")
    on = _leaving_on(held, context)
    if not command.to_gl_account.strip() or command.to_gl_account in CHART:
        raise refuse(
            Code.PLACE_NOT_NAMED,
            "money leaves suspense only to a named GL account outside the debtors ledger, not to"
            f" {command.to_gl_account!r}",
        )
    _not_above(held, amount)
    fact = s.SuspenseTransferred(
        receipt=held.receipt,
        unit=held.unit,
        currency=held.currency,
        amount_minor=amount,
        to_gl_account=command.to_gl_account,
        reason=command.reason,
    )
    return (Dated(fact, on),)


def _leaving_on(held: ReceiptState, context: Context) -> date:
    asked = asked_date(context)
    not_before(context, held.value_on, "the receipt's value date")
    return max(asked, held.value_on)


def propose_suspense_return(
    state: ReceiptState | None, command: c.ProposeSuspenseReturn, context: Context
) -> Decision:
    """Ask for money to go back to its payer."""
    held, amount = _part(state, command, context)
    name(command.suspense_return, "the return")
    text(command.reason, "the reason")
    positive(amount, "the amount")
    if command.suspense_return in {**held.returns, **held.returns_payable}:
        raise refuse(Code.PROPOSAL_EXISTS, f"{command.suspense_return} is already proposed")
    _not_above(held, amount)
    fact = s.SuspenseReturnProposed(
        receipt=held.receipt,
        unit=held.unit,
        currency=held.currency,
        proposed_by=context.actor.id,
        suspense_return=command.suspense_return,
        amount_minor=amount,
        way=command.way,
        reason=command.reason,
    )
    return (Dated(fact, context.today),)


def approve_suspense_return(
    state: ReceiptState | None, command: c.ApproveSuspenseReturn, context: Context
) -> Decision:
    """Make a proposed return payable; what is held is looked at again."""
    context.authorise(command.action)
    held = _held(state, command.receipt)
    proposal = held.returns.get(command.suspense_return)
    if proposal is not None:
        context.authorise(command.action, proposal.amount_minor, proposal.proposed_by)
    on = _leaving_on(held, context)
    if proposal is None:
        raise _no_proposal(command.suspense_return)
    if proposal.amount_minor > held.held_minor:
        raise refuse(
            Code.PROPOSAL_OUT_OF_DATE,
            f"only {format_minor(held.held_minor)} of receipt {held.receipt} is left in suspense",
        )
    fact = s.SuspenseReturnApproved(
        receipt=held.receipt,
        unit=held.unit,
        currency=held.currency,
        suspense_return=command.suspense_return,
        amount_minor=proposal.amount_minor,
    )
    return (Dated(fact, on),)


def _no_proposal(suspense_return: str) -> Exception:
    return refuse(Code.PROPOSAL_NOT_FOUND, f"no return {suspense_return} waits for approval")


def reject_suspense_return(
    state: ReceiptState | None, command: c.RejectSuspenseReturn, context: Context
) -> Decision:
    """Turn down a proposed return."""
    context.authorise(command.action)
    held = _known(state, command.receipt)
    text(command.reason, "the reason")
    if command.suspense_return not in held.returns:
        raise _no_proposal(command.suspense_return)
    fact = s.SuspenseReturnRejected(
        receipt=held.receipt,
        unit=held.unit,
        currency=held.currency,
        suspense_return=command.suspense_return,
        reason=command.reason,
    )
    return (Dated(fact, context.today),)


def record_suspense_return_paid(
    state: ReceiptState | None, command: c.RecordSuspenseReturnPaid, context: Context
) -> Decision:
    """Record that an approved return left our bank."""
    context.authorise(command.action)
    held = _known(state, command.receipt)
    text(command.payment_reference, "the payment reference")
    asked = asked_date(context)
    approved = held.returns_payable.get(command.suspense_return)
    if approved is None:
        raise refuse(
            Code.REFUND_NOT_APPROVED, f"return {command.suspense_return} is not approved and unpaid"
        )
    not_before(context, approved.approved_on, "the return was approved for")
    on = max(asked, approved.approved_on)
    fact = s.SuspenseReturnPaid(
        receipt=held.receipt,
        unit=held.unit,
        currency=held.currency,
        suspense_return=command.suspense_return,
        amount_minor=approved.amount_minor,
        paid_on=on,
        payment_reference=command.payment_reference,
    )
    return (Dated(fact, on),)


def reverse_suspense(
    state: ReceiptState | None, command: c.ReverseSuspense, context: Context
) -> Decision:
    """The bank took back what was still in suspense."""
    context.authorise(command.action)
    held = _held(state, command.receipt)
    context.authorise(command.action, held.held_minor)
    fact = s.SuspenseReversed(
        receipt=held.receipt,
        unit=held.unit,
        currency=held.currency,
        amount_minor=held.held_minor,
        reason=command.reason,
    )
    return (Dated(fact, _leaving_on(held, context)),)
