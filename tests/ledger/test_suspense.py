"""Money whose debtor is not known: it leaves only to a named place."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import suspense_commands as sc
from ledger import suspense_events as s
from ledger.authority import parse_policy
from ledger.rejections import Code
from ledger.values import Candidate

Given = Callable[..., Any]

EARLY = date(2026, 3, 31)


def approve(name: str = "B1") -> sc.ApproveSuspenseReturn:
    return sc.ApproveSuspenseReturn(receipt="S1", suspense_return=name)


def sent(name: str = "B1") -> sc.RecordSuspenseReturnPaid:
    return sc.RecordSuspenseReturnPaid(
        receipt="S1", suspense_return=name, payment_reference="BACS 8"
    )


def test_unknown_money_is_held_with_its_candidates(given: Given, b: ModuleType) -> None:
    maybe = (Candidate(unit="HSG", account="1", rule="amount"),)
    state = given().when(b.suspend(candidates=maybe, bank_account="MAIN")).receipt()
    assert (state.held_minor, state.candidates) == (12000, maybe)


def test_unknown_money_is_bank_against_suspense(given: Given, b: ModuleType) -> None:
    scenario = given().when(b.suspend(bank_account="MAIN")).fine()
    assert scenario.gl() == {"bank": 12000, "suspense": -12000}


def test_the_whole_is_identified_on_its_value_date_and_pays_the_bill(
    given: Given, b: ModuleType
) -> None:
    scenario = given(b.opened(), b.billed(), b.suspended()).when(b.identify())
    out, received, _ = scenario.owes().fine().facts
    assert out.fact == s.SuspenseIdentified(
        receipt="S1", unit="HSG", currency="GBP", amount_minor=12000, to_unit="HSG",
        to_account="1", account_receipt="S1", reason="he rang",
    )  # fmt: skip
    assert (received.fact.receipt, received.fact.rule) == ("S1", "identified-by-officer")
    assert received.fact.from_suspense == "S1"
    assert {out.effective_on, received.effective_on} == {b.BILLED_ON}
    assert scenario.receipt().held_minor == 0


def test_an_identified_receipt_does_not_move_the_bank_again(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened()).when(b.suspend(bank_account="MAIN")).when(b.identify())
    assert scenario.fine().gl() == {"bank": 12000, "unapplied_cash": -12000}


def test_one_receipt_is_split_over_several_accounts(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.opened("2"), b.suspended())
    scenario.when(b.identify(5000)).when(b.identify(to_account="2"))
    scenario.has(S1=5000).has("2", **{"S1/2": 7000})
    assert scenario.receipt().held_minor == 0


def test_an_officer_may_name_the_invoice(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed("I1"), b.billed("I2", due_on=date(2026, 7, 1)), b.suspended())
    given(*facts).when(b.identify(invoice="I2")).owes(I1=12000)


def test_no_more_is_identified_than_is_held(given: Given, b: ModuleType) -> None:
    given(b.opened(), b.suspended()).when(b.identify(12001)).refused(Code.EXCEEDS_SUSPENSE)


def test_what_is_proposed_to_go_back_cannot_be_identified(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.suspended(), b.return_proposed("B1", 5000))
    given(*facts).when(b.identify(7001)).refused(Code.EXCEEDS_SUSPENSE)
    given(*facts).when(b.identify(7000)).has(S1=7000)


def test_money_is_identified_to_an_open_account_only(given: Given, b: ModuleType) -> None:
    given(b.suspended()).when(b.identify()).refused(Code.ACCOUNT_NOT_OPEN)


def test_money_is_identified_in_its_own_currency_only(given: Given, b: ModuleType) -> None:
    facts = (b.opened(currency="EUR"), b.suspended())
    given(*facts).when(b.identify()).refused(Code.CURRENCY_DIFFERS)


IDENTIFIES_ONLY = """
[actors]
"ann" = ["finder"]
[[authority]]
effective_from = 2000-01-01
[authority.roles.finder]
identify_suspense = "any"
"""


def test_who_identifies_must_be_allowed_to_post_a_payment(given: Given, b: ModuleType) -> None:
    policy = parse_policy(IDENTIFIES_ONLY)
    for facts in ((b.opened(), b.suspended()), (b.suspended(),)):
        scenario = given(*facts, policy=policy).when(b.identify(), policy.actor("ann"))
        scenario.refused(Code.NOT_AUTHORISED)


def test_a_part_goes_to_a_named_place_outside_the_ledger(given: Given, b: ModuleType) -> None:
    scenario = given(b.suspended()).when(b.send_on(2000, reason="council tax"))
    scenario.then(
        s.SuspenseTransferred(
            receipt="S1", unit="HSG", currency="GBP", amount_minor=2000, to_gl_account="4711",
            reason="council tax",
        )
    )  # fmt: skip
    assert scenario.gl() == {"bank_clearing": 12000, "suspense": -10000, "4711": -2000}


@pytest.mark.parametrize("place", ["", " ", "debtors_control", "unapplied_cash", "income"])
def test_no_place_and_no_control_account_is_a_named_place(
    given: Given, b: ModuleType, place: str
) -> None:
    given(b.suspended()).when(b.send_on(to=place)).refused(Code.PLACE_NOT_NAMED)


def test_money_does_not_leave_suspense_before_it_came(given: Given, b: ModuleType) -> None:
    scenario = given(b.suspended()).when(b.send_on(), on=EARLY)
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_money_of_the_future_leaves_no_earlier_than_it_comes(given: Given, b: ModuleType) -> None:
    future = date(2026, 7, 1)
    scenario = given(b.suspended(value_on=future)).when(b.send_on()).fine()
    assert scenario.facts[0].effective_on == future


def test_a_proposed_return_moves_no_money(given: Given, b: ModuleType) -> None:
    state = given(b.suspended()).when(b.give_back("B1", 5000)).receipt()
    assert (state.held_minor, list(state.returns)) == (12000, ["B1"])


def test_a_return_is_approved_by_another_and_payable(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    facts = (b.suspended(), b.return_proposed("B1", 5000, by="senior.cole"))
    given(*facts).when(approve(), world.COLE).refused(Code.OWN_PROPOSAL)
    scenario = given(*facts).when(approve(), world.DEAN)
    assert scenario.receipt().held_minor == 7000
    assert scenario.gl() == {"bank_clearing": 12000, "suspense": -7000, "refunds_payable": -5000}


def test_a_return_above_the_limit_needs_a_higher_rank(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    facts = (b.suspended(amount=200000), b.return_proposed("B1", 100001))
    given(*facts).when(approve(), world.COLE).refused(Code.OVER_AUTHORITY_LIMIT)


def test_a_paid_return_has_left(given: Given, b: ModuleType) -> None:
    scenario = given(b.suspended(), b.return_approved("B1", 12000)).when(sent())
    assert scenario.receipt().returns_payable == {}
    assert scenario.gl() == {}


def test_a_return_is_not_paid_before_it_was_approved(given: Given, b: ModuleType) -> None:
    facts = (b.suspended(), b.return_approved("B1", 12000))
    scenario = given(*facts).when(sent(), on=date(2026, 6, 14))
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_a_return_is_paid_once(given: Given, b: ModuleType) -> None:
    scenario = given(b.suspended(), b.return_approved("B1", 12000)).when(sent())
    scenario.when(sent()).refused(Code.REFUND_NOT_APPROVED)


def test_a_rejected_return_frees_the_money(given: Given, b: ModuleType) -> None:
    reject = sc.RejectSuspenseReturn(receipt="S1", suspense_return="B1", reason="he is ours")
    scenario = given(b.opened(), b.suspended(), b.return_proposed("B1", 5000)).when(reject)
    scenario.when(b.identify()).has(S1=12000)


def test_a_return_can_be_rejected_after_the_money_went_back_to_the_bank(
    given: Given, b: ModuleType
) -> None:
    reject = sc.RejectSuspenseReturn(receipt="S1", suspense_return="B1", reason="recalled")
    scenario = given(b.suspended(), b.return_proposed("B1", 5000))
    scenario.when(sc.ReverseSuspense(receipt="S1", reason="recalled_by_bank")).when(reject)
    assert scenario.receipt().returns == {}


def test_the_bank_takes_back_what_is_still_held(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.suspended()).when(b.identify(5000))
    scenario.when(sc.ReverseSuspense(receipt="S1", reason="recalled_by_bank")).fine()
    assert scenario.facts[0].fact.amount_minor == 7000
    assert scenario.gl() == {"bank_clearing": 5000, "unapplied_cash": -5000}


def test_nothing_is_done_with_a_receipt_that_is_not_held(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.suspended()).when(b.identify())
    scenario.when(b.send_on()).refused(Code.RECEIPT_NOT_IN_SUSPENSE)


def test_a_receipt_is_suspended_once(given: Given, b: ModuleType) -> None:
    scenario = given(b.suspended()).when(b.suspend())
    scenario.refused(Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT)
