"""Bills: every pre-issue rule, VAT on the tax point, instalments, credit applied at once."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger.rejections import Code

Given = Callable[..., Any]


def test_a_sound_bill_is_owed_from_its_invoice_date(given: Given, b: ModuleType) -> None:
    given(b.opened()).when(b.issue()).then(b.billed()).owes(I1=12000)


def test_a_bill_without_lines_is_refused(given: Given, b: ModuleType) -> None:
    command = b.issue(lines=(), net_minor=0, gross_minor=100)
    scenario = given(b.opened()).when(command)
    scenario.refused(Code.LINES_MISSING, Code.TOTAL_DIFFERS_FROM_LINES)


@pytest.mark.parametrize("total", ["net_minor", "vat_minor", "gross_minor"])
def test_each_total_is_the_sum_of_its_lines(given: Given, b: ModuleType, total: str) -> None:
    command = b.issue().model_copy(update={total: 12001})
    given(b.opened()).when(command).refused(Code.TOTAL_DIFFERS_FROM_LINES)


def test_a_vat_code_that_has_no_rate_is_refused(given: Given, b: ModuleType) -> None:
    command = b.issue_lines(b.invoice_line(1000, 200, "S99"))
    given(b.opened()).when(command).refused(Code.VAT_CODE_UNKNOWN)


def test_vat_must_be_right_to_the_penny(given: Given, b: ModuleType) -> None:
    command = b.issue_lines(b.invoice_line(1000, 201, "S20"))
    given(b.opened()).when(command).refused(Code.VAT_ARITHMETIC_WRONG)


def test_vat_rounded_on_each_line_is_accepted(given: Given, b: ModuleType) -> None:
    lines = [b.invoice_line(103, 21, "S20") for _ in range(3)]  # 20.6 each
    given(b.opened()).when(b.issue_lines(*lines)).owes(I1=372)


def test_vat_rounded_on_the_sum_of_a_code_is_accepted(given: Given, b: ModuleType) -> None:
    lines = [b.invoice_line(103, vat, "S20") for vat in (21, 21, 20)]  # 61.8 in all
    given(b.opened()).when(b.issue_lines(*lines)).owes(I1=371)


def test_the_codes_of_a_bill_are_checked_each_for_itself(given: Given, b: ModuleType) -> None:
    command = b.issue_lines(b.invoice_line(1000, 50, "S20"), b.invoice_line(1000, 200, "R05"))
    scenario = given(b.opened()).when(command)
    scenario.refused(Code.VAT_ARITHMETIC_WRONG, Code.VAT_ARITHMETIC_WRONG)


@pytest.mark.parametrize(
    ("tax_point", "vat"),
    [
        (date(2008, 11, 30), 175),
        (date(2008, 12, 1), 150),
        (date(2009, 12, 31), 150),
        (date(2010, 1, 1), 175),
        (date(2011, 1, 3), 175),
        (date(2011, 1, 4), 200),
        (date(2026, 4, 1), 200),
    ],
)
def test_the_rate_is_that_of_the_tax_point(
    given: Given, b: ModuleType, tax_point: date, vat: int
) -> None:
    right = b.issue_lines(b.invoice_line(1000, vat, "S20"), tax_point_on=tax_point)
    wrong = b.issue_lines(b.invoice_line(1000, vat + 1, "S20"), tax_point_on=tax_point)
    given(b.opened()).when(right).owes(I1=1000 + vat)
    given(b.opened()).when(wrong).refused(Code.VAT_ARITHMETIC_WRONG)


def test_a_discount_line_carries_negative_vat(given: Given, b: ModuleType) -> None:
    command = b.issue_lines(b.invoice_line(1000, 200, "S20"), b.invoice_line(-103, -21, "S20"))
    given(b.opened()).when(command).owes(I1=1076)


def test_a_bill_is_not_due_before_it_is_issued(given: Given, b: ModuleType) -> None:
    command = b.issue(due_on=date(2026, 3, 31))
    given(b.opened()).when(command).refused(Code.DUE_BEFORE_ISSUED)


def test_a_bill_may_be_due_on_the_day_it_is_issued(given: Given, b: ModuleType) -> None:
    given(b.opened()).when(b.issue(due_on=b.BILLED_ON)).owes(I1=12000)


@pytest.mark.parametrize("missing", [{"service": " "}, {"cost_code": ""}])
def test_every_line_is_coded(given: Given, b: ModuleType, missing: dict[str, str]) -> None:
    command = b.issue_lines(b.invoice_line(1000, **missing))
    given(b.opened()).when(command).refused(Code.CODING_MISSING)


def test_the_issuing_service_is_named(given: Given, b: ModuleType) -> None:
    given(b.opened()).when(b.issue(service="")).refused(Code.CODING_MISSING)


def test_every_line_says_what_it_is_for(given: Given, b: ModuleType) -> None:
    command = b.issue_lines(b.invoice_line(1000, description="\t"))
    given(b.opened()).when(command).refused(Code.DESCRIPTION_MISSING)


def test_the_period_of_a_line_does_not_end_before_it_begins(given: Given, b: ModuleType) -> None:
    line = b.invoice_line(1000, period_from=date(2026, 4, 30), period_to=date(2026, 4, 1))
    given(b.opened()).when(b.issue_lines(line)).refused(Code.PERIOD_BACKWARDS)


def test_a_plan_is_owed_in_instalments_with_due_dates_of_their_own(
    given: Given, b: ModuleType
) -> None:
    plan = b.plan((date(2026, 5, 1), 4000), (date(2026, 6, 1), 4000), (date(2026, 7, 1), 4000))
    state = given(b.opened()).when(b.issue(instalments=plan)).account()
    found = [(one.due_on, one.open_minor) for one in state.items["I1"].instalments]
    assert found == [(part.due_on, 4000) for part in plan]


def test_instalments_add_up_to_the_bill(given: Given, b: ModuleType) -> None:
    command = b.issue(instalments=b.plan((b.DUE_ON, 6000), (b.DUE_ON, 6001)))
    given(b.opened()).when(command).refused(Code.INSTALMENTS_DIFFER_FROM_TOTAL)


def test_no_instalment_is_zero_or_less(given: Given, b: ModuleType) -> None:
    command = b.issue(instalments=b.plan((b.DUE_ON, 12001), (b.DUE_ON, -1)))
    given(b.opened()).when(command).refused(Code.INSTALMENTS_DIFFER_FROM_TOTAL)


@pytest.mark.parametrize(
    "due", [(date(2026, 6, 1), date(2026, 5, 1)), (date(2026, 3, 1), date(2026, 5, 1))]
)
def test_instalments_are_in_order_and_none_is_before_the_bill(
    given: Given, b: ModuleType, due: tuple[date, date]
) -> None:
    command = b.issue(instalments=b.plan((due[0], 6000), (due[1], 6000)))
    given(b.opened()).when(command).refused(Code.INSTALMENT_DATES_OUT_OF_ORDER)


def test_instalments_are_numbered_from_one(given: Given, b: ModuleType) -> None:
    plan = tuple(
        one.model_copy(update={"number": one.number + 1}) for one in b.plan((b.DUE_ON, 12000))
    )
    command = b.issue(instalments=plan)
    given(b.opened()).when(command).refused(Code.INSTALMENT_DATES_OUT_OF_ORDER)


def test_a_publisher_sees_every_rule_that_fails_in_the_written_precedence(
    given: Given, b: ModuleType
) -> None:
    line = b.invoice_line(
        1000, 7, "S20", cost_code="", description="",
        period_from=date(2026, 4, 30), period_to=date(2026, 4, 1),
    )  # fmt: skip
    command = b.issue_lines(line, due_on=date(2026, 3, 1), gross_minor=5)
    given(b.opened()).when(command).refused(
        Code.TOTAL_DIFFERS_FROM_LINES,
        Code.VAT_ARITHMETIC_WRONG,
        Code.DUE_BEFORE_ISSUED,
        Code.CODING_MISSING,
        Code.DESCRIPTION_MISSING,
        Code.PERIOD_BACKWARDS,
    )


def test_a_bill_has_a_number_that_is_not_one_of_the_ledgers_own(
    given: Given, b: ModuleType
) -> None:
    for number in ("", "REVERSAL:R1", "TRANSFER:T1"):
        given(b.opened()).when(b.issue(number)).refused(Code.FIELD_INVALID)


def test_a_bill_of_nothing_is_refused(given: Given, b: ModuleType) -> None:
    given(b.opened()).when(b.issue(gross=0)).refused(Code.AMOUNT_NOT_POSITIVE)


def test_a_bill_is_in_the_currency_of_its_account(given: Given, b: ModuleType) -> None:
    command = b.issue(currency="EUR")
    given(b.opened()).when(command).refused(Code.CURRENCY_DIFFERS)


def test_credit_on_the_account_settles_a_new_bill_oldest_credit_first(
    given: Given, b: ModuleType
) -> None:
    older, newer = date(2026, 2, 1), date(2026, 5, 20)
    scenario = given(b.opened(), b.received("R2", 9000, newer), b.received("R1", 5000, older))
    scenario.when(b.issue()).then(
        b.billed(),
        b.allocated(
            "R1", older, b.line("I1", 5000),
            rule="credit-on-account-oldest-due-first", effective_on=b.BILLED_ON,
        ),
        b.allocated(
            "R2", newer, b.line("I1", 7000),
            rule="credit-on-account-oldest-due-first", effective_on=newer,
        ),
    )  # fmt: skip
    scenario.owes().has(R2=2000)


def test_credit_is_not_applied_where_the_account_says_so(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(apply_credit=False), b.received("R1", 5000, b.BILLED_ON))
    scenario.when(b.issue()).then(b.billed()).owes(I1=12000).has(R1=5000)


def test_a_bill_is_debtors_against_income_and_vat(given: Given, b: ModuleType) -> None:
    command = b.issue_lines(b.invoice_line(10000, 2000, "S20"))
    gl = given(b.opened()).when(command).fine().gl()
    assert gl == {"debtors_control": 12000, "income": -10000, "vat_output": -2000}
