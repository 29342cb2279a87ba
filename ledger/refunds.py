"""Deciding about refunds: proposed by one, approved by another, paid, or failed.

A refund comes only from unapplied credit. A proposal moves no money and reserves none: at approval
everything is checked again, and a proposal whose credit has gone meanwhile is out of date.
"""

from datetime import date

from ledger import commands as c
from ledger import events as e
from ledger.account_state import AccountState, Credit, Dated
from ledger.decision import (
    Context,
    Decision,
    asked_date,
    earliest_date,
    name,
    not_before,
    opened,
    positive,
    settling_date,
    text,
)
from ledger.indemnity_guard import claim_on, not_claimed, not_taken_back, risk_accepted
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.transfers import oldest_credit, parts_of


def propose_refund(
    state: AccountState | None, command: c.ProposeRefund, context: Context
) -> Decision:
    """Ask for unapplied credit to be paid back."""
    context.authorise(command.action, command.amount_minor)
    account = opened(state, command.unit, command.account)
    name(command.refund, "the refund")
    text(command.reason, "the reason")
    positive(command.amount_minor, "the refund")
    if command.refund in account.refunds or command.refund in account.refunds_payable:
        raise refuse(Code.PROPOSAL_EXISTS, f"refund {command.refund} is already proposed")
    waiting = sum(proposal.amount_minor for proposal in account.refunds.values())
    if command.amount_minor > account.unapplied_minor - waiting:
        raise refuse(
            Code.EXCEEDS_UNAPPLIED_CREDIT,
            f"{format_minor(command.amount_minor)} is more than the unapplied credit of"
            f" {format_minor(account.unapplied_minor)} less {format_minor(waiting)} already"
            " proposed",
        )
    used = oldest_credit(account, command.amount_minor)
    receipts = [one.receipt for one in used]
    not_claimed(account, receipts, f"refund {command.refund}")
    not_taken_back(account, receipts, f"refund {command.refund}")
    risk_accepted(used, accepted=command.accepts_claim_risk)
    fact = e.RefundProposed(
        unit=command.unit,
        account=command.account,
        debt_type=account.debt_type,
        currency=account.currency,
        proposed_by=context.actor.id,
        refund=command.refund,
        receipts=parts_of(used),
        amount_minor=command.amount_minor,
        reason=command.reason,
        accepts_claim_risk=command.accepts_claim_risk or None,
    )
    return (Dated(fact, context.today),)


def approve_refund(
    state: AccountState | None, command: c.ApproveRefund, context: Context
) -> Decision:
    """Make a proposed refund payable.

    The limit counts what was approved on the account in the financial year, failed refunds too.
    """
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    proposal = account.refunds.get(command.refund)
    used = _credit_of(account, proposal) if proposal else []
    if proposal is not None:
        already = account.totals_of(earliest_date(context, (), used)).refunded_minor
        amount = proposal.amount_minor + already
        context.authorise(command.action, amount, proposal.proposed_by)
    on = settling_date(context, (), used)
    if proposal is None:
        raise _not_waiting(command.refund)
    left = {credit.receipt: credit.unapplied_minor for credit in used}
    for part in proposal.receipts:
        if left.get(part.receipt, 0) < part.amount_minor:
            raise refuse(
                Code.PROPOSAL_OUT_OF_DATE,
                f"receipt {part.receipt} no longer has {format_minor(part.amount_minor)} of"
                " unapplied credit: propose the refund again",
            )
    not_claimed(account, left, f"refund {command.refund}")
    not_taken_back(account, left, f"refund {command.refund}")
    # From here it must succeed.
    fact = e.RefundApproved(
        **proposal.model_dump(exclude={"proposed_by", "reason", "accepts_claim_risk"})
    )
    return (Dated(fact, on),)


def _credit_of(account: AccountState, proposal: e.RefundProposed) -> list[Credit]:
    names = (part.receipt for part in proposal.receipts)
    return [account.credits[receipt] for receipt in names if receipt in account.credits]


def _not_waiting(refund: str) -> Exception:
    return refuse(Code.PROPOSAL_NOT_FOUND, f"no refund {refund} waits for approval")


def reject_refund(
    state: AccountState | None, command: c.RejectRefund, context: Context
) -> Decision:
    """Turn down a proposed refund."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.reason, "the reason")
    if command.refund not in account.refunds:
        raise _not_waiting(command.refund)
    fact = e.RefundRejected(
        unit=command.unit, account=command.account, refund=command.refund, reason=command.reason
    )
    return (Dated(fact, context.today),)


def record_refund_paid(
    state: AccountState | None, command: c.RecordRefundPaid, context: Context
) -> Decision:
    """Record that an approved refund left our bank."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.payment_reference, "the payment reference")
    asked = asked_date(context)
    approved = account.refunds_payable.get(command.refund)
    if approved is None:
        raise refuse(
            Code.REFUND_NOT_APPROVED, f"refund {command.refund} is not approved and unpaid"
        )
    not_before(context, approved.approved_on, "the refund was approved for")
    claim = claim_on(approved, command.refund, paid_despite=command.paid_despite_claim)
    on = max(asked, approved.approved_on)
    fact = e.RefundPaid(
        unit=command.unit,
        account=command.account,
        debt_type=account.debt_type,
        currency=account.currency,
        refund=command.refund,
        amount_minor=approved.amount_minor,
        paid_on=on,
        payment_reference=command.payment_reference,
        claim=claim,
    )
    return (Dated(fact, on),)


def record_refund_failed(
    state: AccountState | None, command: c.RecordRefundFailed, context: Context
) -> Decision:
    """The refund did not reach the debtor: the credit is unapplied again."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.reason, "the reason")
    asked = asked_date(context)
    live = _last_state(command.refund, context)
    if live is None:
        raise refuse(Code.REFUND_NOT_APPROVED, f"refund {command.refund} is not on its way")
    approved, was_paid, last_on = live
    not_before(context, last_on, "the refund was approved or paid on")
    fact = e.RefundFailed(
        unit=command.unit,
        account=command.account,
        debt_type=account.debt_type,
        currency=account.currency,
        refund=command.refund,
        receipts=approved.receipts,
        amount_minor=approved.amount_minor,
        was_paid=was_paid,
        reason=command.reason,
        advice=command.advice,
    )
    return (Dated(fact, max(asked, last_on)),)


def _last_state(refund: str, context: Context) -> tuple[e.RefundApproved, bool, date] | None:
    approved: tuple[e.RefundApproved, bool, date] | None = None
    for dated in context.history:
        match dated.fact:
            case e.RefundApproved(refund=one) if one == refund:
                approved = (dated.fact, False, dated.effective_on)
            case e.RefundPaid(refund=one) if one == refund and approved is not None:
                approved = (approved[0], True, dated.effective_on)
            case e.RefundFailed(refund=one) if one == refund:
                approved = None
            case _:
                pass
    return approved
