"""Deciding about refunds that came back: their failing is one fact, the bank's credit another.

When a refund fails, its credit is on the account again and bank clearing waits for the money. The
bank's line of it is a receipt in suspense; found to be that money, it clears what waited and is on
no account a second time.
"""

from ledger import commands as c
from ledger import events as e
from ledger import suspense_events as s
from ledger.account_state import AccountState, Dated
from ledger.decision import Context, Decision, opened, text
from ledger.held import held, leaving_on
from ledger.indemnity_guard import not_claimed_in_suspense
from ledger.money import format_minor
from ledger.receipt import ReceiptState
from ledger.refund_commands import IdentifyReturnedRefund
from ledger.refunds import record_refund_failed
from ledger.rejections import Code, refuse
from ledger.sent_refunds import SentRefund


def identify_returned_refund(
    state: AccountState | None,
    receipt: ReceiptState | None,
    command: IdentifyReturnedRefund,
    context: Context,
) -> tuple[Decision, Decision]:
    """The facts of the account and of the receipt in suspense that is its refund's money."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.reason, "the reason")
    money = held(receipt, command.receipt)
    sent = account.refunds_sent.get(command.refund)
    if sent is None:
        raise refuse(
            Code.REFUND_NOT_APPROVED,
            f"refund {command.refund} was not paid, or the bank has credited it already",
        )
    _is_it(account, command.refund, sent, money)
    not_claimed_in_suspense(money, f"finding it to be refund {command.refund}")
    on = max(leaving_on(money, context), sent.failed_on or sent.paid_on)
    failed: Decision = ()
    if sent.failed_on is None:
        unpaid = c.RecordRefundFailed(**command.model_dump(exclude={"receipt"}))
        (one,) = record_refund_failed(account, unpaid, context)
        failed = (one._replace(effective_on=on),)
    # From here it must succeed.
    back = e.RefundReturned(
        unit=account.unit,
        account=account.account,
        refund=command.refund,
        amount_minor=sent.amount_minor,
        receipt=money.receipt,
    )
    return (*failed, Dated(back, on)), (Dated(_out(money, back), on),)


def _is_it(account: AccountState, refund: str, sent: SentRefund, money: ReceiptState) -> None:
    """Refuse what is another amount, is not from the bank, or came before the refund had gone."""
    here = money.unit, money.currency, money.held_minor
    same = here == (account.unit, account.currency, sent.amount_minor) and not money.returns
    if not same or money.bank_account is None or money.value_on < sent.paid_on:
        raise refuse(
            Code.FIELD_INVALID,
            f"refund {refund} is {format_minor(sent.amount_minor)} that unit {account.unit} paid on"
            f" {sent.paid_on.isoformat()}: what is in suspense of receipt {money.receipt} is not"
            " just so much that its bank was paid since",
        )


def _out(money: ReceiptState, back: e.RefundReturned) -> s.SuspenseIdentifiedAsRefund:
    return s.SuspenseIdentifiedAsRefund(
        receipt=money.receipt,
        unit=money.unit,
        currency=money.currency,
        amount_minor=back.amount_minor,
        to_unit=back.unit,
        to_account=back.account,
        refund=back.refund,
    )
