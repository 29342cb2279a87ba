"""Opening and amending an account; holds and disputes."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

from ledger import commands as c
from ledger import events as e
from ledger.references import is_valid
from ledger.rejections import Code

Given = Callable[..., Any]


def test_an_account_is_opened_with_a_reference_of_its_own(given: Given, b: ModuleType) -> None:
    command = c.OpenAccount(unit="HSG", account="7", debt_type="garage", party="p-1")
    state = given().when(command).account("7")
    assert is_valid(state.reference)
    assert (state.debt_type, state.party, state.terms_days) == ("garage", "p-1", 30)
    assert state.opened_on == b.TODAY


def test_an_account_may_be_opened_for_an_earlier_date(given: Given, b: ModuleType) -> None:
    command = c.OpenAccount(unit="HSG", account="7", debt_type="rent")
    state = given().when(command, on=b.BILLED_ON).account("7")
    assert state.opened_on == b.BILLED_ON


def test_an_account_cannot_be_opened_twice(given: Given, b: ModuleType) -> None:
    command = c.OpenAccount(unit="HSG", account="1", debt_type="rent")
    given(b.opened()).when(command).refused(Code.ACCOUNT_ALREADY_OPEN)


def test_the_same_number_in_another_unit_is_another_account(given: Given, b: ModuleType) -> None:
    command = c.OpenAccount(unit="GEN", account="1", debt_type="rent")
    state = given(b.opened()).when(command).account("1", "GEN")
    assert state.unit == "GEN"


def test_an_amendment_records_only_what_changed(given: Given, b: ModuleType) -> None:
    command = c.AmendAccount(**b.HSG, terms_days=14, apply_credit=True)
    given(b.opened()).when(command).then(e.AccountAmended(**b.HSG, terms_days=14))


def test_amended_terms_are_in_force(given: Given, b: ModuleType) -> None:
    command = c.AmendAccount(**b.HSG, terms_days=14, debt_type="rent", party="p-2")
    state = given(b.opened()).when(command).account()
    assert (state.terms_days, state.debt_type, state.party) == (14, "rent", "p-2")


def test_facts_after_an_amendment_carry_the_new_debt_type(given: Given, b: ModuleType) -> None:
    amended = c.AmendAccount(**b.HSG, debt_type="rent")
    facts = given(b.opened()).when(amended).when(b.issue()).fine().facts
    assert facts[0].fact.debt_type == "rent"


def test_an_amendment_that_changes_nothing_is_refused(given: Given, b: ModuleType) -> None:
    command = c.AmendAccount(**b.HSG, terms_days=30)
    given(b.opened()).when(command).refused(Code.NOTHING_TO_CHANGE)


def test_terms_are_between_no_day_and_a_year(given: Given, b: ModuleType) -> None:
    for days in (-1, 366):
        command = c.AmendAccount(**b.HSG, terms_days=days)
        given(b.opened()).when(command).refused(Code.FIELD_INVALID)


def test_a_currency_is_three_letters(given: Given) -> None:
    command = c.OpenAccount(unit="HSG", account="7", debt_type="rent", currency="pounds")
    given().when(command).refused(Code.FIELD_INVALID)


def test_a_dispute_names_its_amount_and_department(given: Given, b: ModuleType) -> None:
    state = given(b.opened(), b.billed()).when(b.dispute()).account()
    assert state.holds["H1"].amount_minor == 5000
    assert state.holds["H1"].department == "Repairs"


def test_a_dispute_moves_no_money(given: Given, b: ModuleType) -> None:
    given(b.opened(), b.billed()).when(b.dispute()).owes(I1=12000)


def test_a_dispute_without_a_department_is_incomplete(given: Given, b: ModuleType) -> None:
    command = b.dispute(department="  ")
    given(b.opened(), b.billed()).when(command).refused(Code.DISPUTE_INCOMPLETE)


def test_disputes_on_an_invoice_add_up_to_no_more_than_is_open(given: Given, b: ModuleType) -> None:
    first = given(b.opened(), b.billed()).when(b.dispute("H1", 7000))
    first.when(b.dispute("H2", 5001)).refused(Code.DISPUTE_EXCEEDS_OPEN)


def test_a_hold_may_stand_on_the_whole_account(given: Given, b: ModuleType) -> None:
    command = c.PlaceHold(
        **b.HSG, hold="H1", kind="breathing_space", until=date(2026, 8, 14), reason="DRO"
    )
    state = given(b.opened()).when(command).account()
    assert state.holds["H1"].until == date(2026, 8, 14)


def test_a_hold_stands_on_an_open_invoice_only(given: Given, b: ModuleType) -> None:
    command = c.PlaceHold(**b.HSG, hold="H1", kind="other", invoice="I9", reason="x")
    given(b.opened(), b.billed()).when(command).refused(Code.INVOICE_NOT_OPEN)


def test_a_hold_with_a_date_that_is_a_typing_error_is_refused(given: Given, b: ModuleType) -> None:
    command = c.PlaceHold(**b.HSG, hold="H1", kind="other", reason="x")
    day = date(2206, 6, 1)
    given(b.opened()).when(command, on=day).refused(Code.EFFECTIVE_DATE_OUT_OF_RANGE)


def test_any_amount_of_a_hold_is_positive(given: Given, b: ModuleType) -> None:
    command = c.PlaceHold(**b.HSG, hold="H1", kind="other", amount_minor=-5, reason="x")
    given(b.opened()).when(command).refused(Code.AMOUNT_NOT_POSITIVE)


def test_a_released_hold_is_gone(given: Given, b: ModuleType) -> None:
    release = c.ReleaseHold(**b.HSG, hold="H1", outcome="upheld")
    scenario = given(b.opened(), b.billed()).when(b.dispute()).when(release)
    scenario.then(e.HoldReleased(**b.HSG, hold="H1", outcome="upheld"))
    assert scenario.account().holds == {}


def test_a_hold_that_is_not_there_cannot_be_released(given: Given, b: ModuleType) -> None:
    release = c.ReleaseHold(**b.HSG, hold="H1", outcome="upheld")
    given(b.opened()).when(release).refused(Code.HOLD_NOT_FOUND)
