"""The verbs about indemnity claims, as an officer types them."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ledger.bacs_days import BacsDays

Command: TypeAlias = Any  # of the conftest, which cannot be imported from here

POLICY = """
[[originator]]
unit = "HSG"
sun = "999999"
account = "300000-12345678"
account_name = "ANYTOWN COUNCIL"
user_name = "ANYTOWN COUNCIL"
"""
TODAY = date.today()  # noqa: DTZ011 - the day of the server


@pytest.fixture
def council(tallystick: Command) -> Command:
    """Account 1 was credited with a collection."""
    policy = Path(tallystick.variables["TALLYSTICK_POLICY_DIR"])
    (policy / "direct-debit.toml").write_text(POLICY, encoding="utf-8")
    done(tallystick, "open-account", "unit=HSG", "account=1", "debt_type=rent")
    done(
        tallystick, "receive-payment", "unit=HSG", "account=1", "receipt=DD:R1/1",
        "amount=30.00", "method=direct_debit", f"value_on={TODAY}", "rule=x",
    )  # fmt: skip
    return tallystick


def done(tallystick: Command, *words: str, actor: str = "system:intake") -> None:
    said = tallystick("command", *words, "--actor", actor)
    assert said.code == 0, said.said


def claimed(council: Command, name: str, raised_on: date = TODAY) -> None:
    done(
        council, "raise-indemnity-claim", "unit=HSG", "account=1", f"claim={name}", "sun=999999",
        "mandate=M1", "receipt=DD:R1/1", "amount=30.00", "code=2", "reason=x",
        f"raised_on={raised_on}", f"debit_on={TODAY + timedelta(days=20)}", "advice=DDICA",
    )  # fmt: skip


def test_a_claim_is_listed_with_its_days_and_its_reason_in_words(council: Command) -> None:
    claimed(council, "CLAIM-1")
    (one,) = council("dd", "claim", "list", "--json").json()
    days = BacsDays()
    assert one["challenge_by"] == days.after(TODAY, 9).isoformat()
    assert one["days_left"] == 9 + days.is_processing_day(TODAY)
    assert (one["collection"], one["status"], one["amount_minor"]) == ("R1/1", "live", 3000)
    said = council("dd", "claim", "list")
    assert f"{one['days_left']} working days left" in said.said
    assert "no advance notice received" in said.said
    assert "1 claim, £30.00" in said.out
    assert "HSG/1" in said.out


def test_a_claim_is_challenged_in_time_and_shown_with_its_story(council: Command) -> None:
    claimed(council, "CLAIM-1")
    said = council("dd", "claim", "challenge", "CLAIM-1", "--grounds", "the notice of 1 May")
    assert said.code == 0, said.said
    assert "unless the bank withdraws it before" in said.out
    story = council("dd", "claim", "show", "CLAIM-1")
    assert "we challenged claim CLAIM-1: the notice of 1 May" in story.out
    assert "collection R1/1 of £30.00, mandate M1" in story.out
    assert "Claim CLAIM-1 on account HSG/1: challenged" in story.out


def test_after_its_last_day_a_claim_is_not_challenged(council: Command) -> None:
    claimed(council, "OLD", TODAY - timedelta(days=30))
    said = council("dd", "claim", "challenge", "OLD", "--grounds", "x")
    assert (said.code, "too_late_to_challenge" in said.err) == (3, True)
    assert "too late" in council("dd", "claim", "show", "OLD").out
    assert council("dd", "claim", "show", "OLD", "--json").json()["days_left"] == 0


def test_a_refund_that_a_claim_met_is_told_with_what_to_do(council: Command) -> None:
    done(
        council, "propose-refund", "unit=HSG", "account=1", "refund=F1", "amount=30.00",
        "reason=x", "accepts_claim_risk=true", actor="officer.ames",
    )  # fmt: skip
    done(council, "approve-refund", "unit=HSG", "account=1", "refund=F1", actor="manager.dean")
    claimed(council, "CLAIM-1")
    assert "stop refund F1 of £30.00 from HSG/1" in council("dd", "claim", "show", "CLAIM-1").out
    paid = ("record-refund-paid", "unit=HSG", "account=1", "refund=F1", "payment_reference=B1")
    said = council("command", *paid, "--actor", "manager.dean")
    assert (said.code, "claim_live" in said.err) == (3, True)
    done(council, *paid, "paid_despite_claim=true", actor="manager.dean")


def test_a_claim_is_withdrawn_by_a_senior_officer_and_then_only_listed_when_asked(
    council: Command,
) -> None:
    claimed(council, "CLAIM-1")
    words = ("dd", "claim", "withdraw", "CLAIM-1", "--advice", "letter of 3 June")
    assert "not_authorised" in council(*words, "--actor", "officer.ames").err
    said = council(*words, "--actor", "senior.cole")
    assert said.code == 0, said.said
    assert council("dd", "claim", "list", "--json").json() == []
    (one,) = council("dd", "claim", "list", "--all", "--json").json()
    assert one["status"] == "withdrawn"


def test_a_claim_that_is_not_there_is_named(council: Command) -> None:
    assert council("dd", "claim", "show", "C").code == 5
    claimed(council, "CLAIM-1")
    said = council("dd", "claim", "show", "CLAIM-2")
    assert (said.code, "did you mean CLAIM-1?" in said.err) == (5, True)


def test_a_claim_that_two_accounts_have_asks_which(council: Command) -> None:
    claimed(council, "CLAIM-1")
    done(council, "open-account", "unit=HSG", "account=2", "debt_type=rent")
    done(
        council, "receive-payment", "unit=HSG", "account=2", "receipt=DD:R1/2",
        "amount=5.00", "method=direct_debit", f"value_on={TODAY}", "rule=x",
    )  # fmt: skip
    done(
        council, "raise-indemnity-claim", "unit=HSG", "account=2", "claim=CLAIM-1", "sun=999999",
        "mandate=M2", "receipt=DD:R1/2", "amount=5.00", "code=9", "reason=who knows",
        f"raised_on={TODAY}", f"debit_on={TODAY + timedelta(days=20)}", "advice=DDICA",
    )  # fmt: skip
    said = council("dd", "claim", "show", "CLAIM-1")
    assert (said.code, "--account HSG/1, HSG/2?" in said.err) == (2, True)
    chosen = council("dd", "claim", "show", "CLAIM-1", "--account", "HSG/2")
    assert "reason: who knows" in chosen.out
