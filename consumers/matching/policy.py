"""The matching policy: points of each rule and two thresholds, in tables with effective dates.

One pure function over a file that finance owns; reading it from disk is the service's work. Some
things are not for a policy to give up, and a file that would is refused: an account number without
check digits never posts by itself, a name and an amount only suggest, and a reference that had to
be mended is worth less than one that had not.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from consumers.matching import rules
from ledger.authority import PolicyError
from ledger.money import parse_minor
from ledger.values import RulePoints

POINTS_MAX = 1_000
EXPECTED_DAYS_MAX = 366


@dataclass(frozen=True, slots=True)
class MatchingTable:
    """What is in force from a date; amounts in minor units."""

    effective_from: date
    apply: int
    suggest: int
    margin: int
    tolerance_minor: int
    expected_days: int
    points: Mapping[str, RulePoints]


@dataclass(frozen=True, slots=True)
class MatchingPolicy:
    """All tables, oldest first."""

    tables: tuple[MatchingTable, ...]

    def table_on(self, day: date) -> MatchingTable | None:
        """The table in force on a day; None before the first."""
        in_force = [table for table in self.tables if table.effective_from <= day]
        return in_force[-1] if in_force else None


def parse_matching(text: str, name: str = "matching.toml") -> MatchingPolicy:
    """The policy of a TOML text. Raises PolicyError, naming the table, the rule and the value."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: {error}") from error
    entries = document.pop("matching", ())
    if document:
        raise PolicyError(f"{name}: {', '.join(document)}: not a part of a matching policy")
    tables = sorted((_table(entry, name) for entry in entries), key=lambda one: one.effective_from)
    if not tables:
        raise PolicyError(f"{name}: there is no [[matching]] table")
    if len({table.effective_from for table in tables}) < len(tables):
        raise PolicyError(f"{name}: two [[matching]] tables have the same effective_from")
    return MatchingPolicy(tuple(tables))


def _table(entry: Mapping[str, Any], name: str) -> MatchingTable:
    effective_from = entry.get("effective_from")
    if type(effective_from) is not date:  # a datetime is a date too, but compares with none
        raise PolicyError(f"{name}: effective_from: {effective_from!r} is not a date")
    where = f"{name}: [[matching]] of {effective_from}"
    known = {"apply", "suggest", "margin", "tolerance", "expected_days", "points"}
    strange = [key for key in entry if key not in known | {"effective_from"}]
    if strange:
        raise PolicyError(f"{where}: {strange[0]} is not a part of a matching policy")
    table = MatchingTable(
        effective_from,
        _whole(entry.get("apply"), f"{where}: apply", 1),
        _whole(entry.get("suggest"), f"{where}: suggest", 1),
        _whole(entry.get("margin"), f"{where}: margin", 1),
        _tolerance(entry.get("tolerance"), f"{where}: tolerance"),
        _whole(entry.get("expected_days"), f"{where}: expected_days", 0, EXPECTED_DAYS_MAX),
        _points(entry.get("points"), f"{where}: points"),
    )
    _check(table, where)
    return table


def _whole(value: object, where: str, least: int, most: int = POINTS_MAX) -> int:
    if type(value) is not int or not least <= value <= most:
        raise PolicyError(f"{where}: {value!r} is not a whole number from {least} to {most}")
    return value


def _tolerance(value: object, where: str) -> int:
    try:
        minor = parse_minor(value) if isinstance(value, str) else -1
    except ValueError as error:
        raise PolicyError(f"{where}: {error}") from error
    if minor < 0:
        raise PolicyError(f'{where}: {value!r} must be a text such as "1.00", not below zero')
    return minor


def _points(value: object, where: str) -> dict[str, RulePoints]:
    given = value if isinstance(value, dict) else {}
    for rule in given:
        if rule not in rules.RULES:
            raise PolicyError(f"{where}: {rule} is no rule; there are {', '.join(rules.RULES)}")
    return {
        rule: RulePoints(rule=rule, points=_whole(given.get(rule), f"{where}: {rule}", 0))
        for rule in rules.RULES
    }


def _check(table: MatchingTable, where: str) -> None:
    points = {rule: one.points for rule, one in table.points.items()}
    if table.apply <= table.suggest:
        raise PolicyError(f"{where}: apply {table.apply} is not above suggest {table.suggest}")
    if points[rules.ACCOUNT_REFERENCE_MENDED] >= points[rules.ACCOUNT_REFERENCE]:
        raise PolicyError(
            f"{where}: points: {rules.ACCOUNT_REFERENCE_MENDED}"
            f" {points[rules.ACCOUNT_REFERENCE_MENDED]} is not below"
            f" {rules.ACCOUNT_REFERENCE} {points[rules.ACCOUNT_REFERENCE]}"
        )
    if points[rules.ACCOUNT_NUMBER] >= table.apply:
        raise PolicyError(
            f"{where}: points: {rules.ACCOUNT_NUMBER} {points[rules.ACCOUNT_NUMBER]} would apply by"
            f" itself (apply is {table.apply}): an account number has no check digits"
        )
    by_amount = max(points[rule] for rule in rules.AMOUNT_RULES)
    for rule in (rules.PAYER_NAME, rules.PAYER_KNOWN):
        if points[rule] + by_amount >= table.apply:
            raise PolicyError(
                f"{where}: points: {rule} {points[rule]} and an amount {by_amount} would apply by"
                f" themselves (apply is {table.apply}): two debtors may share a name and an amount"
            )
