"""Refunds: asked for by one, approved by another, paid or failed; everything checked again."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

from ledger import commands as c
from ledger import events as e
from ledger.rejections import Code

Given = Callable[..., Any]

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def approve(b: ModuleType, name: str = "F1") -> c.ApproveRefund:
    return c.ApproveRefund(**b.HSG, refund=name)


def sent(b: ModuleType) -> c.RecordRefundPaid:
    return c.RecordRefundPaid(**b.HSG, refund="F1", payment_reference="BACS 7")


def failed(b: ModuleType) -> c.RecordRefundFailed:
    return c.RecordRefundFailed(**b.HSG, refund="F1", reason="account closed")


def test_a_proposal_names_the_oldest_credit_and_moves_no_money(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    facts = (b.opened(), b.received("R1", 900, JUNE), b.received("R2", 500, MAY))
    scenario = given(*facts).when(b.refund("F1", 600), world.AMES)
    scenario.then(b.refund_proposed("F1", b.part("R2", 500, MAY), b.part("R1", 100, JUNE)))
    scenario.has(R1=900, R2=500)


def test_proposals_together_are_no_more_than_the_credit(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.received("R1", 900, MAY)).when(b.refund("F1", 600))
    scenario.when(b.refund("F2", 301)).refused(Code.EXCEEDS_UNAPPLIED_CREDIT)


def test_an_approved_refund_is_payable(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_proposed("F1", cash))
    scenario = given(*facts).when(approve(b)).then(b.refund_approved("F1", cash)).has(R1=300)
    assert scenario.gl()["refunds_payable"] == -600


def test_nobody_approves_his_own_refund(given: Given, b: ModuleType, world: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    proposed = b.refund_proposed("F1", cash, by="senior.cole")
    facts = (b.opened(), b.received("R1", 900, MAY), proposed)
    given(*facts).when(approve(b), world.COLE).refused(Code.OWN_PROPOSAL)


def test_a_refund_above_the_limit_needs_a_higher_rank(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    cash = b.part("R1", 100001, MAY)
    facts = (b.opened(), b.received("R1", 200000, MAY), b.refund_proposed("F1", cash))
    given(*facts).when(approve(b), world.COLE).refused(Code.OVER_AUTHORITY_LIMIT)
    given(*facts).when(approve(b), world.DEAN).has(R1=99999)


def test_a_refund_cannot_be_split_to_stay_below_the_limit(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    first, second = b.part("R1", 60000, MAY), b.part("R1", 40001, MAY)
    facts = (b.opened(), b.received("R1", 200000, MAY), b.refund_approved("F1", first))
    scenario = given(*facts, b.refund_proposed("F2", second))
    scenario.when(approve(b, "F2"), world.COLE).refused(Code.OVER_AUTHORITY_LIMIT)


def test_the_limit_starts_anew_with_the_financial_year(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    early, last_year = date(2026, 3, 1), date(2026, 3, 31)
    first, second = b.part("R1", 60000, early), b.part("R1", 60000, early)
    before = b.refund_approved("F1", first, day=last_year)
    facts = (b.opened(), b.received("R1", 200000, early), before, b.refund_proposed("F2", second))
    given(*facts).when(approve(b, "F2"), world.COLE).has(R1=80000)
    scenario = given(*facts).when(approve(b, "F2"), world.COLE, on=last_year)
    scenario.refused(Code.OVER_AUTHORITY_LIMIT)


def test_a_backdated_approval_does_not_clear_this_years_total(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    early = date(2026, 3, 1)
    parts = [b.part("R1", 60000, early) for _ in range(3)]
    facts = (
        b.opened(),
        b.received("R1", 200000, early),
        b.refund_approved("F1", parts[0], day=b.TODAY),
        b.refund_approved("F2", parts[1], day=date(2026, 3, 31)),
        b.refund_proposed("F3", parts[2]),
    )
    given(*facts).when(approve(b, "F3"), world.COLE).refused(Code.OVER_AUTHORITY_LIMIT)


def test_a_refund_whose_credit_was_used_meanwhile_is_out_of_date(
    given: Given, b: ModuleType
) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_proposed("F1", cash))
    scenario = given(*facts).when(b.issue(gross=500)).when(approve(b))
    scenario.refused(Code.PROPOSAL_OUT_OF_DATE)


def test_a_refund_of_money_that_went_back_is_out_of_date(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_proposed("F1", cash))
    given(*facts).when(b.reverse("R1")).when(approve(b)).refused(Code.PROPOSAL_OUT_OF_DATE)


def test_a_rejected_refund_cannot_be_approved(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_proposed("F1", cash))
    reject = c.RejectRefund(**b.HSG, refund="F1", reason="he owes rent")
    scenario = given(*facts).when(reject)
    scenario.then(e.RefundRejected(**b.HSG, refund="F1", reason="he owes rent")).has(R1=900)
    scenario.when(approve(b)).refused(Code.PROPOSAL_NOT_FOUND)


def test_a_refund_that_waits_or_is_payable_is_not_proposed_again(
    given: Given, b: ModuleType
) -> None:
    cash = b.part("R1", 300, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_proposed("F1", cash))
    given(*facts).when(b.refund("F1", 300)).refused(Code.PROPOSAL_EXISTS)
    given(*facts).when(approve(b)).when(b.refund("F1", 300)).refused(Code.PROPOSAL_EXISTS)


def test_a_paid_refund_is_no_longer_payable(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_approved("F1", cash, day=JUNE))
    scenario = given(*facts).when(sent(b), on=date(2026, 6, 3))
    scenario.then(
        e.RefundPaid(
            **b.MONEY, refund="F1", amount_minor=600, paid_on=date(2026, 6, 3),
            payment_reference="BACS 7",
        )
    )  # fmt: skip
    assert scenario.account().refunds_payable == {}
    assert scenario.gl() == {"bank_clearing": 300, "unapplied_cash": -300}


def test_a_refund_is_not_paid_before_it_was_approved(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_approved("F1", cash, day=JUNE))
    scenario = given(*facts).when(sent(b), on=date(2026, 5, 31))
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_a_refund_is_paid_once(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_approved("F1", cash, day=JUNE))
    given(*facts).when(sent(b)).when(sent(b)).refused(Code.REFUND_NOT_APPROVED)


def test_a_refund_that_fails_before_it_is_paid_is_credit_again(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_approved("F1", cash, day=JUNE))
    scenario = given(*facts).when(failed(b)).has(R1=900)
    assert scenario.facts[0].fact.was_paid is False
    assert scenario.account().refunds_payable == {}
    assert scenario.gl() == {"bank_clearing": 900, "unapplied_cash": -900}


def test_a_refund_that_fails_after_it_was_paid_is_credit_again(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_approved("F1", cash, day=JUNE))
    scenario = given(*facts).when(sent(b)).when(failed(b)).has(R1=900)
    assert scenario.facts[0].fact.was_paid is True
    assert scenario.gl() == {"bank_clearing": 900, "unapplied_cash": -900}


def test_credit_that_came_back_is_used_no_earlier_than_it_came(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 900, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_approved("F1", cash, day=JUNE))
    scenario = given(*facts).when(failed(b), on=date(2026, 6, 10)).when(b.issue(gross=900))
    assert scenario.owes().facts[1].effective_on == date(2026, 6, 10)


def test_a_failure_is_not_dated_before_the_payment_that_failed(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_approved("F1", cash, day=JUNE))
    scenario = given(*facts).when(sent(b), on=date(2026, 6, 5))
    scenario.when(failed(b), on=date(2026, 6, 4)).refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_without_a_date_a_failure_counts_no_earlier_than_a_payment_in_the_future(
    given: Given, b: ModuleType
) -> None:
    future = date(2026, 7, 1)
    cash = b.part("R1", 600, future)
    facts = (b.opened(), b.received("R1", 900, future), b.refund_approved("F1", cash, day=future))
    scenario = given(*facts).when(failed(b)).fine()
    assert scenario.facts[0].effective_on == future


def test_a_refund_fails_once(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_approved("F1", cash, day=JUNE))
    given(*facts).when(failed(b)).when(failed(b)).refused(Code.REFUND_NOT_APPROVED)


def test_only_unapplied_credit_is_refunded(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed(), b.received("R1", 12000, MAY))
    paid = b.allocated("R1", MAY, b.line("I1", 12000))
    given(*facts, paid).when(b.refund("F1", 1)).refused(Code.EXCEEDS_UNAPPLIED_CREDIT)
