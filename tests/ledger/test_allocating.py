"""Allocate, take back, reverse: by hand, on dates of their own, penny for penny."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

from ledger.rejections import Code

Given = Callable[..., Any]

JUNE = date(2026, 6, 1)
PAID_ON = date(2026, 6, 5)


def on_account(b: ModuleType, amount: int = 12000) -> tuple[Any, ...]:
    """An account with a bill and with credit that nobody has allocated."""
    return (b.opened(apply_credit=False), b.received("R1", amount, PAID_ON), b.billed())


def paid(b: ModuleType, amount: int = 12000) -> tuple[Any, ...]:
    """An account whose bill was paid."""
    return (
        b.opened(),
        b.billed(),
        b.received("R1", amount, PAID_ON, "exact", 0),
        b.allocated("R1", PAID_ON, b.line("I1", min(amount, 12000))),
    )


# --- allocate ------------------------------------------------------------------------------------


def test_credit_is_allocated_to_what_an_officer_names(given: Given, b: ModuleType) -> None:
    facts = (*on_account(b), b.billed("I2", due_on=JUNE))
    scenario = given(*facts).when(b.allocate("R1", ("I2", 4000), ("I1", None)))
    scenario.then(
        b.allocated(
            "R1", PAID_ON, b.line("I2", 4000, due_on=JUNE), b.line("I1", 8000), rule="officer"
        )
    ).owes(I1=4000, I2=8000).has()


def test_without_a_target_the_oldest_due_is_settled_first(given: Given, b: ModuleType) -> None:
    facts = (*on_account(b), b.billed("I2", due_on=date(2026, 4, 20)))
    scenario = given(*facts).when(b.allocate("R1")).owes(I1=12000)
    assert scenario.facts[0].fact.rule == "oldest-due-first"


def test_an_allocation_counts_from_when_both_sides_were_there(given: Given, b: ModuleType) -> None:
    billed_on = date(2026, 6, 12)
    facts = (b.opened(apply_credit=False), b.received("R1", 5000, PAID_ON))
    later = b.billed(billed_on=billed_on, due_on=billed_on)
    scenario = given(*facts, later).when(b.allocate("R1")).fine()
    assert scenario.facts[0].effective_on == billed_on


def test_an_allocation_may_be_asked_for_on_a_later_date(given: Given, b: ModuleType) -> None:
    day = date(2026, 6, 10)
    scenario = given(*on_account(b)).when(b.allocate("R1"), on=day).fine()
    assert scenario.facts[0].effective_on == day


def test_an_allocation_before_the_money_had_value_is_refused(given: Given, b: ModuleType) -> None:
    scenario = given(*on_account(b)).when(b.allocate("R1"), on=date(2026, 6, 4))
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_an_allocation_before_the_bill_was_issued_is_refused(given: Given, b: ModuleType) -> None:
    billed_on = date(2026, 6, 12)
    facts = (b.opened(apply_credit=False), b.received("R1", 5000, PAID_ON))
    later = b.billed(billed_on=billed_on, due_on=billed_on)
    scenario = given(*facts, later).when(b.allocate("R1"), on=date(2026, 6, 11))
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_an_item_cannot_be_named_twice(given: Given, b: ModuleType) -> None:
    command = b.allocate("R1", ("I1", 7000), ("I1", 7000))
    given(*on_account(b, 20000)).when(command).refused(Code.FIELD_INVALID)


def test_no_more_is_allocated_than_is_open(given: Given, b: ModuleType) -> None:
    command = b.allocate("R1", ("I1", 12001))
    given(*on_account(b, 20000)).when(command).refused(Code.ALLOCATION_EXCEEDS_OPEN)


def test_no_more_is_allocated_than_there_is_credit(given: Given, b: ModuleType) -> None:
    command = b.allocate("R1", ("I1", 5001))
    given(*on_account(b, 5000)).when(command).refused(Code.ALLOCATION_EXCEEDS_CREDIT)


def test_a_target_for_which_no_credit_is_left_is_refused(given: Given, b: ModuleType) -> None:
    command = b.allocate("R1", ("I1", 5000), ("I2", None))
    facts = (*on_account(b, 5000), b.billed("I2"))
    given(*facts).when(command).refused(Code.ALLOCATION_EXCEEDS_CREDIT)


def test_credit_is_allocated_to_open_items_only(given: Given, b: ModuleType) -> None:
    given(*on_account(b)).when(b.allocate("R1", ("I9", 1))).refused(Code.ITEM_NOT_OPEN)
    facts = (b.opened(), b.received("R1", 5, PAID_ON))
    given(*facts).when(b.allocate("R1")).refused(Code.ITEM_NOT_OPEN)


def test_only_credit_that_is_there_is_allocated(given: Given, b: ModuleType) -> None:
    given(*paid(b)).when(b.allocate("R1")).refused(Code.RECEIPT_NOT_ON_ACCOUNT)


# --- take back -----------------------------------------------------------------------------------


def test_what_was_taken_back_is_open_again_and_unapplied_again(given: Given, b: ModuleType) -> None:
    scenario = given(*paid(b)).when(b.unallocate("R1"))
    scenario.then(b.unallocated("R1", PAID_ON, b.line("I1", 12000)))
    scenario.owes(I1=12000).has(R1=12000)


def test_a_part_is_taken_back_from_the_latest_instalment(given: Given, b: ModuleType) -> None:
    plan = b.plan((b.DUE_ON, 4000), (JUNE, 8000))
    scenario = given(b.opened(), b.billed(instalments=plan)).when(b.pay("R1", 9000, PAID_ON))
    scenario.when(b.unallocate("R1", ("I1", 6000)))
    scenario.then(
        b.unallocated("R1", PAID_ON, b.line("I1", 5000, 2, due_on=JUNE), b.line("I1", 1000, 1))
    )


def test_money_can_be_put_on_another_invoice(given: Given, b: ModuleType) -> None:
    scenario = given(*paid(b), b.billed("I2", due_on=JUNE)).when(b.unallocate("R1"))
    scenario.when(b.allocate("R1", ("I2", None))).owes(I1=12000).has()


def test_taking_back_counts_no_earlier_than_what_it_undoes(given: Given, b: ModuleType) -> None:
    settled_on = date(2026, 6, 12)
    facts = (
        *on_account(b),
        b.allocated("R1", PAID_ON, b.line("I1", 12000), effective_on=settled_on),
    )
    scenario = given(*facts).when(b.unallocate("R1"), on=date(2026, 6, 8)).fine()
    assert scenario.facts[0].effective_on == settled_on


def test_taking_back_before_the_money_had_value_is_refused(given: Given, b: ModuleType) -> None:
    scenario = given(*paid(b)).when(b.unallocate("R1"), on=date(2026, 6, 4))
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_no_more_is_taken_back_than_was_allocated(given: Given, b: ModuleType) -> None:
    for pair in (("I1", 12001), ("I2", None)):
        command = b.unallocate("R1", pair)
        given(*paid(b)).when(command).refused(Code.NOT_ALLOCATED_TO_ITEM)


def test_an_item_cannot_be_taken_back_twice_in_one_command(given: Given, b: ModuleType) -> None:
    command = b.unallocate("R1", ("I1", 7000), ("I1", 7000))
    given(*paid(b)).when(command).refused(Code.FIELD_INVALID)


def test_nothing_can_be_taken_back_twice(given: Given, b: ModuleType) -> None:
    scenario = given(*paid(b)).when(b.unallocate("R1"))
    scenario.when(b.unallocate("R1")).refused(Code.NOT_ALLOCATED_TO_ITEM)


def test_a_rise_that_is_recorded_late_does_not_let_a_settlement_slip_before_a_later_rise(
    given: Given, b: ModuleType
) -> None:
    first, second = date(2026, 5, 10), date(2026, 5, 11)
    facts = (
        b.opened(),
        b.billed(),
        b.received("R1", 5000, first),
        b.allocated("R1", first, b.line("I1", 5000)),
        b.received("R2", 5000, second),
        b.allocated("R2", second, b.line("I1", 5000)),
    )
    scenario = given(*facts).when(b.unallocate("R1")).when(b.unallocate("R2"), on=JUNE)
    scenario.when(b.credit("C1", 12000), on=date(2026, 6, 2)).fine()
    assert scenario.facts[0].effective_on == b.TODAY


# --- reverse -------------------------------------------------------------------------------------


def test_a_reversal_opens_again_exactly_what_the_money_paid(given: Given, b: ModuleType) -> None:
    facts = (
        b.opened(), b.billed("I1"), b.billed("I2", due_on=JUNE),
        b.received("R0", 2000, PAID_ON), b.allocated("R0", PAID_ON, b.line("I1", 2000)),
        b.received("R1", 11000, PAID_ON),
        b.allocated("R1", PAID_ON, b.line("I1", 10000), b.line("I2", 500, due_on=JUNE)),
    )  # fmt: skip
    scenario = given(*facts).when(b.reverse("R1"))
    scenario.then(
        b.reversed_(
            "R1", 11000, PAID_ON, b.line("I1", 10000), b.line("I2", 500, due_on=JUNE),
            unapplied=500,
        )
    ).owes(I1=10000, I2=12000).has()  # fmt: skip


def test_an_instalment_plan_is_opened_again_as_it_was(given: Given, b: ModuleType) -> None:
    plan = b.plan((b.DUE_ON, 4000), (JUNE, 8000))
    before = given(b.opened(), b.billed(instalments=plan))
    instalments = before.account().items["I1"].instalments
    scenario = before.when(b.pay("R1", 12000, PAID_ON)).when(b.reverse("R1")).owes(I1=12000)
    assert scenario.account().items["I1"].instalments == instalments


def test_what_was_refunded_is_owed_again_when_the_money_goes_back(
    given: Given, b: ModuleType
) -> None:
    cash = b.part("R1", 3000, PAID_ON)
    facts = (*paid(b, 15000), b.refund_approved("F1", cash))
    scenario = given(*facts).when(b.reverse("R1"))
    scenario.then(b.reversed_("R1", 15000, PAID_ON, b.line("I1", 12000), recoverable=3000))
    scenario.owes(**{"I1": 12000, "REVERSAL:R1": 3000}).has()
    item = scenario.account().items["REVERSAL:R1"]
    assert item.instalments[0].due_on == b.TODAY


def test_what_was_transferred_is_owed_again_when_the_money_goes_back(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.opened("9", "GEN"), b.received("R1", 5000, PAID_ON))
    scenario = given(*facts).when(b.transfer("T1", 2000)).when(b.reverse("R1"))
    scenario.owes(**{"REVERSAL:R1": 2000}).has()
    assert scenario.facts[0].fact.unapplied_minor == 3000


def test_what_is_owed_again_is_not_raised_before_the_money_had_left(
    given: Given, b: ModuleType
) -> None:
    left_on = date(2026, 6, 14)
    cash = b.part("R1", 3000, PAID_ON)
    facts = (*paid(b, 15000), b.refund_approved("F1", cash, day=left_on))
    scenario = given(*facts).when(b.reverse("R1"), on=date(2026, 6, 8)).fine()
    assert scenario.facts[0].effective_on == left_on
    assert scenario.account().items["REVERSAL:R1"].invoiced_on == left_on


def test_the_leg_of_a_transfer_is_not_reversed_as_if_it_came_from_the_bank(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.opened("9", "GEN"), b.received("R1", 5000, PAID_ON))
    command = b.reverse("TRANSFER:T1").model_copy(update={"unit": "GEN", "account": "9"})
    scenario = given(*facts).when(b.transfer("T1", 2000)).when(command)
    scenario.refused(Code.RECEIPT_NOT_ON_ACCOUNT)


def test_a_receipt_is_reversed_once(given: Given, b: ModuleType) -> None:
    scenario = given(*paid(b)).when(b.reverse("R1"))
    scenario.when(b.reverse("R1")).refused(Code.RECEIPT_ALREADY_REVERSED)


def test_nothing_of_a_reversed_receipt_is_taken_back(given: Given, b: ModuleType) -> None:
    scenario = given(*paid(b)).when(b.reverse("R1"))
    scenario.when(b.unallocate("R1")).refused(Code.RECEIPT_ALREADY_REVERSED)


def test_a_reversal_is_not_dated_before_the_money_had_value(given: Given, b: ModuleType) -> None:
    scenario = given(*paid(b)).when(b.reverse("R1"), on=date(2026, 6, 4))
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_a_reversal_waits_in_clearing_for_its_bank_line(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.billed())
    scenario.when(b.pay("R1", 12000, PAID_ON, bank_account="MAIN")).when(b.reverse("R1"))
    assert scenario.fine().gl() == {
        "bank": 12000, "bank_clearing": -12000, "debtors_control": 12000, "income": -12000,
    }  # fmt: skip
