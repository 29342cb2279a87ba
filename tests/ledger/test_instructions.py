"""What the debtor asked his money to pay: it beats every rule, and is kept."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

from ledger import events as e
from ledger.rejections import Code

Given = Callable[..., Any]

BY_INSTRUCTION = "debtor-instruction"
JUNE = date(2026, 6, 1)
PAID_ON = date(2026, 6, 5)


def two_bills(b: ModuleType) -> tuple[Any, ...]:
    return (b.opened(), b.billed("I1"), b.billed("I2", due_on=JUNE))


def paid_the_oldest(b: ModuleType) -> tuple[Any, ...]:
    money = b.received("R1", 12000, PAID_ON)
    return (*two_bills(b), money, b.allocated("R1", PAID_ON, b.line("I1", 12000)))


def test_the_next_payment_pays_what_the_debtor_asked(given: Given, b: ModuleType) -> None:
    scenario = given(*two_bills(b)).when(b.instruct("N1", ("I2", None)))
    scenario.then(b.instructed("N1", ("I2", None)))
    scenario.when(b.pay("R1", 12000, PAID_ON)).then(
        b.received("R1", 12000, PAID_ON, "exact", 0, instruction="N1"),
        b.allocated("R1", PAID_ON, b.line("I2", 12000, due_on=JUNE), rule=BY_INSTRUCTION),
    ).owes(I1=12000)


def test_an_instruction_beats_the_invoice_that_the_payment_names(
    given: Given, b: ModuleType
) -> None:
    scenario = given(*two_bills(b), b.instructed("N1", ("I2", None)))
    scenario.when(b.pay("R1", 12000, PAID_ON, invoice="I1")).owes(I1=12000)


def test_an_instruction_is_used_once(given: Given, b: ModuleType) -> None:
    scenario = given(*two_bills(b), b.instructed("N1", ("I2", 5000)))
    scenario.when(b.pay("R1", 5000, PAID_ON)).when(b.pay("R2", 5000, PAID_ON))
    scenario.owes(I1=7000, I2=7000)
    assert scenario.account().instructions == {}


def test_the_older_of_two_instructions_is_used_first(given: Given, b: ModuleType) -> None:
    first, second = b.instructed("N2", ("I2", None)), b.instructed("N1", ("I1", None))
    scenario = given(*two_bills(b), first, second).when(b.pay("R1", 12000, PAID_ON))
    scenario.owes(I1=12000)
    assert list(scenario.account().instructions) == ["N1"]


def test_the_targets_are_paid_in_the_debtors_order_up_to_his_amounts(
    given: Given, b: ModuleType
) -> None:
    scenario = given(*two_bills(b), b.instructed("N1", ("I2", 2000), ("I1", None)))
    scenario.when(b.pay("R1", 5000, PAID_ON)).owes(I1=9000, I2=10000)


def test_what_is_above_the_instruction_stays_on_the_account(given: Given, b: ModuleType) -> None:
    scenario = given(*two_bills(b), b.instructed("N1", ("I2", 2000)))
    scenario.when(b.pay("R1", 5000, PAID_ON)).owes(I1=12000, I2=10000).has(R1=3000)
    assert scenario.facts[0].fact.variance == "overpayment"


def test_an_instruction_for_what_is_paid_by_now_gives_way_and_is_used_up(
    given: Given, b: ModuleType
) -> None:
    scenario = given(*two_bills(b), b.instructed("N1", ("I9", None)))
    scenario.when(b.pay("R1", 12000, PAID_ON)).owes(I2=12000)
    assert scenario.facts[0].fact.instruction == "N1"
    assert scenario.account().instructions == {}


def test_a_receipt_is_made_to_pay_what_the_debtor_asked(given: Given, b: ModuleType) -> None:
    scenario = given(*paid_the_oldest(b)).when(b.instruct("N1", ("I2", None), receipt="R1"))
    recorded, back, paid = scenario.facts
    assert recorded == b.instructed("N1", ("I2", None), receipt="R1")
    assert back.fact.lines == (b.line("I1", 12000),)
    assert (paid.fact.rule, paid.fact.lines) == (
        BY_INSTRUCTION,
        (b.line("I2", 12000, due_on=JUNE),),
    )
    assert {back.effective_on, paid.effective_on} == {b.TODAY}
    scenario.owes(I1=12000)


def test_no_more_is_taken_back_than_the_debtor_wants_elsewhere(given: Given, b: ModuleType) -> None:
    scenario = given(*paid_the_oldest(b)).when(b.instruct("N1", ("I2", 5000), receipt="R1"))
    scenario.owes(I1=5000, I2=7000).has()


def test_unapplied_credit_is_used_before_anything_is_taken_back(
    given: Given, b: ModuleType
) -> None:
    money = b.received("R1", 15000, PAID_ON)
    facts = (*two_bills(b), money, b.allocated("R1", PAID_ON, b.line("I1", 12000)))
    scenario = given(*facts).when(b.instruct("N1", ("I2", 3000), receipt="R1"))
    assert [type(one.fact) for one in scenario.fine().facts] == [
        e.PaymentInstructionRecorded,
        e.PaymentAllocated,
    ]
    assert scenario.facts[1].effective_on == PAID_ON
    scenario.owes(I2=9000).has()


def test_what_a_receipt_pays_above_the_debtors_amount_is_his_credit_again(
    given: Given, b: ModuleType
) -> None:
    scenario = given(*paid_the_oldest(b)).when(b.instruct("N1", ("I1", 2000), receipt="R1"))
    scenario.owes(I1=10000, I2=12000).has(R1=10000)


def test_an_instruction_that_is_fulfilled_already_is_kept_and_moves_nothing(
    given: Given, b: ModuleType
) -> None:
    scenario = given(*paid_the_oldest(b)).when(b.instruct("N1", ("I1", None), receipt="R1"))
    scenario.then(b.instructed("N1", ("I1", None), receipt="R1")).owes(I2=12000)
    assert scenario.account().instructions == {}


def test_an_instruction_names_what_it_is_for(given: Given, b: ModuleType) -> None:
    given(*two_bills(b)).when(b.instruct("N1")).refused(Code.FIELD_INVALID)
    twice = b.instruct("N1", ("I1", 5), ("I1", 6))
    given(*two_bills(b)).when(twice).refused(Code.FIELD_INVALID)
    given(*two_bills(b)).when(b.instruct("N1", ("I1", 0))).refused(Code.AMOUNT_NOT_POSITIVE)


def test_an_instruction_that_waits_is_not_recorded_again(given: Given, b: ModuleType) -> None:
    scenario = given(*two_bills(b), b.instructed("N1", ("I1", None)))
    scenario.when(b.instruct("N1", ("I2", None))).refused(Code.PROPOSAL_EXISTS)


def test_a_receipt_pays_no_more_than_it_is(given: Given, b: ModuleType) -> None:
    facts = (*paid_the_oldest(b), b.billed("I3", 20000))
    scenario = given(*facts).when(b.instruct("N1", ("I3", 12001), receipt="R1"))
    scenario.refused(Code.ALLOCATION_EXCEEDS_CREDIT)
    both = b.instruct("N1", ("I3", 12000), ("I1", None), receipt="R1")
    given(*facts).when(both).refused(Code.ALLOCATION_EXCEEDS_CREDIT)


def test_a_receipt_that_was_never_there_cannot_be_instructed(given: Given, b: ModuleType) -> None:
    scenario = given(*two_bills(b)).when(b.instruct("N1", ("I2", None), receipt="R9"))
    scenario.refused(Code.RECEIPT_NOT_ON_ACCOUNT)
