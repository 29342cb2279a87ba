"""What Bacs says of a file: items rejected, returned, amended, and files that did not go."""

from datetime import date
from typing import Any, TypeAlias

import pytest

from service.direct_debit.runs import find_run

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any

LODGED, AGAIN, COLLECTED = date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 15)
PENCE = 10_000


def _sent(town: Town) -> tuple[str, Any, list[str]]:
    """A released run of two collections: its name, its file, the mandates."""
    mandates = list(town.told("1", "2").values())
    return (*town.sent(COLLECTED), mandates)


# --- items ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [0, PENCE])
def test_an_item_that_bacs_returned_never_went_and_the_proof_adds_up(
    town: Town, lines: Lines, off: int
) -> None:
    run, file, mandates = _sent(town)
    back = next(one for one in lines(file) if one.reference == mandates[1])
    report = town.input_report(file, others=[("RETURNED", back, "INVALID DESTINATION")])
    assert (report.done["returned"], report.is_whole()) == (1, True)
    town.on(COLLECTED)
    town.bank((2 * PENCE - off, "BACS CREDIT"), on=COLLECTED)  # gross, or net of what came back
    assert town.post().credited.receipts == 1
    assert (town.owes("1"), town.owes("2")) == (0, PENCE)
    (collection,) = town.state(mandates[1]).collections.values()
    assert collection.status == "stopped"
    assert town.prove(run).differences == ()


def test_an_item_that_bacs_amended_runs_and_is_told(town: Town, lines: Lines) -> None:
    run, file, _ = _sent(town)
    report = town.input_report(file, others=[("AMENDED", lines(file)[0], "REDIRECTED")])
    assert (report.done["amended by Bacs, and runs"], report.is_whole()) == (1, True)
    town.on(COLLECTED)
    town.bank((2 * PENCE, "BACS CREDIT"), on=COLLECTED)
    assert town.post().credited.receipts == 2
    assert town.prove(run).differences == ()


def test_an_item_that_is_amended_to_another_amount_is_left_to_an_officer(
    town: Town, lines: Lines
) -> None:
    _, file, _ = _sent(town)
    other = lines(file)[0]._replace(pence=PENCE - 1)
    report = town.input_report(file, others=[("AMENDED", other, "AMOUNT CHANGED")])
    assert "no item of run" in report.problems[0]


@pytest.mark.parametrize("fault", ["REJECTED", "RETURNED"])
def test_an_instruction_that_bacs_did_not_take_is_in_the_next_file(
    town: Town, lines: Lines, fault: str
) -> None:
    mandates = list(town.agreed("1", "2").values())
    _, file = town.sent(LODGED)
    bad = next(one for one in lines(file) if one.reference == mandates[0])
    assert town.input_report(file, others=[(fault, bad, "INVALID")]).is_whole()
    assert town.state(mandates[0]).to_lodge == "0N"
    _, file = town.sent(AGAIN)
    assert [(one.code, one.reference) for one in lines(file)] == [("0N", mandates[0])]


def test_accounts_are_not_credited_with_more_than_bacs_took(town: Town, lines: Lines) -> None:
    run, file, _ = _sent(town)
    town.input_report(file, unnamed=lines(file)[:1])  # which one it was is not said
    town.on(COLLECTED)
    done = town.post()
    assert done.credited.receipts == 0
    assert done.credited.problems == [
        (
            f"run {run} is not credited: 200.00 of it goes by the ledger, and Bacs took 100.00;"
            " stop what it rejected"
        )
    ]
    assert (town.owes("1"), town.owes("2")) == (PENCE, PENCE)


def test_what_bacs_says_of_the_file_as_a_whole_is_shown_to_an_officer(town: Town) -> None:
    _, file, _ = _sent(town)
    report = town.input_report(file, messages=("LATE FILE",))
    assert report.problems[0].endswith("Bacs says of the file: LATE FILE")
    assert report.done["reported"] == 1


# --- whole files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["nothing", "all rejected"])
def test_a_file_of_which_bacs_took_nothing_credits_nobody_and_is_due_again(
    town: Town, lines: Lines, told: str
) -> None:
    run, file, _ = _sent(town)
    if told == "nothing":
        town.nothing_taken(file, "USER NUMBER INVALID")
    else:
        town.input_report(file, unnamed=lines(file))
    assert find_run(town.app, run).status == "refused"
    again, file = town.sent(COLLECTED)
    assert again != run
    assert [one.pence for one in lines(file)] == [PENCE, PENCE]
    town.on(COLLECTED)
    assert town.post().credited.receipts == 0
    assert (town.owes("1"), town.owes("2")) == (PENCE, PENCE)


def test_instructions_of_a_file_that_bacs_refused_are_in_the_next_file(
    town: Town, lines: Lines
) -> None:
    mandates = list(town.agreed("1", "2").values())
    _, file = town.sent(LODGED)
    assert town.instructions_rejected(file).done == {"instructions rejected": 1}
    assert town.instructions_rejected(file).is_whole()  # twice, and nothing is left to do
    assert town.post().stopped == (0, 2)
    assert {town.state(one).status for one in mandates} == {"notified"}
    _, file = town.sent(AGAIN)
    assert sorted(one.reference for one in lines(file)) == sorted(mandates)


def test_collections_are_not_touched_by_a_refusal_of_the_instructions_beside_them(
    town: Town,
) -> None:
    town.opened("3")
    list(town.agreed("1", "2").values())
    town.sent(LODGED)
    town.announce(COLLECTED)
    late = town.mandate("3", town.payer(3))
    town.on(date(2026, 12, 11))
    _, file = town.sent(COLLECTED)
    town.instructions_rejected(file)
    town.input_report(file)
    town.on(COLLECTED)
    done = town.post()
    assert (done.stopped, done.credited.receipts) == ((0, 1), 2)
    assert town.state(late).to_lodge == "0N"


def test_a_refusal_of_a_file_that_is_not_ours_is_left_to_an_officer(town: Town) -> None:
    list(town.agreed("1", "2").values())
    _, file = town.sent(LODGED)
    report = town.instructions_rejected(file, serial="777777")
    assert "no run of ours has this serial" in report.problems[0]


# --- a bureau sends it ---------------------------------------------------------------------------

by_a_bureau = pytest.mark.parametrize("layout", ["paygate", "accesspay"])


@by_a_bureau
def test_a_run_that_a_bureau_sends_goes_through_every_station(town: Town, lines: Lines) -> None:
    mandates = list(town.agreed("1", "2").values())
    lodged, file = town.sent(LODGED)
    assert (file.suffix, {one.code for one in lines(file)}) == (".csv", {"0N"})
    town.input_report(file)
    town.sign_off(lodged)
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    run, file = town.sent(COLLECTED)
    bad = next(one for one in lines(file) if one.reference == mandates[1])
    report = town.input_report(file, [(bad, "INVALID ACCOUNT")])
    assert report.done == {"reported": 1, "rejected": 1}
    assert town.input_report(file, [(bad, "INVALID ACCOUNT")]).done == {"already so": 2}
    town.on(COLLECTED)
    town.bank((PENCE, "BACS CREDIT"), on=COLLECTED)
    posted = town.post()
    assert (posted.credited.receipts, [one.run for one in posted.paired]) == (1, [run])
    proof = town.prove(run)
    assert (proof.differences, proof.totals[1].amount_minor) == ((), 2 * PENCE)
    town.sign_off(run)
    sent = next(one for one in lines(file) if one.reference == mandates[0])
    town.returned((sent, "0128", "REFER TO PAYER"), processed_on=date(2026, 12, 14))
    assert (town.owes("1"), town.owes("2")) == (PENCE, PENCE)


@by_a_bureau
def test_a_withdrawal_and_a_refusal_of_a_bureaus_file_are_of_the_run(
    town: Town, lines: Lines
) -> None:
    list(town.agreed("1", "2").values())
    _, file = town.sent(LODGED)
    assert town.instructions_rejected(file).done == {"instructions rejected": 1}
    _, file = town.sent(AGAIN)
    assert len(lines(file)) == 2
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    run, file = town.sent(COLLECTED)
    town.withdrawn(file)
    assert find_run(town.app, run).status == "withdrawn"
    assert town.post().stopped == (2, 0)


@pytest.mark.parametrize("layout", ["paygate"])
def test_two_runs_by_a_bureau_that_are_alike_are_left_to_an_officer(town: Town) -> None:
    list(town.agreed("1", "2").values())
    runs = []
    for _ in range(2):  # of one day, with nothing but instructions in either
        runs.append(town.sent(LODGED))
        town.opened(f"9{len(runs)}")
        town.mandate(f"9{len(runs)}", town.payer(90 + len(runs)))
    report = town.input_report(runs[0][1])
    assert "several runs by a bureau have its day and totals" in report.problems[0]
    assert not [one for one in runs if find_run(town.app, one[0]).reported]
