"""The bank's credit of a refund that came back: off suspense, on no account, and once."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import commands as c
from ledger import events as e
from ledger import suspense_events as s
from ledger.refund_commands import IdentifyReturnedRefund
from ledger.rejections import Code
from ledger.sent_refunds import BACK_WITHIN_DAYS, SENT_KEPT_MAX, SentRefund, sent_after

Given = Callable[..., Any]

MAY = date(2026, 5, 1)
BACK = date(2026, 6, 14)


def returned(b: ModuleType, receipt: str = "S1") -> IdentifyReturnedRefund:
    return IdentifyReturnedRefund(**b.HSG, refund="F1", receipt=receipt, reason="seen")


def failed(b: ModuleType) -> c.RecordRefundFailed:
    return c.RecordRefundFailed(**b.HSG, refund="F1", reason="account closed")


def paid(b: ModuleType, given: Given) -> Any:  # noqa: ANN401 - a scenario of the conftest
    """An account whose credit of 600 was paid back."""
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_approved("F1", cash, day=MAY))
    sent = c.RecordRefundPaid(**b.HSG, refund="F1", payment_reference="BACS 7")
    return given(*facts).when(sent).fine()


def credit(b: ModuleType, **changes: Any) -> Any:  # noqa: ANN401 - fields of a command
    usual = {"amount_minor": 600, "value_on": b.TODAY, "bank_account": "MAIN"}
    return b.suspend(**usual | changes)


@pytest.mark.parametrize("bank_first", [True, False])
def test_the_money_is_there_once_whichever_is_told_first(
    given: Given,
    b: ModuleType,
    bank_first: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    scenario = paid(b, given)
    steps = [credit(b), failed(b)] if bank_first else [failed(b), credit(b)]
    for step in steps:
        scenario = scenario.when(step).fine()
    scenario = scenario.when(returned(b)).fine()
    assert [type(one.fact) for one in scenario.facts] == [
        e.RefundReturned,
        s.SuspenseIdentifiedAsRefund,
    ]
    assert scenario.has(R1=900).receipt().held_minor == 0
    assert scenario.gl() == {"bank": 600, "bank_clearing": 300, "unapplied_cash": -900}
    scenario.when(returned(b)).refused(Code.RECEIPT_NOT_IN_SUSPENSE)


def test_what_still_counts_as_paid_has_failed_by_it(given: Given, b: ModuleType) -> None:
    scenario = paid(b, given).when(credit(b)).when(returned(b)).fine()
    assert type(scenario.facts[0].fact) is e.RefundFailed
    scenario.has(R1=900)
    again = scenario.when(credit(b, receipt="S2")).fine()
    again.when(returned(b, "S2")).refused(Code.REFUND_NOT_APPROVED)


@pytest.mark.parametrize(
    "changes", [{"amount_minor": 601}, {"value_on": MAY}, {"bank_account": None}]
)
def test_another_amount_or_day_or_money_of_no_bank_is_not_it(
    given: Given, b: ModuleType, changes: dict[str, Any]
) -> None:
    scenario = paid(b, given).when(failed(b)).when(credit(b, **changes))
    scenario.when(returned(b)).refused(Code.FIELD_INVALID)


def test_a_refund_that_never_left_has_no_money_to_come_back(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 600, MAY)
    facts = (b.opened(), b.received("R1", 900, MAY), b.refund_approved("F1", cash, day=MAY))
    scenario = given(*facts).when(credit(b)).when(failed(b))
    scenario.when(returned(b)).refused(Code.REFUND_NOT_APPROVED)


def test_a_return_is_looked_for_some_weeks_and_of_the_last_refunds_only(b: ModuleType) -> None:
    one = SentRefund(amount_minor=600, paid_on=MAY)
    last = date.fromordinal(MAY.toordinal() + BACK_WITHIN_DAYS)
    after = date.fromordinal(last.toordinal() + 1)
    before = date.fromordinal(MAY.toordinal() - 1)
    days = (before, MAY, last, after)
    assert [one.may_be(600, on) for on in days] == [False, True, True, False]
    assert not one.may_be(599, MAY)
    sent: Any = {}
    for number in range(SENT_KEPT_MAX + 1):
        fact = e.RefundPaid(
            **b.MONEY,
            refund=f"F{number}",
            amount_minor=1,
            paid_on=MAY,
            payment_reference="BACS",
        )
        sent = sent_after(sent, fact, MAY)
    assert list(sent) == [f"F{number}" for number in range(1, SENT_KEPT_MAX + 1)]
