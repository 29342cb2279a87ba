"""The life of a mandate, what is collected on it, its runs, and the claims of a bank."""

from datetime import date, timedelta
from types import ModuleType
from typing import Any

import pytest

from ledger import collection_run_commands as rc
from ledger import collection_run_events as r
from ledger import commands as c
from ledger import events as e
from ledger import indemnity_events as i
from ledger import mandate_commands as mc
from ledger import mandate_events as m
from ledger.account_state import Dated
from ledger.bacs_days import BacsDays
from ledger.ids import collection_run_stream, originator_stream
from ledger.rejections import Code

DAYS = BacsDays()
CLAIMED_ON = date(2026, 6, 8)
CHALLENGE_BY = date(2026, 6, 19)  # nine working days later


def facts(debits: Any, kind: type) -> list[Any]:  # noqa: ANN401 - a module loaded by path
    return [one.fact for _, one in debits.world.log if isinstance(one.fact, kind)]


# --- the life of a mandate -----------------------------------------------------------------------


def test_a_mandate_goes_from_draft_to_notified_to_lodged_to_active(dd: ModuleType) -> None:
    debits = dd.Debits().drafted()
    seen = [debits.mandate.status]
    debits.do(dd.notify())
    seen.append(debits.mandate.status)
    debits.do(dd.lodge())
    seen.append(debits.mandate.status)
    debits.on(dd.NOTICED).do(dd.announce())
    debits.take(dd.JUNE)
    assert [*seen, debits.mandate.status] == ["draft", "notified", "lodged", "active"]


def test_nothing_is_taken_in_the_days_in_which_the_bank_may_refuse(dd: ModuleType) -> None:
    debits = dd.Debits().notified().on(date(2026, 5, 22))
    debits.do(dd.lodge(on=date(2026, 5, 22)))
    # Five working days after 22 May, over the bank holiday of 25 May, end on 1 June.
    debits.do(dd.announce(date(2026, 6, 8), given=date(2026, 5, 22)))
    told = m.CollectionsAnnounced(**dict(dd.announce()))
    debits.record_on_mandate(told).on(date(2026, 5, 28))
    sentence = debits.refused(Code.COLLECTION_HELD_BACK, dd.instruct())
    waits = "the mandate is lodged: its bank may refuse it until"
    assert sentence.startswith(f"mandate not active: {waits}")
    assert debits.take(date(2026, 6, 8)).code == "01"


@pytest.mark.parametrize("step", ["drafted", "notified", "lodged", "taken"])
def test_what_is_suspended_goes_on_where_it_stood(dd: ModuleType, step: str) -> None:
    debits = getattr(dd.Debits(), step)()
    before = debits.mandate
    debits.do(dd.suspend())
    assert debits.mandate.status == "suspended"
    debits.refused(Code.NOTHING_TO_CHANGE, dd.suspend())
    debits.do(dd.resume())
    assert debits.mandate == before
    debits.refused(Code.NOTHING_TO_CHANGE, dd.resume())


def test_what_was_lodged_while_suspended_is_lodged_when_it_is_resumed(dd: ModuleType) -> None:
    debits = dd.Debits().drafted()
    debits.do(dd.suspend())
    debits.refused(Code.MANDATE_NOT_NOTIFIED, dd.lodge())
    debits.do(dd.notify())
    debits.do(dd.lodge())
    assert debits.mandate.status == "suspended"
    debits.do(dd.resume())
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("lodged", None)


def test_an_amendment_does_not_end_a_suspension(dd: ModuleType) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.suspend())
    debits.do(dd.amend())
    assert debits.mandate.status == "suspended"
    debits.do(dd.resume())
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("notified", "0N")


def test_a_migrated_mandate_is_held_by_its_bank_and_converted(dd: ModuleType) -> None:
    debits = dd.Debits().account_with_bill()
    debits.do(dd.draft(is_migrated=True))
    assert (debits.mandate.is_held, debits.mandate.to_lodge) == (True, "0S")
    debits.do(dd.notify())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.lodge("0N"))
    debits.do(dd.lodge("0S"))
    assert debits.mandate.status == "lodged"


def test_what_the_bank_refused_is_rejected_once_and_for_all(dd: ModuleType) -> None:
    debits = dd.Debits().announced()
    debits.do(dd.reject())
    assert (debits.mandate.status, debits.mandate.is_held) == ("rejected", False)
    assert debits.mandate.announced == {}
    debits.refused(Code.NOTHING_TO_CHANGE, dd.reject())
    debits.refused(Code.MANDATE_ENDED, dd.announce())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.resume("ADDACS 4"))


def test_a_0c_goes_to_the_bank_that_still_holds_what_we_cancelled(dd: ModuleType) -> None:
    debits = dd.Debits().lodged()
    (fact,) = debits.do(dd.cancel())
    assert fact.fact.tell_bank
    assert debits.mandate.to_lodge == "0C"
    debits.do(dd.lodge("0C"))
    assert (debits.mandate.to_lodge, debits.mandate.is_held) == (None, False)
    debits.refused(Code.NOTHING_TO_CHANGE, dd.lodge("0C"))


@pytest.mark.parametrize("step", ["drafted", "notified"])
def test_no_0c_goes_to_a_bank_that_holds_nothing(dd: ModuleType, step: str) -> None:
    debits = getattr(dd.Debits(), step)()
    debits.do(dd.cancel())
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("cancelled", None)


def test_no_0c_goes_to_a_bank_that_cancelled_by_itself(dd: ModuleType) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.cancel("bank", "ADDACS 1"))
    assert debits.mandate.to_lodge is None
    debits.refused(Code.NOTHING_TO_CHANGE, dd.lodge("0C"))


def test_the_advice_of_the_bank_takes_back_a_0c_that_has_not_gone(dd: ModuleType) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.cancel())
    debits.refused(Code.MANDATE_ENDED, dd.cancel())
    debits.do(dd.cancel("bank", "ADDACS 1"))
    assert debits.mandate.to_lodge is None
    debits.refused(Code.NOTHING_TO_CHANGE, dd.lodge("0C"))
    debits.refused(Code.MANDATE_ENDED, dd.cancel("bank", "ADDACS 1"))


@pytest.mark.parametrize("step", ["lodged", "taken"])
def test_what_the_bank_cancelled_it_can_reinstate(dd: ModuleType, step: str) -> None:
    debits = getattr(dd.Debits(), step)()
    status = debits.mandate.status
    debits.do(dd.cancel("bank", "ADDACS 1"))
    debits.refused(Code.NOTHING_TO_CHANGE, dd.resume())
    debits.do(dd.resume("ADDACS 2"))
    assert (debits.mandate.status, debits.mandate.is_held) == (status, True)
    assert debits.mandate.to_lodge is None


def test_what_we_cancelled_the_bank_does_not_reinstate(dd: ModuleType) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.cancel())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.resume("ADDACS 2"))


def test_a_suspension_is_not_what_a_reinstatement_goes_back_to(dd: ModuleType) -> None:
    debits = dd.Debits().taken()
    debits.do(dd.suspend())
    debits.do(dd.cancel("bank", "ADDACS 1"))
    debits.do(dd.resume("ADDACS 2"))
    assert debits.mandate.status == "active"


def test_another_account_of_the_payer_is_lodged_anew_and_begins_with_01(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited()
    debits.do(dd.amend())
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("notified", "0N")
    debits.do(dd.lodge(on=date(2026, 6, 3)))
    debits.do(dd.announce(dd.JULY, given=dd.JUNE))
    one = debits.take(dd.JULY, "R2")
    assert (one.code, one.details) == ("01", 2)


def test_an_account_that_the_bank_has_moved_is_not_lodged_again(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited()
    debits.do(dd.amend("ADDACS 3"))
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("active", None)
    debits.do(dd.announce(dd.JULY, given=dd.JUNE))
    one = debits.take(dd.JULY, "R2")
    assert (one.code, one.details) == ("17", 2)


def test_an_account_changed_before_lodging_is_lodged_once(dd: ModuleType) -> None:
    debits = dd.Debits().notified()
    debits.do(dd.amend())
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("notified", "0N")
    (fact,) = debits.do(dd.lodge())
    assert fact.fact.details == 2


def test_the_references_of_a_payers_account_are_not_like_one_another(dd: ModuleType) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.draft(mandate="ZZTENANT99", payer_account_digest=dd.OTHER_DIGEST))
    debits.do(dd.draft(mandate=dd.MANDATE + "77", payer_account_digest="ef" * 16))
    debits.do(dd.amend())  # nothing like it is there
    like = dd.amend(digest="ef" * 16)
    debits.refused(Code.MANDATE_REFERENCE_LIKE_ANOTHER, like)


def test_a_mandate_is_dormant_on_the_day_two_years_after_its_last_use(dd: ModuleType) -> None:
    debits = dd.Debits().lodged()
    end = mc.EndMandate(**dd.ON, end="dormant")
    debits.on(date(2028, 5, 5)).refused(Code.NOTHING_TO_CHANGE, end)
    debits.on(date(2028, 5, 6)).do(end)
    assert (debits.mandate.status, debits.mandate.is_held) == ("dormant", False)
    debits.refused(Code.MANDATE_ENDED, end)


def test_a_collection_puts_dormancy_off(dd: ModuleType) -> None:
    debits = dd.Debits().taken()
    assert debits.mandate.last_used_on == date(2026, 5, 29)
    end = mc.EndMandate(**dd.ON, end="dormant")
    debits.on(date(2028, 5, 28)).refused(Code.NOTHING_TO_CHANGE, end)


def test_on_the_mandate_of_a_payer_who_was_erased_nothing_is_sent_any_more(dd: ModuleType) -> None:
    end = mc.EndMandate(**dd.ON, end="erased")
    debits = dd.Debits().announced()
    debits.do(end)
    assert (debits.mandate.status, debits.mandate.announced) == ("erased", {})
    debits.refused(Code.MANDATE_ENDED, dd.announce())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.resume("ADDACS 4"))
    debits.refused(Code.NOTHING_TO_CHANGE, end)


def test_a_0c_of_a_payer_who_was_erased_waits_for_no_run(dd: ModuleType) -> None:
    end = mc.EndMandate(**dd.ON, end="erased")
    debits = dd.Debits().lodged()
    debits.do(dd.cancel())
    debits.do(end)
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("erased", None)
    debits.refused(Code.NOTHING_TO_CHANGE, dd.lodge("0C"))
    told = dd.Debits().lodged()
    told.do(dd.cancel())
    told.do(dd.lodge("0C"))
    told.refused(Code.NOTHING_TO_CHANGE, end)


# --- notice and amounts --------------------------------------------------------------------------


def test_notice_days_are_not_counted_over_christmas(dd: ModuleType) -> None:
    debits = dd.Debits().lodged().on(date(2026, 12, 18))
    # 21-24, 29-31 December, 4-6 January: Christmas, Boxing Day's Monday and New Year are none.
    first = date(2027, 1, 6)
    given = date(2026, 12, 18)
    before = DAYS.before(first)
    debits.refused(Code.NOTICE_TOO_SHORT, dd.announce(before, given=given))
    debits.do(dd.announce(first, given=given))
    assert list(debits.mandate.announced) == [first]


def test_a_part_payment_after_the_notice_holds_back_until_it_is_amended(dd: ModuleType) -> None:
    debits = dd.Debits().announced().on(date(2026, 5, 28))
    debits.do(dd.b.pay("CASH", 1000, date(2026, 5, 28), invoice="I1"))
    sentence = debits.refused(Code.COLLECTION_HELD_BACK, dd.instruct())
    assert sentence.startswith("amount changed: 30.00 was announced, 20.00 is due")
    debits.do(dd.change(2000))
    assert debits.take(dd.JUNE).amount_minor == 2000


def test_less_is_taken_without_a_word_more_only_with_the_payers(dd: ModuleType) -> None:
    debits = dd.Debits().announced(dd.JULY, 3000)
    debits.do(dd.change(2000, dd.JULY))
    debits.refused(Code.NOTHING_TO_CHANGE, dd.change(2000, dd.JULY))
    debits.refused(Code.NOTICE_TOO_SHORT, dd.change(6000, dd.JULY))
    debits.do(dd.change(6000, dd.JULY, agreed=dd.NOTICED))
    assert debits.take(dd.JULY).amount_minor == 6000


def test_amending_lets_what_was_withheld_go(dd: ModuleType) -> None:
    debits = dd.Debits().announced()
    debits.do(dd.withhold())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.withhold())
    debits.do(dd.change(3000))
    assert debits.take(dd.JUNE).amount_minor == 3000


def test_unapplied_credit_pays_before_the_payer_does(dd: ModuleType) -> None:
    debits = dd.Debits().announced().on(date(2026, 5, 28))
    debits.do(dd.b.pay("CASH", 500, date(2026, 5, 28), invoice="I1"))
    debits.do(dd.b.unallocate("CASH"))
    assert debits.account.unapplied_minor == 500
    sentence = debits.refused(Code.COLLECTION_HELD_BACK, dd.instruct())
    assert sentence.startswith("amount changed: 30.00 was announced, 25.00 is due")


def test_a_dispute_of_the_latest_parts_leaves_the_first_to_be_taken(dd: ModuleType) -> None:
    debits = dd.Debits().announced().on(date(2026, 5, 28))
    debits.do(dd.hold("dispute", "I1", 9000))
    assert debits.take(dd.JUNE).amount_minor == 3000


def test_what_is_left_of_a_disputed_part_is_taken_when_it_was_amended(dd: ModuleType) -> None:
    debits = dd.Debits().announced().on(date(2026, 5, 28))
    debits.do(dd.hold("dispute", "I1", 10000))
    sentence = debits.refused(Code.COLLECTION_HELD_BACK, dd.instruct())
    assert sentence == "disputed: of 30.00 only 20.00 is not disputed"
    debits.do(dd.change(2000))
    assert debits.take(dd.JUNE).amount_minor == 2000


# --- collections ---------------------------------------------------------------------------------


def test_the_first_is_01_the_next_are_17_and_19_ends_the_mandate(dd: ModuleType) -> None:
    debits = dd.Debits().announced()
    codes = [debits.take(dd.JUNE).code]
    debits.credited()
    for number, (day, final) in enumerate(
        [(dd.JULY, False), (dd.AUGUST, False), (dd.SEPTEMBER, True)], 2
    ):
        debits.do(dd.announce(day, given=debits.world.today))
        codes.append(debits.take(day, f"R{number}", is_final=final).code)
        debits.credited(day, f"R{number}/1")
    assert codes == ["01", "17", "17", "19"]
    assert debits.mandate.status == "expired"
    assert debits.account.items == {}
    debits.refused(Code.MANDATE_ENDED, dd.announce(date(2026, 10, 1), given=dd.SEPTEMBER))


def test_the_first_is_01_again_when_no_bank_has_seen_it(dd: ModuleType) -> None:
    debits = dd.Debits().taken()
    debits.do(dd.stop())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.stop())
    assert debits.take(dd.JUNE, "R2").code == "01"


def test_a_returned_first_collection_was_seen_by_the_bank(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid("B")
    debits.do(dd.announce(dd.JULY, 6000, given=dd.JUNE))
    assert debits.take(dd.JULY, "R2").code == "17"


def test_a_final_collection_that_never_went_ends_nothing(dd: ModuleType) -> None:
    debits = dd.Debits().announced()
    debits.take(dd.JUNE, is_final=True)
    assert debits.mandate.status == "expired"
    debits.do(dd.stop(how="abandoned"))
    assert (debits.mandate.status, debits.mandate.is_held) == ("active", True)
    assert debits.take(dd.JUNE, "R2", is_final=True).code == "19"


def test_what_was_ordered_as_the_last_collection_goes_as_19_and_ends_the_mandate(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().announced()
    debits.do(dd.final())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.final())
    assert debits.take(dd.JUNE).code == "19"
    assert (debits.mandate.status, debits.mandate.is_held) == ("expired", False)
    debits.do(dd.stop(how="abandoned"))  # it never went, and the next one is the last still
    assert debits.take(dd.JUNE, "R2").code == "19"
    debits.refused(Code.MANDATE_ENDED, dd.final(is_final=False))


def test_it_is_not_the_last_one_after_all(dd: ModuleType) -> None:
    debits = dd.Debits().announced()
    debits.refused(Code.NOTHING_TO_CHANGE, dd.final(is_final=False))
    debits.do(dd.final())
    debits.do(dd.final(is_final=False))
    assert debits.take(dd.JUNE).code == "01"
    assert debits.mandate.status == "active"


def test_what_is_presented_again_is_not_the_last_collection(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    debits.do(dd.final())
    assert debits.do(dd.represent(date(2026, 6, 9)))[0].fact.code == "18"
    assert debits.mandate.status == "active"


def test_two_runs_never_take_the_same_instalment(dd: ModuleType) -> None:
    debits = dd.Debits().taken()
    debits.refused(Code.COLLECTION_HELD_BACK, dd.instruct(run="R2"))
    debits.do(dd.announce(date(2026, 6, 15), given=date(2026, 5, 28)))
    debits.on(date(2026, 6, 11))  # the run waits for its Input report: nobody is credited yet
    sentence = debits.refused(Code.COLLECTION_HELD_BACK, dd.instruct(date(2026, 6, 15), "R2"))
    assert sentence == "nothing due: nothing is due any more"


def test_what_was_stopped_is_taken_by_another_run(dd: ModuleType) -> None:
    debits = dd.Debits().taken()
    debits.do(dd.stop(how="withdrawn"))
    assert debits.take(dd.JUNE, "R2").invoices == ("I1",)
    debits.refused(Code.COLLECTION_HELD_BACK, dd.instruct(run="R3"))


def test_a_later_day_taken_first_forgets_no_earlier_announcement(dd: ModuleType) -> None:
    debits = dd.Debits().announced(dd.JULY)
    debits.do(dd.announce(dd.JUNE))
    debits.on(date(2026, 5, 28)).do(dd.instruct(dd.JULY, "R2"))
    assert list(debits.mandate.announced) == [dd.JUNE]


def test_what_came_back_is_owed_again_and_comes_back_once(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited()
    assert debits.account.open_minor == 9000
    debits.unpaid()
    assert debits.account.open_minor == 12000
    debits.refused(Code.NOTHING_TO_CHANGE, dd.give_back())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.stop())


def test_a_return_is_taken_after_the_mandate_has_ended(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited()
    debits.do(dd.cancel("bank", "ADDACS 1"))
    debits.unpaid("1")
    assert debits.mandate.collections["R1/1"].status == "returned"


# --- presented again -----------------------------------------------------------------------------


def test_what_refers_to_the_payer_is_presented_again_once_of_the_same_amount(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    again = date(2026, 6, 9)
    one = debits.on(dd.JUNE).do(dd.represent(again))[0].fact
    assert (one.code, one.amount_minor, one.represents) == ("18", 3000, "R1/1")
    debits.refused(Code.NOT_TO_BE_REPRESENTED, dd.represent(again, run="R3"))
    debits.on(date(2026, 6, 9)).credited(again, "R2/1").unpaid(name="R2/1")
    debits.do(dd.announce(dd.JULY, 6000, given=date(2026, 6, 9)))


def test_the_month_of_a_re_presentation_that_began_on_31_january_ends_in_february(
    dd: ModuleType,
) -> None:
    entry = date(2028, 2, 1)  # processed on Monday 31 January 2028
    debits = dd.Debits().lodged().on(date(2028, 1, 10))
    debits.do(dd.announce(entry, given=date(2028, 1, 10)))
    debits.take(entry)
    debits.on(date(2028, 2, 3)).unpaid()
    assert debits.mandate.collections["R1/1"].processing_on == date(2028, 1, 31)
    last = DAYS.processed_on(date(2028, 2, 29)).entry_on
    after = DAYS.after(last)
    debits.on(date(2028, 2, 28))
    sentence = debits.refused(Code.NOT_TO_BE_REPRESENTED, dd.represent(after))
    assert "until 2028-02-29" in sentence
    debits.do(dd.represent(last))


def test_an_unpaid_part_keeps_its_own_amount_out_and_no_more(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    debits.do(dd.announce(date(2026, 6, 30), given=dd.JUNE))
    debits.do(dd.announce(dd.JULY, given=dd.JUNE))
    debits.on(date(2026, 6, 26))  # until 29 June it may be presented again
    assert debits.refused(
        Code.COLLECTION_HELD_BACK, dd.instruct(date(2026, 6, 30), "R2")
    ).startswith("nothing due")
    assert debits.do(dd.instruct(dd.JULY, "R3"))[0].fact.amount_minor == 3000


def test_what_was_paid_meanwhile_is_not_presented_again(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    debits.do(dd.b.pay("CARD", 1000, dd.JUNE, invoice="I1"))
    sentence = debits.refused(Code.NOT_TO_BE_REPRESENTED, dd.represent(date(2026, 6, 9)))
    assert sentence.endswith("of 30.00 only 20.00 is owed still")


@pytest.mark.parametrize("kind", ["breathing_space", "insolvency", "vulnerability"])
def test_a_hold_keeps_an_unpaid_collection_from_being_presented_again(
    dd: ModuleType, kind: str
) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    debits.do(dd.hold(kind))
    debits.refused(Code.COLLECTION_HELD_BACK, dd.represent(date(2026, 6, 9)))


def test_a_stopped_re_presentation_can_be_presented_again(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    again = date(2026, 6, 9)
    debits.do(dd.represent(again))
    debits.do(dd.stop("R2/1"))
    assert again not in debits.mandate.announced
    assert debits.do(dd.represent(again, run="R3"))[0].fact.code == "18"


def test_presenting_again_leaves_what_is_announced_for_the_day(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    again = date(2026, 6, 25)
    debits.do(dd.announce(dd.JULY, given=dd.JUNE))
    debits.do(dd.represent(dd.JULY - timedelta(days=1)))
    debits.do(dd.announce(again, given=dd.JUNE))
    assert sorted(debits.mandate.announced) == [again, dd.JULY]
    assert debits.take(dd.JULY, "R3").amount_minor == 3000


def test_what_is_due_itself_goes_on_the_day_of_a_re_presentation(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().unpaid()
    day = date(2026, 6, 25)
    debits.record(dd.b.billed("I2", 3000, due_on=date(2026, 6, 15)))
    debits.do(dd.announce(day, given=dd.JUNE))
    debits.do(dd.represent(day))
    one = debits.take(day, "R3")
    assert (one.code, one.amount_minor, one.invoices) == ("17", 3000, ("I2",))


# --- runs ----------------------------------------------------------------------------------------


def test_no_serial_is_used_twice_even_of_an_abandoned_run(dd: ModuleType) -> None:
    debits = dd.Debits().opened_run()
    debits.do(rc.AbandonRun(run="R1", reason="wrong day"))
    for name in ("R2", "R3"):
        debits.do(dd.open_run(name))
    assert [one.serial for one in facts(debits, r.RunOpened)] == ["000001", "000002", "000003"]
    assert debits.world.states[originator_stream(dd.SUN)].last_serial == 3


def test_nobody_releases_the_run_that_he_prepared(dd: ModuleType, world: ModuleType) -> None:
    debits = dd.Debits().account_with_bill().on(date(2026, 5, 28))
    debits.do(dd.open_run(), world.DEAN)
    debits.do(dd.write(), world.DEAN)
    debits.refused(Code.OWN_PROPOSAL, dd.release(), world.DEAN)
    debits.refused(Code.NOT_AUTHORISED, dd.release(), world.AMES)
    debits.do(dd.release(), world.FORD)
    assert debits.run().status == "released"


def test_nobody_releases_a_file_that_he_made_of_the_run_of_another(
    dd: ModuleType, world: ModuleType
) -> None:
    debits = dd.Debits().written()  # opened and written by another
    debits.do(dd.write().model_copy(update={"digest": "d2"}), world.DEAN)
    sentence = debits.refused(Code.OWN_PROPOSAL, dd.release("d2"), world.DEAN)
    assert sentence == "'manager.dean' made the file of run R1: another person must release it"
    debits.do(dd.write().model_copy(update={"digest": "d3"}), world.AMES)
    debits.do(dd.release("d3"), world.DEAN)  # what goes is not his file any more


def test_a_file_of_before_its_maker_was_recorded_is_released_by_another_than_the_preparer(
    dd: ModuleType, world: ModuleType
) -> None:
    debits = dd.Debits().opened_run()
    written = r.RunWritten(run="R1", digest="d1", collections=1, amount_minor=3000, instructions=0)
    debits.world.record(collection_run_stream("R1"), [Dated(written, debits.world.today)])
    debits.do(dd.release(), world.DEAN)


def test_a_run_above_the_releasers_limit_is_not_released(dd: ModuleType, world: ModuleType) -> None:
    debits = dd.Debits().written(100_000_001)
    debits.refused(Code.OVER_AUTHORITY_LIMIT, dd.release(), world.COLE)
    debits.do(dd.release(), world.DEAN)


def test_what_is_written_anew_must_be_looked_at_anew(dd: ModuleType) -> None:
    debits = dd.Debits().written()
    debits.do(dd.write().model_copy(update={"digest": "d2"}), dd.world.AMES)
    debits.refused(Code.FILE_DIFFERS, dd.release("d1"))
    debits.do(dd.release("d2"))
    debits.refused(Code.RUN_NOT_READY, dd.write())
    debits.refused(Code.RUN_NOT_READY, rc.AbandonRun(run="R1", reason="too late"))


def proved(dd: Any, **changes: int) -> Any:  # noqa: ANN401 - a module loaded by path
    """A released run with its report and its money, as they were or changed in one amount."""
    debits = dd.Debits().released(changes.get("file", 3000)).on(dd.JUNE)
    debits.do(
        dd.report(
            changes.get("accepted", 3000), changes.get("rejected", 0), changes.get("items", 1)
        )
    )
    debits.do(dd.bank_credit(changes.get("bank", 3000)))
    debits.do(dd.is_credit(changes.get("returned", 0)))
    return debits


def test_a_run_is_signed_off_when_its_four_totals_agree(dd: ModuleType) -> None:
    for agreeing in ({}, {"bank": 2000, "returned": 1000}):
        debits = proved(dd, **agreeing)
        debits.do(dd.sign_off())
        assert debits.run().status == "signed_off"
        debits.refused(Code.RUN_NOT_READY, dd.sign_off())


def test_what_bacs_refused_at_input_is_not_in_the_money_of_the_bank(dd: ModuleType) -> None:
    debits = dd.Debits().opened_run()
    debits.do(dd.write(3000, items=2), dd.world.AMES)
    debits.do(dd.release())
    debits.on(dd.JUNE).do(dd.report(2000, 1000))
    debits.do(dd.bank_credit(2000))
    debits.do(dd.is_credit())
    debits.do(dd.sign_off(3000, items=2))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"file": 3001}, "the file"),
        ({"accepted": 2999}, "the Input report"),
        ({"items": 2}, "the Input report"),
        ({"rejected": 1}, "the Input report"),
        ({"bank": 2999}, "the bank"),
        ({"bank": 3001}, "the bank"),
        ({"returned": 1}, "the bank"),
    ],
    ids=str,
)
def test_a_run_is_not_signed_off_with_a_difference_of_a_penny_or_an_item(
    dd: ModuleType, changes: dict[str, int], what: str
) -> None:
    debits = proved(dd, **changes)
    assert debits.refused(Code.RUN_NOT_PROVED, dd.sign_off()).startswith(what)


def test_a_run_of_instructions_alone_waits_for_its_input_report(
    dd: ModuleType, world: ModuleType
) -> None:
    debits = dd.Debits().opened_run()
    debits.do(dd.write(0, items=0), world.AMES)
    debits.do(dd.release(), world.DEAN)
    sentence = debits.refused(Code.RUN_NOT_PROVED, dd.sign_off(0, items=0))
    assert sentence.startswith("the Input report of run R1 has not come")
    debits.do(dd.report(0, items=0))
    debits.do(dd.sign_off(0, items=0))


def test_instructions_are_rejected_once_and_only_of_a_file_that_has_gone(dd: ModuleType) -> None:
    debits = dd.Debits().written()
    rejected = rc.RecordInstructionsRejected(run="R1", digest="a1", reason="User Status is TEST")
    debits.refused(Code.RUN_NOT_READY, rejected)
    debits.do(dd.release())
    debits.do(rejected)
    assert debits.run().instructions_rejected == "User Status is TEST"
    assert debits.run().status == "released"  # what it collects is not touched
    debits.refused(Code.NOTHING_TO_CHANGE, rejected)


@pytest.mark.parametrize(("amount", "items"), [(3001, 1), (2999, 1), (3000, 2)])
def test_a_run_is_not_signed_off_for_another_total_of_the_ledger(
    dd: ModuleType, amount: int, items: int
) -> None:
    proved(dd).refused(Code.RUN_NOT_PROVED, dd.sign_off(amount, items))


def test_a_credit_on_another_bank_account_is_not_the_runs(dd: ModuleType) -> None:
    debits = dd.Debits().released().on(dd.JUNE)
    debits.do(dd.bank_credit(bank_account="200000-12345678"))
    debits.refused(Code.FIELD_INVALID, dd.is_credit())


# --- indemnity claims ----------------------------------------------------------------------------


def test_nothing_that_is_claimed_back_goes_out_by_another_way(dd: ModuleType) -> None:
    debits = dd.Debits().overpaid()
    debits.do(dd.refund())
    debits.do(dd.claim())
    for way in (
        c.ApproveRefund(**dd.b.HSG, refund="F1"),
        dd.b.transfer("T1", 3000),
        dd.b.move("DD:R1/1", "DD-S1"),
    ):
        debits.refused(Code.CLAIM_LIVE, way)
    other = dd.Debits().overpaid()
    other.do(dd.claim())
    other.refused(Code.CLAIM_LIVE, dd.refund())


def test_a_withdrawn_claim_lets_refunds_go_again(dd: ModuleType, world: ModuleType) -> None:
    debits = dd.Debits().overpaid()
    debits.do(dd.claim())
    debits.refused(Code.CLAIM_LIVE, dd.refund())
    debits.do(dd.withdraw())
    debits.do(dd.refund(), world.COLE)
    debits.do(c.ApproveRefund(**dd.b.HSG, refund="F1"), world.FORD)
    assert debits.account.unapplied_minor == 0
    debits.refused(Code.NOTHING_TO_CHANGE, dd.settle())


def test_a_refund_of_a_collection_says_that_a_claim_may_come(dd: ModuleType) -> None:
    debits = dd.Debits().overpaid()
    debits.refused(Code.COLLECTION_MAY_BE_CLAIMED, dd.refund(accepts=False))
    debits.do(dd.refund())


def test_a_claim_is_challenged_until_its_last_day(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().on(CLAIMED_ON)
    debits.do(dd.claim())
    assert debits.account.claims["C1"].challenge_by == CHALLENGE_BY
    debits.on(CHALLENGE_BY).do(dd.challenge())
    debits.on(CHALLENGE_BY + timedelta(days=1))
    debits.refused(Code.TOO_LATE_TO_CHALLENGE, dd.challenge())


def test_settling_opens_exactly_what_the_collection_had_paid(dd: ModuleType) -> None:
    debits = dd.Debits().taken()
    before = debits.account.items
    debits.credited().on(CLAIMED_ON)
    debits.do(dd.claim())
    assert debits.account.open_minor == 9000
    debits.on(date(2026, 6, 26)).do(dd.settle())
    (back,) = facts(debits, e.PaymentReversed)
    assert [(one.item, one.instalment, one.amount_minor) for one in back.reopened] == [
        ("I1", 1, 3000)
    ]
    assert (back.reason, back.recoverable_minor) == ("indemnity_claim", 0)
    assert debits.account.items["I1"].instalments == before["I1"].instalments
    assert [one.outcome for one in facts(debits, i.IndemnityClaimClosed)] == ["settled"]
    debits.refused(Code.CLAIM_OVER, dd.settle())


def test_what_was_refunded_before_the_claim_is_owed_to_us(
    dd: ModuleType, world: ModuleType
) -> None:
    debits = dd.Debits().overpaid()
    debits.do(dd.refund(), world.COLE)
    debits.do(c.ApproveRefund(**dd.b.HSG, refund="F1"), world.FORD)
    debits.do(dd.claim())
    debits.on(date(2026, 6, 26)).do(dd.settle())
    (back,) = facts(debits, e.PaymentReversed)
    assert (back.reopened, back.recoverable_minor) == ((), 3000)
    assert debits.account.open_minor == 3000


def test_a_collection_is_claimed_once_at_a_time(dd: ModuleType) -> None:
    debits = dd.Debits().taken().credited().on(CLAIMED_ON)
    debits.do(dd.claim())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.claim())
    debits.refused(Code.CLAIM_LIVE, dd.claim("C2"))
    debits.do(dd.withdraw())
    debits.do(dd.claim("C2"))
