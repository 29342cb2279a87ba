"""What the instructions of a submission come to, and the contras that balance them.

Held is one sum for each account, day and code, however many instructions there are.
"""

from collections.abc import Iterator
from datetime import date

from consumers.formats.standard18_limits import CONTRA_MINOR_MAX
from consumers.formats.standard18_values import (
    CREDIT_CONTRA,
    CREDITS,
    DEBIT_CONTRA,
    DEBITS,
    FIRST_LINE,
    NOTICES,
    CodeSum,
    Contra,
    Instruction,
    Totals,
)


class Tally:
    """The sums of a file so far."""

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self.items = 0
        self._sums: dict[tuple[str, date, str], list[int]] = {}

    def add(self, item: Instruction) -> None:
        """One more instruction."""
        self.items += 1
        key = item.account, item.processing_on, item.code
        found = self._sums.get(key)
        if found is None:
            found = self._sums[key] = [0, 0]
        found[0] += 1
        found[1] += item.amount_minor

    def sums(self) -> tuple[CodeSum, ...]:
        """By account, day and code."""
        return tuple(CodeSum(*key, *found) for key, found in sorted(self._sums.items()))

    def contras(self) -> tuple[Contra, ...]:
        """By account and day, the one for debits before the one for credits."""
        line = FIRST_LINE + self.items
        balances = sorted({key[:2] for key in self._sums})
        parts = (
            (account, on, code, minor)
            for account, on in balances
            for code, codes in ((DEBIT_CONTRA, DEBITS), (CREDIT_CONTRA, CREDITS))
            for minor in _parts(self._moved(account, on, codes))
        )
        return tuple(Contra(line + place, *part) for place, part in enumerate(parts))

    def totals(self) -> Totals:
        """What UTL1 must say: every instruction, and every contra against it."""
        rows = [(one.code, one.items, one.amount_minor) for one in self.sums()]
        debits = [row for row in rows if row[0] in DEBITS]
        credits_ = [row for row in rows if row[0] in CREDITS]
        for contra in self.contras():
            side = debits if contra.code == CREDIT_CONTRA else credits_
            side.append((contra.code, 1, contra.amount_minor))
        return Totals(
            debits_minor=sum(row[2] for row in debits),
            credits_minor=sum(row[2] for row in credits_),
            debit_items=sum(row[1] for row in debits),
            credit_items=sum(row[1] for row in credits_),
            notices=sum(row[1] for row in rows if row[0] in NOTICES),
        )

    def _moved(self, account: str, on: date, codes: frozenset[str]) -> int:
        return sum(self._sums.get((account, on, code), (0, 0))[1] for code in codes)


def _parts(minor: int) -> Iterator[int]:
    """A sum in as few amounts of eleven digits as hold it."""
    while minor > 0:
        yield min(minor, CONTRA_MINOR_MAX)
        minor -= CONTRA_MINOR_MAX
