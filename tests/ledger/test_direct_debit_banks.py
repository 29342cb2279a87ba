"""A payer who changes banks: through us, or moved by the bank; and what the old bank says later."""

from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import mandate_commands as mc
from ledger import mandate_events as m
from ledger.rejections import Code

THIRD = "ef" * 16
RELODGED = date(2026, 6, 3)


def changed(dd: Any) -> Any:  # noqa: ANN401 - a module loaded by path
    """The payer told us of another bank account; the old bank still has the instruction."""
    debits = dd.Debits().taken().credited()
    debits.do(dd.amend())
    return debits


def lodged_anew(dd: Any) -> Any:  # noqa: ANN401 - a module loaded by path
    """Both went in one file: the 0C to the old bank, and the 0N to the new one."""
    debits = changed(dd)
    debits.do(dd.lodge("0C", RELODGED, item=2, details=1))
    debits.do(dd.lodge("0N", RELODGED))
    return debits


def held(debits: Any) -> list[tuple[int, bool]]:  # noqa: ANN401 - a module loaded by path
    return [(one.details, one.is_held) for one in debits.mandate.former]


def test_the_old_bank_is_sent_a_0c_of_the_old_details_and_the_new_one_a_0n(dd: ModuleType) -> None:
    debits = changed(dd)
    assert (held(debits), debits.mandate.to_lodge) == ([(1, True)], "0N")
    facts = [
        *debits.do(dd.lodge("0C", RELODGED, item=2, details=1)),
        *debits.do(dd.lodge("0N", RELODGED)),
    ]
    assert [(one.fact.code, one.fact.details) for one in facts] == [("0C", 1), ("0N", 2)]
    assert (held(debits), debits.mandate.to_lodge) == ([(1, False)], None)
    assert (debits.mandate.status, debits.mandate.is_held) == ("lodged", True)
    assert not debits.mandate.waits_for_bank
    debits.refused(Code.NOTHING_TO_CHANGE, dd.lodge("0C", RELODGED, item=2, details=1))


@pytest.mark.parametrize(("code", "details"), [("0N", 1), ("0C", 2), ("0C", 7)])
def test_no_other_0c_goes_than_to_the_bank_that_was_left(
    dd: ModuleType, code: str, details: int
) -> None:
    changed(dd).refused(Code.NOTHING_TO_CHANGE, dd.lodge(code, RELODGED, details=details))


def test_no_0c_goes_to_a_bank_that_moved_the_instruction_itself(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited()
    debits.do(dd.amend("ADDACS 3"))
    assert (debits.mandate.former, debits.mandate.to_lodge) == ((), None)
    debits.refused(Code.NOTHING_TO_CHANGE, dd.lodge("0C", RELODGED, item=2, details=1))


def test_no_0c_goes_to_a_bank_that_never_had_the_instruction(dd: ModuleType) -> None:
    debits = dd.Debits().notified()
    debits.do(dd.amend())
    assert (debits.mandate.former, debits.mandate.to_lodge) == ((), "0N")


def test_a_payer_who_changes_twice_before_a_run_leaves_one_bank(dd: ModuleType) -> None:
    debits = changed(dd)
    debits.do(dd.amend(digest=THIRD))
    assert (held(debits), debits.mandate.details) == ([(1, True)], 3)
    (fact,) = debits.do(dd.lodge("0N", RELODGED))
    assert fact.fact.details == 3


def test_a_payer_who_changes_again_later_leaves_both(dd: ModuleType) -> None:
    debits = lodged_anew(dd)
    debits.do(dd.amend(digest=THIRD))
    assert held(debits) == [(1, False), (2, True)]


def test_the_0c_goes_to_the_old_bank_although_the_mandate_was_cancelled_since(
    dd: ModuleType,
) -> None:
    debits = changed(dd)
    debits.do(dd.cancel())
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("cancelled", None)
    assert debits.mandate.waits_for_bank
    debits.do(dd.lodge("0C", RELODGED, item=2, details=1))
    assert not debits.mandate.waits_for_bank


def test_of_a_payer_who_was_erased_the_old_bank_is_told_by_no_file(dd: ModuleType) -> None:
    debits = changed(dd)
    debits.do(dd.cancel())
    debits.do(mc.EndMandate(**dd.ON, end="erased"))
    assert not debits.mandate.waits_for_bank
    debits.refused(Code.NOTHING_TO_CHANGE, dd.lodge("0C", RELODGED, item=2, details=1))


# --- a file that did not go --------------------------------------------------------------------


def test_a_file_that_did_not_go_has_told_neither_bank(dd: ModuleType) -> None:
    debits = lodged_anew(dd)
    debits.do(dd.unlodge(item=2))
    assert (held(debits), debits.mandate.to_lodge) == ([(1, True)], None)
    debits.do(dd.unlodge(item=1))
    assert (held(debits), debits.mandate.to_lodge) == ([(1, True)], "0N")
    debits.refused(Code.NOTHING_TO_CHANGE, dd.unlodge(item=2))


def test_no_0c_goes_to_a_bank_whose_instruction_never_went(dd: ModuleType) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.amend())
    assert held(debits) == [(1, True)]
    debits.do(dd.unlodge())
    assert held(debits) == [(1, False)]
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("notified", "0N")


def test_a_paper_instruction_whose_conversion_never_went_is_cancelled_all_the_same(
    dd: ModuleType,
) -> None:
    debits = on_paper(dd)
    debits.do(dd.notify())
    debits.do(dd.lodge("0S"))
    debits.do(dd.amend())
    debits.do(dd.unlodge())
    assert held(debits) == [(1, True)]


# --- the same account again ------------------------------------------------------------------


def test_another_name_of_the_same_account_is_told_to_no_bank(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited()
    (fact,) = debits.do(dd.amend(digest=dd.DIGEST))
    assert isinstance(fact.fact, m.MandateAmended)
    state = debits.mandate
    assert (state.status, state.details, state.sealed) == ("active", 2, "sealed-2")
    assert not state.waits_for_bank
    debits.do(dd.announce(dd.JULY, given=dd.JUNE))
    one = debits.take(dd.JULY, "R2")
    assert (one.code, one.details) == ("17", 2)


def test_an_account_that_a_bank_moved_is_moved_once(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited()
    debits.do(dd.amend("ADDACS 3"))
    debits.refused(Code.NOTHING_TO_CHANGE, dd.amend("ADDACS 4"))
    assert debits.mandate.details == 2


# --- what the bank says that was left ---------------------------------------------------------


def test_a_late_refusal_of_the_old_instruction_leaves_the_new_one_alone(dd: ModuleType) -> None:
    debits = lodged_anew(dd)
    debits.refused(Code.NOTHING_TO_CHANGE, dd.reject(of=dd.DIGEST))
    assert debits.mandate.status == "lodged"
    debits.do(dd.reject(of=dd.OTHER_DIGEST))
    assert debits.mandate.status == "rejected"


@pytest.mark.parametrize("of", ["ab" * 16, "00" * 16, None], ids=["old", "unknown", "unnamed"])
def test_what_was_not_lodged_yet_cannot_have_been_refused(dd: ModuleType, of: str | None) -> None:
    debits = changed(dd)
    debits.do(dd.reject(of=of))
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("notified", "0N")
    assert held(debits) == [(1, False)]  # its bank has none: no 0C is sent


@pytest.mark.parametrize("of", ["cd" * 16, "00" * 16, None], ids=["present", "unknown", "unnamed"])
def test_what_names_no_account_that_was_left_is_about_the_present_one(
    dd: ModuleType, of: str | None
) -> None:
    debits = lodged_anew(dd)
    debits.do(dd.cancel("bank", "ADDACS 1", of))
    assert debits.mandate.status == "cancelled"


def test_a_cancellation_at_the_old_bank_does_not_end_what_was_lodged_at_the_new_one(
    dd: ModuleType,
) -> None:
    debits = changed(dd)
    debits.do(dd.cancel("payer", "ADDACS 1", dd.DIGEST))
    assert (debits.mandate.status, held(debits)) == ("notified", [(1, False)])
    debits.refused(Code.NOTHING_TO_CHANGE, dd.cancel("payer", "ADDACS 2", dd.DIGEST))
    debits.do(dd.lodge("0N", RELODGED))
    assert debits.mandate.status == "lodged"


def test_who_has_died_has_no_account_at_any_bank(dd: ModuleType) -> None:
    debits = changed(dd)
    debits.do(dd.cancel("deceased", "ADDACS 1", dd.DIGEST))
    assert debits.mandate.status == "cancelled"


def test_a_bank_that_moves_it_to_where_the_payer_went_spares_0c_and_0n(dd: ModuleType) -> None:
    debits = changed(dd)
    debits.do(dd.amend("ADDACS 3", of=dd.DIGEST))
    state = debits.mandate
    assert (state.status, state.is_held, state.details) == ("lodged", True, 2)
    assert not state.waits_for_bank
    debits.do(dd.announce(dd.JULY, given=dd.JUNE))
    assert debits.take(dd.JULY, "R2").code == "17"  # the instruction is the one that was there


def test_a_bank_that_moves_it_elsewhere_is_sent_no_0c_and_the_payers_word_stands(
    dd: ModuleType,
) -> None:
    debits = changed(dd)
    debits.do(dd.amend("ADDACS 3", THIRD, dd.DIGEST))
    state = debits.mandate
    assert (state.payer_account_digest, state.to_lodge) == (dd.OTHER_DIGEST, "0N")
    assert held(debits) == [(1, False)]


# --- taken over on paper ---------------------------------------------------------------------


def on_paper(dd: Any) -> Any:  # noqa: ANN401 - a module loaded by path
    debits = dd.Debits().account_with_bill()
    debits.do(dd.draft(is_migrated=True))
    return debits


def test_a_paper_instruction_that_is_cancelled_before_its_confirmation_is_cancelled_at_the_bank(
    dd: ModuleType,
) -> None:
    debits = on_paper(dd)
    debits.do(dd.cancel())
    assert debits.mandate.to_lodge == "0C"
    debits.do(dd.lodge("0C"))
    assert (debits.mandate.is_held, debits.mandate.waits_for_bank) == (False, False)


def test_a_payer_who_changes_banks_before_the_confirmation_is_confirmed_to_still(
    dd: ModuleType,
) -> None:
    debits = on_paper(dd)
    debits.do(dd.amend())
    assert debits.mandate.status == "draft"
    debits.refused(Code.MANDATE_NOT_NOTIFIED, dd.lodge("0N"))
    debits.do(dd.notify())
    debits.do(dd.lodge("0C", details=1))
    debits.do(dd.lodge("0N"))
    assert debits.mandate.status == "lodged"


def test_a_paper_instruction_that_its_bank_moved_to_where_the_payer_went_is_converted(
    dd: ModuleType,
) -> None:
    debits = on_paper(dd)
    debits.do(dd.notify())
    debits.do(dd.amend())
    debits.do(dd.amend("ADDACS 3", of=dd.DIGEST))
    assert (debits.mandate.to_lodge, debits.mandate.is_held) == ("0S", True)
    debits.do(dd.lodge("0S"))
    assert debits.mandate.status == "lodged"


def test_a_bank_that_never_heard_of_the_instruction_is_not_sent_its_cancellation_again(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.amend())
    debits.do(dd.lodge("0C", RELODGED, "L2", item=2, details=1))
    (late,) = debits.do(dd.unlodge("L1"))  # it comes after the 0C was put into a run
    assert (late.fact.code, late.fact.to_lodge) == ("0N", None)
    (given_up,) = debits.do(dd.unlodge("L2", item=2))
    assert (given_up.fact.code, given_up.fact.to_lodge) == ("0C", None)
    assert held(debits) == [(1, False)]


def test_a_bank_that_had_it_on_paper_is_sent_its_cancellation_again(dd: ModuleType) -> None:
    debits = on_paper(dd)
    debits.do(dd.notify())
    debits.do(dd.lodge("0S"))
    debits.do(dd.amend())
    debits.do(dd.lodge("0C", RELODGED, "L2", item=2, details=1))
    (late,) = debits.do(dd.unlodge("L1"))
    assert (late.fact.code, late.fact.to_lodge) == ("0S", None)
    debits.do(dd.unlodge("L2", item=2))
    assert held(debits) == [(1, True)]


def test_a_paper_instruction_that_was_moved_while_its_conversion_did_not_go_is_converted_still(
    dd: ModuleType,
) -> None:
    debits = on_paper(dd)
    debits.do(dd.notify())
    debits.do(dd.lodge("0S"))
    debits.do(dd.amend())
    debits.do(dd.amend("ADDACS 3", of=dd.DIGEST))
    debits.do(dd.unlodge("L1"))
    assert (debits.mandate.to_lodge, debits.mandate.is_held) == ("0S", True)
    assert (debits.mandate.status, debits.mandate.lodged_on) == ("notified", None)


def test_the_days_of_a_mandate_are_without_what_never_went_to_the_bank_that_was_left(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.amend())
    debits.do(dd.unlodge("L1"))
    assert (debits.mandate.lodged_on, debits.mandate.last_used_on) == (None, dd.AGREED)
