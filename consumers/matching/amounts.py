"""What an amount says beside an account: which of its open bills it would pay; pure.

The best explanation holds, in this order, first over the bills that the payer named:

`debtor-instruction`       the sum of what the debtor said that his next payment is for
`amount-exact`             one bill, or all that is owed with or without the account's own credit
`amount-instalment`        the next instalment of a bill, due already or within the policy's days
`amount-sum`               the oldest instalments one after the other; else a few whole bills, when
                           there is only one such choice among not too many
`amount-within-tolerance`  a bill, the next instalment or all that is owed, short or over by no more
                           than the policy's sum and a tenth
`recently-closed`          the bill that is named is settled

A bill that was named is never left out of an explanation.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import NamedTuple

from consumers.matching import rules
from consumers.matching.open_bills import OpenBills
from consumers.matching.policy import MatchingTable

# Among twelve bills there are 781 choices of two to four: a sum that hits one of them by chance to
# the penny is rare, and it must be the only one.
SUM_BILLS_MAX = 12
SUM_PARTS_MAX = 4
PAYS_SHOWN_MAX = 12
_TOLERANCE_PARTS = 10  # at most a tenth: a pound is no rounding of a bill of two pounds


class Explained(NamedTuple):
    """The rule by which an amount fits, and the bills that it would pay.

    `invoice` is the one bill that the payer named. `invoices` are several that he named and paid
    together, or bills to which the money would not go anyhow, oldest due first. `pays` is for a
    reader: all bills, unless they are many.
    """

    rule: str | None = None
    invoice: str | None = None
    invoices: tuple[str, ...] | None = None
    pays: tuple[str, ...] | None = None


NOTHING = Explained()


def explain(
    bills: OpenBills, amount_minor: int, named: Sequence[str], table: MatchingTable, on: date
) -> Explained:
    """The best explanation of an amount; `named` are the bills of the account in the texts."""
    instructed = _instructed(bills, amount_minor)
    if instructed:
        return Explained(rules.DEBTOR_INSTRUCTION, pays=instructed)
    last_on = on + timedelta(days=table.expected_days)
    still_open = [invoice for invoice in named if invoice in bills.totals]
    if not named:
        return _of_unnamed(bills, amount_minor, last_on, table.tolerance_minor)
    if not still_open:
        return _closed(bills, named)
    found = (
        _of_one(bills, amount_minor, still_open[0], last_on, table.tolerance_minor)
        if len(still_open) == 1
        else _of_several(bills, amount_minor, still_open, table.tolerance_minor)
    )
    if found is None:
        found = _balance(bills, amount_minor) or _oldest(bills, amount_minor, still_open)
    one = still_open[0] if len(still_open) == 1 else None
    return found or Explained(invoice=one, pays=tuple(still_open))


def _instructed(bills: OpenBills, amount_minor: int) -> tuple[str, ...]:
    """What the debtor said that his next payment is for, when that comes to the amount."""
    instruction = next(iter(bills.state.instructions.values()), None)
    if instruction is None:
        return ()
    totals = bills.totals
    parts = {
        target.item: min(totals[target.item], target.amount_minor or totals[target.item])
        for target in instruction.targets
        if target.item in totals
    }
    return tuple(parts) if sum(parts.values()) == amount_minor else ()


def _closed(bills: OpenBills, named: Sequence[str]) -> Explained:
    """What is named is open no more: settled lately, or written off, or long ago."""
    lately = all(invoice in bills.state.settled for invoice in named)
    rule = rules.RECENTLY_CLOSED if lately else None
    if len(named) == 1:
        return Explained(rule, invoice=named[0], pays=(named[0],))
    return Explained(rule, invoices=tuple(named) if lately else None, pays=tuple(named))


def _of_one(
    bills: OpenBills, amount_minor: int, named: str, last_on: date, tolerance_minor: int
) -> Explained | None:
    due_on, _, _, open_minor = bills.following[named]
    instalment = open_minor if due_on <= last_on else 0
    total = bills.totals[named]
    if amount_minor == total:
        rule = rules.AMOUNT_EXACT
    elif amount_minor == instalment:
        rule = rules.AMOUNT_INSTALMENT
    elif _is_near(amount_minor, total, tolerance_minor) or _is_near(
        amount_minor, instalment, tolerance_minor
    ):
        rule = rules.AMOUNT_WITHIN_TOLERANCE
    else:
        return None
    return Explained(rule, invoice=named, pays=(named,))


def _of_several(
    bills: OpenBills, amount_minor: int, named: Sequence[str], tolerance_minor: int
) -> Explained | None:
    total, all_named = sum(bills.totals[one] for one in named), tuple(named)
    if amount_minor == total:
        return Explained(rules.AMOUNT_SUM, invoices=all_named, pays=all_named)
    single = next((one for one in named if bills.totals[one] == amount_minor), None)
    if single is not None:
        return Explained(rules.AMOUNT_EXACT, invoices=(single,), pays=(single,))
    if _is_near(amount_minor, total, tolerance_minor):
        return Explained(rules.AMOUNT_WITHIN_TOLERANCE, invoices=all_named, pays=all_named)
    return None


def _of_unnamed(
    bills: OpenBills, amount_minor: int, last_on: date, tolerance_minor: int
) -> Explained:
    if not bills.totals:
        return NOTHING
    return (
        _whole_bill(bills, amount_minor)
        or _balance(bills, amount_minor)
        or _instalment(bills, amount_minor, last_on)
        or _oldest(bills, amount_minor, ())
        or _few(bills, amount_minor)
        or _nearly(bills, amount_minor, last_on, tolerance_minor)
        or NOTHING
    )


def _whole_bill(bills: OpenBills, amount_minor: int) -> Explained | None:
    """One bill; of several that are alike it is not known which, so the oldest debt is paid."""
    alike = [item for item, total in bills.totals.items() if total == amount_minor]
    if not alike:
        return None
    if len(alike) > 1:
        return Explained(rules.AMOUNT_EXACT)
    return _paying(rules.AMOUNT_EXACT, bills, amount_minor, (alike[0],))


def _balance(bills: OpenBills, amount_minor: int) -> Explained | None:
    if amount_minor not in bills.balances:
        return None
    return Explained(rules.AMOUNT_EXACT, pays=_shown(bills.oldest_first))


def _instalment(bills: OpenBills, amount_minor: int, last_on: date) -> Explained | None:
    if len(bills.lines) == len(bills.totals):
        return None  # no bill has instalments that are not the whole of it
    for _, bill, _, open_minor in bills.expected(last_on):
        if open_minor == amount_minor:
            return _paying(rules.AMOUNT_INSTALMENT, bills, amount_minor, (bill,))
    return None


def _oldest(bills: OpenBills, amount_minor: int, named: Sequence[str]) -> Explained | None:
    """The oldest instalments one after the other, the bills that were named among them."""
    left, items = amount_minor, dict[str, None]()
    for count, (_, bill, _, open_minor) in enumerate(bills.lines, 1):
        left -= open_minor
        items[bill] = None
        if left <= 0:
            if left < 0 or count == 1 or any(one not in items for one in named):
                return None
            return Explained(rules.AMOUNT_SUM, pays=_shown(list(items)))
    return None


def _few(bills: OpenBills, amount_minor: int) -> Explained | None:
    """The only choice of a few whole bills that comes to the amount."""
    smaller = [item for item in bills.oldest_first if bills.totals[item] < amount_minor]
    if not 2 <= len(smaller) <= SUM_BILLS_MAX:
        return None
    choices = _choices(bills, smaller, amount_minor)
    first, second = next(choices, None), next(choices, None)
    if first is None or second is not None:
        return None
    return _paying(rules.AMOUNT_SUM, bills, amount_minor, first)


def _choices(
    bills: OpenBills, items: Sequence[str], amount_minor: int
) -> Iterator[tuple[str, ...]]:
    totals = bills.totals
    for count in range(2, SUM_PARTS_MAX + 1):
        for choice in combinations(items, count):
            if sum(totals[item] for item in choice) == amount_minor:
                yield choice


def _nearly(
    bills: OpenBills, amount_minor: int, last_on: date, tolerance_minor: int
) -> Explained | None:
    if any(_is_near(amount_minor, balance, tolerance_minor) for balance in bills.balances):
        return Explained(rules.AMOUNT_WITHIN_TOLERANCE, pays=_shown(bills.oldest_first))
    sums = [(item, bills.totals[item]) for item in bills.oldest_first]
    sums += [(bill, open_minor) for _, bill, _, open_minor in bills.expected(last_on)]
    near = [
        (abs(total - amount_minor), place, item)
        for place, (item, total) in enumerate(sums)
        if _is_near(amount_minor, total, tolerance_minor)
    ]
    if not near:
        return None
    return _paying(rules.AMOUNT_WITHIN_TOLERANCE, bills, amount_minor, (min(near)[2],))


def _is_near(amount_minor: int, total_minor: int, tolerance_minor: int) -> bool:
    difference = abs(amount_minor - total_minor)
    return difference <= tolerance_minor and difference * _TOLERANCE_PARTS <= total_minor


def _paying(rule: str, bills: OpenBills, amount_minor: int, pays: tuple[str, ...]) -> Explained:
    """Bills that were not named are told only where the money would go to others."""
    anyhow = bills.are_paid_anyhow(pays, min(amount_minor, sum(bills.totals[one] for one in pays)))
    return Explained(rule, invoices=None if anyhow else pays, pays=pays)


def _shown(bills: Sequence[str]) -> tuple[str, ...] | None:
    return tuple(bills) if len(bills) <= PAYS_SHOWN_MAX else None
