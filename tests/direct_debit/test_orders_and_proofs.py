"""Reports late, twice, in any order; runs changed, given up, withdrawn; proofs that must fail."""

from collections.abc import Callable
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ledger.collection_plan import Held, HoldBack
from ledger.rejections import Code
from service.cli_direct_debit_changes import withholding
from service.direct_debit.planning import NotCollectingError, plan_for
from service.direct_debit.preparing import represent
from service.direct_debit.releasing import FileChangedError
from service.direct_debit.run_file import write_file
from service.direct_debit.runs import (
    RunRefusedError,
    abandon,
    find_run,
)
from service.report_run import catch_up

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE = 10_000


def _items(town: Town, account: str) -> dict[str, int]:
    return {name: item.open_minor for name, item in town.account(account).items.items()}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_end_is_the_same_in_whichever_order_the_reports_come(
    town: Town, lines: Lines, order: tuple[int, ...]
) -> None:
    mandates = town.told("1", "2")
    run, file = town.sent(COLLECTED)
    unpaid = next(one for one in lines(file) if one.reference == mandates["1"])
    town.on(COLLECTED)
    steps: list[Callable[[], object]] = [
        lambda: town.input_report(file),
        lambda: town.returned((unpaid, "0128", "REFER TO PAYER"), processed_on=date(2026, 12, 14)),
        lambda: town.bank((2 * PENCE, "BACS CREDIT"), on=COLLECTED),
    ]
    for step in order:
        steps[step]()
        town.post()
    for again in order:  # everything once more: nothing changes
        if again != 2:
            steps[again]()
    town.post()
    assert (town.owes("1"), town.owes("2")) == (PENCE, 0)
    assert _items(town, "1") == {"I-1": PENCE}
    (collection,) = town.state(mandates["1"]).collections.values()
    assert (collection.status, collection.reason_code) == ("returned", "0")
    assert town.prove(run).differences == ()


def test_a_returned_item_opens_what_it_had_paid_and_nothing_else_of_that_payer(
    town: Town, lines: Lines
) -> None:
    town.opened("1", "2")
    payer = town.payer(7)
    references = {}
    for account in ("1", "2"):
        references[account] = town.mandate(account, payer)
        town.billed(account, f"I-{account}", PENCE, COLLECTED)
        town.billed(account, f"J-{account}", PENCE, date(2026, 12, 31))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    town.post()
    unpaid = next(one for one in lines(file) if one.reference == references["1"])
    town.returned((unpaid, "1012", "INSTRUCTION CANCELLED"), processed_on=date(2026, 12, 14))
    assert _items(town, "1") == {"I-1": PENCE, "J-1": PENCE}
    assert _items(town, "2") == {"J-2": PENCE}
    assert town.state(references["2"]).status == "active"


def test_new_details_after_an_unpaid_collection_bring_the_mandate_back(
    town: Town, lines: Lines
) -> None:
    mandates = town.told("1")
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    town.returned((lines(file)[0], "3000", "ACCOUNT TRANSFERRED"), processed_on=date(2026, 12, 14))
    assert town.state(mandates["1"]).status == "cancelled"
    new = {"new_sort_code": "202959", "new_account": "63748472"}
    town.advised("ADDACS", town.advice("ADDACS", mandates["1"], "3", **new))
    state = town.state(mandates["1"])
    assert (state.status, state.is_held, state.to_lodge) == ("active", True, None)


def test_a_net_credit_of_the_bank_is_proved_with_what_it_took_off_at_once(
    town: Town, lines: Lines
) -> None:
    mandates = town.told("1", "2")
    run, file = town.sent(COLLECTED)
    town.input_report(file)
    unpaid = next(one for one in lines(file) if one.reference == mandates["1"])
    town.on(COLLECTED)
    town.returned((unpaid, "0128", "REFER TO PAYER"), processed_on=date(2026, 12, 14))
    town.bank((PENCE, "BACS CREDIT NET"), on=COLLECTED)
    town.post()
    assert town.prove(run).differences == ()
    assert "returned at once 100.00" in town.prove(run).totals[3].note


def test_what_bacs_rejected_is_due_again_and_the_proof_names_it(town: Town, lines: Lines) -> None:
    mandates = town.told("1", "2")
    run, file = town.sent(COLLECTED)
    bad = next(one for one in lines(file) if one.reference == mandates["2"])
    report = town.input_report(file, [(bad, "INVALID ACCOUNT")])
    assert report.done["rejected"] == 1
    town.on(COLLECTED)
    town.bank((PENCE, "BACS CREDIT"), on=COLLECTED)
    assert town.post().credited.receipts == 1
    assert (town.owes("1"), town.owes("2")) == (0, PENCE)
    assert town.prove(run).differences == ()


def test_a_run_of_which_bacs_rejected_everything_is_proved_without_a_credit(
    town: Town, lines: Lines
) -> None:
    town.told("1")
    run, file = town.sent(COLLECTED)
    town.input_report(file, [(lines(file)[0], "INVALID ACCOUNT")])
    town.on(COLLECTED)
    town.post()
    assert town.prove(run).differences == ()
    (row,) = [one for one in town.rows("collection_runs", COLLECTED) if one["run"] == run]
    assert (row["bank_amount"], row["difference"]) == (row["ledger_amount"], 0)
    assert "run_not_credited" not in {
        one["kind"] for one in town.rows("direct_debit_exceptions", COLLECTED)
    }
    town.sign_off(run)


def test_a_run_is_signed_off_only_when_all_four_agree(town: Town) -> None:
    town.told("1", "2")
    run, file = town.sent(COLLECTED)
    with pytest.raises(RunRefusedError) as error:
        town.sign_off(run)
    assert error.value.refusals[0].code == Code.RUN_NOT_PROVED
    town.input_report(file)
    town.on(COLLECTED)
    town.bank((2 * PENCE - 1, "BACS CREDIT, A PENNY SHORT"), on=COLLECTED)
    assert town.post().paired == []
    assert town.prove(run).differences == ("bank: its credit has not come",)
    town.on(date(2026, 12, 16))
    town.bank((2 * PENCE, "BACS CREDIT"), on=date(2026, 12, 16))
    town.post()
    town.sign_off(run)
    assert find_run(town.app, run).status == "signed_off"


def test_a_run_of_instructions_alone_has_nothing_for_the_bank_to_credit(town: Town) -> None:
    town.opened("1")
    town.mandate("1", town.payer(1))
    town.on(date(2026, 11, 26))
    run, file = town.sent(LODGED)
    assert town.prove(run).differences == ("Input report: it has not come",)
    town.input_report(file)
    assert town.prove(run).differences == ()
    town.sign_off(run)


def test_a_run_is_released_by_another_person_and_as_the_ledger_stands(town: Town) -> None:
    mandates = town.told("1", "2")
    run = town.prepare(COLLECTED, "senior.cole").opened.run
    with pytest.raises(RunRefusedError) as error:
        town.release(run, "senior.cole")
    assert error.value.refusals[0].code == Code.OWN_PROPOSAL
    town.advised("AUDDIS", town.advice("AUDDIS", mandates["1"], "5"))
    with pytest.raises(FileChangedError, match="prepare it again"):
        town.release(run, "manager.dean")
    again = town.prepare(COLLECTED, "senior.cole")
    assert (again.opened.run, again.written.collections) == (run, 1)
    assert town.release(run, "manager.dean").exists()


def test_the_file_is_made_again_from_the_facts_byte_for_byte(town: Town, tmp_path: Path) -> None:
    mandates = town.told("1", "2")
    run, file = town.sent(COLLECTED)
    town.on(COLLECTED)
    new = {"new_sort_code": "202959", "new_account": "63748472"}
    town.advised("ADDACS", town.advice("ADDACS", mandates["1"], "E", **new))
    town.advised("AUDDIS", town.advice("AUDDIS", mandates["2"], "5"))
    catch_up(town.app)
    state = find_run(town.app, run)
    again = tmp_path / "again.txt"
    made = write_file(town.app, state.opened, town.app.store.last_position(), again)
    assert again.read_bytes() == file.read_bytes()
    assert state.written is not None
    assert made.sha256 == state.written.digest


def test_a_run_that_was_given_up_is_collected_by_another_of_the_same_day(
    town: Town, lines: Lines
) -> None:
    town.told("1", "2")
    first = town.prepare(COLLECTED).opened
    assert abandon(town.app, town.order(), find_run(town.app, first.run), "wrong day") == (2, 0)
    run, file = town.sent(COLLECTED)
    assert run != first.run
    assert int(find_run(town.app, run).opened.serial) == int(first.serial) + 1
    assert [one.pence for one in lines(file)] == [PENCE, PENCE]


def test_a_withdrawn_file_collects_nothing_and_all_of_it_is_due_again(town: Town) -> None:
    town.told("1", "2")
    run, file = town.sent(COLLECTED)
    town.withdrawn(file)
    assert town.post().stopped == (2, 0)
    town.on(COLLECTED)
    assert town.post().credited.receipts == 0
    assert (town.owes("1"), town.owes("2")) == (PENCE, PENCE)
    assert find_run(town.app, run).status == "withdrawn"


def test_an_unpaid_collection_is_presented_again_with_code_18_and_pays_the_same_bill(
    town: Town, lines: Lines
) -> None:
    mandates = town.told("1", "2")
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    town.post()
    unpaid = next(one for one in lines(file) if one.reference == mandates["1"])
    town.returned((unpaid, "0128", "REFER TO PAYER"), processed_on=date(2026, 12, 14))
    town.on(date(2026, 12, 21))
    made = represent(town.app, town.order(), "HSG", date(2026, 12, 30))
    again = town.release(made.opened.run)
    assert [(one.code, one.pence, one.reference) for one in lines(again)] == [
        ("18", PENCE, mandates["1"])
    ]
    with pytest.raises(NotCollectingError, match="nothing came back"):
        represent(town.app, town.order(), "HSG", date(2026, 12, 31))
    town.input_report(again)
    town.on(date(2026, 12, 30))
    town.post()
    assert (town.owes("1"), town.owes("2")) == (0, 0)


def test_a_collection_is_withheld_from_a_run_that_is_not_released_and_the_total_is_another(
    town: Town, lines: Lines
) -> None:
    mandates = town.told("1", "2")
    run = town.prepare(COLLECTED).opened.run
    catch_up(town.app)
    commands = withholding(town.app, town.state(mandates["1"]), COLLECTED, "in hospital")
    assert [one.status for one in town.give(*commands)] == ["posted", "posted"]
    with pytest.raises(FileChangedError):
        town.release(run)
    catch_up(town.app)
    held = {one.mandate: one.result for one in plan_for(town.app, "HSG", COLLECTED).lines}
    found = held[mandates["1"]]
    assert isinstance(found, Held)
    assert (found.code, found.sentence) == (HoldBack.WITHHELD, "in hospital")
    again = town.prepare(COLLECTED)
    assert (again.opened.run, again.written.amount_minor) == (run, PENCE)
    assert [one.reference for one in lines(town.release(run))] == [mandates["2"]]


def test_the_same_report_in_another_file_does_nothing_a_second_time(
    town: Town, lines: Lines
) -> None:
    mandates = town.told("1")
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    report = town.arudd((lines(file)[0], "0128", "X"), processed_on=date(2026, 12, 14))
    town.take(report)
    before = town.app.store.last_position()
    other = report.with_name("again.xml")
    other.write_bytes(report.read_bytes().replace(b"\n", b"\n\n", 1))
    again = town.take(other)
    assert again.is_whole()
    kinds = {type(one.fact).__name__ for one in town.app.store.events_after(before, 100)}
    assert kinds <= {"DirectDebitReturned", "IntakeResolved"}
    assert town.owes("1") == PENCE
    assert town.state(mandates["1"]).status == "active"


def test_two_returns_of_a_payer_who_has_died_are_no_work_for_an_officer(
    town: Town, lines: Lines
) -> None:
    town.opened("1")
    reference = town.mandate("1", town.payer(1))
    days = [COLLECTED, date(2026, 12, 16)]
    for number, day in enumerate(days):
        town.billed("1", f"I-{number}", PENCE, day)
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.announce(*days)
    town.on(date(2026, 12, 11))
    sent = []
    for day in days:
        _, file = town.sent(day)
        town.input_report(file)
        sent += lines(file)
    assert [one.pence for one in sent] == [PENCE, PENCE]
    town.on(date(2026, 12, 17))
    for one, processed_on in zip(sent, (date(2026, 12, 14), COLLECTED), strict=True):
        report = town.returned((one, "2012", "PAYER DECEASED"), processed_on=processed_on)
        assert report.is_whole(), report.problems
    town.advised("ADDACS", town.advice("ADDACS", reference, "2"))
    assert town.owes("1") == 2 * PENCE
    assert list(town.account("1").holds) == [f"DECEASED-{reference}"]


def test_a_second_input_report_of_other_totals_is_shown_to_an_officer(
    town: Town, lines: Lines
) -> None:
    town.told("1", "2")
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    assert town.input_report(file).is_whole()
    other = town.input_report(file, [(lines(file)[0], "INVALID")])
    assert "exists with other content" in other.problems[0]
