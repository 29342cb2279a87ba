"""Which open item a credit settles: ordered, named rules; pure.

The written order, for money of a known account:

1. `debtor-instruction`: the debtor said what his next payment is for: those items, in his order,
   up to the amounts he gave. It beats every other rule, and is used up by that payment.
2. `invoice-sum`: the amount is the explained sum of several invoices: what is open on each, in
   their order, the oldest instalment first.
3. `invoice-reference`: the payer named an invoice: what is open on it, its oldest instalment first.
4. `oldest-due-first`: the payer named the account (by its reference with check digits, or through
   an officer): open instalments by due date, then item, then number.
5. What is left wakes up written-off debt, that of a named invoice first, then the oldest:
   `write-back-on-payment`.
6. What is left then is unapplied credit of the account. It is never netted silently.

A payment that names only invoices that are already settled is called a duplicate and stays
unapplied. An instruction of which nothing is open any more gives way to the next rule.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.account_state import AccountState, OpenItem
from ledger.effects import line_total
from ledger.values import AllocationTarget, ItemAmount, Variance

BY_INSTRUCTION = "debtor-instruction"
BY_SUM = "invoice-sum"
BY_INVOICE = "invoice-reference"
OLDEST_FIRST = "oldest-due-first"
WRITE_BACK = "write-back-on-payment"
CREDIT_ON_ACCOUNT = "credit-on-account-oldest-due-first"
BY_OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Allotment:
    """What a payment settles and by which rule; the debtor's instruction that it uses up."""

    rule: str
    lines: tuple[ItemAmount, ...]
    instruction: str | None = None


def open_lines(items: Iterable[OpenItem]) -> list[ItemAmount]:
    """All open instalments, oldest due first."""
    lines = [
        ItemAmount(
            item=item.item,
            instalment=instalment.number,
            service=item.service,
            invoiced_on=item.invoiced_on,
            due_on=instalment.due_on,
            amount_minor=instalment.open_minor,
        )
        for item in items
        for instalment in item.instalments
    ]
    return sorted(lines, key=lambda line: (line.due_on, line.item, line.instalment))


def take(lines: Iterable[ItemAmount], amount_minor: int) -> tuple[ItemAmount, ...]:
    """The first lines up to an amount; the last of them may be taken in part."""
    taken = []
    for line in lines:
        if amount_minor <= 0:
            break
        part = min(line.amount_minor, amount_minor)
        whole = part == line.amount_minor
        taken.append(line if whole else line.model_copy(update={"amount_minor": part}))
        amount_minor -= part
    return tuple(taken)


def for_payment(state: AccountState, amount_minor: int, named: Sequence[str]) -> Allotment:
    """The rule and the lines by which a payment settles open items of its account.

    `named` are the invoices that the payer named, or of which the amount is the explained sum.
    """
    instruction = next(iter(state.instructions.values()), None)
    if instruction is None:
        return _by_rule(state, amount_minor, named)
    lines = instructed(state, amount_minor, instruction.targets)
    if lines:
        return Allotment(BY_INSTRUCTION, lines, instruction.instruction)
    other = _by_rule(state, amount_minor, named)
    return Allotment(other.rule, other.lines, instruction.instruction)


def _by_rule(state: AccountState, amount_minor: int, named: Sequence[str]) -> Allotment:
    if not named:
        return Allotment(OLDEST_FIRST, take(open_lines(state.items.values()), amount_minor))
    rule = BY_INVOICE if len(named) == 1 else BY_SUM
    found = [state.items[invoice] for invoice in named if invoice in state.items]
    if found:
        lines = [line for item in found for line in open_lines([item])]
        return Allotment(rule, take(lines, amount_minor))
    if any(is_duplicate(state, one) or _is_written_off(state, one) for one in named):
        return Allotment(rule, ())
    return Allotment(OLDEST_FIRST, take(open_lines(state.items.values()), amount_minor))


def instructed(
    state: AccountState, amount_minor: int, targets: Iterable[AllocationTarget]
) -> tuple[ItemAmount, ...]:
    """What is open of the targets, in their order, up to their amounts and up to the amount."""
    found: list[ItemAmount] = []
    for target in targets:
        if target.item not in state.items:
            continue
        left = amount_minor - line_total(found)
        wanted = left if target.amount_minor is None else min(target.amount_minor, left)
        found += take(open_lines([state.items[target.item]]), wanted)
    return tuple(found)


def is_duplicate(state: AccountState, invoice: str) -> bool:
    """Whether money for an invoice comes after the invoice was settled.

    What was re-opened since, or written off, is still owed: money for it is no duplicate.
    """
    is_owed = invoice in state.items or _is_written_off(state, invoice)
    return invoice in state.settled and not is_owed


def pays_again(state: AccountState, named: Sequence[str]) -> bool:
    """Whether all that the payer named is settled: the payment is a duplicate."""
    return bool(named) and all(is_duplicate(state, invoice) for invoice in named)


def _is_written_off(state: AccountState, invoice: str) -> bool:
    return any(watched.invoice == invoice for watched in state.written_off.values())


def variance(
    state: AccountState, amount_minor: int, named: Sequence[str], lines: tuple[ItemAmount, ...]
) -> tuple[Variance, int]:
    """The class of a payment against the sum due, and the difference in minor units."""
    if not lines:
        kind: Variance = "duplicate_payment" if pays_again(state, named) else "on_account"
        return kind, amount_minor
    left = amount_minor - line_total(lines)
    if left:
        return "overpayment", left
    last = lines[-1]
    open_minor = next(
        instalment.open_minor
        for instalment in state.items[last.item].instalments
        if instalment.number == last.instalment
    )
    short = open_minor - last.amount_minor
    return ("part_payment", -short) if short else ("exact", 0)
