"""Suspense as a desk: split, assigned, returns that fail, identified with a score."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import commands as c
from ledger import suspense_events as s
from ledger.rejections import Code
from ledger.values import Candidate, Match, RulePoints

Given = Callable[..., Any]

LATER = date(2026, 6, 10)
BACK_ON = date(2026, 6, 14)
MATCH = Match(
    policy_from=date(2026, 4, 1),
    score=90,
    rules=(RulePoints(rule="payer-alias", points=90),),
    runner_up=Candidate(unit="HSG", account="2", rule="payer-name", score=20),
)


def test_a_part_becomes_a_receipt_of_its_own_from_the_day_of_the_whole(
    given: Given, b: ModuleType
) -> None:
    maybe = (Candidate(unit="HSG", account="1", rule="payer-name"),)
    scenario = given(b.suspended()).when(b.split(candidates=maybe), on=LATER)
    scenario.then(
        b.on(
            b.BILLED_ON,
            s.SuspenseSplit(
                **b.HELD, amount_minor=5000, new_receipt="S1-S1", reason="two tenants"
            ),
        ),
        b.on(
            b.BILLED_ON,
            s.ReceiptMovedToSuspense(
                receipt="S1-S1", unit="HSG", currency="GBP", from_receipt="S1",
                amount_minor=5000, method="cash", value_on=b.BILLED_ON, reason="two tenants",
                candidates=maybe,
            ),
        ),
    )  # fmt: skip
    assert scenario.receipt().held_minor == 7000
    assert scenario.receipt("S1-S1").held_minor == 5000
    assert scenario.gl() == {"bank_clearing": 12000, "suspense": -12000}


def test_a_part_has_the_payer_of_the_whole_when_no_other_is_known(
    given: Given, b: ModuleType
) -> None:
    whole = b.suspend(payer_digest="aa" * 16, payer_account_digest="bb" * 16)
    own = given().when(whole).when(b.split()).receipt("S1-S1")
    assert (own.payer_digest, own.payer_account_digest) == ("aa" * 16, "bb" * 16)
    other = given().when(whole).when(b.split(payer_digest="cc" * 16)).receipt("S1-S1")
    assert (other.payer_digest, other.payer_account_digest) == ("cc" * 16, None)


def test_a_part_of_a_part_is_found_under_its_own_name(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.suspended()).when(b.split("A", 5000))
    scenario.when(b.split("B", 2000, receipt="A")).when(b.identify(receipt="B")).has(B=2000)
    scenario.when(b.identify(receipt="A")).when(b.identify()).fine()
    assert scenario.account().unapplied_minor == 12000
    assert scenario.gl() == {"bank_clearing": 12000, "unapplied_cash": -12000}


def test_no_more_is_split_off_than_is_held_and_free(given: Given, b: ModuleType) -> None:
    given(b.suspended()).when(b.split(amount=12001)).refused(Code.EXCEEDS_SUSPENSE)
    facts = (b.suspended(), b.return_proposed("B1", 5000))
    given(*facts).when(b.split(amount=7001)).refused(Code.EXCEEDS_SUSPENSE)
    given(*facts).when(b.split(amount=7000)).fine()


def test_a_part_is_not_named_as_a_part_of_another_account_is(given: Given, b: ModuleType) -> None:
    given(b.suspended()).when(b.split("S1/2")).refused(Code.FIELD_INVALID)
    given(b.suspended()).when(b.split("S1")).refused(Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT)


def test_a_receipt_has_an_owner_who_can_be_replaced(given: Given, b: ModuleType) -> None:
    scenario = given(b.suspended()).when(b.assign())
    scenario.then(s.SuspenseAssigned(**b.HELD, owner="officer.bell", assigned_by="manager.dean"))
    scenario.when(b.assign("officer.ames"))
    assert scenario.receipt().owner == "officer.ames"
    scenario.when(b.assign("officer.ames")).refused(Code.NOTHING_TO_CHANGE)


def test_what_is_not_held_has_no_owner(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.suspended()).when(b.identify()).when(b.assign())
    scenario.refused(Code.RECEIPT_NOT_IN_SUSPENSE)


def failed(b: ModuleType, *facts: Any, on: date | None = None) -> tuple[Any, ...]:  # noqa: ANN401 - dated facts
    return (b.opened(), b.suspended(), b.return_approved("B1", 12000, LATER), *facts)


@pytest.mark.parametrize("was_paid", [True, False])
def test_a_return_that_fails_is_in_suspense_again(
    given: Given, b: ModuleType, *, was_paid: bool
) -> None:
    paid = (b.return_paid("B1", 12000, LATER),) if was_paid else ()
    scenario = given(*failed(b, *paid)).when(b.return_failed(), on=BACK_ON)
    scenario.then(
        b.on(
            BACK_ON,
            s.SuspenseReturnFailed(
                **b.HELD, suspense_return="B1", amount_minor=12000, was_paid=was_paid,
                reason="account closed",
            ),
        )
    )  # fmt: skip
    state = scenario.receipt()
    assert (state.held_minor, state.returns_payable, state.returns_paid) == (12000, {}, {})
    assert scenario.gl() == {"bank_clearing": 12000, "suspense": -12000}


def test_money_that_came_back_is_found_no_earlier_than_it_came_back(
    given: Given, b: ModuleType
) -> None:
    scenario = given(*failed(b)).when(b.return_failed(), on=BACK_ON).when(b.identify())
    received = scenario.has(**{"S1/2": 12000}).facts[1]
    assert (received.effective_on, received.fact.value_on) == (BACK_ON, b.BILLED_ON)


def test_a_return_fails_once_and_only_after_it_was_approved(given: Given, b: ModuleType) -> None:
    scenario = given(*failed(b)).when(b.return_failed()).when(b.return_failed())
    scenario.refused(Code.REFUND_NOT_APPROVED)
    early = given(*failed(b)).when(b.return_failed(), on=date(2026, 6, 9))
    early.refused(Code.EFFECTIVE_DATE_TOO_EARLY)
    waiting = given(b.suspended(), b.return_proposed("B1", 5)).when(b.return_failed())
    waiting.refused(Code.REFUND_NOT_APPROVED)


def test_the_name_of_a_paid_return_is_not_used_again(given: Given, b: ModuleType) -> None:
    facts = (b.suspended(), b.return_approved("B1", 5), b.return_paid("B1", 5))
    given(*facts).when(b.give_back("B1", 5)).refused(Code.PROPOSAL_EXISTS)


def test_money_that_a_score_found_keeps_its_score(given: Given, b: ModuleType) -> None:
    found = b.identify(rule="payer-alias", match=MATCH, invoices=("I2", "I1"))
    bills = (b.billed("I1", 5000), b.billed("I2", 7000))
    scenario = given(b.opened(), *bills, b.suspended()).when(found).owes()
    received, allocated = (one.fact for one in scenario.facts[1:])
    assert (received.rule, received.match) == ("payer-alias", MATCH)
    assert (allocated.rule, [line.item for line in allocated.lines]) == (
        "invoice-sum",
        ["I2", "I1"],
    )


def test_the_banks_name_of_the_entry_is_kept_with_the_receipt(given: Given, b: ModuleType) -> None:
    state = given().when(b.suspend(bank_reference="BR-7", batch_payments=12)).receipt()
    assert (state.bank_reference, state.batch_payments) == ("BR-7", 12)


def test_money_leaves_suspense_by_its_receipt_only(given: Given, b: ModuleType) -> None:
    command: c.ReceivePayment = b.pay("R1", 5, LATER, from_suspense="S1")
    given(b.opened(), b.suspended()).when(command).refused(Code.FIELD_INVALID)
