"""Money in: the written order of the allocation rules, and the class of each payment."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger.rejections import Code

Given = Callable[..., Any]

BY_INVOICE = "invoice-reference"
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
PAID_ON = date(2026, 6, 10)


def test_a_named_invoice_is_paid_before_an_older_one(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed("I1"), b.billed("I2", due_on=JUNE))
    scenario = given(*facts).when(b.pay("R1", 12000, PAID_ON, invoice="I2"))
    scenario.then(
        b.received("R1", 12000, PAID_ON, "exact", 0),
        b.allocated("R1", PAID_ON, b.line("I2", 12000, due_on=JUNE), rule=BY_INVOICE),
    ).owes(I1=12000)


def test_without_a_named_invoice_the_oldest_due_is_paid_first(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed("I1", due_on=JUNE), b.billed("I2", due_on=MAY))
    scenario = given(*facts).when(b.pay("R1", 13000, PAID_ON))
    scenario.then(
        b.received("R1", 13000, PAID_ON, "part_payment", -11000),
        b.allocated("R1", PAID_ON, b.line("I2", 12000), b.line("I1", 1000, due_on=JUNE)),
    ).owes(I1=11000)


def test_what_is_due_on_the_same_day_is_paid_in_the_order_of_its_names(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.billed("I2"), b.billed("I1"))
    given(*facts).when(b.pay("R1", 12000, PAID_ON)).owes(I2=12000)


def test_a_named_invoice_that_was_never_issued_falls_to_the_oldest(
    given: Given, b: ModuleType
) -> None:
    scenario = given(b.opened(), b.billed()).when(b.pay("R1", 12000, PAID_ON, invoice="I9"))
    scenario.then(
        b.received("R1", 12000, PAID_ON, "exact", 0),
        b.allocated("R1", PAID_ON, b.line("I1", 12000)),
    )


def test_a_plan_is_paid_instalment_by_instalment(given: Given, b: ModuleType) -> None:
    plan = b.plan((MAY, 4000), (JUNE, 4000), (date(2026, 7, 1), 4000))
    facts = (b.opened(), b.billed(instalments=plan))
    scenario = given(*facts).when(b.pay("R1", 6000, PAID_ON, invoice="I1"))
    scenario.then(
        b.received("R1", 6000, PAID_ON, "part_payment", -2000),
        b.allocated(
            "R1", PAID_ON, b.line("I1", 4000), b.line("I1", 2000, 2, due_on=JUNE), rule=BY_INVOICE
        ),
    )
    left = scenario.account().items["I1"].instalments
    assert [(one.number, one.open_minor) for one in left] == [(2, 2000), (3, 4000)]


def test_one_whole_instalment_is_an_exact_payment(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed(instalments=b.plan((MAY, 4000), (JUNE, 8000))))
    fact = given(*facts).when(b.pay("R1", 4000, PAID_ON)).fine().facts[0].fact
    assert (fact.variance, fact.variance_minor) == ("exact", 0)


@pytest.mark.parametrize(
    ("amount", "variance", "difference"),
    [
        (1, "part_payment", -11999),
        (11999, "part_payment", -1),
        (12000, "exact", 0),
        (12001, "overpayment", 1),
    ],
)
def test_a_payment_has_a_class_and_a_difference(
    given: Given, b: ModuleType, amount: int, variance: str, difference: int
) -> None:
    scenario = given(b.opened(), b.billed()).when(b.pay("R1", amount, PAID_ON, invoice="I1"))
    fact = scenario.fine().facts[0].fact
    assert (fact.variance, fact.variance_minor) == (variance, difference)


def test_what_is_overpaid_stays_as_unapplied_credit(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed("I1"), b.billed("I2", due_on=JUNE))
    scenario = given(*facts).when(b.pay("R1", 12500, PAID_ON, invoice="I1"))
    scenario.owes(I2=12000).has(R1=500)


def test_a_second_payment_of_a_settled_invoice_is_a_duplicate_and_stays_unapplied(
    given: Given, b: ModuleType
) -> None:
    scenario = given(b.opened(), b.billed("I1"), b.billed("I2", due_on=JUNE))
    scenario.when(b.pay("R1", 12000, PAID_ON, invoice="I1"))
    scenario.when(b.pay("R2", 12000, PAID_ON, invoice="I1"))
    scenario.then(b.received("R2", 12000, PAID_ON, "duplicate_payment", 12000))
    scenario.owes(I2=12000).has(R2=12000)


def test_money_for_an_invoice_that_was_opened_again_is_no_duplicate(
    given: Given, b: ModuleType
) -> None:
    scenario = given(b.opened(), b.billed()).when(b.pay("R1", 12000, PAID_ON))
    scenario.when(b.reverse("R1")).when(b.pay("R2", 12000, b.TODAY, invoice="I1"))
    assert scenario.owes().facts[0].fact.variance == "exact"


def test_money_when_nothing_is_open_is_on_account(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened()).when(b.pay("R1", 700, PAID_ON))
    scenario.then(b.received("R1", 700, PAID_ON)).has(R1=700)


def test_a_payment_settles_a_bill_of_the_future_on_the_day_of_the_bill(
    given: Given, b: ModuleType
) -> None:
    billed_on = date(2026, 7, 1)
    facts = (b.opened(), b.billed(billed_on=billed_on, due_on=billed_on))
    scenario = given(*facts).when(b.pay("R1", 12000, PAID_ON)).fine()
    assert [one.effective_on for one in scenario.facts] == [PAID_ON, billed_on]


def test_a_payment_that_is_recorded_late_counts_on_its_value_date(
    given: Given, b: ModuleType
) -> None:
    scenario = given(b.opened(), b.billed()).when(b.pay("R1", 12000, MAY)).fine()
    assert {one.effective_on for one in scenario.facts} == {MAY}


def test_a_payment_is_bank_or_clearing_against_debtors(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.billed())
    scenario.when(b.pay("R1", 5000, PAID_ON, bank_account="MAIN")).when(b.pay("R2", 1, PAID_ON))
    assert scenario.fine().gl() == {
        "bank": 5000, "bank_clearing": 1, "debtors_control": 6999, "income": -12000,
    }  # fmt: skip


def test_written_off_debt_wakes_up_when_money_comes(given: Given, b: ModuleType) -> None:
    day = date(2026, 5, 20)
    facts = (b.opened(), b.billed(), b.written_off("W1", b.line("I1", 12000), day=day))
    scenario = given(*facts).when(b.pay("R1", 5000, PAID_ON))
    scenario.then(
        b.received("R1", 5000, PAID_ON),
        b.written_back("W1", b.line("I1", 5000), day=PAID_ON),
        b.allocated("R1", PAID_ON, b.line("I1", 5000), rule="write-back-on-payment"),
    ).owes().has()
    assert scenario.gl()["bad_debts"] == 7000


def test_money_that_names_a_written_off_invoice_goes_to_it_and_is_no_duplicate(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.billed("I1"), b.billed("I2", due_on=JUNE))
    scenario = given(*facts, b.written_off("W1", b.line("I1", 12000), day=JUNE))
    scenario.when(b.pay("R1", 12000, PAID_ON, invoice="I1")).owes(I2=12000).has()
    assert scenario.facts[0].fact.variance == "on_account"
    assert "bad_debts" not in scenario.gl()


def test_written_off_debt_wakes_only_by_what_open_items_leave(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed("I1"), b.billed("I2", due_on=JUNE))
    scenario = given(*facts, b.written_off("W1", b.line("I1", 12000), day=JUNE))
    scenario.when(b.pay("R1", 13000, PAID_ON)).owes().has()
    assert scenario.gl()["bad_debts"] == 11000


def test_the_oldest_write_off_wakes_first(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed("I1"), b.billed("I2"))
    newer = b.written_off("W1", b.line("I1", 12000), day=date(2026, 6, 2))
    older = b.written_off("W2", b.line("I2", 12000), day=JUNE)
    scenario = given(*facts, newer, older).when(b.pay("R1", 12000, PAID_ON))
    assert list(scenario.account().written_off) == ["W1"]


def test_a_duplicate_payment_wakes_nothing(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed("I1"), b.billed("I2"))
    scenario = given(*facts, b.written_off("W1", b.line("I2", 12000), day=JUNE))
    scenario.when(b.pay("R1", 12000, PAID_ON, invoice="I1"))
    scenario.when(b.pay("R2", 12000, PAID_ON, invoice="I1")).has(R2=12000)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_payment_is_more_than_nothing(given: Given, b: ModuleType, amount: int) -> None:
    given(b.opened()).when(b.pay("R1", amount, PAID_ON)).refused(Code.AMOUNT_NOT_POSITIVE)


def test_a_payment_in_another_currency_is_refused(given: Given, b: ModuleType) -> None:
    command = b.pay("R1", 5, PAID_ON, currency="EUR")
    given(b.opened()).when(command).refused(Code.CURRENCY_DIFFERS)


# --- several invoices of which the amount is the sum ---------------------------------------------


def test_an_explained_sum_pays_its_invoices_in_their_order(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.billed("I1"), b.billed("I2", 3000), b.billed("I3", 4000, due_on=JUNE))
    scenario = given(*facts).when(b.pay("R1", 7000, PAID_ON, invoices=("I3", "I2")))
    scenario.then(
        b.received("R1", 7000, PAID_ON, "exact", 0),
        b.allocated(
            "R1", PAID_ON, b.line("I3", 4000, due_on=JUNE), b.line("I2", 3000), rule="invoice-sum"
        ),
    ).owes(I1=12000)


def test_of_an_explained_sum_what_is_settled_by_now_stays_unapplied(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.billed("I1", 3000), b.billed("I2", 4000), b.billed("I3"))
    scenario = given(*facts).when(b.pay("R1", 3000, PAID_ON, invoice="I1"))
    scenario.when(b.pay("R2", 7000, PAID_ON, invoices=("I1", "I2"))).owes(I3=12000).has(R2=3000)


def test_an_explained_sum_that_is_paid_already_is_a_duplicate(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.billed("I1", 3000), b.billed("I2", 4000), b.billed("I3"))
    pay_both = {"invoices": ("I1", "I2")}
    scenario.when(b.pay("R1", 7000, PAID_ON, **pay_both))
    scenario.when(b.pay("R2", 7000, PAID_ON, **pay_both)).owes(I3=12000).has(R2=7000)
    assert scenario.facts[0].fact.variance == "duplicate_payment"


def test_an_invoice_that_is_named_twice_is_paid_once(given: Given, b: ModuleType) -> None:
    command = b.pay("R1", 20000, PAID_ON, invoice="I1", invoices=("I1", "I1"))
    scenario = given(b.opened(), b.billed("I1"), b.billed("I2")).when(command)
    scenario.owes(I2=12000).has(R1=8000)
    assert scenario.facts[1].fact.rule == BY_INVOICE


def test_an_explained_sum_of_nothing_that_was_billed_falls_to_the_oldest(
    given: Given, b: ModuleType
) -> None:
    scenario = given(b.opened(), b.billed()).when(b.pay("R1", 5, PAID_ON, invoices=("I8", "I9")))
    assert scenario.owes(I1=11995).facts[1].fact.rule == "oldest-due-first"
