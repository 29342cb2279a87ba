"""Small balances: proposed as a batch, approved once by its total, written off line by line.

The limits by reason, the yearly cap and the approval are looked at again for each line at the
moment of its write-off, and so is the bill: all that is open on it must be the small balance.
"""

from collections.abc import Iterable
from datetime import date

from ledger import events as e
from ledger import small_balance_commands as b
from ledger import small_balance_events as f
from ledger.account_state import AccountState, Dated, OpenItem
from ledger.allocation import open_lines
from ledger.decision import (
    Context,
    Decision,
    asked_date,
    name,
    not_before,
    opened,
    positive,
    same_currency,
    settling_date,
    text,
)
from ledger.limits import SMALL_BALANCES_MAX
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.values import SmallBalanceLine, Value

STATE_SHAPE = 1


class SmallBalancesState(Value):
    """One batch: what was proposed, and since when it is approved."""

    proposal: f.SmallBalancesProposed
    waits: bool = True
    approved_on: date | None = None


def evolve(state: SmallBalancesState | None, dated: Dated) -> SmallBalancesState:
    """The state after a fact. Raises ValueError for a history that cannot be."""
    fact = dated.fact
    if isinstance(fact, f.SmallBalancesProposed):
        if state is not None:
            raise ValueError(f"batch {fact.batch} was proposed twice")
        return SmallBalancesState(proposal=fact)
    if state is None:
        raise ValueError(f"{fact.topic} on a batch that was never proposed")
    match fact:
        case f.SmallBalancesApproved():
            return state.model_copy(update={"waits": False, "approved_on": dated.effective_on})
        case f.SmallBalancesRejected():
            return state.model_copy(update={"waits": False})
        case _:
            raise ValueError(f"{fact.topic} is no fact of a batch of small balances")


def propose_small_balances(
    state: SmallBalancesState | None, command: b.ProposeSmallBalances, context: Context
) -> Decision:
    """Put small balances forward together."""
    total = sum(line.amount_minor for line in command.lines)
    context.authorise(command.action, total)
    name(command.batch, "the batch")
    _sound(command.lines)
    for line in command.lines:
        positive(line.amount_minor, f"the balance of {line.invoice}")
    if state is not None:
        raise refuse(Code.PROPOSAL_EXISTS, f"batch {command.batch} is already proposed")
    _within_limits(command.lines, context)
    # From here it must succeed.
    fact = f.SmallBalancesProposed(proposed_by=context.actor.id, total_minor=total, **dict(command))
    return (Dated(fact, context.today),)


def _sound(lines: tuple[SmallBalanceLine, ...]) -> None:
    if not 1 <= len(lines) <= SMALL_BALANCES_MAX:
        raise refuse(
            Code.FIELD_INVALID, f"{len(lines)} lines: a batch has 1 to {SMALL_BALANCES_MAX}"
        )
    seen: set[tuple[str, str]] = set()
    for line in lines:
        if (line.unit, line.invoice) in seen:
            raise refuse(Code.FIELD_INVALID, f"{line.invoice} is named twice")
        seen.add((line.unit, line.invoice))


def _within_limits(lines: Iterable[SmallBalanceLine], context: Context) -> None:
    for line in lines:
        limit = context.small_balances.limit(line.reason, context.today)
        if line.amount_minor > limit:
            raise refuse(
                Code.OVER_SMALL_BALANCE_LIMIT,
                f"{format_minor(line.amount_minor)} of {line.invoice} is over the"
                f" {format_minor(limit)} for {line.reason.replace('_', ' ')}",
            )


def approve_small_balances(
    state: SmallBalancesState | None, command: b.ApproveSmallBalances, context: Context
) -> Decision:
    """Approve a whole batch by its total; the limits of the day are looked at again."""
    context.authorise(command.action)
    proposal = state.proposal if state is not None and state.waits else None
    if proposal is not None:
        context.authorise(command.action, proposal.total_minor, proposal.proposed_by)
    on = asked_date(context)
    if proposal is None:
        raise _not_waiting(command.batch)
    _within_limits(proposal.lines, context)
    # From here it must succeed.
    fact = f.SmallBalancesApproved(
        batch=command.batch, currency=proposal.currency, total_minor=proposal.total_minor
    )
    return (Dated(fact, on),)


def _not_waiting(batch: str) -> Exception:
    return refuse(Code.PROPOSAL_NOT_FOUND, f"no batch {batch} waits for approval")


def reject_small_balances(
    state: SmallBalancesState | None, command: b.RejectSmallBalances, context: Context
) -> Decision:
    """Turn down a proposed batch."""
    context.authorise(command.action)
    text(command.reason, "the reason")
    if state is None or not state.waits:
        raise _not_waiting(command.batch)
    return (Dated(f.SmallBalancesRejected(**dict(command)), context.today),)


def write_off_small_balance(
    state: AccountState | None,
    batch: SmallBalancesState | None,
    command: b.WriteOffSmallBalance,
    context: Context,
) -> Decision:
    """Write off one line of an approved batch; money that comes later wakes it up, as any debt."""
    context.authorise(command.action, command.amount_minor)
    account = opened(state, command.unit, command.account)
    if batch is not None:
        same_currency(account, batch.proposal.currency)
    positive(command.amount_minor, "the balance")
    billed = account.items.get(command.invoice)
    on = settling_date(context, [billed] if billed else [])
    if batch is not None and batch.approved_on is not None:
        not_before(context, batch.approved_on, f"batch {command.batch} was approved on")
        on = max(on, batch.approved_on)
    item = _still_so(account, command)
    _approved(batch, command)
    _within_limits([_line(command)], context)
    _within_cap(account, command, context, on)
    # From here it must succeed.
    fact = e.WriteOffApproved(
        unit=account.unit,
        account=account.account,
        debt_type=account.debt_type,
        currency=account.currency,
        write_off=_name(command),
        invoice=command.invoice,
        amount_minor=command.amount_minor,
        reason="small_balance",
        lines=tuple(open_lines([item])),
        batch=command.batch,
        small_balance=command.reason,
    )
    return (Dated(fact, on),)


def _name(command: b.WriteOffSmallBalance) -> str:
    return f"SMALL-BALANCE:{command.batch}:{command.invoice}"


def _still_so(account: AccountState, command: b.WriteOffSmallBalance) -> OpenItem:
    """The bill, when exactly the small balance is open on it."""
    item = account.items.get(command.invoice)
    if item is None:
        raise refuse(Code.INVOICE_NOT_OPEN, f"invoice {command.invoice} is not open")
    if _name(command) in account.written_off:
        raise refuse(Code.PROPOSAL_EXISTS, f"{command.invoice} was written off in {command.batch}")
    if item.open_minor != command.amount_minor:
        raise refuse(
            Code.PROPOSAL_OUT_OF_DATE,
            f"{format_minor(item.open_minor)} is open on {item.item} by now, not"
            f" {format_minor(command.amount_minor)}",
        )
    return item


def _line(command: b.WriteOffSmallBalance) -> SmallBalanceLine:
    return SmallBalanceLine(**{field: value for field, value in command if field != "batch"})


def _approved(batch: SmallBalancesState | None, command: b.WriteOffSmallBalance) -> None:
    if batch is None or batch.approved_on is None or _line(command) not in batch.proposal.lines:
        raise refuse(
            Code.SMALL_BALANCE_NOT_APPROVED,
            f"no approved batch {command.batch} holds {format_minor(command.amount_minor)} of"
            f" {command.invoice} on {command.account}",
        )


def _within_cap(
    account: AccountState, command: b.WriteOffSmallBalance, context: Context, on: date
) -> None:
    already = account.totals_of(on).small_balances_minor
    cap = context.small_balances.yearly_cap(on)
    if already + command.amount_minor > cap:
        raise refuse(
            Code.OVER_SMALL_BALANCE_CAP,
            f"{format_minor(already)} was written off on {account.account} in the financial year;"
            f" {format_minor(command.amount_minor)} more is over the cap of {format_minor(cap)}",
        )
