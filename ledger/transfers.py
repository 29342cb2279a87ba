"""Deciding about unapplied credit that leaves an account for another: both legs or none."""

from collections.abc import Iterable
from datetime import date

from ledger import commands as c
from ledger import events as e
from ledger.account_state import AccountState, Credit, Dated
from ledger.allocation import CREDIT_ON_ACCOUNT, open_lines, take
from ledger.cash import allocations
from ledger.decision import Context, Decision, name, opened, positive, settling_date, text
from ledger.indemnity_guard import not_claimed, not_taken_back
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.values import ReceiptAmount


def transfer_credit(
    source: AccountState | None,
    target: AccountState | None,
    command: c.TransferCredit,
    context: Context,
) -> tuple[Decision, Decision]:
    """The facts of the source account and those of the target account, for one append."""
    context.authorise(command.action, command.amount_minor)
    giver = opened(source, command.unit, command.account)
    taker = opened(target, command.to_unit, command.to_account)
    _can_give(giver, taker)
    name(command.transfer, "the transfer")
    text(command.reason, "the reason")
    positive(command.amount_minor, "the transfer")
    used = oldest_credit(giver, command.amount_minor)
    on = settling_date(context, (), used)
    if command.amount_minor > giver.unapplied_minor:
        raise refuse(
            Code.EXCEEDS_UNAPPLIED_CREDIT,
            f"{format_minor(command.amount_minor)} is more than the unapplied credit of"
            f" {format_minor(giver.unapplied_minor)}",
        )
    receipts = [credit.receipt for credit in used]
    not_claimed(giver, receipts, f"transfer {command.transfer}")
    to = taker.unit, taker.account
    not_taken_back(giver, receipts, f"transfer {command.transfer}", to)
    # From here it must succeed.
    out = e.CreditTransferredOut(
        unit=giver.unit,
        account=giver.account,
        debt_type=giver.debt_type,
        currency=giver.currency,
        transfer=command.transfer,
        receipts=parts_of(used),
        amount_minor=command.amount_minor,
        to_unit=taker.unit,
        to_account=taker.account,
        reason=command.reason,
    )
    return (Dated(out, on),), _arrive(taker, out, on)


def _can_give(giver: AccountState, taker: AccountState) -> None:
    if (giver.unit, giver.account) == (taker.unit, taker.account):
        raise refuse(Code.SAME_ACCOUNT, "credit cannot be transferred to the account it is on")
    if giver.currency != taker.currency:
        raise refuse(
            Code.CURRENCY_DIFFERS,
            f"account {taker.account} is kept in {taker.currency}, not in {giver.currency}",
        )


def arrival(
    taker: AccountState, out: e.CreditTransferredOut, on: date
) -> tuple[e.CreditTransferredIn, Credit]:
    """The leg of a transfer at its target, and the credit that it is there.

    It is a Direct Debit when any part of it is: the payer's bank can still claim that part back.
    """
    methods = [part.method for part in out.receipts]
    arrived = e.CreditTransferredIn(
        unit=taker.unit,
        account=taker.account,
        debt_type=taker.debt_type,
        currency=taker.currency,
        transfer=out.transfer,
        receipt=f"TRANSFER:{out.transfer}",
        amount_minor=out.amount_minor,
        value_on=on,
        method="direct_debit" if "direct_debit" in methods else methods[0],
        from_unit=out.unit,
        from_account=out.account,
        from_receipts=out.receipts,
        reason=out.reason,
    )
    credit = Credit(
        receipt=arrived.receipt,
        method=arrived.method,
        value_on=on,
        raised_on=on,
        unapplied_minor=arrived.amount_minor,
    )
    return arrived, credit


def _arrive(taker: AccountState, out: e.CreditTransferredOut, on: date) -> Decision:
    arrived, credit = arrival(taker, out, on)
    lines = take(open_lines(taker.items.values()), credit.unapplied_minor)
    raised = {line.item: taker.items[line.item].raised_on for line in lines}
    applied = (
        allocations(taker, [credit], lines, raised, CREDIT_ON_ACCOUNT) if taker.apply_credit else ()
    )
    return (Dated(arrived, on), *applied)


def oldest_credit(account: AccountState, amount_minor: int) -> tuple[Credit, ...]:
    """The credit, oldest first, that makes up an amount, the last one cut; or all that there is."""
    used: list[Credit] = []
    for credit in sorted(account.credits.values(), key=lambda one: (one.value_on, one.receipt)):
        part = min(amount_minor, credit.unapplied_minor)
        if part <= 0:
            break
        amount_minor -= part
        used.append(credit.model_copy(update={"unapplied_minor": part}))
    return tuple(used)


def parts_of(used: Iterable[Credit]) -> tuple[ReceiptAmount, ...]:
    """Used credit as it stands in facts."""
    return tuple(
        ReceiptAmount(
            receipt=credit.receipt,
            value_on=credit.value_on,
            method=credit.method,
            amount_minor=credit.unapplied_minor,
        )
        for credit in used
    )
