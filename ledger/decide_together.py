"""One entry to every decision, also of those that concern several streams: both legs or none."""

from collections.abc import Callable
from typing import assert_never

from ledger import (
    aliases,
    moves,
    refunds_back,
    small_balances,
    standing_orders,
    suspense,
    transfers,
)
from ledger import commands as c
from ledger import suspense_commands as sc
from ledger.account_state import AccountState
from ledger.alias_commands import ProposePayerAlias
from ledger.aliases import AliasState
from ledger.collection_run import CollectionRunState
from ledger.collection_run_commands import IdentifyRunCredit, OpenRun
from ledger.collection_runs import identify_run_credit
from ledger.decide import (
    decide_account,
    decide_alias,
    decide_quarantine,
    decide_small_balances,
    decide_standing_order,
    decide_suspense,
)
from ledger.decide_claims import FOLLOWING, decide_followed
from ledger.decide_direct_debit import decide_mandate, decide_run
from ledger.decision import Context
from ledger.mandate_commands import DraftMandate
from ledger.quarantine import QuarantineState
from ledger.receipt import ReceiptState
from ledger.refund_commands import IdentifyReturnedRefund
from ledger.small_balance_commands import WriteOffSmallBalance
from ledger.small_balances import SmallBalancesState
from ledger.standing_order_commands import ExpectStandingOrder
from ledger.standing_orders import StandingOrderState
from ledger.states import Decided, States
from ledger.streams import StreamState
from ledger.touched import decided_by

# by these a unit begins to be kept; others are about what is here already
_BEGINS_A_UNIT = (
    c.AccountCommand,
    sc.SuspendReceipt,
    DraftMandate,
    OpenRun,
    ExpectStandingOrder,
)


def decide(
    command: c.AnyCommand, state_of: Callable[[str], StreamState], context: Context
) -> Decided:
    """The facts that a command gives, stream by stream. Raises RefusedError."""
    if isinstance(command, _BEGINS_A_UNIT):
        context.policy.keeps(command.unit)
    states = States(decided_by(command), state_of)
    own = states.names[0]
    if isinstance(command, c.MandateCommand):
        return decide_mandate(command, states, context)
    if isinstance(command, c.CollectionRunCommand):
        return decide_run(command, states, context)
    if isinstance(command, FOLLOWING):
        return decide_followed(command, states, context)
    if len(states.names) > 1:
        return _together(command, states, context)
    match command:
        case c.AccountCommand():
            return [(own, decide_account(states.of(0, AccountState), command, context))]
        case c.SuspenseCommand():
            return [(own, decide_suspense(states.of(0, ReceiptState), command, context))]
        case c.AliasCommand():
            return [(own, decide_alias(states.of(0, AliasState), command, context))]
        case c.SmallBalancesCommand():
            batch = states.of(0, SmallBalancesState)
            return [(own, decide_small_balances(batch, command, context))]
        case c.QuarantineCommand():
            stopped = states.of(0, QuarantineState)
            return [(own, decide_quarantine(stopped, command, context))]
        case c.StandingOrderCommand():
            order = states.of(0, StandingOrderState)
            return [(own, decide_standing_order(order, command, context))]
        case _:
            assert_never(command)


def _together(command: c.AnyCommand, states: States, context: Context) -> Decided:
    first, second = states.names
    match command:
        case c.TransferCredit():
            accounts = states.of(0, AccountState), states.of(1, AccountState)
            out, into = transfers.transfer_credit(*accounts, command, context)
        case sc.IdentifySuspense():
            held, account = states.of(0, ReceiptState), states.of(1, AccountState)
            out, into = suspense.identify_suspense(held, account, command, context)
        case sc.SplitSuspense():
            receipts = states.of(0, ReceiptState), states.of(1, ReceiptState)
            out, into = suspense.split_suspense(*receipts, command, context)
        case c.MoveToSuspense():
            account, held = states.of(0, AccountState), states.of(1, ReceiptState)
            out, into = moves.move_to_suspense(account, held, command, context)
        case IdentifyReturnedRefund():
            account, held = states.of(0, AccountState), states.of(1, ReceiptState)
            out, into = refunds_back.identify_returned_refund(account, held, command, context)
        case ProposePayerAlias():
            payer, account = states.of(0, AliasState), states.of(1, AccountState)
            return [(first, aliases.propose_payer_alias(payer, account, command, context))]
        case ExpectStandingOrder():
            order, account = states.of(0, StandingOrderState), states.of(1, AccountState)
            facts = standing_orders.expect_standing_order(order, account, command, context)
            return [(first, facts)]
        case IdentifyRunCredit():
            held, run = states.of(0, ReceiptState), states.of(1, CollectionRunState)
            out, into = identify_run_credit(held, run, command, context)
        case WriteOffSmallBalance():
            account, batch = states.of(0, AccountState), states.of(1, SmallBalancesState)
            facts = small_balances.write_off_small_balance(account, batch, command, context)
            return [(first, facts)]
        case _:
            raise TypeError(f"{type(command).__name__} is not decided by two streams")
    return [(first, out), (second, into)]
