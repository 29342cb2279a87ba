"""Deciding about what a debtor asked his money to pay: it beats every rule, and is kept."""

from dataclasses import dataclass
from datetime import date

from ledger import commands as c
from ledger import events as e
from ledger.account_state import AccountState, Credit, Dated
from ledger.allocation import BY_INSTRUCTION, open_lines, take
from ledger.cash import allocations
from ledger.decision import (
    Context,
    Decision,
    asked_date,
    in_range,
    name,
    not_before,
    opened,
    sound_targets,
    text,
)
from ledger.effects import line_total
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.reversals import trail_of, unallocated
from ledger.trail import ReceiptTrail
from ledger.values import AllocationTarget, ItemAmount

_REASON = "the debtor's instruction"


@dataclass(frozen=True, slots=True)
class _Rework:
    """What must be taken back of a receipt, and what it must settle instead."""

    back: tuple[ItemAmount, ...]
    settled: tuple[ItemAmount, ...]


def record_payment_instruction(
    state: AccountState | None, command: c.RecordPaymentInstruction, context: Context
) -> Decision:
    """Keep the debtor's wish; with a receipt, make that receipt pay what he asked."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    name(command.instruction, "the instruction")
    text(command.wording, "the wording")
    if not command.targets:
        raise refuse(Code.FIELD_INVALID, "an instruction names what is to be paid")
    sound_targets(command.targets)
    in_range(command.given_on, context.today, "the day of the instruction")
    asked = asked_date(context)
    fact = Dated(e.PaymentInstructionRecorded(**dict(command)), asked)
    if command.receipt is None:
        if command.instruction in account.instructions:
            raise refuse(Code.PROPOSAL_EXISTS, f"instruction {command.instruction} waits already")
        return (fact,)
    for target in command.targets:
        if target.item in account.items:
            issued_on = account.items[target.item].invoiced_on
            not_before(context, issued_on, f"{target.item} was issued on")
    trail = trail_of(command.receipt, context)
    rework = _rework(account, trail, command.targets)
    # From here it must succeed.
    return (fact, *_carried_out(account, trail, rework, context, asked))


def _rework(
    account: AccountState, trail: ReceiptTrail, targets: tuple[AllocationTarget, ...]
) -> _Rework:
    """As little as possible is taken back: what is above a target, then the latest of the rest."""
    credit = account.credits.get(trail.receipt)
    unapplied = credit.unapplied_minor if credit else 0
    _can_be_paid(account, trail, targets)
    left = unapplied + line_total(trail.allocated)
    back: list[ItemAmount] = []
    settled: list[ItemAmount] = []
    for target in targets:
        wanted = _wanted(account, trail, target, left)
        left -= wanted
        paid = _paid(trail, target.item)
        more = wanted - line_total(paid)
        back += take(reversed(paid), -more)
        if more > 0:
            settled += take(open_lines([account.items[target.item]]), more)
    missing = line_total(settled) - unapplied - line_total(back)
    named = {target.item for target in targets}
    rest = [line for line in trail.allocated if line.item not in named]
    back += take(reversed(rest), missing)
    return _Rework(tuple(back), tuple(settled))


def _paid(trail: ReceiptTrail, item: str) -> list[ItemAmount]:
    return [line for line in trail.allocated if line.item == item]


def _payable(account: AccountState, trail: ReceiptTrail, item: str) -> int:
    """What is open on an item, and what the receipt pays of it already."""
    is_open = account.items[item].open_minor if item in account.items else 0
    return is_open + line_total(_paid(trail, item))


def _can_be_paid(
    account: AccountState, trail: ReceiptTrail, targets: tuple[AllocationTarget, ...]
) -> None:
    payable = {target.item: _payable(account, trail, target.item) for target in targets}
    for target in targets:
        if not payable[target.item]:
            raise refuse(Code.ITEM_NOT_OPEN, f"{target.item} is not open on {account.account}")
    for target in targets:
        if (target.amount_minor or 0) > payable[target.item]:
            raise refuse(
                Code.ALLOCATION_EXCEEDS_OPEN,
                f"{format_minor(target.amount_minor or 0)} is more than the"
                f" {format_minor(payable[target.item])} that can be paid of {target.item}",
            )


def _wanted(
    account: AccountState, trail: ReceiptTrail, target: AllocationTarget, left_minor: int
) -> int:
    wanted = target.amount_minor or _payable(account, trail, target.item)
    if left_minor == 0 or (target.amount_minor is not None and wanted > left_minor):
        raise refuse(
            Code.ALLOCATION_EXCEEDS_CREDIT,
            f"{format_minor(wanted)} is more than the {format_minor(left_minor)} left of receipt"
            f" {trail.receipt}",
        )
    return min(wanted, left_minor)


def _carried_out(
    account: AccountState, trail: ReceiptTrail, rework: _Rework, context: Context, asked: date
) -> Decision:
    credit = account.credits.get(trail.receipt)
    raised_on = credit.raised_on if credit else trail.value_on
    taken_back: Decision = ()
    if rework.back:
        raised_on = max(asked, trail.last_on, raised_on)
        fact = unallocated(account, trail, rework.back, _REASON)
        taken_back = (Dated(fact, raised_on),)
    source = Credit(
        receipt=trail.receipt,
        method=trail.method,
        value_on=trail.value_on,
        raised_on=raised_on,
        unapplied_minor=line_total(rework.settled),
    )
    raised = {line.item: account.items[line.item].raised_on for line in rework.settled}
    # Without a date the settlement dates from the day on which both sides were there.
    first = asked if context.effective_on else date.min
    settled = allocations(account, [source], rework.settled, raised, BY_INSTRUCTION, first)
    return (*taken_back, *settled)
