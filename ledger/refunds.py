"""Deciding about refunds: proposed by one, approved by another, paid, or failed.

A refund comes only from unapplied credit. A proposal moves no money and reserves none: at approval
everything is checked again, and a proposal whose credit has gone meanwhile is out of date.
"""

from datetime import date

from ledger import commands as c
from ledger import events as e
from ledger.account_state import AccountState, Dated
from ledger.decision import Context, Decision, opened, positive, settling_date, text
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.transfers import use_credit


def propose_refund(
    state: AccountState | None, command: c.ProposeRefund, context: Context
) -> Decision:
    """Ask for unapplied credit to be paid back."""
    context.authorise(command.action, command.amount_minor)
    account = opened(state, command.unit, command.account)
    positive(command.amount_minor, "the refund")
    text(command.reason, "the reason")
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
    parts, _ = use_credit(account, command.amount_minor, context)
    fact = e.RefundProposed(
        unit=command.unit,
        account=command.account,
        debt_type=account.debt_type,
        currency=account.currency,
        proposed_by=context.actor.id,
        refund=command.refund,
        receipts=parts,
        amount_minor=command.amount_minor,
        reason=command.reason,
    )
    return (Dated(fact, context.today),)


def approve_refund(
    state: AccountState | None, command: c.ApproveRefund, context: Context
) -> Decision:
    """Make a proposed refund payable. The limit counts what the account was refunded this year."""
    account = opened(state, command.unit, command.account)
    proposal = account.refunds.get(command.refund)
    context.authorise(
        command.action,
        proposal.amount_minor + account.totals.refunded_minor if proposal else 0,
        proposal.proposed_by if proposal else None,
    )
    if proposal is None:
        raise _not_waiting(command.refund)
    on = settling_date(context, [])
    for part in proposal.receipts:
        credit = account.credits.get(part.receipt)
        if credit is None or credit.unapplied_minor < part.amount_minor:
            raise refuse(
                Code.PROPOSAL_OUT_OF_DATE,
                f"receipt {part.receipt} no longer has {format_minor(part.amount_minor)} of"
                " unapplied credit: propose the refund again",
            )
        on = max(on, credit.raised_on)
    # From here it must succeed.
    fact = e.RefundApproved(**proposal.model_dump(exclude={"proposed_by", "reason"}))
    return (Dated(fact, on),)


def _not_waiting(refund: str) -> Exception:
    return refuse(Code.PROPOSAL_NOT_FOUND, f"no refund {refund} waits for approval")


def reject_refund(
    state: AccountState | None, command: c.RejectRefund, context: Context
) -> Decision:
    """Turn down a proposed refund."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
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
    approved = account.refunds_payable.get(command.refund)
    if approved is None:
        raise refuse(
            Code.REFUND_NOT_APPROVED, f"refund {command.refund} is not approved and unpaid"
        )
    text(command.payment_reference, "the payment reference")
    on = settling_date(context, [])
    fact = e.RefundPaid(
        unit=command.unit,
        account=command.account,
        debt_type=account.debt_type,
        currency=account.currency,
        refund=command.refund,
        amount_minor=approved.amount_minor,
        paid_on=on,
        payment_reference=command.payment_reference,
    )
    return (Dated(fact, on),)


def record_refund_failed(
    state: AccountState | None, command: c.RecordRefundFailed, context: Context
) -> Decision:
    """The refund did not reach the debtor: the credit is unapplied again."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.reason, "the reason")
    live = _last_state(command.refund, context)
    if live is None:
        raise refuse(Code.REFUND_NOT_APPROVED, f"refund {command.refund} is not on its way")
    approved, was_paid, last_on = live
    on = max(settling_date(context, []), last_on)
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
    )
    return (Dated(fact, on),)


def _last_state(refund: str, context: Context) -> tuple[e.RefundApproved, bool, date] | None:
    approved: tuple[e.RefundApproved, bool, date] | None = None
    for dated in context.history:
        match dated.fact:
            case e.RefundApproved(refund=name) if name == refund:
                approved = (dated.fact, False, dated.effective_on)
            case e.RefundPaid(refund=name) if name == refund and approved is not None:
                approved = (approved[0], True, dated.effective_on)
            case e.RefundFailed(refund=name) if name == refund:
                approved = None
            case _:
                pass
    return approved
