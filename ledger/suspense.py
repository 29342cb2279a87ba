"""Deciding about receipts in suspense: posted, found, split, sent on, taken back by the bank.

Nothing leaves suspense except to a named place: an account, a receipt of its own in suspense, a
GL account, or back to its payer (`suspense_returns`).
"""

import re

from ledger import commands as c
from ledger import suspense_commands as sc
from ledger import suspense_events as s
from ledger.account_state import AccountState, Dated
from ledger.cash import posted
from ledger.decision import (
    Context,
    Decision,
    in_range,
    name,
    opened,
    positive,
    same_currency,
    text,
)
from ledger.held import absent, held, leaving_on, not_above, part, payer_of_part
from ledger.indemnity_guard import not_claimed_in_suspense
from ledger.postings import CHART
from ledger.receipt import ReceiptState
from ledger.rejections import Code, refuse

BY_OFFICER = "identified-by-officer"


def suspend_receipt(
    state: ReceiptState | None, command: sc.SuspendReceipt, context: Context
) -> Decision:
    """Post money whose account is not known."""
    absent(state, command.receipt)
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
    command: sc.IdentifySuspense,
    context: Context,
) -> tuple[Decision, Decision]:
    """The facts of the receipt and those of the account it belongs to, for one append.

    It takes effect on the value date of the money, or on the later day on which it came into
    suspense (from an account, or back from a return that failed).
    """
    receipt, amount = part(state, command, context)
    context.authorise(c.ReceivePayment.action, amount)
    target = opened(account, command.to_unit, command.to_account)
    same_currency(target, receipt.currency)
    text(command.reason, "the reason")
    if command.rule is not None:
        text(command.rule, "the rule")
    positive(amount, "the amount")
    not_above(receipt, amount)
    to = target.unit, target.account
    not_claimed_in_suspense(receipt, f"finding it to be account {target.account}'s", to)
    # From here it must succeed.
    # The first part takes the whole name: it is the rule, a split is the exception.
    first = receipt.parts == 0
    account_receipt = receipt.receipt if first else f"{receipt.receipt}/{receipt.parts + 1}"
    payment = _payment(receipt, target, command, account_receipt, amount)
    fact = s.SuspenseIdentified(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        amount_minor=amount,
        to_unit=target.unit,
        to_account=target.account,
        account_receipt=account_receipt,
        reason=command.reason,
    )
    on = receipt.raised_on
    return (Dated(fact, on),), posted(target, payment, on)


def _payment(
    receipt: ReceiptState,
    target: AccountState,
    command: sc.IdentifySuspense,
    account_receipt: str,
    amount_minor: int,
) -> c.ReceivePayment:
    return c.ReceivePayment(
        unit=target.unit,
        account=target.account,
        receipt=account_receipt,
        amount_minor=amount_minor,
        currency=receipt.currency,
        method=receipt.method,
        value_on=receipt.value_on,
        rule=BY_OFFICER if command.rule is None else command.rule,
        invoice=command.invoice,
        bank_account=receipt.bank_account,
        payer_digest=receipt.payer_digest,
        payer_account_digest=receipt.payer_account_digest,
        from_suspense=receipt.receipt,
        match=command.match,
        invoices=command.invoices,
    )


def split_suspense(
    state: ReceiptState | None,
    new: ReceiptState | None,
    command: sc.SplitSuspense,
    context: Context,
) -> tuple[Decision, Decision]:
    """The facts of the receipt and of the new one that is a part of it, for one append.

    The part came in when its receipt did: a split moves no money on any day.
    """
    absent(new, command.new_receipt)
    context.authorise(command.action, command.amount_minor)
    receipt = held(state, command.receipt)
    new_name(command.new_receipt)
    text(command.reason, "the reason")
    positive(command.amount_minor, "the part")
    not_above(receipt, command.amount_minor)
    not_claimed_in_suspense(receipt, f"splitting it as {command.new_receipt}")
    # From here it must succeed.
    fact = s.SuspenseSplit(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        amount_minor=command.amount_minor,
        new_receipt=command.new_receipt,
        reason=command.reason,
    )
    part_of_it = _part_of(receipt, command)
    return (Dated(fact, receipt.raised_on),), (Dated(part_of_it, receipt.raised_on),)


def new_name(receipt: str) -> None:
    """Refuse a new receipt's name that is none, or that a part of a receipt could be given."""
    name(receipt, "the new receipt")
    if re.search("/[0-9]+$", receipt, re.ASCII):
        raise refuse(
            Code.FIELD_INVALID,
            f"{receipt}: a name that ends in / and a number is the ledger's own, of a part",
        )


def _part_of(receipt: ReceiptState, command: sc.SplitSuspense) -> s.ReceiptMovedToSuspense:
    of_whole = receipt.payer_digest, receipt.payer_account_digest
    payer, payer_account = payer_of_part(command, of_whole)
    return s.ReceiptMovedToSuspense(
        receipt=command.new_receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        from_receipt=receipt.receipt,
        amount_minor=command.amount_minor,
        method=receipt.method,
        value_on=receipt.value_on,
        reason=command.reason,
        candidates=command.candidates,
        bank_account=receipt.bank_account,
        payer_digest=payer,
        payer_account_digest=payer_account,
    )


def assign_suspense(
    state: ReceiptState | None, command: sc.AssignSuspense, context: Context
) -> Decision:
    """Say who is to find out whose the money is."""
    context.authorise(command.action)
    receipt = held(state, command.receipt)
    text(command.owner, "the owner")
    if command.owner == receipt.owner:
        raise refuse(Code.NOTHING_TO_CHANGE, f"{command.owner} has receipt {command.receipt}")
    # From here it must succeed.
    fact = s.SuspenseAssigned(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        owner=command.owner,
        assigned_by=context.actor.id,
    )
    return (Dated(fact, context.today),)


def transfer_suspense(
    state: ReceiptState | None, command: sc.TransferSuspense, context: Context
) -> Decision:
    """Send a part or the rest to a named GL account outside the debtors ledger."""
    receipt, amount = part(state, command, context)
    text(command.reason, "the reason")
    positive(amount, "the amount")
    on = leaving_on(receipt, context)
    if not command.to_gl_account.strip() or command.to_gl_account in CHART:
        raise refuse(
            Code.PLACE_NOT_NAMED,
            "money leaves suspense only to a named GL account outside the debtors ledger, not to"
            f" {command.to_gl_account!r}",
        )
    not_above(receipt, amount)
    not_claimed_in_suspense(receipt, f"sending it to {command.to_gl_account}")
    fact = s.SuspenseTransferred(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        amount_minor=amount,
        to_gl_account=command.to_gl_account,
        reason=command.reason,
    )
    return (Dated(fact, on),)


def reverse_suspense(
    state: ReceiptState | None, command: sc.ReverseSuspense, context: Context
) -> Decision:
    """The bank took back what was still in suspense."""
    context.authorise(command.action)
    receipt = held(state, command.receipt)
    context.authorise(command.action, receipt.held_minor)
    not_claimed_in_suspense(receipt, "taking it back")
    fact = s.SuspenseReversed(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        amount_minor=receipt.held_minor,
        reason=command.reason,
    )
    return (Dated(fact, leaving_on(receipt, context)),)
