"""Deciding about write-offs: debt put forward with evidence, approved by tier, written back.

A write-off is an event with amount, reason and authority, never a flag, and never a credit note:
it keeps the VAT of the debt. The tier that must approve counts what was written off on the
account in the financial year, so that an amount cannot be split to stay below a limit.
"""

from ledger import commands as c
from ledger import events as e
from ledger.account_state import AccountState, Dated
from ledger.allocation import open_lines, take
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
from ledger.effects import line_total
from ledger.money import format_minor
from ledger.rejections import Code, refuse


def propose_write_off(
    state: AccountState | None, command: c.ProposeWriteOff, context: Context
) -> Decision:
    """Put debt forward as irrecoverable."""
    context.authorise(command.action, command.amount_minor or 0)
    account = opened(state, command.unit, command.account)
    item = account.items.get(command.invoice)
    amount = command.amount_minor
    if amount is None:
        amount = item.open_minor if item else 0
        context.authorise(command.action, amount)
    name(command.write_off, "the write-off")
    if item is not None or command.amount_minor is not None:
        positive(amount, "the write-off")
    if item is None:
        raise refuse(Code.INVOICE_NOT_OPEN, f"invoice {command.invoice} is not open")
    if not command.evidence.strip():
        raise refuse(Code.EVIDENCE_MISSING, "a write-off needs evidence: a document or a case")
    if command.write_off in account.write_offs or command.write_off in account.written_off:
        raise refuse(Code.PROPOSAL_EXISTS, f"write-off {command.write_off} is already proposed")
    if amount > item.open_minor:
        raise refuse(
            Code.WRITE_OFF_EXCEEDS_OPEN,
            f"{format_minor(amount)} is more than the {format_minor(item.open_minor)} open on"
            f" {item.item}",
        )
    fact = e.WriteOffProposed(
        unit=command.unit,
        account=command.account,
        debt_type=account.debt_type,
        currency=account.currency,
        proposed_by=context.actor.id,
        write_off=command.write_off,
        invoice=command.invoice,
        amount_minor=amount,
        reason=command.reason,
        evidence=command.evidence,
    )
    return (Dated(fact, context.today),)


def approve_write_off(
    state: AccountState | None, command: c.ApproveWriteOff, context: Context
) -> Decision:
    """Write off what another person proposed, if it is still open."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    proposal = account.write_offs.get(command.write_off)
    item = account.items.get(proposal.invoice) if proposal else None
    settled = [item] if item else []
    if proposal is not None:
        already = account.totals_of(earliest_date(context, settled)).written_off_minor
        context.authorise(command.action, proposal.amount_minor + already, proposal.proposed_by)
    on = settling_date(context, settled)
    if proposal is None:
        raise _not_waiting(command.write_off)
    if item is None or item.open_minor < proposal.amount_minor:
        raise refuse(
            Code.PROPOSAL_OUT_OF_DATE,
            f"less than {format_minor(proposal.amount_minor)} is open on {proposal.invoice} by now",
        )
    # From here it must succeed.
    fact = e.WriteOffApproved(
        **proposal.model_dump(exclude={"proposed_by", "evidence"}),
        lines=take(open_lines([item]), proposal.amount_minor),
    )
    return (Dated(fact, on),)


def _not_waiting(write_off: str) -> Exception:
    return refuse(Code.PROPOSAL_NOT_FOUND, f"no write-off {write_off} waits for approval")


def reject_write_off(
    state: AccountState | None, command: c.RejectWriteOff, context: Context
) -> Decision:
    """Turn down a proposed write-off."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.reason, "the reason")
    if command.write_off not in account.write_offs:
        raise _not_waiting(command.write_off)
    fact = e.WriteOffRejected(
        unit=command.unit,
        account=command.account,
        write_off=command.write_off,
        reason=command.reason,
    )
    return (Dated(fact, context.today),)


def write_back(state: AccountState | None, command: c.WriteBack, context: Context) -> Decision:
    """Make written-off debt collectable again."""
    context.authorise(command.action, command.amount_minor or 0)
    account = opened(state, command.unit, command.account)
    watched = account.written_off.get(command.write_off)
    available = line_total(watched.lines) if watched else 0
    amount = available if command.amount_minor is None else command.amount_minor
    context.authorise(command.action, amount)
    text(command.reason, "the reason")
    if command.amount_minor is not None:
        positive(amount, "the write-back")
    asked = asked_date(context)
    if watched is not None:
        not_before(context, watched.raised_on, "the debt was written off on")
    if watched is None or amount > available:
        raise refuse(
            Code.WRITE_BACK_EXCEEDS_WRITTEN_OFF,
            f"{format_minor(amount)} is more than the {format_minor(available)} written off by"
            f" {command.write_off}",
        )
    # From here it must succeed.
    fact = e.DebtWrittenBack(
        unit=command.unit,
        account=command.account,
        debt_type=account.debt_type,
        currency=account.currency,
        write_off=command.write_off,
        amount_minor=amount,
        reason=command.reason,
        lines=take(watched.lines, amount),
    )
    return (Dated(fact, max(asked, watched.raised_on)),)
