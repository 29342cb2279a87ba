"""A payer who changes banks, and what either bank says of it, on a real database."""

from datetime import date
from typing import Any, TypeAlias

import pytest

from ledger.rejections import Code

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any
Payers: TypeAlias = Any

LODGED, RELODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 8), date(2026, 12, 22)
PENCE = 10_000


def _of(payer: Any) -> dict[str, str]:  # noqa: ANN401 - a class of the conftest
    """The account that a bank's advice names."""
    return {"payer_sort_code": payer.sort_code, "payer_account": payer.number}


@pytest.fixture
def reference(town: Town, payers: Payers) -> str:
    """A mandate that is lodged at the first payer's bank."""
    town.opened("1")
    town.billed("1", "I1", PENCE, COLLECTED)
    mandate: str = town.mandate("1", payers[0])
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    return mandate


def test_the_old_bank_is_told_and_the_new_one_in_the_same_file_each_by_its_own_details(
    town: Town, lines: Lines, payers: Payers, reference: str
) -> None:
    assert town.change_account(reference, payers[1]).relodged
    town.on(date(2026, 12, 4))
    _, file = town.sent(RELODGED)
    found = [(one.code, one.payer[:2], one.pence, one.reference) for one in lines(file)]
    assert found == [
        ("0C", payers[0][:2], 0, reference),
        ("0N", payers[1][:2], 0, reference),
    ]
    town.announce(COLLECTED)
    town.on(date(2026, 12, 18))
    _, file = town.sent(COLLECTED)
    (one,) = lines(file)
    assert (one.code, one.payer[:2], one.pence) == ("01", payers[1][:2], PENCE)


def test_a_payer_who_went_back_is_lodged_in_the_run_after_that_of_the_cancellation(
    town: Town, lines: Lines, payers: Payers, reference: str
) -> None:
    for payer in (payers[1], payers[0]):
        town.change_account(reference, payer)
    town.on(date(2026, 12, 4))
    town.prepare(RELODGED)
    _, first = town.sent(RELODGED)  # prepared a second time
    _, second = town.sent(date(2026, 12, 9))
    told = [[(one.code, one.payer[:2]) for one in lines(file)] for file in (first, second)]
    assert told == [[("0C", payers[0][:2])], [("0N", payers[0][:2])]]
    assert town.state(reference).status == "lodged"


def test_the_story_says_what_each_bank_was_told(town: Town, payers: Payers, reference: str) -> None:
    town.change_account(reference, payers[1])
    town.on(date(2026, 12, 4))
    town.sent(RELODGED)
    codes = [one.code for one in town.events(reference) if hasattr(one, "processing_on")]
    assert codes == ["0N", "0C", "0N"]


def test_a_late_report_of_the_old_bank_leaves_the_new_instruction_alone(
    town: Town, payers: Payers, reference: str
) -> None:
    town.change_account(reference, payers[1])
    town.on(date(2026, 12, 4))
    town.sent(RELODGED)
    for kind, code in (("AUDDIS", "5"), ("ADDACS", "1"), ("ADDACS", "B")):
        report = town.advised(kind, town.advice(kind, reference, code, **_of(payers[0])))
        assert (report.is_whole(), report.done) == (True, {"already so": 1})
    assert town.state(reference).status == "lodged"
    town.advised("AUDDIS", town.advice("AUDDIS", reference, "5", **_of(payers[1])))
    assert town.state(reference).status == "rejected"


def test_an_old_bank_that_has_cancelled_already_is_sent_no_0c(
    town: Town, lines: Lines, payers: Payers, reference: str
) -> None:
    town.change_account(reference, payers[1])
    town.advised("ADDACS", town.advice("ADDACS", reference, "1", **_of(payers[0])))
    town.on(date(2026, 12, 4))
    _, file = town.sent(RELODGED)
    assert [(one.code, one.payer[:2]) for one in lines(file)] == [("0N", payers[1][:2])]


def test_an_old_bank_that_moved_it_where_the_payer_went_spares_both(
    town: Town, lines: Lines, payers: Payers, reference: str
) -> None:
    town.change_account(reference, payers[1])
    new = {"new_sort_code": payers[1].sort_code, "new_account": payers[1].number}
    town.advised("ADDACS", town.advice("ADDACS", reference, "3", **_of(payers[0]), **new))
    town.on(date(2026, 12, 4))
    assert town.prepare(RELODGED).written is None  # nothing to tell anybody
    town.announce(COLLECTED)
    town.on(date(2026, 12, 18))
    _, file = town.sent(COLLECTED)
    assert [(one.code, one.payer[:2]) for one in lines(file)] == [("01", payers[1][:2])]


def test_an_unpaid_collection_of_the_old_account_does_not_end_the_new_instruction(
    town: Town, lines: Lines, payers: Payers, reference: str
) -> None:
    town.announce(COLLECTED)
    town.on(date(2026, 12, 18))
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    town.post()
    town.change_account(reference, payers[1])
    back = (lines(file)[0], "1012", "INSTRUCTION CANCELLED")
    assert town.returned(back, processed_on=date(2026, 12, 21)).is_whole()
    state = town.state(reference)
    assert (town.owes("1"), state.status, state.to_lodge) == (PENCE, "notified", "0N")
    assert [one.is_held for one in state.former] == [False]  # and no 0C goes there


def test_another_name_of_the_same_account_goes_into_the_next_file_and_to_no_bank(
    town: Town, lines: Lines, payers: Payers, reference: str
) -> None:
    done = town.change_account(reference, payers[0]._replace(name="J SMITH-OKAFOR"))
    assert (done.relodged, done.refusals) == (False, ())
    again = town.change_account(reference, payers[0]._replace(name="J SMITH-OKAFOR"))
    assert [one.code for one in again.refusals] == [Code.NOTHING_TO_CHANGE]
    town.announce(COLLECTED)
    town.on(date(2026, 12, 18))
    _, file = town.sent(COLLECTED)
    assert [(one.code, one.payer.name) for one in lines(file)] == [("01", "J SMITH-OKAFOR")]


def test_the_same_advice_in_two_files_moves_the_account_once(
    town: Town, payers: Payers, reference: str
) -> None:
    new = {"new_sort_code": payers[1].sort_code, "new_account": payers[1].number}
    for number in (None, "7", "8"):  # it has no number, or a new one each time
        advice = town.advice("ADDACS", reference, "3", **_of(payers[0]), **new, aosn=number)
        assert town.advised("ADDACS", advice).is_whole()
    assert town.state(reference).details == 2


def test_an_old_advice_that_comes_again_does_not_move_the_account_back(
    town: Town, payers: Payers, reference: str
) -> None:
    for on in (payers[1], payers[2], payers[1]):
        new = {"new_sort_code": on.sort_code, "new_account": on.number, "aosn": None}
        advice = town.advice("ADDACS", reference, "3", **_of(payers[0]), **new)
        # Each time in another file, beside something else.
        town.advised("ADDACS", town.advice("ADDACS", "NOBODY-1", "1"), advice)
    digest = town.state(reference).payer_account_digest
    assert digest == town.app.keeping.digest(f"{payers[2].sort_code}-{payers[2].number}")


def test_two_changes_of_one_mandate_in_one_report_are_both_read_again(
    town: Town, lines: Lines, payers: Payers, reference: str
) -> None:
    advices = [
        town.advice("ADDACS", reference, code, new_sort_code=one.sort_code, new_account=one.number)
        for code, one in (("C", payers[1]), ("E", payers[2]))
    ]
    assert town.advised("ADDACS", *advices).is_whole()
    assert town.state(reference).details == 3
    town.announce(COLLECTED)
    town.on(date(2026, 12, 18))
    _, file = town.sent(COLLECTED)
    assert [one.payer[:2] for one in lines(file)] == [payers[2][:2]]


def test_a_mandate_that_nobody_knows_is_told_by_its_row(town: Town, payers: Payers) -> None:
    done = town.change_account("NOBODY-1", payers[1])
    assert [one.code for one in done.refusals] == [Code.MANDATE_NOT_FOUND]


@pytest.mark.parametrize("code", ["0C", "0N", ""])
def test_an_input_report_that_rejects_one_of_both_instructions_takes_back_that_one(
    town: Town, lines: Lines, payers: Payers, reference: str, code: str
) -> None:
    town.change_account(reference, payers[1])
    town.on(date(2026, 12, 4))
    _, file = town.sent(RELODGED)
    one = next(each for each in lines(file) if each.code == (code or "0C"))
    report = town.input_report(file, [(one._replace(code=code), "INVALID DESTINATION")])
    state = town.state(reference)
    found = (state.to_lodge, [each.is_held for each in state.former])
    waiting = {"0C": (None, [True]), "0N": ("0N", [False]), "": (None, [False])}
    assert (report.is_whole(), found) == (bool(code), waiting[code])
    town.on(date(2026, 12, 7))
    if code:
        _, file = town.sent(date(2026, 12, 9))
        assert [each.code for each in lines(file)] == [code]
