"""An instruction whose run never went is lodged again, and what it had changed is as before."""

from datetime import date
from types import ModuleType

import pytest

from ledger import lodgements
from ledger import mandate_events as m
from ledger.former import Lodging
from ledger.rejections import Code

NEXT = date(2026, 5, 20)


def test_an_instruction_that_did_not_go_waits_for_the_next_run(dd: ModuleType) -> None:
    debits = dd.Debits().notified()
    before = debits.mandate
    debits.do(dd.lodge())
    debits.do(dd.unlodge())
    assert debits.mandate == before
    assert (before.status, before.to_lodge, before.is_held) == ("notified", "0N", False)
    debits.on(NEXT).do(dd.lodge(on=NEXT, run="L2"))
    assert (debits.mandate.status, debits.mandate.lodged_on) == ("lodged", NEXT)


def test_nothing_is_taken_on_an_instruction_that_did_not_go(dd: ModuleType) -> None:
    debits = dd.Debits().announced()
    debits.do(dd.unlodge(how="withdrawn"))
    debits.on(dd.DAYS.entered_on(dd.JUNE).input_on)
    sentence = debits.refused(Code.COLLECTION_HELD_BACK, dd.instruct())
    assert sentence == "mandate not active: the mandate is notified: the next run lodges it"


@pytest.mark.parametrize("how", ["abandoned", "withdrawn", "rejected"])
def test_a_suspended_mandate_is_lodged_anew_behind_its_suspension(dd: ModuleType, how: str) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.suspend())
    debits.do(dd.unlodge(how=how))
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("suspended", "0N")
    debits.do(dd.resume())
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("notified", "0N")


def test_a_paper_instruction_stays_with_its_bank_when_the_conversion_did_not_go(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().account_with_bill()
    debits.do(dd.draft(is_migrated=True))
    debits.do(dd.notify())
    before = debits.mandate
    debits.do(dd.lodge("0S"))
    debits.do(dd.unlodge())
    assert debits.mandate == before
    assert (before.is_held, before.to_lodge) == (True, "0S")


def test_a_cancellation_that_did_not_go_is_told_by_the_next_run(dd: ModuleType) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.cancel())
    debits.do(dd.lodge("0C", run="L2"))
    debits.do(dd.unlodge("L2"))
    assert (debits.mandate.to_lodge, debits.mandate.is_held) == ("0C", True)
    debits.do(dd.lodge("0C", run="L3"))
    assert debits.mandate.to_lodge is None


def test_a_bank_that_never_heard_of_an_instruction_is_not_told_that_it_is_cancelled(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().lodged()
    debits.do(dd.cancel())
    assert debits.mandate.to_lodge == "0C"
    debits.do(dd.unlodge())
    assert (debits.mandate.status, debits.mandate.to_lodge) == ("cancelled", None)


def test_a_bank_that_has_it_on_paper_is_told_although_the_conversion_did_not_go(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().account_with_bill()
    debits.do(dd.draft(is_migrated=True))
    debits.do(dd.notify())
    debits.do(dd.lodge("0S"))
    debits.do(dd.cancel())
    debits.do(dd.unlodge())
    assert (debits.mandate.to_lodge, debits.mandate.is_held) == ("0C", True)


@pytest.mark.parametrize("since", ["reject", "cancel", "lodge", "unlodge"])
def test_what_is_not_the_lodging_of_that_run_any_more_is_refused(
    dd: ModuleType, since: str
) -> None:
    debits = dd.Debits().lodged()
    match since:
        case "reject":
            debits.do(dd.reject())
        case "cancel":
            debits.do(dd.cancel("bank", "ADDACS 1"))
        case "lodge":
            debits.do(dd.cancel())
            debits.do(dd.lodge("0C", run="L2"))
        case _:
            debits.do(dd.unlodge())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.unlodge())
    debits.refused(Code.NOTHING_TO_CHANGE, dd.unlodge("L2", item=2))


def test_the_first_collection_after_an_instruction_that_goes_late_is_a_first_one(
    dd: ModuleType,
) -> None:
    debits = dd.Debits().taken()
    debits.do(dd.unlodge(how="withdrawn"))
    debits.do(dd.stop(how="abandoned"))
    debits.on(NEXT).do(dd.lodge(on=NEXT, run="L2"))
    debits.do(dd.announce(dd.JULY, given=NEXT))
    assert debits.take(dd.JULY, "R2").code == "01"


def test_without_the_guard_a_fact_says_what_is_not_so(
    dd: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: without the guard the fact says what is not so, and changes nothing."""
    debits = dd.Debits().lodged()
    before = debits.mandate
    other = Lodging(
        run="L2", item=2, code="0N", was_held=False, lodged_on=None, last_used_on=dd.AGREED
    )
    monkeypatch.setattr(
        lodgements, "found", lambda *_: before.model_copy(update={"lodging": other})
    )
    (dated,) = debits.do(dd.unlodge("L2", item=2))
    assert isinstance(dated.fact, m.LodgementStopped)
    assert debits.mandate == before
