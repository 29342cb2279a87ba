"""Write-offs: with evidence, by tier, in part; written back by hand."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import commands as c
from ledger import events as e
from ledger.rejections import Code

Given = Callable[..., Any]

JUNE = date(2026, 6, 1)


def approve(b: ModuleType, name: str = "W1") -> c.ApproveWriteOff:
    return c.ApproveWriteOff(**b.HSG, write_off=name)


def back(b: ModuleType, amount: int | None = None) -> c.WriteBack:
    return c.WriteBack(**b.HSG, write_off="W1", amount_minor=amount, reason="traced")


def test_a_proposal_moves_no_money(given: Given, b: ModuleType, world: ModuleType) -> None:
    scenario = given(b.opened(), b.billed()).when(b.write_off("W1", 5000), world.AMES)
    scenario.then(b.write_off_proposed("W1", 5000)).owes(I1=12000)


def test_without_an_amount_all_that_is_open_is_put_forward(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.billed()).when(b.write_off("W1")).fine()
    assert scenario.facts[0].fact.amount_minor == 12000


def test_an_approved_write_off_lowers_debt_and_is_a_bad_debt(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed(), b.write_off_proposed("W1", 12000))
    scenario = given(*facts).when(approve(b)).then(b.written_off("W1", b.line("I1", 12000))).owes()
    assert scenario.gl() == {"bad_debts": 12000, "income": -12000}


def test_a_part_is_written_off_from_the_oldest_instalment(given: Given, b: ModuleType) -> None:
    plan = b.plan((b.DUE_ON, 4000), (JUNE, 8000))
    facts = (b.opened(), b.billed(instalments=plan), b.write_off_proposed("W1", 5000))
    scenario = given(*facts).when(approve(b)).owes(I1=7000)
    left = scenario.account().items["I1"].instalments
    assert [(one.number, one.open_minor) for one in left] == [(2, 7000)]


@pytest.mark.parametrize(
    ("actor", "amount", "may"),
    [
        ("COLE", 10000, True),
        ("COLE", 10001, False),
        ("DEAN", 500000, True),
        ("DEAN", 500001, False),
        ("FORD", 500001, True),
    ],
)
def test_each_tier_approves_up_to_its_limit(
    given: Given,
    b: ModuleType,
    world: ModuleType,
    actor: str,
    amount: int,
    may: bool,  # noqa: FBT001 - a column of the table
) -> None:
    facts = (b.opened(), b.billed(gross=900000), b.write_off_proposed("W1", amount))
    scenario = given(*facts).when(approve(b), getattr(world, actor))
    if may:
        scenario.owes(I1=900000 - amount)
    else:
        scenario.refused(Code.OVER_AUTHORITY_LIMIT)


def test_debt_cannot_be_split_to_stay_below_the_limit(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    facts = (b.opened(), b.billed(), b.written_off("W1", b.line("I1", 6000), day=JUNE))
    scenario = given(*facts, b.write_off_proposed("W2", 4001))
    scenario.when(approve(b, "W2"), world.COLE).refused(Code.OVER_AUTHORITY_LIMIT)


def test_what_was_written_off_in_another_year_does_not_count(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    early = date(2026, 3, 1)
    last_year = b.written_off("W1", b.line("I1", 6000, billed_on=early), day=date(2026, 3, 31))
    facts = (b.opened(), b.billed(billed_on=early), last_year, b.write_off_proposed("W2", 6000))
    given(*facts).when(approve(b, "W2"), world.COLE).owes()


def test_nobody_writes_off_what_he_proposed(given: Given, b: ModuleType, world: ModuleType) -> None:
    facts = (b.opened(), b.billed(), b.write_off_proposed("W1", 100, by="senior.cole"))
    given(*facts).when(approve(b), world.COLE).refused(Code.OWN_PROPOSAL)


def test_debt_that_was_paid_meanwhile_is_not_written_off(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed(), b.write_off_proposed("W1", 12000))
    scenario = given(*facts).when(b.pay("R1", 1, JUNE)).when(approve(b))
    scenario.refused(Code.PROPOSAL_OUT_OF_DATE)


def test_a_write_off_is_not_dated_before_the_bill(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed(), b.write_off_proposed("W1", 100))
    scenario = given(*facts).when(approve(b), on=date(2026, 3, 31))
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_a_rejected_write_off_cannot_be_approved(given: Given, b: ModuleType) -> None:
    reject = c.RejectWriteOff(**b.HSG, write_off="W1", reason="try again")
    facts = (b.opened(), b.billed(), b.write_off_proposed("W1", 100))
    scenario = given(*facts).when(reject)
    scenario.then(e.WriteOffRejected(**b.HSG, write_off="W1", reason="try again"))
    scenario.when(approve(b)).refused(Code.PROPOSAL_NOT_FOUND)


def test_a_write_off_needs_evidence(given: Given, b: ModuleType) -> None:
    command = b.write_off("W1", 5, evidence=" ")
    given(b.opened(), b.billed()).when(command).refused(Code.EVIDENCE_MISSING)


def test_no_more_is_put_forward_than_is_open(given: Given, b: ModuleType) -> None:
    command = b.write_off("W1", 12001)
    given(b.opened(), b.billed()).when(command).refused(Code.WRITE_OFF_EXCEEDS_OPEN)


def test_a_write_off_that_waits_or_stands_is_not_proposed_again(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.billed(), b.write_off_proposed("W1", 100))
    given(*facts).when(b.write_off("W1", 5)).refused(Code.PROPOSAL_EXISTS)
    given(*facts).when(approve(b)).when(b.write_off("W1", 5)).refused(Code.PROPOSAL_EXISTS)


def test_written_off_debt_is_written_back_in_part_and_then_whole(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.billed(), b.written_off("W1", b.line("I1", 12000), day=JUNE))
    scenario = given(*facts).when(back(b, 5000))
    scenario.then(b.written_back("W1", b.line("I1", 5000), reason="traced")).owes(I1=5000)
    scenario.when(back(b)).owes(I1=12000)
    assert scenario.account().written_off == {}
    assert scenario.gl() == {"debtors_control": 12000, "income": -12000}


def test_no_more_is_written_back_than_was_written_off(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed(), b.written_off("W1", b.line("I1", 12000), day=JUNE))
    given(*facts).when(back(b, 12001)).refused(Code.WRITE_BACK_EXCEEDS_WRITTEN_OFF)
    scenario = given(b.opened(), b.billed()).when(back(b))
    scenario.refused(Code.WRITE_BACK_EXCEEDS_WRITTEN_OFF)


def test_debt_is_not_written_back_before_it_was_written_off(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed(), b.written_off("W1", b.line("I1", 12000), day=JUNE))
    scenario = given(*facts).when(back(b), on=date(2026, 5, 31))
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_written_off_and_written_back_on_an_instalment_plan_keep_their_due_dates(
    given: Given, b: ModuleType
) -> None:
    plan = b.plan((b.DUE_ON, 4000), (JUNE, 8000))
    facts = (b.opened(), b.billed(instalments=plan), b.write_off_proposed("W1", 12000))
    scenario = given(*facts).when(approve(b)).when(back(b))
    found = [(one.number, one.due_on) for one in scenario.account().items["I1"].instalments]
    assert found == [(1, b.DUE_ON), (2, JUNE)]
