"""What has to be done about Direct Debits, and by when; what became of challenged claims."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from ledger import commands as c
from ledger import indemnity_commands as ic
from ledger.collection_run_commands import IdentifyRunCredit
from service.report_run import known_now

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
AFTER, JANUARY, DEBITED = date(2026, 12, 16), date(2027, 1, 5), date(2027, 1, 26)
HOLIDAYS = "extra_holidays = [2026-12-17, 2026-12-21]\n"


def collecting(town: Town, *accounts: str) -> dict[str, str]:
    """Mandates of the accounts, lodged and announced; it is the day for the run."""
    town.opened(*accounts)
    mandates = {}
    for account in accounts:
        town.billed(account, f"I-{account}", 10_000, COLLECTED)
        mandates[account] = town.mandate(account, town.payer(int(account)))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    return mandates


def waiting(town: Town, as_at: date, item: str) -> dict[str, date]:
    """What waits of one thing: kind -> act by."""
    rows = town.rows("direct_debit_exceptions", as_at)
    return {row["kind"]: row["act_by"] for row in rows if row["item"] == item}


def exact(cell: Any) -> Any:  # noqa: ANN401 - a cell
    """A cell with a rate as it is shown."""
    return round(cell, 4) if isinstance(cell, Decimal) else cell


def test_every_open_step_of_a_run_is_told_until_it_is_done(town: Town) -> None:
    collecting(town, "1")
    run = town.prepare(COLLECTED).opened.run
    assert waiting(town, town.today, run) == {"run_not_released": date(2026, 12, 11)}
    file = town.release(run)
    steps = ("run_not_reported", "run_not_credited", "run_not_signed_off")
    assert waiting(town, town.today, run) == dict.fromkeys(steps, date(2026, 12, 18))
    town.input_report(file)
    assert set(waiting(town, town.today, run)) == set(steps[1:])
    town.on(COLLECTED)
    town.bank((10_000, "BACS CREDIT"), on=COLLECTED)
    town.post()
    assert set(waiting(town, COLLECTED, run)) == {"run_not_signed_off"}


def test_a_reinstated_mandate_is_told_until_what_was_announced_is_announced_again(
    town: Town,
) -> None:
    mandates = collecting(town, "1", "2", "3")
    for mandate in mandates.values():
        town.advised("ADDACS", town.advice("ADDACS", mandate, "1"))
        assert waiting(town, town.today, mandate) == {}
        report = town.advised("ADDACS", town.advice("ADDACS", mandate, "R"))
        assert (report.is_whole(), len(report.notices)) == (True, 1)
        assert "announce it again" in report.notices[0]
        assert waiting(town, town.today, mandate) == {"instruction_reinstated": date(2026, 12, 16)}
    town.pays("2", 10_000)
    assert waiting(town, town.today, mandates["2"]) == {}
    town.announce(date(2026, 12, 29))
    assert waiting(town, town.today, mandates["1"]) == {}


def test_a_mandate_that_had_nothing_announced_is_not_told_when_it_is_reinstated(town: Town) -> None:
    town.opened("1")
    town.billed("1", "I-1", 10_000, COLLECTED)
    mandate = town.mandate("1", town.payer(1))
    town.advised("ADDACS", town.advice("ADDACS", mandate, "1"))
    town.advised("ADDACS", town.advice("ADDACS", mandate, "R"))
    assert town.state(mandate).status != "cancelled"
    assert waiting(town, town.today, mandate) == {}


def test_a_collection_that_is_on_no_account_after_its_entry_day_is_told(town: Town) -> None:
    collecting(town, "1", "2")
    run, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(AFTER)
    assert "run_not_posted" not in waiting(town, COLLECTED, run)
    assert waiting(town, AFTER, run)["run_not_posted"] == AFTER
    by_hand = c.ReceivePayment(
        unit="HSG",
        account="1",
        receipt=f"DD:{run}/1",
        amount_minor=10_000,
        method="direct_debit",
        value_on=COLLECTED,
        rule="test",
    )
    assert [one.status for one in town.give(by_hand)] == ["posted"]
    assert "run_not_posted" not in waiting(town, AFTER, run)
    assert waiting(town, AFTER, f"{run}/2") == {"collection_not_posted": AFTER}
    assert waiting(town, AFTER, f"{run}/1") == {}
    town.post()
    assert waiting(town, AFTER, f"{run}/2") == {}


def test_of_a_run_that_never_went_nobody_is_said_to_have_been_debited(town: Town) -> None:
    collecting(town, "1")
    run = town.prepare(COLLECTED).opened.run
    assert set(waiting(town, AFTER, run)) == {"run_not_released"}
    file = town.release(run)
    town.input_report(file)
    assert "run_not_posted" in waiting(town, AFTER, run)
    town.withdrawn(file)  # what is in it is stopped by the next day's work
    assert waiting(town, AFTER, run) == {}


def test_a_credit_in_suspense_is_told_and_shown_before_the_input_report_came(town: Town) -> None:
    collecting(town, "1")
    run, _ = town.sent(COLLECTED)
    town.on(COLLECTED)
    town.bank((10_000, "BACS CREDIT"), on=COLLECTED)
    (held,) = town.rows("suspense", COLLECTED)
    receipt = held["receipt"]
    assert waiting(town, COLLECTED, receipt) == {"credit_not_identified": date(2026, 12, 18)}
    told = IdentifyRunCredit(receipt=receipt, to_run=run)
    (identified,) = town.give(told)
    assert identified.status == "posted", identified.refusals
    assert waiting(town, COLLECTED, receipt) == {}
    rows = town.rows("collection_runs", COLLECTED)
    (row,) = [one for one in rows if one["run"] == run]
    assert (row["bank_amount"], row["reported_amount"], row["difference"]) == (100, None, 100)
    assert "run_not_credited" not in waiting(town, COLLECTED, run)


def test_a_refund_of_claimed_money_is_to_be_stopped_and_is_then_paid_twice(town: Town) -> None:
    mandates = collecting(town, "1", "2")
    town.input_report(town.sent(COLLECTED)[1])
    town.on(COLLECTED)
    town.pays("1", 10_000)  # so the collection is more than is owed
    town.post()
    town.on(JANUARY)
    refund = c.ProposeRefund(
        unit="HSG",
        account="1",
        refund="RF-1",
        amount_minor=10_000,
        reason="paid twice",
        accepts_claim_risk=True,
    )
    approved = c.ApproveRefund(unit="HSG", account="1", refund="RF-1")
    given = [*town.give(refund), *town.give(approved, actor="senior.cole")]
    assert [one.status for one in given] == ["posted", "posted"], given
    for account in "12":
        name, days = f"CLAIM-{account}", [(COLLECTED, 10_000)]
        town.claimed(town.claim(name, mandates[account], "1", days, DEBITED), debit_on=DEBITED)
    live = {"claim_to_challenge": date(2027, 1, 18)}
    assert waiting(town, JANUARY, "CLAIM-1") == waiting(town, JANUARY, "CLAIM-2") == live
    assert waiting(town, JANUARY, "RF-1") == {"refund_to_stop": DEBITED}
    before = known_now(town.app)
    town.on(JANUARY)  # a second later
    paid = c.RecordRefundPaid(
        unit="HSG",
        account="1",
        refund="RF-1",
        payment_reference="BACS 1",
        paid_despite_claim=True,
    )
    (outcome,) = town.give(paid, actor="manager.dean")
    assert outcome.status == "posted", outcome.refusals
    twice = {"paid_twice": date(2027, 1, 8)}
    assert waiting(town, JANUARY, "RF-1") == twice
    told = town.rows("direct_debit_exceptions", JANUARY, before)
    assert "refund_to_stop" in {row["kind"] for row in told}
    town.on(DEBITED)
    town.post()  # settled: now the money is lost, until it is paid back
    assert waiting(town, DEBITED, "RF-1") == twice
    town.pays("1", 10_000)
    assert waiting(town, DEBITED, "RF-1") == {}


def test_a_refund_that_failed_or_whose_claim_was_withdrawn_is_no_longer_to_be_stopped(
    town: Town,
) -> None:
    mandates = collecting(town, "1", "2")
    town.input_report(town.sent(COLLECTED)[1])
    town.on(COLLECTED)
    for account in "12":
        town.pays(account, 10_000)
    town.post()
    town.on(JANUARY)
    for account in "12":
        given = {"unit": "HSG", "account": account, "refund": f"RF-{account}"}
        why = {"reason": "paid twice", "accepts_claim_risk": True}
        town.give(c.ProposeRefund(**given, amount_minor=10_000, **why))
        (outcome,) = town.give(c.ApproveRefund(**given), actor="senior.cole")
        assert outcome.status == "posted", outcome.refusals
        days = [(COLLECTED, 10_000)]
        claim = town.claim(f"CLAIM-{account}", mandates[account], "1", days, DEBITED)
        town.claimed(claim, debit_on=DEBITED)
        assert set(waiting(town, JANUARY, f"RF-{account}")) == {"refund_to_stop"}
    failed = c.RecordRefundFailed(unit="HSG", account="1", refund="RF-1", reason="stopped")
    withdrawn = ic.WithdrawIndemnityClaim(
        unit="HSG", account="2", claim="CLAIM-2", advice="DDICA line 1"
    )
    answers = [
        *town.give(failed, actor="manager.dean"),
        *town.give(withdrawn, actor="system:intake"),
    ]
    assert [one.status for one in answers] == ["posted", "posted"], answers
    assert waiting(town, JANUARY, "RF-1") == waiting(town, JANUARY, "RF-2") == {}


def test_a_mandate_that_is_about_to_be_dormant_is_told_in_time(town: Town) -> None:
    mandates = collecting(town, "1")
    town.sent(COLLECTED)  # processed on 14 December, so it is dormant two years later
    assert waiting(town, date(2028, 10, 14), mandates["1"]) == {}
    told = {"mandate_going_dormant": date(2028, 12, 13)}
    assert waiting(town, date(2028, 10, 15), mandates["1"]) == told


def test_what_came_back_can_be_presented_again_for_a_month_only(town: Town, lines: Lines) -> None:
    collecting(town, "1")
    run, file = town.sent(COLLECTED)
    town.on(COLLECTED)
    town.post()
    town.on(AFTER)
    (one,) = lines(file)
    town.returned((one, "0128", "X"), processed_on=date(2026, 12, 14))
    last = date(2027, 1, 13)  # sent then, it is processed on the 14th: a month after the first time
    assert waiting(town, last, f"{run}/1") == {"returned_represent": last}
    told = {"returned": date(2026, 12, 21)}
    assert waiting(town, date(2027, 1, 14), f"{run}/1") == told


def test_the_days_to_act_in_leave_out_the_holidays_of_the_policy(
    town: Town, lines: Lines, reworded: Callable[[str], Town]
) -> None:
    collecting(town, "1")
    run, file = town.sent(COLLECTED)
    town.on(AFTER)
    (one,) = lines(file)
    town.returned((one, "1012", "X"), processed_on=date(2026, 12, 14))
    assert waiting(town, AFTER, f"{run}/1") == {"returned": date(2026, 12, 21)}
    policy = (town.folder / "policy" / "direct-debit.toml").read_text("utf-8")
    town = reworded(HOLIDAYS + policy)
    assert waiting(town, AFTER, f"{run}/1") == {"returned": date(2026, 12, 23)}


def test_a_rejected_instruction_waits_until_the_account_has_another(town: Town) -> None:
    town.opened("1")
    reference = town.mandate("1", town.payer(1))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.on(date(2026, 12, 2))
    town.advised("AUDDIS", town.advice("AUDDIS", reference, "5"))
    assert set(waiting(town, town.today, reference)) == {"instruction_rejected"}
    town.mandate("1", town.payer(2))
    assert waiting(town, town.today, reference) == {}


def test_challenged_claims_are_won_lost_or_open(town: Town) -> None:
    accounts = "12345"
    mandates = collecting(town, *accounts)
    town.input_report(town.sent(COLLECTED)[1])
    town.on(COLLECTED)
    town.post()
    town.on(JANUARY)

    def claim(account: str, **more: Any) -> Any:  # noqa: ANN401 - of the conftest
        reference, days = mandates[account], [(COLLECTED, 10_000)]
        code = "2" if account == "3" else "1"
        return town.claim(f"C-{account}", reference, code, days, DEBITED, **more)

    for account in accounts:
        town.claimed(claim(account), debit_on=DEBITED)
    challenges = [
        ic.ChallengeIndemnityClaim(unit="HSG", account=one, claim=f"C-{one}", grounds="agreed")
        for one in "1234"
    ]
    assert {one.status for one in town.give(*challenges)} == {"posted"}
    for account in "123":
        withdrawn = ic.WithdrawIndemnityClaim(
            unit="HSG", account=account, claim=f"C-{account}", advice="DDICA line 1"
        )
        (outcome,) = town.give(withdrawn, actor="system:intake")
        assert outcome.status == "posted", outcome.refusals
    town.on(DEBITED)

    def counted(as_at: date) -> dict[Any, Any]:
        names = ("claims", "challenged", "won", "lost", "open", "win_rate", "won_amount")
        rows = town.rows("indemnity_challenges", as_at)
        return {row["reason"]: tuple(exact(row[name]) for name in names) for row in rows}

    assert counted(COLLECTED) == {None: (0, 0, 0, 0, 0, None, 0)}
    assert counted(JANUARY)[None] == (5, 4, 3, 0, 1, 1, 300)
    town.post()  # settles what is live still
    assert counted(DEBITED) == {
        None: (5, 4, 3, 1, 0, Decimal("0.75"), 300),
        "1": (4, 3, 2, 1, 0, Decimal("0.6667"), 200),
        "2": (1, 1, 1, 0, 0, 1, 100),
    }
