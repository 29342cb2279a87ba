"""Deciding about money in suspense that goes back: proposed, approved, sent, failed."""

from datetime import date

from ledger import suspense_commands as sc
from ledger import suspense_events as s
from ledger.account_state import Dated
from ledger.decision import Context, Decision, asked_date, name, not_before, positive, text
from ledger.held import held, known, leaving_on, not_above, part
from ledger.indemnity_guard import (
    claim_on,
    not_claimed_in_suspense,
    risk_accepted_in_suspense,
)
from ledger.money import format_minor
from ledger.receipt import ReceiptState
from ledger.rejections import Code, refuse


def propose_suspense_return(
    state: ReceiptState | None, command: sc.ProposeSuspenseReturn, context: Context
) -> Decision:
    """Ask for money to go back to its payer."""
    receipt, amount = part(state, command, context)
    name(command.suspense_return, "the return")
    text(command.reason, "the reason")
    positive(amount, "the amount")
    known_ones = (receipt.returns, receipt.returns_payable, receipt.returns_paid)
    if any(command.suspense_return in ones for ones in known_ones):
        raise refuse(Code.PROPOSAL_EXISTS, f"{command.suspense_return} is already proposed")
    not_above(receipt, amount)
    not_claimed_in_suspense(receipt, f"return {command.suspense_return}")
    risk_accepted_in_suspense(receipt, accepted=command.accepts_claim_risk)
    fact = s.SuspenseReturnProposed(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        proposed_by=context.actor.id,
        suspense_return=command.suspense_return,
        amount_minor=amount,
        way=command.way,
        reason=command.reason,
        accepts_claim_risk=command.accepts_claim_risk or None,
    )
    return (Dated(fact, context.today),)


def approve_suspense_return(
    state: ReceiptState | None, command: sc.ApproveSuspenseReturn, context: Context
) -> Decision:
    """Make a proposed return payable; what is held is looked at again."""
    context.authorise(command.action)
    receipt = held(state, command.receipt)
    proposal = receipt.returns.get(command.suspense_return)
    if proposal is not None:
        context.authorise(command.action, proposal.amount_minor, proposal.proposed_by)
    on = leaving_on(receipt, context)
    if proposal is None:
        raise _no_proposal(command.suspense_return)
    if proposal.amount_minor > receipt.held_minor:
        raise refuse(
            Code.PROPOSAL_OUT_OF_DATE,
            f"only {format_minor(receipt.held_minor)} of receipt {receipt.receipt} is left in"
            " suspense",
        )
    not_claimed_in_suspense(receipt, f"return {command.suspense_return}")
    fact = s.SuspenseReturnApproved(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        suspense_return=command.suspense_return,
        amount_minor=proposal.amount_minor,
    )
    return (Dated(fact, on),)


def _no_proposal(suspense_return: str) -> Exception:
    return refuse(Code.PROPOSAL_NOT_FOUND, f"no return {suspense_return} waits for approval")


def reject_suspense_return(
    state: ReceiptState | None, command: sc.RejectSuspenseReturn, context: Context
) -> Decision:
    """Turn down a proposed return."""
    context.authorise(command.action)
    receipt = known(state, command.receipt)
    text(command.reason, "the reason")
    if command.suspense_return not in receipt.returns:
        raise _no_proposal(command.suspense_return)
    fact = s.SuspenseReturnRejected(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        suspense_return=command.suspense_return,
        reason=command.reason,
    )
    return (Dated(fact, context.today),)


def record_suspense_return_paid(
    state: ReceiptState | None, command: sc.RecordSuspenseReturnPaid, context: Context
) -> Decision:
    """Record that an approved return left our bank."""
    context.authorise(command.action)
    receipt = known(state, command.receipt)
    text(command.payment_reference, "the payment reference")
    asked = asked_date(context)
    approved = receipt.returns_payable.get(command.suspense_return)
    if approved is None:
        raise refuse(
            Code.REFUND_NOT_APPROVED, f"return {command.suspense_return} is not approved and unpaid"
        )
    not_before(context, approved.approved_on, "the return was approved for")
    claim = claim_on(approved, command.suspense_return, paid_despite=command.paid_despite_claim)
    on = max(asked, approved.approved_on)
    fact = s.SuspenseReturnPaid(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        suspense_return=command.suspense_return,
        amount_minor=approved.amount_minor,
        paid_on=on,
        payment_reference=command.payment_reference,
        claim=claim,
    )
    return (Dated(fact, on),)


def record_suspense_return_failed(
    state: ReceiptState | None, command: sc.RecordSuspenseReturnFailed, context: Context
) -> Decision:
    """Take back into suspense an approved or paid return that did not reach the payer."""
    context.authorise(command.action)
    receipt = known(state, command.receipt)
    text(command.reason, "the reason")
    asked = asked_date(context)
    amount, was_paid, since = _gone(receipt, command.suspense_return)
    not_before(context, since, "the return left suspense on")
    # From here it must succeed.
    fact = s.SuspenseReturnFailed(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        suspense_return=command.suspense_return,
        amount_minor=amount,
        was_paid=was_paid,
        reason=command.reason,
    )
    return (Dated(fact, max(asked, since)),)


def _gone(receipt: ReceiptState, suspense_return: str) -> tuple[int, bool, date]:
    """The amount of a return that left suspense, whether it left the bank, and since when."""
    paid = receipt.returns_paid.get(suspense_return)
    if paid is not None:
        return paid.amount_minor, True, paid.paid_on
    payable = receipt.returns_payable.get(suspense_return)
    if payable is not None:
        return payable.amount_minor, False, payable.approved_on
    raise refuse(
        Code.REFUND_NOT_APPROVED,
        f"return {suspense_return} was not approved, or has failed already",
    )
