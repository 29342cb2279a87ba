"""Deciding about the account itself: open it, amend its terms, hold it, release it."""

import re

from ledger import commands as c
from ledger import events as e
from ledger.account_state import AccountState, Dated
from ledger.decision import Context, Decision, asked_date, opened, positive, text
from ledger.money import format_minor
from ledger.references import virtual_account
from ledger.rejections import Code, refuse

TERMS_DAYS_MAX = 365


def open_account(state: AccountState | None, command: c.OpenAccount, context: Context) -> Decision:
    """Open a debtor account with the reference that was minted for it."""
    context.authorise(command.action)
    if state is not None:
        raise refuse(
            Code.ACCOUNT_ALREADY_OPEN,
            f"account {command.account} is already open in unit {command.unit}",
        )
    text(command.unit, "the unit")
    text(command.account, "the account")
    _terms(command.terms_days)
    if not re.fullmatch("[A-Z]{3}", command.currency, re.ASCII):
        raise refuse(Code.FIELD_INVALID, f"{command.currency!r} is not an ISO 4217 currency")
    on = asked_date(context)
    # From here it must succeed.
    fact = e.AccountOpened(reference=context.reference, **command.model_dump())
    return (Dated(fact, on),)


def amend_account(
    state: AccountState | None, command: c.AmendAccount, context: Context
) -> Decision:
    """Change what differs; a request that changes nothing is refused."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    _terms(command.terms_days if command.terms_days is not None else account.terms_days)
    on = asked_date(context)
    asked = command.model_dump(exclude={"unit", "account"}, exclude_none=True)
    changes = {name: value for name, value in asked.items() if getattr(account, name) != value}
    if not changes:
        raise refuse(Code.NOTHING_TO_CHANGE, f"account {command.account} is already so")
    # From here it must succeed.
    fact = e.AccountAmended(unit=command.unit, account=command.account, **changes)
    return (Dated(fact, on),)


def _terms(days: int) -> None:
    if not 0 <= days <= TERMS_DAYS_MAX:
        raise refuse(Code.FIELD_INVALID, f"payment terms of {days} days: 0 to {TERMS_DAYS_MAX}")


def assign_virtual_account(
    state: AccountState | None, command: c.AssignVirtualAccount, context: Context
) -> Decision:
    """Give the account a bank account number of its own."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    number = command.virtual_account
    if number != virtual_account(number):
        raise refuse(
            Code.FIELD_INVALID,
            f"{number!r} is no sort code and account number, such as 200000-12345678",
        )
    on = asked_date(context)
    if number in account.virtual_accounts:
        raise refuse(Code.NOTHING_TO_CHANGE, f"account {command.account} has {number} already")
    # From here it must succeed.
    fact = e.VirtualAccountAssigned(
        unit=command.unit, account=command.account, virtual_account=number
    )
    return (Dated(fact, on),)


def place_hold(state: AccountState | None, command: c.PlaceHold, context: Context) -> Decision:
    """Put a hold; a dispute names its invoice, amount and department."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.hold, "the hold")
    text(command.reason, "the reason")
    if command.amount_minor is not None:
        positive(command.amount_minor, "the disputed amount")
    on = asked_date(context)
    if command.invoice is not None and command.invoice not in account.items:
        raise refuse(Code.INVOICE_NOT_OPEN, f"invoice {command.invoice} is not open")
    if command.hold in account.holds:
        raise refuse(Code.HOLD_EXISTS, f"hold {command.hold} is already in place")
    if command.kind == "dispute":
        _dispute(account, command)
    # From here it must succeed.
    fact = e.HoldPlaced(**command.model_dump())
    return (Dated(fact, on),)


def _dispute(account: AccountState, command: c.PlaceHold) -> None:
    if (
        command.invoice is None
        or command.amount_minor is None
        or not (command.department or "").strip()
    ):
        raise refuse(
            Code.DISPUTE_INCOMPLETE, "a dispute names its invoice, its amount and a department"
        )
    already = sum(
        hold.amount_minor or 0
        for hold in account.holds.values()
        if hold.kind == "dispute" and hold.invoice == command.invoice
    )
    left = account.items[command.invoice].open_minor - already
    if command.amount_minor > left:
        raise refuse(
            Code.DISPUTE_EXCEEDS_OPEN,
            f"{format_minor(command.amount_minor)} is more than the {format_minor(max(left, 0))} of"
            f" {command.invoice} that is open and undisputed",
        )


def release_hold(state: AccountState | None, command: c.ReleaseHold, context: Context) -> Decision:
    """End a hold."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.outcome, "the outcome")
    on = asked_date(context)
    if command.hold not in account.holds:
        raise refuse(Code.HOLD_NOT_FOUND, f"there is no hold {command.hold}")
    fact = e.HoldReleased(
        unit=command.unit, account=command.account, hold=command.hold, outcome=command.outcome
    )
    return (Dated(fact, on),)
