"""What each event does to a balance, and the check that the pieces are the whole."""

from collections.abc import Iterable

from ledger.effects import effect_of
from ledger.recorded import RecordedEvent
from ledger.values import Fact, ItemAmount


class DoesNotAddUpError(Exception):
    """The lines of an explanation are not the balance: an invariant is broken, nothing is shown."""


def moved_minor(fact: Fact, item: str | None) -> int:
    """By how much a fact moves the balance of its account, or what is open on one of its items."""
    effect = effect_of(fact)
    debt = _of(effect.raised, item) - _of(effect.lowered, item)
    if item is not None:
        return debt
    credit = sum(part.amount_minor for part in effect.credited)
    return debt - credit + sum(amount for _, amount in effect.used)


def _of(lines: Iterable[ItemAmount], item: str | None) -> int:
    return sum(line.amount_minor for line in lines if item is None or line.item == item)


def open_by_part(events: Iterable[RecordedEvent]) -> dict[tuple[str, int], tuple[ItemAmount, int]]:
    """What is open of every instalment after some events; settled ones are left out."""
    parts: dict[tuple[str, int], tuple[ItemAmount, int]] = {}
    for event in events:
        effect = effect_of(event.fact)
        for sign, lines in ((1, effect.raised), (-1, effect.lowered)):
            for line in lines:
                key = (line.item, line.instalment)
                before = parts[key][1] if key in parts else 0
                parts[key] = (line, before + sign * line.amount_minor)
    return {key: part for key, part in parts.items() if part[1]}


def unapplied_of(events: Iterable[RecordedEvent]) -> int:
    """Unapplied credit after some events, as a positive amount."""
    total = 0
    for event in events:
        effect = effect_of(event.fact)
        total += sum(part.amount_minor for part in effect.credited)
        total -= sum(amount for _, amount in effect.used)
    return total


def require_equal(left: int, right: int, what: str) -> None:
    """Raise DoesNotAddUpError when two ways to one amount in minor units differ."""
    if left != right:
        raise DoesNotAddUpError(f"{what}: {left} and {right} pence are not the same")
