"""Claims of payers' banks on money that went on: to other accounts, to suspense, to its payer."""

from datetime import date
from typing import Any, TypeAlias

import pytest

from ledger import commands as c
from ledger import indemnity
from ledger import suspense_commands as sc
from ledger.checks import verify
from ledger.ids import receipt_stream
from ledger.indemnity_commands import RaiseIndemnityClaim
from ledger.receipt import ReceiptState
from ledger.recorded import Source
from ledger.rejections import Code
from ledger.requests import Request
from ledger.stream_states import states_of
from service.reading import figures
from service.report_run import catch_up

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any

LODGED, COLLECTED, CLAIMED = date(2026, 12, 1), date(2026, 12, 15), date(2027, 1, 4)
DEBITED = date(2027, 1, 22)
PENCE = 10_000


def collected(town: Town) -> tuple[str, Any]:
    """Account 1 paid its bill by card and by Direct Debit too; its mandate and the file."""
    town.opened("1", "2")
    town.billed("1", "I-1", PENCE, COLLECTED)
    mandate = town.mandate("1", town.payer(1))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    assert town.announce(COLLECTED) == 1
    town.on(date(2026, 12, 11))
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.pays("1", PENCE)
    town.on(COLLECTED)
    assert town.post().credited.receipts == 1
    assert town.owes("1") == -PENCE
    town.on(CLAIMED)
    return mandate, file


def receipt_of(town: Town) -> str:
    (receipt,) = (one for one in town.account("1").collected)
    return str(receipt)


def transferred(town: Town) -> str:
    mandate, _ = collected(town)
    move = c.TransferCredit(
        unit="HSG", account="1", transfer="T1", amount_minor=PENCE, to_unit="HSG",
        to_account="2", reason="hers too",
    )  # fmt: skip
    (outcome,) = town.give(move, actor="manager.dean")
    assert outcome.status == "posted", outcome.refusals
    return mandate


def claimed(town: Town, mandate: str, *, cancelled: bool = False) -> Any:  # noqa: ANN401 - the report
    one = town.claim("CLAIM-1", mandate, "1", [(COLLECTED, PENCE)], DEBITED, cancelled=cancelled)
    return town.claimed(one, debit_on=DEBITED)


def refund(name: str) -> c.ProposeRefund:
    return c.ProposeRefund(
        unit="HSG", account="2", refund=name, amount_minor=PENCE, reason="asked",
        accepts_claim_risk=True,
    )  # fmt: skip


def answer(town: Town, command: Any, actor: str = "officer.ames") -> str:  # noqa: ANN401 - any command
    """`posted`, or the code of the refusal."""
    (outcome,) = town.give(command, actor=actor)
    return str(outcome.refusals[0].code if outcome.refusals else outcome.status)


APPROVE = c.ApproveRefund(unit="HSG", account="2", refund="F1")
PAID = c.RecordRefundPaid(unit="HSG", account="2", refund="F1", payment_reference="BACS 1")


def met(town: Town) -> list[tuple[str, str | None, str, int]]:
    """The refunds that claims met, as the read model has them."""
    catch_up(town.app)
    with figures(town.app.urls.app) as connection:
        return connection.execute(
            "SELECT kind, refund_account, refund, amount_minor FROM reporting.claimed_refund_events"
            " ORDER BY position, line"
        ).fetchall()


def test_credit_that_went_to_another_account_is_held_there_and_comes_back(town: Town) -> None:
    mandate = transferred(town)
    assert claimed(town, mandate).is_whole()
    assert answer(town, refund("F1")) == Code.CLAIM_LIVE
    town.on(DEBITED)
    done = town.post()
    assert (done.settled, done.settled_minor, done.problems) == (1, PENCE, [])
    assert (town.owes("1"), town.owes("2")) == (0, 0)
    assert town.account("2").claimed == ()
    assert verify(town.app.store) == ()


def test_a_refund_that_is_approved_on_another_account_is_stopped_and_told(town: Town) -> None:
    mandate = transferred(town)
    assert answer(town, refund("F1")) == "posted"
    assert answer(town, APPROVE, "s151.ford") == "posted"
    claimed(town, mandate)
    assert met(town) == [("payable", "2", "F1", PENCE)]
    assert answer(town, PAID, "manager.dean") == Code.CLAIM_LIVE
    despite = PAID.model_copy(update={"paid_despite_claim": True})
    assert answer(town, despite, "manager.dean") == "posted"
    assert met(town)[-1] == ("paid", "2", "F1", PENCE)
    town.on(DEBITED)
    town.post()
    assert town.owes("1") == PENCE  # paid twice: by us, and by the bank


def raced(town: Town) -> str:
    """A refund on account 2 is approved just before the claim is written; may it then be paid?"""
    mandate = transferred(town)
    answer(town, refund("F1"))
    command = RaiseIndemnityClaim(
        unit="HSG",
        account="1",
        claim="CLAIM-1",
        sun="999999",
        mandate=mandate,
        receipt=receipt_of(town),
        amount_minor=PENCE,
        code="1",
        reason="x",
        raised_on=CLAIMED,
        debit_on=DEBITED,
        advice="DDICA",
    )
    asked = [Request(command, town.app.actor("system:intake"), Source("command", "test"), "race")]
    approved: list[str] = []

    def meanwhile(_: object) -> None:
        if not approved:
            approved.append(answer(town, APPROVE, "s151.ford"))

    (outcome,) = town.app.ledger.handle(asked, before_append=meanwhile)
    assert (outcome.status, approved) == ("posted", ["posted"])
    return answer(town, PAID, "manager.dean")


def test_a_refund_that_is_approved_while_a_claim_is_decided_is_stopped_by_it(town: Town) -> None:
    assert raced(town) == Code.CLAIM_LIVE
    assert met(town) == [("payable", "2", "F1", PENCE)]


def test_a_claim_that_wrote_nothing_where_the_money_is_would_be_overtaken(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indemnity, "_marks", lambda *_: iter(()))
    assert raced(town) == "posted"


def test_a_receipt_in_suspense_is_claimed_there_and_goes_from_there(town: Town) -> None:
    mandate, _ = collected(town)
    receipt = receipt_of(town)
    move = c.MoveToSuspense(
        unit="HSG", account="1", receipt=receipt, new_receipt="DD-S1", reason="not hers"
    )
    assert answer(town, move) == "posted"
    back = sc.ProposeSuspenseReturn(receipt="DD-S1", suspense_return="B1", reason="his")
    assert answer(town, back) == Code.COLLECTION_MAY_BE_CLAIMED
    assert claimed(town, mandate).is_whole()
    risky = back.model_copy(update={"accepts_claim_risk": True})
    assert answer(town, risky) == Code.CLAIM_LIVE
    town.on(DEBITED)
    assert town.post().settled == 1
    stream = receipt_stream("DD-S1")
    state = states_of(town.app.store, [stream], ReceiptState)[stream]
    assert (state.held_minor, state.claims, town.owes("1")) == (0, (), 0)


def test_money_that_was_found_for_another_is_taken_from_there_and_everything_agrees(
    town: Town,
) -> None:
    mandate, _ = collected(town)
    town.billed("2", "I-2", 4_000, date(2027, 1, 10))
    move = c.MoveToSuspense(
        unit="HSG", account="1", receipt=receipt_of(town), new_receipt="DD-S1", reason="not hers"
    )
    found = sc.IdentifySuspense(
        receipt="DD-S1", to_unit="HSG", to_account="2", amount_minor=6_000, reason="hers"
    )
    for command in (move, found):
        assert answer(town, command) == "posted"
    assert town.owes("2") == -2_000
    claimed(town, mandate)
    town.on(DEBITED)
    assert town.post().settled == 1
    assert (town.owes("1"), town.owes("2")) == (0, 4_000)
    catch_up(town.app)
    assert verify(town.app.store) == ()
    with figures(town.app.urls.app) as connection:
        broken = connection.execute(
            "SELECT name FROM reporting.identities WHERE NOT holds"
        ).fetchall()
    assert broken == []


def test_a_collection_that_comes_back_unpaid_ends_its_claim_by_itself(
    town: Town, lines: Lines
) -> None:
    mandate, file = collected(town)
    claimed(town, mandate)
    item = next(one for one in lines(file) if one.pence)
    report = town.returned((item, "0128", "REFER TO PAYER"), processed_on=date(2026, 12, 14))
    assert report.is_whole()
    assert (town.account("1").claims, town.owes("1")) == ({}, 0)
    catch_up(town.app)
    with figures(town.app.urls.app) as connection:
        kinds = connection.execute(
            "SELECT kind FROM reporting.indemnity_claim_events ORDER BY position"
        ).fetchall()
    assert kinds == [("raised",), ("returned",)]
    town.on(DEBITED)
    assert town.post().settled == 0
    assert town.owes("1") == 0
    assert claimed(town, mandate, cancelled=True).is_whole()  # nothing is left to withdraw


def test_a_claim_that_is_withdrawn_after_it_was_settled_is_set_aside_with_what_to_do(
    town: Town,
) -> None:
    mandate, _ = collected(town)
    claimed(town, mandate)
    town.on(DEBITED)
    town.post()
    report = claimed(town, mandate, cancelled=True)
    (why,) = report.bad_lines.values()
    assert "claim CLAIM-1 was settled on 2027-01-22" in why
    assert "identify it there to account 1 of HSG" in why
    town.bank((PENCE, "DDIC CLAIM-1 CANCELLED"), on=DEBITED)
    (held,) = (name.removeprefix("receipt:") for name in town.app.store.stream_names("receipt:"))
    found = sc.IdentifySuspense(
        receipt=held, to_unit="HSG", to_account="1", reason="the claim was cancelled"
    )
    assert answer(town, found) == "posted"
    assert town.owes("1") == -PENCE


def test_a_collection_whose_refund_came_back_is_claimed_once_like_any_other(town: Town) -> None:
    mandate, _ = collected(town)
    town.refunded("1", "F1", PENCE)
    town.bank((PENCE, f"RETURNED {town.account('1').reference}"), on=CLAIMED)
    assert town.credit_returned(mandate, PENCE, "5").is_whole()
    assert [one.refund for one in town.post().back] == ["F1"]
    assert town.owes("1") == -PENCE
    assert claimed(town, mandate).is_whole()
    again = refund("F2").model_copy(update={"account": "1"})
    assert answer(town, again) == Code.CLAIM_LIVE
    town.on(DEBITED)
    assert town.post().settled == 1
    assert town.owes("1") == 0
    assert all(row["holds"] for row in town.rows("identities", town.today))
