"""Deciding about money in: receive it, and allocate it."""

from collections.abc import Iterable, Mapping
from datetime import date

from ledger import commands as c
from ledger import events as e
from ledger.account_state import AccountState, Credit, Dated, OpenItem
from ledger.allocation import (
    BY_OFFICER,
    OLDEST_FIRST,
    WRITE_BACK,
    for_payment,
    open_lines,
    pays_again,
    take,
    variance,
)
from ledger.decision import (
    Context,
    Decision,
    in_range,
    name,
    opened,
    positive,
    same_currency,
    settling_date,
    sound_targets,
)
from ledger.effects import line_total
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.values import ItemAmount


def receive_payment(
    state: AccountState | None, command: c.ReceivePayment, context: Context
) -> Decision:
    """Post money of a known account and allocate it by the written order of rules."""
    context.authorise(command.action, command.amount_minor)
    account = opened(state, command.unit, command.account)
    same_currency(account, command.currency)
    name(command.receipt, "the receipt")
    if command.from_suspense is not None:
        raise refuse(
            Code.FIELD_INVALID,
            f"money leaves suspense only when its receipt {command.from_suspense} is identified",
        )
    positive(command.amount_minor, "the payment")
    in_range(command.value_on, context.today, "value date")
    return posted(account, command, command.value_on)


def posted(account: AccountState, command: c.ReceivePayment, on: date) -> Decision:
    """The facts of a payment that was found good: it must succeed.

    It takes effect on its value date, unless its money was there for the account only later: then
    `on` is that day.
    """
    named = _named(command)
    allotted = for_payment(account, command.amount_minor, named)
    lines = allotted.lines
    kind, difference = variance(account, command.amount_minor, named, lines)
    received = e.PaymentReceived(
        debt_type=account.debt_type,
        variance=kind,
        variance_minor=difference,
        instruction=allotted.instruction,
        **{field: value for field, value in command if field not in _NOT_IN_FACT},
    )
    credit = Credit(
        receipt=command.receipt,
        method=command.method,
        value_on=command.value_on,
        raised_on=on,
        unapplied_minor=command.amount_minor,
    )
    raised = {line.item: account.items[line.item].raised_on for line in lines}
    left_minor = command.amount_minor - line_total(lines)
    return (
        Dated(received, on),
        *allocations(account, [credit], lines, raised, allotted.rule),
        *(() if pays_again(account, named) else _wake(account, credit, named, left_minor)),
    )


_NOT_IN_FACT = frozenset({"invoice", "invoices"})  # the allocation says what became of them


def _named(command: c.ReceivePayment) -> tuple[str, ...]:
    """The invoices that the payer named, each once."""
    if command.invoices is None:
        return () if command.invoice is None else (command.invoice,)
    first = () if command.invoice is None else (command.invoice,)
    return tuple(dict.fromkeys((*first, *command.invoices)))


def _wake(
    account: AccountState, credit: Credit, named: tuple[str, ...], left_minor: int
) -> Decision:
    """Write back what was written off, as far as money has come, and allocate it."""
    decided: list[Dated] = []
    named_first = sorted(
        account.written_off.items(),
        key=lambda entry: (entry[1].invoice not in named, entry[1].raised_on, entry[0]),
    )
    for write_off, watched in named_first:
        lines = take(watched.lines, left_minor)
        if not lines:
            break
        on = max(watched.raised_on, credit.raised_on)
        back = e.DebtWrittenBack(
            unit=account.unit,
            account=account.account,
            debt_type=account.debt_type,
            currency=account.currency,
            write_off=write_off,
            amount_minor=line_total(lines),
            reason="money came",
            lines=lines,
        )
        left_minor -= line_total(lines)
        decided.append(Dated(back, on))
        decided += allocations(account, [credit], lines, {watched.invoice: on}, WRITE_BACK)
    return tuple(decided)


def allocations(
    account: AccountState,
    credits_: Iterable[Credit],
    lines: Iterable[ItemAmount],
    raised: Mapping[str, date],
    rule: str,
    asked: date = date.min,
) -> Decision:
    """Allocate credits, oldest first, to lines in their order; one fact a receipt and a date.

    A line takes effect no earlier than its item (`raised`) and its credit were raised.
    """
    left = list(lines)
    decided: list[Dated] = []
    for credit in sorted(credits_, key=lambda credit: (credit.value_on, credit.receipt)):
        taken = take(left, credit.unapplied_minor)
        by_date: dict[date, list[ItemAmount]] = {}
        for line in taken:
            by_date.setdefault(max(raised[line.item], credit.raised_on, asked), []).append(line)
        decided += (
            Dated(_allocated(account, credit, by_date[on], rule), on) for on in sorted(by_date)
        )
        left = _after(left, taken)
    return tuple(decided)


def _after(lines: list[ItemAmount], taken: tuple[ItemAmount, ...]) -> list[ItemAmount]:
    if not taken:
        return lines
    last = len(taken) - 1
    rest = lines[last].amount_minor - taken[last].amount_minor
    if rest == 0:
        return lines[len(taken) :]
    return [lines[last].model_copy(update={"amount_minor": rest}), *lines[len(taken) :]]


def _allocated(
    account: AccountState, credit: Credit, lines: list[ItemAmount], rule: str
) -> e.PaymentAllocated:
    return e.PaymentAllocated(
        unit=account.unit,
        account=account.account,
        debt_type=account.debt_type,
        currency=account.currency,
        receipt=credit.receipt,
        value_on=credit.value_on,
        rule=rule,
        lines=tuple(lines),
    )


def allocate(state: AccountState | None, command: c.Allocate, context: Context) -> Decision:
    """Allocate unapplied credit as an officer says, or oldest due first."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    sound_targets(command.targets)
    credit = account.credits.get(command.receipt)
    named = [account.items[one.item] for one in command.targets if one.item in account.items]
    settling_date(context, named, [credit] if credit else [])
    if credit is None:
        raise refuse(
            Code.RECEIPT_NOT_ON_ACCOUNT,
            f"receipt {command.receipt} has no unapplied credit on account {command.account}",
        )
    lines, rule = _chosen(account, credit, command)
    items = [account.items[one] for one in dict.fromkeys(line.item for line in lines)]
    # Without a date the settlement dates from the day on which both sides were there.
    asked = settling_date(context, items, [credit]) if context.effective_on else date.min
    # From here it must succeed.
    raised = {item.item: item.raised_on for item in items}
    return allocations(account, [credit], lines, raised, rule, asked)


def _chosen(
    account: AccountState, credit: Credit, command: c.Allocate
) -> tuple[tuple[ItemAmount, ...], str]:
    if not command.targets:
        lines = take(open_lines(account.items.values()), credit.unapplied_minor)
        if not lines:
            raise refuse(Code.ITEM_NOT_OPEN, f"account {command.account} has nothing open")
        return lines, OLDEST_FIRST
    for target in command.targets:
        if target.item not in account.items:
            raise refuse(Code.ITEM_NOT_OPEN, f"{target.item} is not open on {account.account}")
    for target in command.targets:
        _not_above_open(account.items[target.item], target.amount_minor or 0)
    chosen: list[ItemAmount] = []
    left = credit.unapplied_minor
    for target in command.targets:
        lines = _targeted(account.items[target.item], target, left)
        left -= line_total(lines)
        chosen += lines
    return tuple(chosen), BY_OFFICER


def _not_above_open(item: OpenItem, amount_minor: int) -> None:
    if amount_minor > item.open_minor:
        raise refuse(
            Code.ALLOCATION_EXCEEDS_OPEN,
            f"{format_minor(amount_minor)} is more than the {format_minor(item.open_minor)} open on"
            f" {item.item}",
        )


def _targeted(
    item: OpenItem, target: c.AllocationTarget, left_minor: int
) -> tuple[ItemAmount, ...]:
    wanted = item.open_minor if target.amount_minor is None else target.amount_minor
    if wanted > left_minor and (target.amount_minor is not None or left_minor == 0):
        raise refuse(
            Code.ALLOCATION_EXCEEDS_CREDIT,
            f"{format_minor(wanted)} is more than the {format_minor(left_minor)} of credit left",
        )
    return take(open_lines([item]), min(wanted, left_minor))
