"""What an amount explains beside an account, and the bills that it would pay."""

from datetime import date, timedelta
from typing import Any, TypeAlias

import pytest

from consumers.matching.amounts import Explained, explain
from consumers.matching.open_bills import OpenBills
from consumers.matching.policy import MatchingPolicy

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here

Bills: TypeAlias = tuple[str, ...] | None

DAY = date(2025, 6, 2)


@pytest.fixture
def arrears(town: Town) -> Town:
    """A rest of 30.00, two bills alike, one of 12.34: oldest first."""
    town.open("1")
    for place, (number, pence) in enumerate([("A", 3000), ("B", 9500), ("C", 9500), ("D", 1234)]):
        town.bill("1", number, pence, due_on=DAY + timedelta(days=30 * place - 100))
    return town


def _explained(town: Town, pence: int, *named: str) -> Explained:
    table = town.policy.table_on(DAY)
    assert table is not None
    return explain(OpenBills(town.states["HSG", "1"]), pence, named, table, DAY)


@pytest.mark.parametrize(
    ("pence", "rule", "pays", "invoices"),
    [
        (3000, "amount-exact", ("A",), None),  # the oldest is paid anyhow
        (1234, "amount-exact", ("D",), ("D",)),  # the newest would not be
        (9500, "amount-exact", None, None),  # one of two alike: the oldest debt is paid
        (23234, "amount-exact", ("A", "B", "C", "D"), None),
        (12500, "amount-sum", ("A", "B"), None),
        (4234, "amount-sum", ("A", "D"), ("A", "D")),
        (10734, None, None, None),  # B and D or C and D: not the only choice
        (1200, "amount-within-tolerance", ("D",), ("D",)),
        (3099, "amount-within-tolerance", ("A",), None),
        (3101, None, None, None),
        (23135, "amount-within-tolerance", ("A", "B", "C", "D"), None),
        (50, None, None, None),
    ],
)
def test_an_amount_that_names_nothing(
    arrears: Town, pence: int, rule: str | None, pays: Bills, invoices: Bills
) -> None:
    assert _explained(arrears, pence) == Explained(rule, None, invoices, pays)


@pytest.mark.parametrize(
    ("pence", "named", "expected"),
    [
        (9500, ["C"], Explained("amount-exact", invoice="C", pays=("C",))),
        (100, ["C"], Explained(None, invoice="C", pays=("C",))),
        (9444, ["C"], Explained("amount-within-tolerance", invoice="C", pays=("C",))),
        (10734, ["D", "C"], Explained("amount-sum", invoices=("D", "C"), pays=("D", "C"))),
        (1234, ["D", "C"], Explained("amount-exact", invoices=("D",), pays=("D",))),
        (10700, ["D", "C"], Explained("amount-within-tolerance", None, ("D", "C"), ("D", "C"))),
        (500, ["D", "C"], Explained(None, pays=("D", "C"))),
        (22000, ["C"], Explained("amount-sum", pays=("A", "B", "C"))),
        (12500, ["C"], Explained(None, invoice="C", pays=("C",))),  # A and B leave C out
        (23234, ["C"], Explained("amount-exact", pays=("A", "B", "C", "D"))),
        (9500, ["OLD"], Explained("recently-closed", invoice="OLD", pays=("OLD",))),
        (9500, ["OLD", "C"], Explained("amount-exact", invoice="C", pays=("C",))),
        (9500, ["LONG-AGO"], Explained(None, invoice="LONG-AGO", pays=("LONG-AGO",))),
    ],
)
def test_an_amount_beside_named_bills(
    arrears: Town, pence: int, named: list[str], expected: Explained
) -> None:
    arrears.change("1", settled=("OLD",))
    assert _explained(arrears, pence, *named) == expected


def test_credit_of_the_account_is_set_against_what_is_owed(arrears: Town) -> None:
    credit = {
        "receipt": "R",
        "method": "cash",
        "value_on": DAY,
        "raised_on": DAY,
        "unapplied_minor": 234,
    }
    state = arrears.states["HSG", "1"]
    arrears.states["HSG", "1"] = type(state).model_validate(
        {**state.model_dump(), "credits": {"R": credit}}
    )
    assert _explained(arrears, 23000).rule == _explained(arrears, 23234).rule == "amount-exact"


@pytest.mark.parametrize(
    ("pence", "rule"),
    [
        (2500, "amount-instalment"),
        (7500, "amount-exact"),
        (5000, "amount-sum"),
        (2450, "amount-within-tolerance"),
    ],
)
def test_an_instalment_is_expected_from_some_days_before_it_is_due(
    town: Town, pence: int, rule: str
) -> None:
    town.open("1")
    town.bill("1", "RENT", 2500, 2500, 2500, due_on=DAY + timedelta(days=14))
    assert _explained(town, pence).rule == _explained(town, pence, "RENT").rule == rule


def test_an_instalment_that_is_far_off_is_not_expected(town: Town) -> None:
    town.open("1")
    town.bill("1", "RENT", 2500, 2500, due_on=DAY + timedelta(days=15))
    assert _explained(town, 2500).rule is None
    assert _explained(town, 2500, "RENT") == Explained(None, invoice="RENT", pays=("RENT",))


def test_what_the_debtor_said_beats_every_other_explanation(arrears: Town) -> None:
    arrears.instruct("1", "D", "B")
    assert _explained(arrears, 10734) == Explained("debtor-instruction", pays=("D", "B"))
    assert _explained(arrears, 1234, "D").rule == "amount-exact"


def test_a_pound_is_no_tolerance_of_a_bill_of_two(town: Town) -> None:
    town.open("1")
    town.bill("1", "A", 200)
    assert _explained(town, 101).rule is None
    assert _explained(town, 181).rule == "amount-within-tolerance"


def test_a_debtor_with_ten_thousand_bills_is_explained_in_a_bounded_search(
    town: Town, policy: MatchingPolicy
) -> None:
    town.open("1")
    town.bill("1", "N0", 101)
    state = town.states["HSG", "1"]
    one = state.items["N0"]
    items = {f"N{n}": one.model_copy(update={"item": f"N{n}"}) for n in range(10_000)}
    town.change("1", items=items)
    assert _explained(town, 303).rule == "amount-sum"  # the three oldest
    assert _explained(town, 1_010_000) == Explained("amount-exact")
    assert _explained(town, 999).rule is None
