"""Deciding about receipts in suspense.

Nothing leaves suspense except to a named place: an account, a GL account, or back to its payer.
"""

from datetime import date

from ledger import commands as c
from ledger import suspense_events as s
from ledger.account_state import AccountState, Dated
from ledger.cash import receive_payment
from ledger.decision import Context, Decision, in_range, opened, positive, text
from ledger.money import format_minor
from ledger.postings import CHART
from ledger.receipt import ReceiptState
from ledger.rejections import Code, refuse


def suspend_receipt(
    state: ReceiptState | None, command: c.SuspendReceipt, context: Context
) -> Decision:
    """Post money whose account is not known."""
    context.authorise(command.action, command.amount_minor)
    if state is not None:
        raise refuse(
            Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT,
            f"receipt {command.receipt} is already in suspense",
        )
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
    held = _held(state, command.receipt)
    amount = held.held_minor if command.amount_minor is None else command.amount_minor
    context.authorise(command.action, amount)
    target = opened(account, command.to_unit, command.to_account)
    text(command.reason, "the reason")
    _not_above(held, amount)
    # From here it must succeed, unless the account's own decider refuses.
    # The first part takes the whole name: it is the rule, a split is the exception.
    name = held.receipt if held.parts == 0 else f"{held.receipt}/{held.parts + 1}"
    payment = c.ReceivePayment(
        unit=target.unit,
        account=target.account,
        receipt=name,
        amount_minor=amount,
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
    received = receive_payment(target, payment, context)
    fact = s.SuspenseIdentified(
        receipt=held.receipt,
        unit=held.unit,
        currency=held.currency,
        amount_minor=amount,
        to_unit=target.unit,
        to_account=target.account,
        account_receipt=name,
        reason=command.reason,
    )
    return (Dated(fact, held.value_on),), received


def _held(state: ReceiptState | None, receipt: str) -> ReceiptState:
    if state is None or state.held_minor == 0:
        raise refuse(Code.RECEIPT_NOT_IN_SUSPENSE, f"receipt {receipt} is not in suspense")
    return state


def _not_above(held: ReceiptState, amount_minor: int) -> None:
    positive(amount_minor, "the amount")
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
    held = _held(state, command.receipt)
    amount = held.held_minor if command.amount_minor is None else command.amount_minor
    context.authorise(command.action, amount)
    if not command.to_gl_account.strip() or command.to_gl_account in CHART:
        raise refuse(
            Code.PLACE_NOT_NAMED,
            "money leaves suspense only to a named GL account outside the debtors ledger, not to"
            f" {command.to_gl_account!r}",
        )
    text(command.reason, "the reason")
    _not_above(held, amount)
    fact = s.SuspenseTransferred(
        receipt=held.receipt,
        unit=held.unit,
        currency=held.currency,
        amount_minor=amount,
        to_gl_account=command.to_gl_account,
        reason=command.reason,
    )
    return (Dated(fact, _leaving_on(held, context)),)


def _leaving_on(held: ReceiptState, context: Context) -> date:
    asked = in_range(context.effective_on or context.today, context.today, "effective date")
    if asked < held.value_on:
        raise refuse(
            Code.EFFECTIVE_DATE_TOO_EARLY,
            f"{asked.isoformat()} is before the receipt's value date {held.value_on.isoformat()}",
        )
    return asked


def propose_suspense_return(
    state: ReceiptState | None, command: c.ProposeSuspenseReturn, context: Context
) -> Decision:
    """Ask for money to go back to its payer."""
    held = _held(state, command.receipt)
    amount = held.held_minor if command.amount_minor is None else command.amount_minor
    context.authorise(command.action, amount)
    text(command.reason, "the reason")
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
    held = _held(state, command.receipt)
    proposal = held.returns.get(command.suspense_return)
    context.authorise(
        command.action,
        proposal.amount_minor if proposal else 0,
        proposal.proposed_by if proposal else None,
    )
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
    return (Dated(fact, _leaving_on(held, context)),)


def _no_proposal(suspense_return: str) -> Exception:
    return refuse(Code.PROPOSAL_NOT_FOUND, f"no return {suspense_return} waits for approval")


def reject_suspense_return(
    state: ReceiptState | None, command: c.RejectSuspenseReturn, context: Context
) -> Decision:
    """Turn down a proposed return."""
    context.authorise(command.action)
    held = _held(state, command.receipt)
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
    amount = state.returns_payable.get(command.suspense_return) if state else None
    if state is None or amount is None:
        raise refuse(
            Code.REFUND_NOT_APPROVED, f"return {command.suspense_return} is not approved and unpaid"
        )
    text(command.payment_reference, "the payment reference")
    on = _leaving_on(state, context)
    fact = s.SuspenseReturnPaid(
        receipt=state.receipt,
        unit=state.unit,
        currency=state.currency,
        suspense_return=command.suspense_return,
        amount_minor=amount,
        paid_on=on,
        payment_reference=command.payment_reference,
    )
    return (Dated(fact, on),)


def reverse_suspense(
    state: ReceiptState | None, command: c.ReverseSuspense, context: Context
) -> Decision:
    """The bank took back what was still in suspense."""
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
