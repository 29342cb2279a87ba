"""The figures of Direct Debits against a month that is counted by hand, on both axes of time."""

from datetime import date, datetime
from typing import Any, TypeAlias

from ledger.mandate_commands import CancelMandate, SuspendMandate
from projections.reporting.reports import REPORTS
from service.report_run import known_now

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
JANUARY = date(2027, 1, 5)


def test_the_rows_name_their_own_definitions(town: Town) -> None:
    town.opened("1")
    town.mandate("1", town.payer(1))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    for report in REPORTS:
        if report.name in ("direct_debit_rates", "collection_runs", "direct_debit_exceptions"):
            named = {row["definition"] for row in town.rows(report.name, LODGED)}
            assert named
            assert named <= set(report.definitions)


def rates(town: Town, as_at: date, as_known: datetime | None = None) -> dict[Any, Any]:
    """(definition, reason) -> items, of items, amount, of amount."""
    found = {}
    for row in town.rows("direct_debit_rates", as_at, as_known):
        money = (int(row["amount"]), int(row["of_amount"]))
        found[row["definition"].partition(".")[0], row["reason"]] = (
            row["items"],
            row["of_items"],
            *money,
        )
    return found


def test_the_rates_are_those_that_are_counted_by_hand(town: Town, lines: Lines) -> None:
    accounts = [str(number) for number in range(10)]
    mandates = {}
    for number, account in enumerate(accounts):
        town.opened(account)
        town.billed(account, f"I-{account}", 10_000 * (number + 1), COLLECTED)
        mandates[account] = town.mandate(account, town.payer(number))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.announce(COLLECTED)
    town.on(date(2026, 12, 2))
    # One of ten instructions comes back: nine collections of 5,500 - 100 = 5,400 pounds.
    town.advised("AUDDIS", town.advice("AUDDIS", mandates["0"], "5"))
    town.on(date(2026, 12, 11))
    run, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    town.bank((540_000, "BACS CREDIT"), on=COLLECTED)
    town.post()
    before = known_now(town.app)
    by = {one.reference: one for one in lines(file)}
    back = [(by[mandates[one]], code, "X") for one, code in (("1", "0128"), ("2", "0128"))]
    back.append((by[mandates["3"]], "1012", "INSTRUCTION CANCELLED"))
    town.on(date(2026, 12, 16))
    town.returned(*back, processed_on=date(2026, 12, 14))
    town.advised("ADDACS", town.advice("ADDACS", mandates["4"], "1"))
    # What the first unpaid one was for is paid by another way.
    town.pays("1", 20_000)
    town.on(JANUARY)
    claim = town.claim("CLAIM-1", mandates["9"], "1", [(COLLECTED, 100_000)], date(2027, 1, 26))
    town.claimed(claim, debit_on=date(2027, 1, 26))
    found = rates(town, JANUARY)
    assert found["DDR-1", None] == (3, 9, 900, 5_400)
    assert found["DDR-1", "0"] == (2, 9, 500, 5_400)
    assert found["DDR-1", "1"] == (1, 9, 400, 5_400)
    assert found["DDR-2", None] == (2, 3, 700, 900)
    assert found["DDR-3", None] == (1, 10, 0, 0)
    assert found["DDR-5", None] == (1, 9, 1_000, 5_400)
    # As it was known before the bank told of the returns, and as it was on the day before them.
    assert rates(town, JANUARY, before)["DDR-1", None] == (0, 9, 0, 5_400)
    assert rates(town, COLLECTED)["DDR-1", None] == (0, 9, 0, 5_400)
    (row,) = [one for one in town.rows("collection_runs", JANUARY) if one["run"] == run]
    totals = ("ledger_amount", "file_amount", "reported_amount", "bank_amount")
    assert [int(row[name]) for name in totals] == [5_400] * 4
    assert (row["returned_items"], int(row["difference"])) == (3, 0)
    kinds = {(one["kind"], one["account"]) for one in town.rows("direct_debit_exceptions", JANUARY)}
    assert kinds == {
        ("returned_represent", "2"),
        ("returned", "3"),
        ("instruction_rejected", "0"),
        ("claim_to_challenge", "9"),
        ("run_not_signed_off", None),
        ("run_not_reported", None),  # the run that carried instructions only
    }


def test_attrition_counts_what_payers_and_banks_ended_of_what_lived_at_the_start(
    town: Town,
) -> None:
    mandates = []
    for number in range(4):
        town.opened(str(number))
        mandates.append(town.mandate(str(number), town.payer(number)))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.on(date(2027, 4, 6))  # a new financial year
    town.advised("ADDACS", town.advice("ADDACS", mandates[0], "1"))
    town.advised("ADDACS", town.advice("ADDACS", mandates[1], "B"))
    town.advised("ADDACS", town.advice("ADDACS", mandates[2], "3"))  # a transfer is no loss
    found = rates(town, date(2027, 4, 7))
    assert found["DDR-4", None][:2] == (2, 4)
    assert found["DDR-4", "B"][:2] == (1, 4)


def test_a_rate_counts_nothing_that_is_not_in_its_base(town: Town) -> None:
    town.opened("0", "1", "2")
    early = town.mandate("0", town.payer(0))
    town.on(date(2027, 3, 24))
    town.sent(date(2027, 3, 30))
    town.on(date(2027, 4, 6))  # a new financial year: nothing of it is in the base of DDR-3 yet
    town.advised("AUDDIS", town.advice("AUDDIS", early, "5"))
    nothing = {(f"DDR-{number}", None): (0, 0, 0, 0) for number in range(1, 6)}
    lived = {("DDR-4", None): (0, 1, 0, 0)}
    assert rates(town, date(2027, 4, 6)) == nothing | lived
    shown = {row["rate"] for row in town.rows("direct_debit_rates", date(2027, 4, 6))}
    assert shown == {None, 0}  # NULL where there is nothing to measure against
    late = [town.mandate(account, town.payer(int(account))) for account in ("1", "2")]
    _, file = town.sent(date(2027, 4, 12))
    assert file.read_text("ascii").count("0N") == 2
    town.on(date(2027, 4, 14))
    town.advised("AUDDIS", town.advice("AUDDIS", late[0], "5"))
    town.advised("ADDACS", town.advice("ADDACS", late[1], "1"))  # it did not live at the start
    found = rates(town, date(2027, 4, 14))
    assert found["DDR-3", None][:2] == (1, 2)
    assert found["DDR-4", None][:2] == (0, 1)


def test_a_mandate_that_its_bank_reinstates_is_not_lost(town: Town) -> None:
    town.opened("1")
    one = town.mandate("1", town.payer(1))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.on(date(2027, 4, 6))
    town.advised("ADDACS", town.advice("ADDACS", one, "1"))
    assert rates(town, date(2027, 4, 6))["DDR-4", "1"][:2] == (1, 1)
    town.on(date(2027, 4, 8))
    town.advised("ADDACS", town.advice("ADDACS", one, "R"))
    assert rates(town, date(2027, 4, 8))["DDR-4", None][:2] == (0, 1)


def test_one_payment_makes_up_for_one_unpaid_collection(town: Town, lines: Lines) -> None:
    again = date(2026, 12, 17)
    town.opened("1")
    town.billed("1", "I-1", 20_000, [(COLLECTED, 10_000), (again, 10_000)])
    town.mandate("1", town.payer(1))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.announce(COLLECTED, again)
    town.on(date(2026, 12, 11))
    files = [town.sent(day)[1] for day in (COLLECTED, again)]
    town.on(again)
    town.post()
    town.on(date(2026, 12, 18))
    for file, day in zip(files, (date(2026, 12, 14), date(2026, 12, 16)), strict=True):
        (one,) = lines(file)
        town.returned((one, "1012", "X"), processed_on=day)
    assert rates(town, JANUARY)["DDR-2", None] == (2, 2, 200, 200)
    town.pays("1", 10_000)  # the first of them is made up for
    assert rates(town, JANUARY)["DDR-2", None] == (1, 2, 100, 200)
    town.pays("1", 5_000)  # and half of the second
    assert rates(town, JANUARY)["DDR-2", None] == (1, 2, 50, 200)
    town.on(date(2027, 1, 18))  # more than 30 days later
    town.pays("1", 5_000)
    assert rates(town, date(2027, 1, 18))["DDR-2", None] == (1, 2, 50, 200)


def test_a_claim_and_a_suspension_stay_listed_until_they_are_over(town: Town) -> None:
    town.opened("1", "2")
    town.billed("1", "I-1", 10_000, COLLECTED)
    one, two = town.mandate("1", town.payer(1)), town.mandate("2", town.payer(2))
    (suspended,) = town.give(SuspendMandate(sun="999999", mandate=two, reason="disputed"))
    assert suspended.status == "posted"
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    town.post()
    town.on(JANUARY)
    debit_on = date(2027, 1, 26)
    town.claimed(
        town.claim("CLAIM-1", one, "1", [(COLLECTED, 10_000)], debit_on), debit_on=debit_on
    )

    def waits(as_at: date) -> set[tuple[str, date]]:
        rows = town.rows("direct_debit_exceptions", as_at)
        return {(row["kind"], row["act_by"]) for row in rows if row["account"] == "1"}

    assert waits(JANUARY) == {("claim_to_challenge", date(2027, 1, 18))}
    assert waits(date(2027, 1, 20)) == {("claim_live", debit_on)}
    assert waits(debit_on) == {("claim_to_settle", debit_on)}
    kinds = {row["kind"] for row in town.rows("direct_debit_exceptions", JANUARY)}
    assert "instruction_suspended" in kinds


def test_a_mandate_that_we_cancelled_does_not_live_on_because_its_bank_was_told(
    town: Town,
) -> None:
    town.opened("1", "2")
    one, _ = town.mandate("1", town.payer(1)), town.mandate("2", town.payer(2))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.on(date(2027, 1, 4))
    cancel = CancelMandate(
        sun="999999", mandate=one, by="us", reason="asked", reported_on=date(2027, 1, 4)
    )
    assert [outcome.status for outcome in town.give(cancel)] == ["posted"]
    _, file = town.sent(date(2027, 1, 12))
    assert "0C" in file.read_text("ascii")
    town.on(date(2027, 4, 6))
    assert rates(town, date(2027, 4, 7))["DDR-4", None][:2] == (0, 1)


def test_a_collection_is_provisional_until_the_days_for_returns_are_over(
    town: Town, lines: Lines
) -> None:
    mandates = {}
    for number in range(4):
        account = str(number)
        town.opened(account)
        town.billed(account, f"I-{account}", 10_000, COLLECTED)
        mandates[account] = town.mandate(account, town.payer(number))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    run, file = town.sent(COLLECTED)
    back = {one.reference: one for one in lines(file)}
    town.input_report(file, [(back[mandates["3"]], "INVALID")])
    town.on(COLLECTED)
    town.post()
    town.on(date(2026, 12, 16))
    town.returned((back[mandates["1"]], "0128", "X"), processed_on=date(2026, 12, 14))
    town.on(JANUARY)
    debit_on = date(2027, 1, 26)
    claim = town.claim("CLAIM-1", mandates["2"], "1", [(COLLECTED, 10_000)], debit_on)
    town.claimed(claim, debit_on=debit_on)
    town.on(debit_on)
    town.post()

    def states(as_at: date) -> dict[str, str]:
        rows = town.rows("collections", as_at)
        return {row["account"]: row["state"] for row in rows if row["run"] == run}

    paid = {"0": "made_good", "1": "returned", "2": "made_good", "3": "stopped"}
    assert states(date(2026, 12, 14)) == dict.fromkeys("012", "instructed") | {"3": "stopped"}
    assert states(COLLECTED) == dict.fromkeys("012", "provisional") | {"3": "stopped"}
    assert states(date(2026, 12, 17)) == paid | dict.fromkeys("02", "provisional")
    assert states(date(2026, 12, 18)) == paid
    assert states(JANUARY) == paid | {"2": "claimed"}
    assert states(debit_on) == paid | {"2": "claim_settled"}
