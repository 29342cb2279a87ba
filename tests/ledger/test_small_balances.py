"""Small balances: a batch under one approval, limits by reason, a cap for each account and year."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import events as e
from ledger import small_balance_commands as sb
from ledger import small_balance_events as sf
from ledger.authority import PolicyError
from ledger.rejections import Code
from ledger.small_balance_policy import parse_small_balances

Given = Callable[..., Any]

LATER = date(2026, 6, 20)
NEXT_YEAR = date(2027, 4, 2)


def left_over(b: ModuleType, *amounts: int) -> tuple[Any, ...]:
    bills = (b.billed(f"I{number}", amount) for number, amount in enumerate(amounts, 1))
    return (b.opened(), *bills)


def approved(b: ModuleType, *amounts: int, day: date | None = None) -> tuple[Any, ...]:
    lines = [b.balance(amount, f"I{number}") for number, amount in enumerate(amounts, 1)]
    answer = b.balances_approved(sum(amounts), day or b.TODAY)
    return (*left_over(b, *amounts), b.balances_proposed(*lines), answer)


def test_a_batch_is_proposed_with_its_total(given: Given, b: ModuleType, world: ModuleType) -> None:
    lines = (b.balance(400), b.balance(100, "I2", "short_payment"))
    given().when(b.propose_balances(*lines), world.AMES).then(b.balances_proposed(*lines))


def test_a_batch_is_approved_by_its_total_and_by_another(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    lines = [b.balance(500, f"I{number}") for number in range(21)]
    facts = (b.balances_proposed(*lines, by="manager.dean"),)
    given(*facts).when(b.approve_balances(), world.COLE).refused(Code.OVER_AUTHORITY_LIMIT)
    given(*facts).when(b.approve_balances(), world.DEAN).refused(Code.OWN_PROPOSAL)
    given(*facts).when(b.approve_balances(), world.FORD).then(b.balances_approved(10500))


def test_each_reason_has_its_limit(given: Given, b: ModuleType) -> None:
    for amount, reason in ((500, "small_balance"), (100, "short_payment"), (5, "rounding")):
        given().when(b.propose_balances(b.balance(amount, "I1", reason))).fine()
        above = b.propose_balances(b.balance(amount + 1, "I1", reason))
        given().when(above).refused(Code.OVER_SMALL_BALANCE_LIMIT)


def test_a_batch_has_lines_and_none_twice(given: Given, b: ModuleType) -> None:
    given().when(b.propose_balances()).refused(Code.FIELD_INVALID)
    twice = b.propose_balances(b.balance(5), b.balance(6))
    given().when(twice).refused(Code.FIELD_INVALID)


def test_a_batch_is_answered_once(given: Given, b: ModuleType, world: ModuleType) -> None:
    reject = sb.RejectSmallBalances(batch="P1", reason="collect them")
    facts = (b.balances_proposed(b.balance(400)),)
    scenario = given(*facts).when(reject)
    scenario.then(sf.SmallBalancesRejected(batch="P1", reason="collect them"))
    scenario.when(b.approve_balances(), world.FORD).refused(Code.PROPOSAL_NOT_FOUND)
    again = given(*facts).when(b.approve_balances(), world.FORD).when(reject)
    again.refused(Code.PROPOSAL_NOT_FOUND)


def test_a_line_of_an_approved_batch_is_written_off_with_its_batch(
    given: Given, b: ModuleType
) -> None:
    scenario = given(*approved(b, 400)).when(b.write_off_balance(400))
    scenario.then(
        e.WriteOffApproved(
            **b.MONEY, write_off="SMALL-BALANCE:P1:I1", invoice="I1", amount_minor=400,
            reason="small_balance", lines=(b.line("I1", 400),), batch="P1",
            small_balance="small_balance",
        )
    ).owes()  # fmt: skip
    assert scenario.gl() == {"bad_debts": 400, "income": -400}


def test_money_that_comes_later_wakes_a_small_balance_up(given: Given, b: ModuleType) -> None:
    scenario = given(*approved(b, 400)).when(b.write_off_balance(400))
    scenario.when(b.pay("R1", 400, LATER)).owes().has()
    assert [one.fact.topic for one in scenario.facts] == [
        "payment-received.v1",
        "debt-written-back.v1",
        "payment-allocated.v1",
    ]


@pytest.mark.parametrize("other", [{"reason": "rounding"}, {"invoice": "I2"}, {"batch": "P2"}])
def test_only_what_was_approved_is_written_off(
    given: Given, b: ModuleType, other: dict[str, str]
) -> None:
    command = b.write_off_balance(400).model_copy(update=other)
    scenario = given(*approved(b, 400), b.billed("I2", 400)).when(command)
    scenario.refused(Code.SMALL_BALANCE_NOT_APPROVED)


def test_nothing_is_written_off_before_the_approval(given: Given, b: ModuleType) -> None:
    facts = (*left_over(b, 400), b.balances_proposed(b.balance(400)))
    given(*facts).when(b.write_off_balance(400)).refused(Code.SMALL_BALANCE_NOT_APPROVED)
    early = given(*approved(b, 400, day=LATER)).when(b.write_off_balance(400))
    assert early.fine().facts[0].effective_on == LATER


def test_a_bill_of_which_more_or_less_is_open_by_now_is_left_alone(
    given: Given, b: ModuleType
) -> None:
    for bill in (300, 500):
        lines = b.balances_proposed(b.balance(400)), b.balances_approved(400)
        scenario = given(*left_over(b, bill), *lines).when(b.write_off_balance(400))
        scenario.refused(Code.PROPOSAL_OUT_OF_DATE)


def test_a_line_is_written_off_once(given: Given, b: ModuleType) -> None:
    scenario = given(*approved(b, 400)).when(b.write_off_balance(400))
    scenario.when(b.write_off_balance(400)).refused(Code.INVOICE_NOT_OPEN)


def test_an_account_has_no_more_than_the_cap_in_a_year(given: Given, b: ModuleType) -> None:
    scenario = given(*approved(b, 400, 400, 201))
    scenario.when(b.write_off_balance(400)).when(b.write_off_balance(400, "I2"))
    scenario.when(b.write_off_balance(201, "I3"), on=NEXT_YEAR).fine()
    assert scenario.account().totals_of(b.TODAY).small_balances_minor == 800
    again = given(*approved(b, 400, 400, 201))
    again.when(b.write_off_balance(400)).when(b.write_off_balance(400, "I2"))
    again.when(b.write_off_balance(201, "I3")).refused(Code.OVER_SMALL_BALANCE_CAP)


def test_the_currency_of_the_batch_is_that_of_the_account(given: Given, b: ModuleType) -> None:
    batch = b.balances_proposed(b.balance(400)), b.balances_approved(400)
    scenario = given(b.opened(currency="EUR"), *batch).when(b.write_off_balance(400))
    scenario.refused(Code.CURRENCY_DIFFERS)


# --- the policy ----------------------------------------------------------------------------------

TWO_TABLES = """
[[small_balances]]
effective_from = 2026-01-01
yearly_cap = "3.00"
[small_balances.limits]
rounding = "0.10"

[[small_balances]]
effective_from = 2020-01-01
yearly_cap = "2.00"
[small_balances.limits]
rounding = "0.05"
"""


def test_the_limits_are_those_of_the_day() -> None:
    policy = parse_small_balances(TWO_TABLES)
    days = (date(2019, 12, 31), date(2025, 12, 31), date(2026, 1, 1))
    assert [policy.limit("rounding", day) for day in days] == [0, 5, 10]
    assert [policy.yearly_cap(day) for day in days] == [0, 200, 300]
    assert policy.limit("small_balance", days[2]) == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[[small_balances", "small.toml"),
        ('[[small_balances]]\nyearly_cap = "1.00"', "effective_from"),
        ("[[small_balances]]\neffective_from = 2020-01-01", "yearly_cap"),
        ("[[small_balances]]\neffective_from = 2020-01-01\nyearly_cap = 5", "yearly_cap"),
        ('[[small_balances]]\neffective_from = 2020-01-01\nyearly_cap = "1e3"', "yearly_cap"),
        ('[[small_balances]]\neffective_from = 2020-01-01\nyearly_cap = "-1.00"', "yearly_cap"),
        (
            TWO_TABLES.replace("rounding", "pennies"),
            "limits.pennies",
        ),
        (TWO_TABLES.replace("2026", "2020"), "same effective_from"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_with_its_place(text: str, what: str) -> None:
    with pytest.raises(PolicyError, match=what):
        parse_small_balances(text, "small.toml")
