"""The decisions of one stream: (state, command, context) -> facts, or `RefusedError`."""

from ledger import (
    aliases,
    billing,
    cash,
    indemnity,
    instructions,
    quarantine,
    receipt,
    refunds,
    reversals,
    small_balances,
    standing_orders,
    suspense,
    suspense_returns,
    terms,
    write_offs,
)
from ledger import commands as c
from ledger import indemnity_commands as ic
from ledger import suspense_commands as sc
from ledger.account_state import AccountState
from ledger.alias_commands import ConfirmPayerAlias, RejectPayerAlias, RevokePayerAlias
from ledger.aliases import AliasState
from ledger.decision import Context, Decision
from ledger.quarantine import QuarantineState
from ledger.quarantine_commands import QuarantineStream, ReleaseQuarantine
from ledger.small_balance_commands import (
    ApproveSmallBalances,
    ProposeSmallBalances,
    RejectSmallBalances,
)
from ledger.small_balances import SmallBalancesState
from ledger.standing_order_commands import (
    ChangeStandingOrder,
    FinishStandingOrder,
    StopStandingOrder,
)
from ledger.standing_orders import StandingOrderState


def decide_account(
    state: AccountState | None, command: c.AccountCommand, context: Context
) -> Decision:
    """Decide a command that concerns one debtor account only."""
    match command:
        case c.IssueInvoice():
            return billing.issue_invoice(state, command, context)
        case c.ReceivePayment():
            return cash.receive_payment(state, command, context)
        case c.OpenAccount():
            return terms.open_account(state, command, context)
        case c.CreditInvoice():
            return billing.credit_invoice(state, command, context)
        case c.ApproveCreditNote():
            return billing.approve_credit_note(state, command, context)
        case c.RejectCreditNote():
            return billing.reject_credit_note(state, command, context)
        case c.Allocate():
            return cash.allocate(state, command, context)
        case c.Unallocate():
            return reversals.unallocate(state, command, context)
        case c.RecordPaymentInstruction():
            return instructions.record_payment_instruction(state, command, context)
        case c.AssignVirtualAccount():
            return terms.assign_virtual_account(state, command, context)
        case c.AmendAccount():
            return terms.amend_account(state, command, context)
        case c.PlaceHold():
            return terms.place_hold(state, command, context)
        case c.ReleaseHold():
            return terms.release_hold(state, command, context)
        case _:
            return _decide_outgoing(state, command, context)


def _decide_outgoing(
    state: AccountState | None, command: c.AccountCommand, context: Context
) -> Decision:
    match command:
        case c.ProposeRefund():
            return refunds.propose_refund(state, command, context)
        case c.ApproveRefund():
            return refunds.approve_refund(state, command, context)
        case c.RejectRefund():
            return refunds.reject_refund(state, command, context)
        case c.RecordRefundPaid():
            return refunds.record_refund_paid(state, command, context)
        case c.RecordRefundFailed():
            return refunds.record_refund_failed(state, command, context)
        case c.ProposeWriteOff():
            return write_offs.propose_write_off(state, command, context)
        case c.ApproveWriteOff():
            return write_offs.approve_write_off(state, command, context)
        case c.RejectWriteOff():
            return write_offs.reject_write_off(state, command, context)
        case c.WriteBack():
            return write_offs.write_back(state, command, context)
        case ic.ChallengeIndemnityClaim():
            return indemnity.challenge_indemnity_claim(state, command, context)
        case _:
            raise TypeError(f"{type(command).__name__} is not decided by one account alone")


def decide_suspense(
    state: receipt.ReceiptState | None, command: c.SuspenseCommand, context: Context
) -> Decision:
    """Decide a command that concerns one receipt in suspense only."""
    match command:
        case sc.SuspendReceipt():
            return suspense.suspend_receipt(state, command, context)
        case sc.AssignSuspense():
            return suspense.assign_suspense(state, command, context)
        case sc.TransferSuspense():
            return suspense.transfer_suspense(state, command, context)
        case sc.ReverseSuspense():
            return suspense.reverse_suspense(state, command, context)
        case sc.ProposeSuspenseReturn():
            return suspense_returns.propose_suspense_return(state, command, context)
        case sc.ApproveSuspenseReturn():
            return suspense_returns.approve_suspense_return(state, command, context)
        case sc.RejectSuspenseReturn():
            return suspense_returns.reject_suspense_return(state, command, context)
        case sc.RecordSuspenseReturnPaid():
            return suspense_returns.record_suspense_return_paid(state, command, context)
        case sc.RecordSuspenseReturnFailed():
            return suspense_returns.record_suspense_return_failed(state, command, context)
        case _:
            raise TypeError(f"{type(command).__name__} is not decided by one receipt alone")


def decide_alias(state: AliasState | None, command: c.AliasCommand, context: Context) -> Decision:
    """Decide a command that concerns one payer only."""
    match command:
        case ConfirmPayerAlias():
            return aliases.confirm_payer_alias(state, command, context)
        case RejectPayerAlias():
            return aliases.reject_payer_alias(state, command, context)
        case RevokePayerAlias():
            return aliases.revoke_payer_alias(state, command, context)
        case _:
            raise TypeError(f"{type(command).__name__} is not decided by one payer alone")


def decide_small_balances(
    state: SmallBalancesState | None, command: c.SmallBalancesCommand, context: Context
) -> Decision:
    """Decide a command that concerns one batch of small balances only."""
    match command:
        case ProposeSmallBalances():
            return small_balances.propose_small_balances(state, command, context)
        case ApproveSmallBalances():
            return small_balances.approve_small_balances(state, command, context)
        case RejectSmallBalances():
            return small_balances.reject_small_balances(state, command, context)
        case _:
            raise TypeError(f"{type(command).__name__} is no command about small balances")


def decide_quarantine(
    state: QuarantineState | None, command: c.QuarantineCommand, context: Context
) -> Decision:
    """Decide a command that stops or releases a stream."""
    match command:
        case QuarantineStream():
            return quarantine.quarantine_stream(state, command, context)
        case ReleaseQuarantine():
            return quarantine.release_quarantine(state, command, context)
        case _:
            raise TypeError(f"{type(command).__name__} is no command about quarantine")


def decide_standing_order(
    state: StandingOrderState | None, command: c.StandingOrderCommand, context: Context
) -> Decision:
    """Decide a command that concerns one standing order only."""
    match command:
        case ChangeStandingOrder():
            return standing_orders.change_standing_order(state, command, context)
        case StopStandingOrder():
            return standing_orders.stop_standing_order(state, command, context)
        case FinishStandingOrder():
            return standing_orders.finish_standing_order(state, command, context)
        case _:
            raise TypeError(f"{type(command).__name__} is not decided by one order alone")
