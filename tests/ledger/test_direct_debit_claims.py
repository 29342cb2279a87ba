"""A claim finds the collection's money wherever it went, and takes it from there exactly once."""

from collections.abc import Iterator
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import commands as c
from ledger import events as e
from ledger import indemnity
from ledger import indemnity_events as i
from ledger import suspense_commands as sc
from ledger import suspense_events as s
from ledger.account_state import AccountState
from ledger.ids import account_stream, receipt_stream
from ledger.receipt import ReceiptState
from ledger.rejections import Code
from ledger.values import ClaimedRefund

DEBITED = date(2026, 6, 26)
NINE = {"unit": "GEN", "account": "9"}
PAID = c.RecordRefundPaid(unit="HSG", account="1", refund="F1", payment_reference="BACS 1")
PAID_DESPITE = PAID.model_copy(update={"paid_despite_claim": True})


def facts(debits: Any, *kinds: type) -> list[Any]:  # noqa: ANN401 - a module loaded by path
    return [one.fact for _, one in debits.world.log if isinstance(one.fact, kinds)]


def account(debits: Any, unit: str = "GEN", name: str = "9") -> AccountState:  # noqa: ANN401 - as above
    state = debits.world.states[account_stream(unit, name)]
    assert isinstance(state, AccountState)
    return state


def held(debits: Any, receipt: str = "DD-S1") -> ReceiptState:  # noqa: ANN401 - as above
    state = debits.world.states[receipt_stream(receipt)]
    assert isinstance(state, ReceiptState)
    return state


def transferred(dd: Any, amount: int = 3000) -> Any:  # noqa: ANN401 - as above
    """The collection was not needed, and its credit went to account 9 of another unit."""
    debits = dd.Debits().overpaid()
    debits.do(dd.b.transfer("T1", amount))
    return debits


def moved(dd: Any) -> Any:  # noqa: ANN401 - as above
    """The collection had paid June's part; it was another's, and is in suspense."""
    debits = dd.Debits().taken().credited().on(date(2026, 6, 8))
    debits.do(dd.b.move("DD:R1/1", "DD-S1"))
    return debits


def approved(dd: Any, world: Any) -> Any:  # noqa: ANN401 - as above
    """A refund of the collection is approved, and not paid."""
    debits = dd.Debits().overpaid()
    debits.do(dd.refund(), world.COLE)
    debits.do(c.ApproveRefund(**dd.b.HSG, refund="F1"), world.FORD)
    return debits


# --- transferred before the claim ----------------------------------------------------------------


def test_credit_that_was_transferred_before_the_claim_stays_where_it_is(dd: ModuleType) -> None:
    debits = transferred(dd)
    debits.do(dd.elsewhere(amount=1000), dd.world.COLE)
    debits.do(dd.claim())
    another = dd.elsewhere(amount=1).model_copy(update={"refund": "F8"})
    debits.refused(Code.CLAIM_LIVE, another)
    debits.refused(Code.CLAIM_LIVE, c.ApproveRefund(**NINE, refund="F9"), dd.world.FORD)
    back = dd.b.transfer("T2", 100, **NINE, to_unit="HSG", to_account="1")
    debits.refused(Code.CLAIM_LIVE, back)
    debits.do(dd.withdraw())
    debits.do(c.ApproveRefund(**NINE, refund="F9"), dd.world.FORD)


def test_without_its_marks_a_claim_would_be_paid_twice(
    dd: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object) -> Iterator[Any]:
        return iter(())

    monkeypatch.setattr(indemnity, "_marks", nowhere)
    debits = transferred(dd)
    debits.do(dd.claim())
    with pytest.raises(pytest.fail.Exception):
        debits.refused(Code.CLAIM_LIVE, dd.elsewhere())


def test_a_claim_follows_credit_from_account_to_account_and_what_it_paid_there(
    dd: ModuleType,
) -> None:
    debits = transferred(dd)
    debits.record(dd.b.opened("7", "GEN"), dd.b.billed("I7", 3000, **NINE | {"account": "7"}))
    debits.do(dd.b.transfer("T2", 3000, **NINE, to_account="7"))
    assert account(debits, name="7").unapplied_minor == 0
    debits.do(dd.claim())
    debits.do(c.Unallocate(**NINE | {"account": "7"}, receipt="TRANSFER:T2", reason="wrong"))
    debits.refused(Code.CLAIM_LIVE, dd.elsewhere(account="7"))
    assert [one.receipt for one in facts(debits, i.CreditClaimed)] == [
        "TRANSFER:T1",
        "TRANSFER:T2",
    ]


def test_credit_that_comes_back_to_its_own_account_is_held_there_too(dd: ModuleType) -> None:
    debits = transferred(dd)
    debits.do(dd.b.transfer("T2", 3000, **NINE, to_unit="HSG", to_account="1"))
    debits.do(dd.claim())
    debits.refused(Code.CLAIM_LIVE, dd.refund())
    debits.on(DEBITED).do(dd.settle())
    # What came back pays what had left: nothing is owed, and nothing is left.
    assert (debits.account.open_minor, debits.account.unapplied_minor) == (0, 0)
    assert debits.account.claimed == ()


def test_settling_brings_transferred_credit_back_and_only_what_was_spent_is_owed(
    dd: ModuleType,
) -> None:
    debits = transferred(dd)
    debits.record(dd.b.billed("I9", 1000, **NINE))
    debits.do(c.Allocate(**NINE, receipt="TRANSFER:T1", targets=dd.b.targets(("I9", None))))
    debits.do(dd.claim())
    debits.on(DEBITED).do(dd.settle())
    assert account(debits).unapplied_minor == 0
    assert account(debits).claimed == ()
    assert {n: one.open_minor for n, one in debits.account.items.items()} == {
        "REVERSAL:DD:R1/1": 1000
    }
    assert debits.account.unapplied_minor == 0
    (back,) = facts(debits, e.PaymentReversed)
    assert (back.amount_minor, back.recoverable_minor) == (3000, 3000)
    assert debits.balances()["HSG", "bank_clearing"] == 12000  # the cash; the collection went back


def test_a_transfer_that_is_a_direct_debit_in_part_needs_the_warning_as_a_whole(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().taken().on(dd.JUNE)
    debits.do(dd.b.pay("CASH", 12500, date(2026, 5, 31), invoice="I1"))
    debits.credited().on(date(2026, 6, 8))
    debits.do(dd.b.transfer("T1", 3500))
    silent = dd.elsewhere(amount=3500).model_copy(update={"accepts_claim_risk": False})
    assert "TRANSFER:T1" in debits.refused(Code.COLLECTION_MAY_BE_CLAIMED, silent)


def test_what_was_taken_back_and_comes_free_later_only_goes_back_to_the_account_that_owes_it(
    dd: ModuleType,
) -> None:
    debits = transferred(dd)
    debits.record(dd.b.billed("I9", 3000, **NINE))
    debits.do(c.Allocate(**NINE, receipt="TRANSFER:T1", targets=dd.b.targets(("I9", None))))
    debits.do(dd.claim())
    debits.on(DEBITED).do(dd.settle())
    debits.do(c.Unallocate(**NINE, receipt="TRANSFER:T1", reason="wrong"))
    said = debits.refused(Code.CREDIT_TAKEN_BACK, dd.elsewhere())
    assert said.endswith("transfer it to account 1 of HSG, which owes it")
    debits.record(dd.b.opened("7", "GEN"))
    away = dd.b.transfer("T2", 3000, **NINE, to_account="7")
    debits.refused(Code.CREDIT_TAKEN_BACK, away)
    debits.do(dd.b.transfer("T2", 3000, **NINE, to_unit="HSG", to_account="1"))
    # The credit stands beside what is owed until an officer lets it pay that.
    debits.refused(Code.CREDIT_TAKEN_BACK, dd.refund())
    owed = dd.b.targets(("REVERSAL:DD:R1/1", None))
    debits.do(c.Allocate(**dd.b.HSG, receipt="TRANSFER:T2", targets=owed))
    assert (debits.account.open_minor, debits.account.unapplied_minor) == (0, 0)


# --- refunds that are on their way ---------------------------------------------------------------


def test_a_refund_that_is_approved_is_stopped_by_a_claim(dd: ModuleType, world: ModuleType) -> None:
    debits = approved(dd, world)
    debits.do(dd.claim())
    said = debits.refused(Code.CLAIM_LIVE, PAID)
    assert said == (
        "refund F1 must not be paid: indemnity claim C1 takes the same 30.00 back. Stop it and"
        " record it as failed; if it has left the bank already, record it with paid_despite_claim"
    )
    debits.do(c.RecordRefundFailed(**dd.b.HSG, refund="F1", reason="claimed"))
    debits.refused(Code.CLAIM_LIVE, dd.refund().model_copy(update={"refund": "F2"}))
    debits.on(DEBITED).do(dd.settle())
    assert (debits.account.open_minor, debits.account.unapplied_minor) == (0, 0)


def test_what_left_the_bank_all_the_same_is_recorded_with_the_claim(
    dd: ModuleType, world: ModuleType
) -> None:
    debits = approved(dd, world)
    debits.do(dd.claim())
    debits.do(PAID_DESPITE)
    (paid,) = facts(debits, e.RefundPaid)
    assert (paid.claim, paid.amount_minor) == ("C1", 3000)


def test_a_settled_claim_still_stops_the_refund_and_a_withdrawn_one_does_not(
    dd: ModuleType, world: ModuleType
) -> None:
    debits = approved(dd, world)
    debits.do(dd.claim())
    debits.on(DEBITED).do(dd.settle())
    debits.refused(Code.CLAIM_LIVE, PAID)
    other = approved(dd, world)
    other.do(dd.claim())
    other.do(dd.withdraw())
    other.do(PAID)
    assert facts(other, e.RefundPaid)[0].claim is None


@pytest.mark.parametrize("is_paid", [False, True])
def test_a_claim_names_the_refunds_that_were_made_before(
    dd: ModuleType, world: ModuleType, *, is_paid: bool
) -> None:
    debits = approved(dd, world)
    if is_paid:
        debits.do(PAID)
    debits.do(dd.claim())
    (fact,) = facts(debits, i.IndemnityClaimRaised)
    assert fact.refunds == (
        ClaimedRefund(
            **dd.b.HSG, refund="F1", receipt="DD:R1/1", amount_minor=3000, is_paid=is_paid
        ),
    )


def test_a_claim_names_no_refund_that_failed(dd: ModuleType, world: ModuleType) -> None:
    debits = approved(dd, world)
    debits.do(c.RecordRefundFailed(**dd.b.HSG, refund="F1", reason="closed"))
    debits.do(dd.claim())
    assert facts(debits, i.IndemnityClaimRaised)[0].refunds is None


# --- in suspense ---------------------------------------------------------------------------------


def test_what_is_in_suspense_is_claimed_there_and_stays(dd: ModuleType) -> None:
    debits = moved(dd)
    debits.do(dd.claim())
    for way in (
        dd.send_back(),
        dd.b.split("DD-S2", 100, receipt="DD-S1"),
        dd.b.identify(receipt="DD-S1", to_unit="GEN", to_account="9"),
        sc.TransferSuspense(receipt="DD-S1", to_gl_account="4711", reason="x"),
        sc.ReverseSuspense(receipt="DD-S1", reason="recalled_by_bank"),
    ):
        debits.refused(Code.CLAIM_LIVE, way)
    debits.do(dd.withdraw())
    debits.do(dd.send_back())


def test_a_return_of_a_collection_says_that_a_claim_may_come(dd: ModuleType) -> None:
    debits = moved(dd)
    debits.refused(Code.COLLECTION_MAY_BE_CLAIMED, dd.send_back(accepts=False))
    debits.do(dd.send_back())
    assert facts(debits, s.SuspenseReturnProposed)[0].accepts_claim_risk


def test_a_claim_takes_the_money_from_suspense_where_it_stands(dd: ModuleType) -> None:
    debits = moved(dd)
    owed = debits.account.items
    debits.do(dd.claim())
    debits.on(DEBITED).do(dd.settle())
    assert (held(debits).held_minor, held(debits).claims) == (0, ())
    assert debits.account.items == owed
    assert facts(debits, e.PaymentReversed) == []
    assert [one.amount_minor for one in facts(debits, s.SuspenseReversed)] == [3000]
    assert {key[1] for key in debits.balances()} == {"debtors_control", "income"}
    debits.refused(Code.RECEIPT_ALREADY_REVERSED, dd.claim("C2"))


def test_a_claim_opens_again_what_the_money_paid_where_it_was_found_to_belong(
    dd: ModuleType,
) -> None:
    debits = moved(dd)
    debits.record(dd.b.billed("I9", 1200, **NINE))
    before = debits.account.items
    debits.do(dd.b.split("DD-S2", 1000, receipt="DD-S1"))
    debits.do(dd.b.identify(receipt="DD-S1", to_unit="GEN", to_account="9"))
    assert (account(debits).open_minor, account(debits).unapplied_minor) == (0, 800)
    debits.do(dd.claim())
    debits.refused(Code.CLAIM_LIVE, dd.elsewhere(amount=800))
    debits.on(DEBITED).do(dd.settle())
    assert (account(debits).open_minor, account(debits).unapplied_minor) == (1200, 0)
    assert held(debits, "DD-S2").held_minor == 0
    assert debits.account.items == before
    clearing = {key for key in debits.balances() if key[1] in ("bank_clearing", "suspense")}
    assert clearing == set()


def test_what_was_sent_back_to_the_payer_before_the_claim_is_owed_to_us(
    dd: ModuleType, world: ModuleType
) -> None:
    debits = moved(dd)
    debits.do(dd.send_back(), world.AMES)
    debits.do(sc.ApproveSuspenseReturn(receipt="DD-S1", suspense_return="B1"), world.FORD)
    paid = sc.RecordSuspenseReturnPaid(
        receipt="DD-S1", suspense_return="B1", payment_reference="BACS 2"
    )
    debits.do(dd.claim())
    (named,) = facts(debits, i.IndemnityClaimRaised)[0].refunds
    assert (named.refund, named.account, named.is_paid) == ("B1", None, False)
    debits.refused(Code.CLAIM_LIVE, paid)
    debits.do(paid.model_copy(update={"paid_despite_claim": True}))
    assert facts(debits, s.SuspenseReturnPaid)[0].claim == "C1"
    debits.on(DEBITED).do(dd.settle())
    assert debits.account.items["REVERSAL:DD:R1/1"].open_minor == 3000
    (back,) = facts(debits, e.PaymentReversed)
    assert (back.amount_minor, back.recoverable_minor) == (3000, 3000)


def test_a_return_that_fails_after_the_claim_was_settled_goes_to_who_owes_it(
    dd: ModuleType, world: ModuleType
) -> None:
    debits = moved(dd)
    debits.do(dd.send_back(), world.AMES)
    debits.do(sc.ApproveSuspenseReturn(receipt="DD-S1", suspense_return="B1"), world.FORD)
    debits.do(dd.claim())
    debits.on(DEBITED).do(dd.settle())
    debits.do(
        sc.RecordSuspenseReturnFailed(receipt="DD-S1", suspense_return="B1", reason="stopped")
    )
    for way in (
        dd.send_back("B2"),
        dd.b.split("DD-S2", 100, receipt="DD-S1"),
        dd.b.identify(receipt="DD-S1", to_unit="GEN", to_account="9"),
    ):
        debits.refused(Code.CREDIT_TAKEN_BACK, way)
    owed = dd.b.identify(receipt="DD-S1", invoice="REVERSAL:DD:R1/1")
    debits.do(owed)
    assert "REVERSAL:DD:R1/1" not in debits.account.items


# --- unpaid, and withdrawn -----------------------------------------------------------------------


def test_a_collection_that_comes_back_unpaid_ends_its_claim_and_is_reversed_once(
    dd: ModuleType,
) -> None:
    debits = transferred(dd, 1000)
    debits.do(dd.claim())
    debits.unpaid()
    (closed,) = facts(debits, i.IndemnityClaimClosed)
    assert (closed.outcome, debits.account.claims, account(debits).claimed) == ("returned", {}, ())
    said = debits.on(DEBITED).refused(Code.NOTHING_TO_CHANGE, dd.settle())
    assert said == "the claim was returned unpaid instead on 2026-06-08 already"
    assert len(facts(debits, e.PaymentReversed)) == 1
    debits.refused(Code.RECEIPT_ALREADY_REVERSED, dd.claim("C2"))


def test_a_claim_that_was_settled_is_not_reversed_by_a_late_return(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().on(date(2026, 6, 8))
    debits.do(dd.claim())
    debits.on(DEBITED).do(dd.settle())
    late = c.ReversePayment(**dd.b.HSG, receipt="DD:R1/1", reason="direct_debit_unpaid")
    debits.refused(Code.RECEIPT_ALREADY_REVERSED, late)


def test_a_claim_that_is_withdrawn_after_it_was_settled_says_what_to_do(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().on(date(2026, 6, 8))
    debits.do(dd.claim())
    debits.on(DEBITED).do(dd.settle())
    said = debits.refused(Code.CLAIM_OVER, dd.withdraw())
    assert "claim C1 was settled on 2026-06-26" in said
    assert "When the bank credits 30.00, it comes into suspense" in said
    assert "identify it there to account 1 of HSG" in said
