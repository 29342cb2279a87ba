"""The matching policy: what it must say, what it may not, and which table is in force."""

from datetime import date
from pathlib import Path

import pytest

from consumers.matching import rules
from consumers.matching.policy import MatchingPolicy, parse_matching
from ledger.authority import PolicyError

SHIPPED = (Path(__file__).parents[2] / "ledger/policy/matching.toml").read_text(encoding="utf-8")

BROKEN = [
    ("apply = 100", "apply = 30", "apply 30 is not above suggest 30"),
    ("suggest = 30", "suggest = 0", "suggest: 0 is not a whole number from 1"),
    ("margin = 25", "margin = 2.5", "margin: 2.5 is not a whole number"),
    ("margin = 25", "", "margin: None is not a whole number"),
    ("margin = 25", "margin = true", "margin: True is not a whole number"),
    ('tolerance = "1.00"', "tolerance = 1.00", "tolerance: 1.0 must be a text"),
    ('tolerance = "1.00"', 'tolerance = "1,00"', "not an amount in pounds and pence: '1,00'"),
    ("payer-alias = 100", "payer-alias = -1", "points: payer-alias: -1 is not a whole number"),
    ("payer-alias = 100", "payer-alais = 100", "points: payer-alais is no rule; there are"),
    ("payer-alias = 100", "", "points: payer-alias: None is not a whole number"),
    ("expected_days = 14", "expected_days = 14\nexpectd = 1", "expectd is not a part"),
    ("[[matching]]", "[[matchin]]", "matchin: not a part of a matching policy"),
    ("effective_from = 2000-01-01", 'effective_from = "2000-01-01"', "is not a date"),
    ("mended = 120", "mended = 150", "is not below account-reference 150"),
    ("account-number = 60", "account-number = 100", "account number has no check digits"),
    ("payer-name = 40", "payer-name = 60", "two debtors may share a name and an amount"),
    ("payer-known = 40", "payer-known = 60", "payer-known 60 and an amount 40 would apply"),
    ("apply = 100", "apply = = 100", "matching.toml: Invalid value"),
]


@pytest.mark.parametrize(("good", "bad", "told"), BROKEN)
def test_a_policy_that_cannot_be_is_refused_with_the_place_and_the_value(
    good: str, bad: str, told: str
) -> None:
    assert SHIPPED.count(good) >= 1
    with pytest.raises(PolicyError, match=r"^matching\.toml: ") as refused:
        parse_matching(SHIPPED.replace(good, bad))
    assert told in str(refused.value)


def test_an_empty_policy_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"there is no \[\[matching\]\] table"):
        parse_matching("")


def test_two_tables_of_one_day_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"two .* have the same effective_from"):
        parse_matching(SHIPPED + SHIPPED[SHIPPED.rindex("[[matching]]") :])


def test_every_rule_has_points_in_the_policy_that_is_shipped(policy: MatchingPolicy) -> None:
    assert [tuple(table.points) for table in policy.tables] == [rules.RULES]


def test_a_table_is_in_force_from_its_day_until_the_next() -> None:
    later = SHIPPED[SHIPPED.rindex("[[matching]]") :].replace("2000-01-01", "2025-04-01")
    policy = parse_matching(later.replace("apply = 100", "apply = 120") + SHIPPED)
    days = (date(1999, 12, 31), date(2000, 1, 1), date(2025, 3, 31), date(2025, 4, 1))
    tables = [policy.table_on(day) for day in days]
    assert [table and table.apply for table in tables] == [None, 100, 100, 120]
