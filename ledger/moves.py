"""Deciding about a receipt that was matched wrongly: off its account, to suspense, both or none.

The right account is not known yet; when it is, an officer identifies the receipt from suspense.
"""

from datetime import date

from ledger import commands as c
from ledger import events as e
from ledger import suspense_events as s
from ledger.account_state import AccountState, Dated
from ledger.decision import Context, Decision, asked_date, opened, text
from ledger.effects import line_total
from ledger.held import absent
from ledger.indemnity_guard import not_claimed
from ledger.receipt import ReceiptState
from ledger.reversals import from_the_bank, trail_of, unallocated
from ledger.suspense import new_name
from ledger.trail import ReceiptTrail, receipt_trail


def move_to_suspense(
    state: AccountState | None,
    new: ReceiptState | None,
    command: c.MoveToSuspense,
    context: Context,
) -> tuple[Decision, Decision]:
    """The facts of the account and of the new receipt in suspense, for one append.

    The whole receipt moves. What of it had left the account already (refunded, transferred) is
    owed to us again, by an item of its own, as when the bank takes a payment back.
    """
    absent(new, command.new_receipt)
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    seen = receipt_trail(command.receipt, context.history)
    context.authorise(command.action, seen.amount_minor if seen else 0)
    text(command.receipt, "the receipt")
    new_name(command.new_receipt)
    text(command.reason, "the reason")
    asked_date(context)
    trail = trail_of(command.receipt, context)
    from_the_bank(trail)
    not_claimed(account, [command.receipt], f"moving it to suspense as {command.new_receipt}")
    # From here it must succeed.
    facts, held, on = off_the_account(account, trail, command, context)
    return facts, (Dated(held, on),)


def off_the_account(
    account: AccountState, trail: ReceiptTrail, command: c.MoveToSuspense, context: Context
) -> tuple[Decision, s.ReceiptMovedToSuspense, date]:
    """The facts by which a receipt leaves an account, that by which suspense has it, and when."""
    asked = asked_date(context)
    credit = account.credits.get(command.receipt)
    on = max(asked, trail.last_on, credit.raised_on if credit else asked)
    taken_back = unallocated(account, trail, trail.allocated, command.reason)
    first = (Dated(taken_back, on),) if trail.allocated else ()
    moved = Dated(_moved(account, trail, command, on), on)
    return (*first, moved), _held_again(account, trail, command), on


def _moved(
    account: AccountState, trail: ReceiptTrail, command: c.MoveToSuspense, on: date
) -> e.PaymentMovedToSuspense:
    credit = account.credits.get(command.receipt)
    there = line_total(trail.allocated) + (credit.unapplied_minor if credit else 0)
    return e.PaymentMovedToSuspense(
        unit=account.unit,
        account=account.account,
        debt_type=account.debt_type,
        currency=account.currency,
        receipt=command.receipt,
        new_receipt=command.new_receipt,
        amount_minor=trail.amount_minor,
        method=trail.method,
        value_on=trail.value_on,
        moved_on=on,
        service=trail.service,
        reason=command.reason,
        unapplied_minor=there,
        recoverable_minor=trail.amount_minor - there,
    )


def _held_again(
    account: AccountState, trail: ReceiptTrail, command: c.MoveToSuspense
) -> s.ReceiptMovedToSuspense:
    return s.ReceiptMovedToSuspense(
        receipt=command.new_receipt,
        unit=account.unit,
        currency=account.currency,
        from_unit=account.unit,
        from_account=account.account,
        amount_minor=trail.amount_minor,
        method=trail.method,
        value_on=trail.value_on,
        reason=command.reason,
        bank_account=trail.bank_account,
        payer_digest=trail.payer_digest,
        payer_account_digest=trail.payer_account_digest,
    )
