"""Which open item a credit settles: ordered, named rules; pure.

The written order, for money of a known account:

1. `invoice-reference`: the payer named an invoice: what is open on it, its oldest instalment first.
2. `oldest-due-first`: the payer named the account (by its reference with check digits, or through
   an officer): open instalments by due date, then item, then number.
3. What is left wakes up written-off debt, that of the named invoice first, then the oldest:
   `write-back-on-payment`.
4. What is left then is unapplied credit of the account. It is never netted silently.

A payment that names an invoice which is already settled is called a duplicate and stays unapplied.
"""

from collections.abc import Iterable

from ledger.account_state import AccountState, OpenItem
from ledger.values import ItemAmount, Variance

BY_INVOICE = "invoice-reference"
OLDEST_FIRST = "oldest-due-first"
WRITE_BACK = "write-back-on-payment"
CREDIT_ON_ACCOUNT = "credit-on-account-oldest-due-first"
BY_OFFICER = "officer"


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


def line_total(lines: Iterable[ItemAmount]) -> int:
    """The sum of lines."""
    return sum(line.amount_minor for line in lines)


def for_payment(
    state: AccountState, amount_minor: int, invoice: str | None
) -> tuple[str, tuple[ItemAmount, ...]]:
    """The rule and the lines by which a payment settles open items of its account."""
    if invoice is not None and invoice in state.items:
        return BY_INVOICE, take(open_lines([state.items[invoice]]), amount_minor)
    if invoice is not None and (is_duplicate(state, invoice) or _is_written_off(state, invoice)):
        return BY_INVOICE, ()
    return OLDEST_FIRST, take(open_lines(state.items.values()), amount_minor)


def is_duplicate(state: AccountState, invoice: str) -> bool:
    """Whether a named invoice was settled lately, so that a second payment is a duplicate.

    What was re-opened since, or written off, is still owed: money for it is no duplicate.
    """
    is_owed = invoice in state.items or _is_written_off(state, invoice)
    return invoice in state.settled and not is_owed


def _is_written_off(state: AccountState, invoice: str) -> bool:
    return any(watched.invoice == invoice for watched in state.written_off.values())


def variance(
    state: AccountState, amount_minor: int, invoice: str | None, lines: tuple[ItemAmount, ...]
) -> tuple[Variance, int]:
    """The class of a payment against the sum due, and the difference in minor units."""
    if not lines:
        duplicate = invoice is not None and is_duplicate(state, invoice)
        return ("duplicate_payment" if duplicate else "on_account"), amount_minor
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
