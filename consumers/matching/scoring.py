"""The score of one account for one line: the sum of the rules that hold, in points; pure."""

from collections.abc import Sequence
from typing import NamedTuple

from consumers.matching import rules
from consumers.matching.amounts import NOTHING, Explained
from consumers.matching.hints import Hint, Place
from consumers.matching.policy import MatchingTable
from ledger.values import Candidate, RulePoints

_RANK = {rule: rank for rank, rule in enumerate(rules.RULES)}
_KNOWN_PAYER = frozenset((rules.PAYER_ALIAS, rules.PAYER_KNOWN, rules.PAYER_NAME))


class Scored(NamedTuple):
    """An account, its rules with their points, and what its amount explains.

    `is_named` says whether the payer himself says by a sure sign that it is this account. `text` is
    the reference, bill or number by which he names it, if he does. `payer_differs` says that the
    bank names a payer who is not the debtor, and of whom nothing else is known.
    """

    place: Place
    score: int
    rules: tuple[RulePoints, ...]
    is_named: bool
    explained: Explained = NOTHING
    text: str | None = None
    payer_differs: bool = False

    @property
    def strongest(self) -> str:
        """The rule with the most points that says whose it is; of equals the one told first."""
        whose = [one for one in self.rules if one.rule not in rules.AMOUNT_RULES]
        return max(whose, key=lambda one: one.points).rule

    def candidate(self) -> Candidate:
        """The account as it is kept with a receipt."""
        unit, account = self.place
        return Candidate(
            unit=unit,
            account=account,
            rule=self.strongest,
            score=self.score,
            rules=self.rules,
            invoices=self.explained.pays,
        )


def scored(
    place: Place,
    hints: Sequence[Hint],
    explained: Explained,
    table: MatchingTable,
    *,
    other_name: bool = False,
) -> Scored:
    """Add up the rules of one account that has a hint; a rule counts once, however often it holds.

    In the order of the rules (those of amounts come last), whatever the order of the hints.
    `other_name` says that the bank gives the payer a name that is not the account's.
    """
    held: dict[str, Hint] = {}
    for hint in hints:
        kept = held.get(hint.rule)
        if kept is None or (kept.is_weak and not hint.is_weak):
            held[hint.rule] = hint
    told = sorted(held, key=_RANK.__getitem__)
    points = [
        RulePoints(rule=rule, points=table.points[rules.ACCOUNT_NUMBER].points)
        if held[rule].is_weak
        else table.points[rule]
        for rule in told
    ]
    if explained.rule is not None:
        points.append(table.points[explained.rule])
    return Scored(
        place,
        sum(one.points for one in points),
        tuple(points),
        any(hint.is_sure for hint in held.values()),
        explained,
        next((held[rule].text for rule in told if held[rule].text), None),
        other_name and _KNOWN_PAYER.isdisjoint(held),
    )
