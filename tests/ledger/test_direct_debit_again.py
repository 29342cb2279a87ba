"""What is presented again, how often and until when; and which code the next collection has."""

from datetime import date
from itertools import permutations
from types import ModuleType
from typing import Any

import pytest

from ledger.direct_debit_policy import parse_direct_debit
from ledger.rejections import Code

ORIGINAL = date(2026, 5, 29)  # the processing day of what is debited on 1 June
LAST = date(2026, 6, 29)  # a month after it


def unpaid_again(debits: Any, dd: Any, entry_on: date, of: str, run: str) -> None:  # noqa: ANN401 - modules loaded by path
    """Presented again on a day, and unpaid again on the same."""
    debits.do(dd.represent(entry_on, of, run))
    debits.on(entry_on).credited(entry_on, f"{run}/1").unpaid(name=f"{run}/1")


def test_every_re_presentation_lies_within_the_month_of_the_first_presentation(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    unpaid_again(debits, dd, date(2026, 6, 12), "R1/1", "R2")
    unpaid_again(debits, dd, date(2026, 6, 26), "R2/1", "R3")
    late = dd.DAYS.processed_on(dd.DAYS.after(LAST)).entry_on
    sentence = debits.refused(Code.NOT_TO_BE_REPRESENTED, dd.represent(late, "R3/1", "R4"))
    assert f"until {LAST.isoformat()}" in sentence
    debits.do(dd.represent(dd.DAYS.processed_on(LAST).entry_on, "R3/1", "R4"))
    assert {one.original_on for one in debits.mandate.collections.values()} == {ORIGINAL}


def test_what_can_no_longer_be_presented_again_is_taken_as_due(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    unpaid_again(debits, dd, date(2026, 6, 26), "R1/1", "R2")
    debits.do(dd.announce(date(2026, 7, 15), 6000, given=date(2026, 6, 26)))
    # A month from the second presentation it would still be kept out.
    assert debits.take(date(2026, 7, 15), "R3").amount_minor == 6000


def test_the_policy_says_how_often_the_same_debt_is_presented_again(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    debits.allow("represent_times_max = 1")
    unpaid_again(debits, dd, date(2026, 6, 12), "R1/1", "R2")
    again = dd.represent(date(2026, 6, 19), "R2/1", "R3")
    sentence = debits.refused(Code.NOT_TO_BE_REPRESENTED, again)
    assert sentence.endswith("it was presented again once already, as often as the policy allows")
    debits.do(dd.announce(date(2026, 6, 26), 3000, given=date(2026, 6, 12)))
    assert debits.take(date(2026, 6, 26), "R4").code == "17"
    debits.allow("represent_times_max = 2")


def test_without_a_word_of_the_policy_it_is_presented_again_as_often_as_one_likes() -> None:
    assert parse_direct_debit("").table_on(ORIGINAL).represent_times_max is None


def test_a_stopped_re_presentation_does_not_count(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    debits.allow("represent_times_max = 1")
    debits.do(dd.represent(date(2026, 6, 12)))
    debits.do(dd.stop("R2/1"))
    assert debits.do(dd.represent(date(2026, 6, 12), run="R3"))[0].fact.code == "18"


def test_what_another_bank_did_not_pay_is_not_presented_again_to_the_new_one(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    debits.do(dd.amend())
    debits.do(dd.lodge(on=date(2026, 6, 3)))
    again = dd.represent(date(2026, 6, 26))
    sentence = debits.on(date(2026, 6, 15)).refused(Code.NOT_TO_BE_REPRESENTED, again)
    assert sentence.endswith("it was taken from another account than the payer has now")
    debits.do(dd.announce(dd.JULY, 6000, given=date(2026, 6, 15)))
    one = debits.take(dd.JULY, "R3")  # it is due again, and the first that the new bank sees
    assert (one.code, one.amount_minor) == ("01", 6000)


def test_what_its_bank_has_moved_is_presented_again_from_the_new_account(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    debits.do(dd.amend("ADDACS 3"))
    one = debits.do(dd.represent(date(2026, 6, 12)))[0].fact
    assert (one.code, one.details) == ("18", 2)


# --- the code of the next collection ---------------------------------------------------------


def two_taken(dd: Any, more: int = 2) -> Any:  # noqa: ANN401 - a module loaded by path
    """Collections of June, July and so on, all in runs before any was debited."""
    debits = dd.Debits().lodged().on(dd.NOTICED)
    days = (dd.JUNE, dd.JULY, dd.AUGUST)[:more]
    for day in days:
        debits.do(dd.announce(day))
    for number, day in enumerate(days, 1):
        debits.do(dd.instruct(day, f"R{number}"))
    return debits


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))), ids=str)
def test_the_next_is_the_first_when_all_were_stopped_in_whichever_order(
    dd: ModuleType, order: tuple[int, ...]
) -> None:
    debits = two_taken(dd, 3)
    assert [one.code for one in debits.mandate.collections.values()] == ["01", "17", "17"]
    for number in order:
        debits.do(dd.stop(f"R{number}/1", "withdrawn"))
    assert debits.take(dd.JUNE, "R4").code == "01"


@pytest.mark.parametrize("stopped", [1, 2])
def test_the_next_is_a_later_one_when_any_of_them_went(dd: ModuleType, stopped: int) -> None:
    debits = two_taken(dd)
    debits.do(dd.stop(f"R{stopped}/1"))
    debits.do(dd.announce(dd.AUGUST, given=dd.NOTICED))
    assert debits.take(dd.AUGUST, "R3").code == "17"


def test_what_was_stopped_late_at_the_bank_before_says_nothing_of_the_bank_now(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().taken()
    debits.do(dd.amend())
    debits.do(dd.lodge(on=date(2026, 6, 3)))
    debits.do(dd.announce(dd.JULY, given=dd.JUNE))
    assert debits.take(dd.JULY, "R2").code == "01"
    debits.do(dd.stop("R1/1"))
    debits.do(dd.announce(dd.AUGUST, given=dd.JULY))
    assert debits.take(dd.AUGUST, "R3").code == "17"


def test_a_bank_that_saw_a_collection_years_ago_is_sent_no_other_first_one(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().taken()
    first = debits.mandate.collections["R1/1"]
    old = {f"X{number}/1": first.model_copy(update={"status": "stopped"}) for number in range(23)}
    state = debits.mandate.model_copy(update={"collections": {"R1/1": first, **old}})
    debits.world.states[dd.mandate_stream(dd.SUN, dd.MANDATE)] = state
    debits.do(dd.announce(dd.JULY, given=debits.world.today))
    assert debits.take(dd.JULY, "R2").code == "17"  # R1 has left the state now
    debits.do(dd.stop("R2/1"))
    assert "R1/1" not in debits.mandate.collections
    assert debits.take(dd.JULY, "R3").code == "17"
