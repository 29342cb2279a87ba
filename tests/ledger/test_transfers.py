"""Credit that goes to another account: both legs or none."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import events as e
from ledger.rejections import Code

Given = Callable[..., Any]

OLDER, NEWER = date(2026, 5, 1), date(2026, 6, 1)


def test_both_legs_are_decided_together(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.opened("9", "GEN"), b.received("R1", 5000, OLDER))
    scenario = given(*facts).when(b.transfer("T1", 2000))
    out, into = (dated.fact for dated in scenario.fine().facts)
    assert isinstance(out, e.CreditTransferredOut)
    assert isinstance(into, e.CreditTransferredIn)
    assert out.amount_minor == into.amount_minor == 2000
    assert out.receipts == into.from_receipts == (b.part("R1", 2000, OLDER),)
    assert (into.unit, into.account, into.receipt) == ("GEN", "9", "TRANSFER:T1")
    scenario.has(R1=3000)
    scenario.has("9", "GEN", **{"TRANSFER:T1": 2000})


def test_the_oldest_credit_goes_first(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.opened("9", "GEN"))
    money = (b.received("R1", 900, NEWER), b.received("R2", 500, OLDER))
    scenario = given(*facts, *money).when(b.transfer("T1", 600)).has(R1=800)
    out = scenario.facts[0].fact
    assert out.receipts == (b.part("R2", 500, OLDER), b.part("R1", 100, NEWER))


def test_transferred_credit_settles_what_the_other_account_owes(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.opened("9", "GEN"), b.received("R1", 5000, OLDER))
    bill = b.issue("I9").model_copy(update={"unit": "GEN", "account": "9"})
    scenario = given(*facts).when(bill).when(b.transfer("T1", 5000))
    scenario.owes("9", "GEN", I9=7000)
    assert scenario.facts[2].fact.rule == "credit-on-account-oldest-due-first"


def test_transferred_credit_waits_where_the_other_account_says_so(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.opened("9", "GEN", apply_credit=False), b.received("R1", 5000, OLDER))
    bill = b.issue("I9").model_copy(update={"unit": "GEN", "account": "9"})
    scenario = given(*facts).when(bill).when(b.transfer("T1", 5000))
    scenario.owes("9", "GEN", I9=12000)


def test_a_transfer_between_units_stands_in_clearing_of_both_and_is_zero_in_total(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.opened("9", "GEN"), b.received("R1", 5000, OLDER))
    scenario = given(*facts).when(b.transfer("T1", 2000)).fine()
    assert scenario.gl() == {"bank_clearing": 5000, "unapplied_cash": -5000}


def test_a_transfer_takes_effect_when_the_money_was_there(given: Given, b: ModuleType) -> None:
    future = date(2026, 7, 1)
    facts = (b.opened(), b.opened("9", "GEN"), b.received("R1", 5000, future))
    scenario = given(*facts).when(b.transfer("T1", 2000)).fine()
    assert {dated.effective_on for dated in scenario.facts} == {future}


def test_a_transfer_before_the_money_had_value_is_refused(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.opened("9", "GEN"), b.received("R1", 5000, NEWER))
    scenario = given(*facts).when(b.transfer("T1", 2000), on=OLDER)
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_no_more_is_transferred_than_is_unapplied(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.opened("9", "GEN"), b.received("R1", 5000, OLDER))
    given(*facts).when(b.transfer("T1", 5001)).refused(Code.EXCEEDS_UNAPPLIED_CREDIT)


@pytest.mark.parametrize(("to", "code"), [("1", Code.SAME_ACCOUNT), ("2", Code.ACCOUNT_NOT_OPEN)])
def test_a_transfer_needs_another_open_account(
    given: Given, b: ModuleType, to: str, code: Code
) -> None:
    facts = (b.opened(), b.received("R1", 5000, OLDER))
    given(*facts).when(b.transfer("T1", 50, to_unit="HSG", to_account=to)).refused(code)


def test_a_transfer_to_an_account_of_another_currency_is_refused(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.opened("9", "GEN", currency="EUR"), b.received("R1", 5000, OLDER))
    given(*facts).when(b.transfer("T1", 50)).refused(Code.CURRENCY_DIFFERS)
