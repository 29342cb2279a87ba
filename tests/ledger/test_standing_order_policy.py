"""When a standing order is late is dated, and a file that would be misread is refused by value."""

import re
from datetime import date
from pathlib import Path

import pytest

from ledger.authority import PolicyError
from ledger.standing_order_policy import (
    OWN_TOLERANCE,
    TOLERANCE_BOUNDS,
    StandingOrderPolicy,
    StandingOrderTable,
    parse_standing_orders,
)
from ledger.values import Tolerance

SHIPPED = (Path(__file__).parents[2] / "ledger/policy/standing-orders.toml").read_text("utf-8")
OWN = """
[[standing_orders]]
effective_from = 2026-04-01
late_after_working_days = 5

[[standing_orders]]
effective_from = 2020-01-01
early_days = 0
stopped_after_missed = 3
"""


def test_the_shipped_file_states_every_number_at_its_default() -> None:
    policy = parse_standing_orders(SHIPPED)
    assert policy.tables == (StandingOrderTable(date(2000, 1, 1), OWN_TOLERANCE),)
    named = set(re.findall(r"^([a-z_]+) +=", SHIPPED, re.MULTILINE))
    assert named == {"effective_from", *TOLERANCE_BOUNDS}


@pytest.mark.parametrize(
    ("day", "numbers"),
    [
        (date(2019, 12, 31), (1, 3, 2)),
        (date(2020, 1, 1), (0, 3, 3)),
        (date(2026, 3, 31), (0, 3, 3)),
        (date(2026, 4, 1), (1, 5, 2)),
    ],
)
def test_the_numbers_are_those_of_the_table_in_force(
    day: date, numbers: tuple[int, int, int]
) -> None:
    early, late, stopped = numbers
    assert parse_standing_orders(OWN).tolerance_on(day) == Tolerance(
        early_days=early, late_after_working_days=late, stopped_after_missed=stopped
    )


def test_without_a_file_the_products_own_numbers_hold() -> None:
    assert StandingOrderPolicy().tolerance_on(date(2026, 1, 1)) == OWN_TOLERANCE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[", "standing-orders.toml: "),
        ("standing_orders = 5", "standing_orders: write it as [[standing_orders]]"),
        ("late_after = 3", "late_after: not one of standing_orders"),
        ("[[standing_orders]]\n", "effective_from: None is not a date"),
        (OWN.replace("2020-01-01", "2026-04-01"), "have the same effective_from"),
        (OWN.replace("early_days = 0", "early_days = 3"), "3 is not a whole number from 0 to 2"),
        (OWN.replace("missed = 3", "missed = true"), "True is not a whole number from 1 to 12"),
        (OWN.replace("early_days", "early"), "early: not one of effective_from, early_days"),
    ],
)
def test_a_file_that_would_be_misread_is_refused_by_its_value(text: str, says: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(says)):
        parse_standing_orders(text)
