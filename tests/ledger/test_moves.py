"""A receipt that was matched wrongly goes to suspense, whole, and can be found from there."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

from ledger import commands as c
from ledger import events as e
from ledger import suspense_commands as sc
from ledger import suspense_events as s
from ledger.rejections import Code

Given = Callable[..., Any]

PAID_ON = date(2026, 6, 5)
LATER = date(2026, 6, 10)


def wrongly_paid(b: ModuleType, **changes: object) -> tuple[Any, ...]:
    money = b.received("R1", 15000, PAID_ON, bank_account="MAIN", **changes)
    paid = b.allocated("R1", PAID_ON, b.line("I1", 12000))
    return (b.opened(), b.opened("2"), b.billed(), money, paid)


def test_a_wrong_receipt_leaves_the_account_and_waits_in_suspense(
    given: Given, b: ModuleType
) -> None:
    scenario = given(*wrongly_paid(b, payer_account_digest=b.DIGEST)).when(b.move())
    back, moved, held = scenario.facts
    assert back.fact.lines == (b.line("I1", 12000),)
    assert moved.fact == e.PaymentMovedToSuspense(
        **b.MONEY, receipt="R1", new_receipt="R1-S1", amount_minor=15000, method="cash",
        value_on=PAID_ON, moved_on=b.TODAY, service="RENT", reason="another's",
        unapplied_minor=15000, recoverable_minor=0,
    )  # fmt: skip
    assert held.fact == s.ReceiptMovedToSuspense(
        receipt="R1-S1", unit="HSG", currency="GBP", from_unit="HSG", from_account="1",
        amount_minor=15000, method="cash", value_on=PAID_ON, reason="another's",
        bank_account="MAIN", payer_account_digest=b.DIGEST,
    )  # fmt: skip
    assert {one.effective_on for one in scenario.facts} == {b.TODAY}
    scenario.owes(I1=12000).has()
    assert scenario.gl() == {
        "bank": 15000,
        "suspense": -15000,
        "debtors_control": 12000,
        "income": -12000,
    }


def test_a_receipt_that_paid_nothing_has_nothing_to_take_back(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.received("R1", 5000, PAID_ON)).when(b.move())
    assert [one.fact.topic for one in scenario.fine().facts] == [
        "payment-moved-to-suspense.v1",
        "receipt-moved-to-suspense.v1",
    ]


def test_what_had_left_the_account_is_owed_again(given: Given, b: ModuleType) -> None:
    """Another's money was refunded to this debtor: he owes it, and the other has all of his."""
    part = b.part("R1", 3000, PAID_ON)
    facts = (*wrongly_paid(b), b.refund_proposed("F1", part), b.refund_approved("F1", part))
    scenario = given(*facts).when(b.move()).owes(**{"I1": 12000, "REVERSAL:R1": 3000})
    assert scenario.receipt("R1-S1").held_minor == 15000
    moved = scenario.facts[1].fact
    assert (moved.unapplied_minor, moved.recoverable_minor) == (12000, 3000)


def test_a_moved_receipt_is_found_no_earlier_than_it_came_to_suspense(
    given: Given, b: ModuleType
) -> None:
    find = sc.IdentifySuspense(receipt="R1-S1", to_unit="HSG", to_account="2", reason="his")
    scenario = (
        given(*wrongly_paid(b)).when(b.move(), on=LATER).when(find).has("2", **{"R1-S1": 15000})
    )
    received = scenario.facts[1]
    assert (received.effective_on, received.fact.value_on) == (LATER, PAID_ON)


def test_a_receipt_moves_once_and_is_no_more_of_the_account(given: Given, b: ModuleType) -> None:
    scenario = given(*wrongly_paid(b)).when(b.move())
    scenario.when(b.move(new="R1-S2")).refused(Code.RECEIPT_NOT_ON_ACCOUNT)
    for command in (b.reverse("R1"), b.unallocate("R1"), b.instruct("N1", ("I1", 5), receipt="R1")):
        given(*wrongly_paid(b)).when(b.move()).when(command).refused(Code.RECEIPT_NOT_ON_ACCOUNT)


def test_a_reversed_receipt_cannot_be_moved(given: Given, b: ModuleType) -> None:
    scenario = given(*wrongly_paid(b)).when(b.reverse("R1")).when(b.move())
    scenario.refused(Code.RECEIPT_ALREADY_REVERSED)


def test_credit_of_another_account_is_transferred_back_not_moved(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.opened("9", "GEN"), b.received("R1", 5000, PAID_ON))
    scenario = given(*facts).when(b.transfer("T1", 5000))
    taken = c.MoveToSuspense(
        unit="GEN", account="9", receipt="TRANSFER:T1", new_receipt="X", reason="wrong"
    )
    scenario.when(taken).refused(Code.RECEIPT_NOT_ON_ACCOUNT)


def test_the_new_name_is_free_and_not_a_parts_name(given: Given, b: ModuleType) -> None:
    facts = (*wrongly_paid(b), b.suspended("S1"))
    given(*facts).when(b.move(new="S1")).refused(Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT)
    given(*facts).when(b.move(new="R1/2")).refused(Code.FIELD_INVALID)


def test_the_bank_takes_back_a_moved_receipt_from_suspense(given: Given, b: ModuleType) -> None:
    back = sc.ReverseSuspense(receipt="R1-S1", reason="recalled_by_bank")
    scenario = given(*wrongly_paid(b)).when(b.move()).when(back).fine()
    assert scenario.gl() == {
        "bank": 15000,
        "bank_clearing": -15000,
        "debtors_control": 12000,
        "income": -12000,
    }
