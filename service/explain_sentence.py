"""The first sentences of an explanation: what is owed, and because of what."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import TypeAlias

from service.explain_money import require_equal
from service.explain_terms import day, money
from service.explain_values import Line, OpenPart, Target

# kinds of lines -> what they add up to in words: said first; said after `less` or `plus`
_Words: TypeAlias = tuple[tuple[str, ...], str, str]
_ON_ACCOUNT: tuple[_Words, ...] = (
    (("billed",), "you were billed {}", "bills of {}"),
    (("paid",), "you paid {}", "{} that you paid"),
    (("reversed",), "{} of payments was taken back", "{} of payments that were taken back"),
    (("moved_to_suspense",), "{} that was not yours was taken off", "{} that was not yours"),
    (("credited",), "credit notes are for {}", "credit notes of {}"),
    (("transferred_in",), "{} of credit was moved here", "{} of credit that was moved here"),
    (("transferred_out",), "{} of credit was moved away", "{} of credit that was moved away"),
    (("refunded", "refund_failed"), "{} was refunded to you", "{} that was refunded to you"),
    (("written_off",), "{} was written off", "{} that was written off"),
    (("written_back",), "{} is owed again", "{} of it that is owed again"),
)
_ON_ITEM: tuple[_Words, ...] = (
    (("billed",), "it was billed at {}", "{} billed"),
    (("allocated",), "{} of your payments went to it", "{} of your payments"),
    (("unallocated",), "{} of them was taken off it", "{} of them that was taken off it"),
    (("reversed",), "{} of payments was taken back", "{} of payments that were taken back"),
    (("moved_to_suspense",), "{} that was not yours was taken off", "{} that was not yours"),
    (("credited",), "credit notes are for {}", "credit notes of {}"),
    (("written_off",), "{} was written off", "{} that was written off"),
    (("written_back",), "{} is owed again", "{} of it that is owed again"),
)


def sentences(
    target: Target,
    currency: str,
    lines: Sequence[Line],
    parts: Sequence[OpenPart],
    unapplied_minor: int,
) -> tuple[str, ...]:
    """The sentences that come first. Raises DoesNotAddUpError when they do not say it all."""
    balance = lines[-1].balance_minor if lines else 0
    head = _head(target, balance, currency)
    reasons = _reasons(target, lines, currency, balance)
    why = f" because {', '.join(reasons)}" if reasons else ": there is no bill and no payment yet"
    found = [f"{head}{why}."]
    if target.item is None and unapplied_minor and parts:
        credit, owed = money(unapplied_minor, currency), sum(part.open_minor for part in parts)
        found.append(
            f"{money(owed, currency)} of bills is open, and {credit} of credit on your account is"
            " on none of them."
        )
    if parts:
        found.append(_when(parts, currency))
    return tuple(found)


def _head(target: Target, balance: int, currency: str) -> str:
    place = f" on {_item(target.item)}" if target.item else ""
    if balance > 0:
        return f"You owe {money(balance, currency)}{place}"
    if balance < 0:
        return f"You owe nothing, and {money(-balance, currency)} of your money is with us,"
    return f"You owe nothing{place}"


def _item(item: str) -> str:
    if item.startswith("REVERSAL:"):
        return f"the money back from receipt {item.removeprefix('REVERSAL:')}"
    return f"bill {item}"


def _reasons(target: Target, lines: Sequence[Line], currency: str, balance: int) -> list[str]:
    totals: dict[str, int] = defaultdict(int)
    for line in lines:
        totals[line.kind] += line.amount_minor
    reasons: list[str] = []
    told = 0
    for kinds, first, after in _ON_ITEM if target.item else _ON_ACCOUNT:
        amount = sum(totals[kind] for kind in kinds)
        told += amount
        if amount:
            sign = "" if not reasons else "plus " if amount > 0 else "less "
            text = sign + after if reasons else first
            reasons.append(text.format(money(abs(amount), currency)))
    require_equal(told, balance, f"what is said of {target} and its balance")
    return reasons


def _when(parts: Sequence[OpenPart], currency: str) -> str:
    overdue = [part for part in parts if part.overdue]
    if overdue:
        amount = money(sum(part.open_minor for part in overdue), currency)
        return f"{amount} is overdue, the oldest of it since {day(_first_due(overdue))}."
    return f"Nothing is overdue; the next date is {day(_first_due(parts))}."


def _first_due(parts: Sequence[OpenPart]) -> date:
    return min(part.due_on for part in parts)
