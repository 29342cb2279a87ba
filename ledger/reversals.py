"""Deciding about money that is taken back: from what it settled, or by the bank.

Both look back: what a receipt settled has left the state, so its trail is folded from the facts.
"""

from ledger import commands as c
from ledger import events as e
from ledger.account_state import AccountState, Dated
from ledger.allocation import take
from ledger.decision import (
    Context,
    Decision,
    asked_date,
    not_before,
    opened,
    sound_targets,
    text,
)
from ledger.effects import line_total
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.trail import ReceiptTrail, receipt_trail
from ledger.values import ItemAmount


def unallocate(state: AccountState | None, command: c.Unallocate, context: Context) -> Decision:
    """Take allocations of a receipt back: its items are open again, its credit unapplied."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.reason, "the reason")
    sound_targets(command.targets)
    asked = asked_date(context)
    trail = trail_of(command.receipt, context)
    lines = _taken_back(trail, command.targets)
    # From here it must succeed.
    fact = unallocated(account, trail, lines, command.reason)
    return (Dated(fact, max(asked, trail.last_on)),)


def unallocated(
    account: AccountState, trail: ReceiptTrail, lines: tuple[ItemAmount, ...], reason: str
) -> e.PaymentUnallocated:
    """The fact that a receipt's allocations of these lines are taken back."""
    return e.PaymentUnallocated(
        unit=account.unit,
        account=account.account,
        debt_type=account.debt_type,
        currency=account.currency,
        receipt=trail.receipt,
        method=trail.method,
        value_on=trail.value_on,
        reason=reason,
        lines=lines,
    )


def trail_of(receipt: str, context: Context) -> ReceiptTrail:
    """The trail of a receipt that is on the account and whose money did not go back."""
    trail = receipt_trail(receipt, context.history)
    if trail is None:
        raise refuse(Code.RECEIPT_NOT_ON_ACCOUNT, f"receipt {receipt} was never on this account")
    not_before(context, trail.value_on, "the receipt's value date")
    if trail.moved_to is not None:
        raise refuse(
            Code.RECEIPT_NOT_ON_ACCOUNT,
            f"receipt {receipt} was not this account's: it is in suspense as {trail.moved_to}",
        )
    if trail.reversed:
        raise refuse(Code.RECEIPT_ALREADY_REVERSED, f"receipt {receipt} is already reversed")
    return trail


def from_the_bank(trail: ReceiptTrail) -> None:
    """Refuse the leg of a transfer, whose money came from another account."""
    if trail.transferred:
        raise refuse(
            Code.RECEIPT_NOT_ON_ACCOUNT,
            f"{trail.receipt} came from another account, not from the bank: reverse the receipt"
            " there, or transfer the credit back",
        )


def _taken_back(
    trail: ReceiptTrail, targets: tuple[c.AllocationTarget, ...]
) -> tuple[ItemAmount, ...]:
    if not trail.allocated:
        raise refuse(Code.NOT_ALLOCATED_TO_ITEM, f"nothing of receipt {trail.receipt} is allocated")
    if not targets:
        return trail.allocated
    chosen: list[ItemAmount] = []
    for target in targets:
        lines = [line for line in trail.allocated if line.item == target.item]
        wanted = line_total(lines) if target.amount_minor is None else target.amount_minor
        if not lines or wanted > line_total(lines):
            raise refuse(
                Code.NOT_ALLOCATED_TO_ITEM,
                f"{format_minor(line_total(lines))} of receipt {trail.receipt} is allocated to"
                f" {target.item}, {format_minor(wanted)} is to be taken back",
            )
        chosen += take(reversed(lines), wanted)  # the latest instalment is opened first
    return tuple(chosen)


def reverse_payment(
    state: AccountState | None, command: c.ReversePayment, context: Context
) -> Decision:
    """The money went back: re-open what it paid; what had left already is owed to us again."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    asked = asked_date(context)
    trail = trail_of(command.receipt, context)
    from_the_bank(trail)
    # From here it must succeed.
    credit = account.credits.get(command.receipt)
    unapplied = credit.unapplied_minor if credit else 0
    on = max(asked, trail.last_on, credit.raised_on if credit else asked)
    fact = e.PaymentReversed(
        unit=command.unit,
        account=command.account,
        debt_type=account.debt_type,
        currency=account.currency,
        receipt=command.receipt,
        amount_minor=trail.amount_minor,
        method=trail.method,
        value_on=trail.value_on,
        reversed_on=on,
        service=trail.service,
        reason=command.reason,
        reopened=trail.allocated,
        unapplied_minor=unapplied,
        recoverable_minor=trail.amount_minor - line_total(trail.allocated) - unapplied,
    )
    return (Dated(fact, on),)
