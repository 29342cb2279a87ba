"""A payer who is erased while a mandate lives: nothing is written, nothing stands still."""

from datetime import date
from typing import Any, TypeAlias

import pytest

from ledger.commands import AmendAccount
from service.direct_debit.run_file import PayerErasedError
from service.erasing import erase_debtor
from service.parties import PartyUnknownError

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE = 10_000


def test_the_mandate_of_an_erased_payer_ends_and_the_other_payers_are_collected_from(
    town: Town, lines: Lines
) -> None:
    mandates = town.told("1", "2")
    done = erase_debtor(town.app, "HSG", "1", "officer.ames")
    assert (done.keys, done.had_record) == (1, False)
    assert [(one.mandate, one.is_held) for one in done.mandates] == [(mandates["1"], True)]
    assert "its bank still has the instruction: write to it" in str(done)
    assert town.state(mandates["1"]).status == "erased"
    prepared = town.prepare(COLLECTED)
    assert prepared.written.collections == 1
    file = town.release(prepared.opened.run)
    assert [one.reference for one in lines(file)] == [mandates["2"]]


def test_a_payer_who_is_erased_after_the_run_was_prepared_is_left_out_of_it_by_name(
    town: Town, lines: Lines
) -> None:
    mandates = town.told("1", "2")
    run = town.prepare(COLLECTED).opened.run
    town.app.parties.erase(town.state(mandates["1"]).party)
    with pytest.raises(PayerErasedError, match="prepare the run again"):
        town.release(run)
    again = town.prepare(COLLECTED)
    (held,) = again.held
    assert (held[0], held[1].sentence.split(":")[0]) == (mandates["1"], "its payer was erased")
    assert [one.reference for one in lines(town.release(run))] == [mandates["2"]]
    state = town.state(mandates["1"])
    assert state.status == "erased"
    assert {one.status for one in state.collections.values()} == {"stopped"}


def test_an_instruction_of_an_erased_payer_is_taken_out_and_no_file_of_nothing_is_made(
    town: Town,
) -> None:
    mandates = town.agreed("1")
    town.prepare(LODGED)
    town.app.parties.erase(town.state(mandates["1"]).party)
    again = town.prepare(LODGED)
    assert ([name for name, _ in again.held], again.written) == ([mandates["1"]], None)
    assert not town.state(mandates["1"]).waits_for_bank


def test_a_payer_who_is_erased_by_the_verb_after_the_run_was_prepared_is_left_out_of_it_too(
    town: Town, lines: Lines
) -> None:
    mandates = town.agreed("1", "2")
    run = town.prepare(LODGED).opened.run
    erase_debtor(town.app, "HSG", "1", "officer.ames")
    again = town.prepare(LODGED)
    assert [name for name, _ in again.held] == [mandates["1"]]
    assert [one.reference for one in lines(town.release(run))] == [mandates["2"]]


def test_of_an_erased_payer_who_had_changed_banks_neither_bank_is_told(
    town: Town, lines: Lines
) -> None:
    mandates = town.agreed("1", "2")
    town.sent(LODGED)
    town.change_account(mandates["1"], town.payer(7))
    town.change_account(mandates["2"], town.payer(8))
    town.on(date(2026, 12, 4))
    run = town.prepare(date(2026, 12, 8)).opened.run
    erase_debtor(town.app, "HSG", "1", "officer.ames")
    town.prepare(date(2026, 12, 8))
    assert {one.reference for one in lines(town.release(run))} == {mandates["2"]}


def test_erasing_who_was_never_kept_is_told_and_erasing_twice_changes_nothing(town: Town) -> None:
    town.opened("1")
    with pytest.raises(PartyUnknownError):
        erase_debtor(town.app, "HSG", "1", "officer.ames")
    town.mandate("1", town.payer(1))
    erase_debtor(town.app, "HSG", "1", "officer.ames")
    again = erase_debtor(town.app, "HSG", "1", "officer.ames")
    assert (again.keys, again.mandates) == (0, ())
    assert str(again).startswith("was erased before")


def test_a_new_account_of_an_erased_payer_is_refused_by_name(town: Town) -> None:
    mandates = town.told("1")
    town.app.parties.erase(town.state(mandates["1"]).party)
    (refusal,) = town.change_account(mandates["1"], town.payer(8)).refusals
    assert refusal.sentence == f"the payer of {mandates['1']} was erased"


def test_a_new_mandate_of_an_erased_payer_is_refused_by_its_row_and_the_others_are_set_up(
    town: Town,
) -> None:
    mandates = town.told("1")
    erase_debtor(town.app, "HSG", "1", "officer.ames")
    town.opened("2")
    rows = [(account, town.payer(number)) for number, account in enumerate(("1", "2"), 7)]
    first, second = town.set_up(town.mandates_file(*rows))
    assert [one.sentence for one in first.refusals] == [
        "the payer of account 1 was erased: amend the account to its new party"
    ]
    assert (first.mandate, second.refusals) == (None, ())
    assert town.state(mandates["1"]).status == "erased"
    amended = AmendAccount(unit="HSG", account="1", party="00000000-0000-4000-8000-000000000001")
    assert [one.status for one in town.give(amended)] == ["posted"]
    assert [one.refusals for one in town.set_up(town.mandates_file(rows[0]))] == [()]
