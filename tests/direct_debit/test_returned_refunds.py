"""A refund that comes back is one movement of money, in whichever order the two reports come."""

from collections.abc import Callable
from datetime import date
from io import StringIO
from typing import Any, TypeAlias

import pytest
from rich.console import Console

from consumers.matching import match
from ledger import commands as c
from ledger import suspense_commands as sc
from ledger.checks import verify
from ledger.ids import receipt_stream
from ledger.receipt import ReceiptState
from ledger.refund_commands import IdentifyReturnedRefund
from ledger.stream_states import states_of
from service.suspense_desk_case import case_of
from service.suspense_desk_page import show_case

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Step: TypeAlias = Callable[[], Any]

PENCE = 10_000
PAID, BACK = date(2026, 11, 4), date(2026, 11, 10)


def held(town: Town) -> list[Any]:
    found: list[Any] = town.rows("suspense", town.today)
    return found


def stands(town: Town) -> dict[str, int]:
    """What an account and the cash book come to, and what waits; minor units."""
    rows = town.rows("bank_reconciliation", town.today)
    waits = [row for row in rows if row["kind"] == "not_on_statement"]
    figures = town.rows("identities", town.today)
    summary = [row["item"] for row in rows if row["kind"] == "summary" and row["bank_account"]]
    assert [row["definition"] for row in figures if not row["holds"]] == []
    assert summary == ["clean"]
    return {
        "owes": town.owes("1"),
        "suspense": sum(round(row["open_amount"] * 100) for row in held(town)),
        "waits": sum(round(row["amount"] * 100) for row in waits),
    }


def refund(town: Town, name: str = "RF-1") -> str:
    """An account whose credit was paid back; its reference."""
    town.opened("1")
    town.pays("1", PENCE)
    town.on(PAID)
    town.refunded("1", name, PENCE)
    town.on(BACK)
    reference: str = town.account("1").reference
    return reference


def bank(town: Town, text: str, pence: int = PENCE) -> Any:  # noqa: ANN401
    """The statement that shows the refund going, and coming back with a text."""
    return town.bank((-PENCE, "REFUND"), (pence, text), on=town.today)


ONCE = {"owes": -PENCE, "suspense": 0, "waits": 0}


@pytest.mark.parametrize("bank_first", [True, False])
@pytest.mark.parametrize("text", ["RETURNED {}", "BACS CREDIT RETURNED"])
def test_a_refund_that_came_back_is_on_the_account_once_in_either_order(
    town: Town,
    text: str,
    bank_first: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    reference = refund(town)
    steps: list[Step] = [
        lambda: bank(town, text.format(reference)),
        lambda: town.credit_returned(reference, PENCE, "5"),
    ]
    for step in steps if bank_first else reversed(steps):
        assert step().is_whole()
        town.post()
    assert stands(town) == ONCE
    again = town.credit_returned(reference, PENCE, "5")
    assert (again.is_whole(), again.done) == (True, {"already so": 1})
    assert town.post().back == []
    assert stands(town) == ONCE
    assert verify(town.app.store) == ()
    town.refunded("1", "RF-2", PENCE)
    more = c.ProposeRefund(
        unit="HSG", account="1", refund="RF-3", amount_minor=1, reason="x", accepts_claim_risk=True
    )
    assert [one.status for one in town.give(more, actor="senior.cole")] == ["refused"]


def test_without_the_rule_the_account_has_its_money_twice(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match, "_but_returned", lambda matched, *_: matched)
    reference = refund(town)
    town.credit_returned(reference, PENCE, "5")
    bank(town, f"RETURNED {reference}")
    town.post()
    assert town.owes("1") == -2 * PENCE


def test_a_credit_of_another_amount_is_a_payment_and_the_return_is_waited_for(town: Town) -> None:
    reference = refund(town)
    town.credit_returned(reference, PENCE, "5")
    bank(town, f"THANKS {reference}", PENCE - 1)
    assert town.post().back == []
    assert stands(town) == {"owes": 1 - 2 * PENCE, "suspense": 0, "waits": -PENCE}


def test_what_an_officer_recorded_as_failed_is_told_at_the_desk_and_found(town: Town) -> None:
    reference = refund(town)
    town.give(c.RecordRefundFailed(unit="HSG", account="1", refund="RF-1", reason="closed"))
    assert town.owes("1") == 0  # a collections officer may not
    failed = c.RecordRefundFailed(unit="HSG", account="1", refund="RF-1", reason="closed")
    town.give(failed, actor="senior.cole")
    bank(town, f"RETURNED {reference}")
    (told,) = held(town)
    assert (told["reason"], told["candidate"]) == ("returned-refund", "HSG/1")
    stream = receipt_stream(told["receipt"])
    state = states_of(town.app.store, [stream], ReceiptState)[stream]
    page = StringIO()
    show_case(case_of(town.app, state), Console(file=page, width=200))
    assert "may be refund RF-1, come back" in page.getvalue()
    assert [(one.account, one.refund) for one in town.post().back] == [("1", "RF-1")]
    assert stands(town) == ONCE


def test_a_credit_of_what_counts_as_paid_waits_for_an_officer_who_says_it_in_one_command(
    town: Town,
) -> None:
    reference = refund(town)
    bank(town, f"RETURNED {reference}")
    assert town.post().back == []
    (told,) = held(town)
    said = IdentifyReturnedRefund(
        unit="HSG", account="1", refund="RF-1", receipt=told["receipt"], reason="seen at the bank"
    )
    assert [one.status for one in town.give(said, said, actor="senior.cole")] == [
        "posted",
        "refused",
    ]
    assert town.credit_returned(reference, PENCE, "5").done == {"already so": 1}
    assert stands(town) == ONCE


def test_an_advice_that_may_be_of_what_failed_by_hand_is_no_advice_of_another_refund(
    town: Town,
) -> None:
    reference = refund(town)
    failed = c.RecordRefundFailed(unit="HSG", account="1", refund="RF-1", reason="closed")
    town.give(failed, actor="senior.cole")
    town.refunded("1", "RF-2", PENCE)
    report = town.credit_returned(reference, PENCE, "5")
    assert (len(report.bad_lines), town.owes("1")) == (1, 0)
    assert "several refunds" in next(iter(report.bad_lines.values()))


def test_a_refund_that_was_never_recorded_as_paid_is_set_aside_with_what_to_do(town: Town) -> None:
    town.opened("1")
    town.pays("1", PENCE)
    place = {"unit": "HSG", "account": "1", "refund": "RF-1"}
    asked = c.ProposeRefund(**place, amount_minor=PENCE, reason="x", accepts_claim_risk=True)
    town.give(asked, actor="senior.cole")
    town.give(c.ApproveRefund(**place), actor="s151.ford")
    (why,) = town.credit_returned(town.account("1").reference, PENCE, "5").bad_lines.values()
    assert "RF-1 of 100.00 is approved, and not recorded as paid" in why
    assert town.owes("1") == 0


def test_a_return_that_was_taken_for_a_payment_is_set_aside_and_can_be_put_right(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = refund(town)
    with monkeypatch.context() as before_the_rule:
        before_the_rule.setattr(match, "_but_returned", lambda matched, *_: matched)
        bank(town, f"RETURNED {reference}")
    assert town.owes("1") == -PENCE
    (why,) = town.credit_returned(reference, PENCE, "5").bad_lines.values()
    assert "may be its return" in why
    (receipt,) = [name for name in town.account("1").credits if name != "R-1-1"]
    moved = c.MoveToSuspense(
        unit="HSG", account="1", receipt=receipt, new_receipt=f"{receipt}-S1", reason="a return"
    )
    assert [one.status for one in town.give(moved)] == ["posted"]
    assert town.credit_returned(reference, PENCE, "5").is_whole()
    said = IdentifyReturnedRefund(
        unit="HSG", account="1", refund="RF-1", receipt=f"{receipt}-S1", reason="the return"
    )
    assert [one.status for one in town.give(said)] == ["posted"]
    assert stands(town) == ONCE


def test_one_credit_for_two_returns_is_split_and_each_part_identified(town: Town) -> None:
    references = [refund(town)]
    town.opened("2")
    town.pays("2", 500)
    town.refunded("2", "RF-2", 500)
    references.append(town.account("2").reference)
    for reference, pence in zip(references, (PENCE, 500), strict=True):
        town.credit_returned(reference, pence, "5")
    town.bank((-PENCE, "REFUND"), (-500, "REFUND"), (PENCE + 500, "2 RETURNS"), on=BACK)
    assert town.post().back == []
    (whole,) = held(town)
    part = sc.SplitSuspense(
        receipt=whole["receipt"], new_receipt="PART", amount_minor=500, reason="two returns"
    )
    first = IdentifyReturnedRefund(
        unit="HSG", account="1", refund="RF-1", receipt=whole["receipt"], reason="two returns"
    )
    second = first.model_copy(update={"account": "2", "refund": "RF-2", "receipt": "PART"})
    done = town.give(first, part, first, second, second)
    assert [one.status for one in done] == ["refused", "posted", "posted", "posted", "refused"]
    assert stands(town) == ONCE
    assert town.owes("2") == -500


def test_two_credits_that_nothing_explains_are_left_to_an_officer(town: Town) -> None:
    reference = refund(town)
    town.credit_returned(reference, PENCE, "5")
    town.bank((-PENCE, "REFUND"), (PENCE, "A"), (PENCE, "B"), on=BACK)
    assert town.post().back == []
    assert stands(town) == {"owes": -PENCE, "suspense": 2 * PENCE, "waits": -PENCE}


def test_a_strangers_credit_of_that_amount_is_not_taken_for_a_return_that_nobody_advised(
    town: Town,
) -> None:
    refund(town)
    failed = c.RecordRefundFailed(unit="HSG", account="1", refund="RF-1", reason="closed")
    town.give(failed, actor="senior.cole")
    bank(town, "A STRANGER")
    assert town.post().back == []
    assert stands(town) == {"owes": -PENCE, "suspense": PENCE, "waits": -PENCE}
