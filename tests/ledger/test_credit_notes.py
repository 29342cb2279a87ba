"""Credit notes: by lines, of the whole, above the maker's authority."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

from ledger import commands as c
from ledger import events as e
from ledger.rejections import Code

Given = Callable[..., Any]


def test_a_credit_note_lowers_what_is_open(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.billed()).when(b.credit("C1", 5000))
    fact = scenario.owes(I1=7000).facts[0].fact
    assert isinstance(fact, e.InvoiceCredited)
    assert fact.settles == (b.line("I1", 5000),)
    assert scenario.facts[0].effective_on == b.TODAY


def test_a_credit_note_shortens_a_plan_from_its_end(given: Given, b: ModuleType) -> None:
    plan = b.plan((date(2026, 5, 1), 4000), (date(2026, 6, 1), 4000), (date(2026, 7, 1), 4000))
    scenario = given(b.opened(), b.billed(instalments=plan)).when(b.credit("C1", 6000))
    left = scenario.account().items["I1"].instalments
    assert [(one.number, one.open_minor) for one in left] == [(1, 4000), (2, 2000)]


def test_a_credit_note_gives_income_and_vat_back(given: Given, b: ModuleType) -> None:
    bill = b.issue_lines(b.invoice_line(10000, 2000, "S20"))
    note = b.credit("C1", lines=(b.credit_line(5000, 1000, "S20"),))
    gl = given(b.opened()).when(bill).when(note).fine().gl()
    assert gl == {"debtors_control": 6000, "income": -5000, "vat_output": -1000}


def test_a_cancellation_credits_every_line_of_the_bill(given: Given, b: ModuleType) -> None:
    bill = b.issue_lines(b.invoice_line(10000, 2000, "S20"), b.invoice_line(500))
    note = b.credit("C1", whole=True, lines=(), reason="cancelled")
    scenario = given(b.opened()).when(bill).when(note).owes()
    fact = scenario.facts[0].fact
    assert fact.lines == (b.credit_line(10000, 2000, "S20"), b.credit_line(500))
    assert scenario.gl() == {}


def test_a_bill_that_is_partly_settled_cannot_be_cancelled(given: Given, b: ModuleType) -> None:
    paid = b.allocated("R1", b.DUE_ON, b.line("I1", 1))
    facts = (b.opened(), b.billed(), b.received("R1", 1, b.DUE_ON), paid)
    note = b.credit("C1", whole=True, lines=())
    given(*facts).when(note).refused(Code.INVOICE_PARTLY_SETTLED)


def test_a_recoverable_reversal_is_no_bill_to_cancel(given: Given, b: ModuleType) -> None:
    cash = b.part("R1", 5000, b.DUE_ON)
    facts = (b.opened(), b.received("R1", 5000, b.DUE_ON), b.refund_approved("F1", cash))
    note = b.credit("C1", whole=True, lines=(), invoice="REVERSAL:R1")
    given(*facts).when(b.reverse("R1")).when(note).refused(Code.INVOICE_NOT_OPEN)


def test_no_more_is_credited_than_is_open(given: Given, b: ModuleType) -> None:
    given(b.opened(), b.billed()).when(b.credit("C1", 12001)).refused(Code.CREDIT_EXCEEDS_OPEN)


def test_a_credit_note_of_no_lines_is_refused(given: Given, b: ModuleType) -> None:
    note = b.credit("C1", lines=())
    given(b.opened(), b.billed()).when(note).refused(Code.AMOUNT_NOT_POSITIVE)


def test_the_total_of_a_credit_note_is_the_sum_of_its_lines(given: Given, b: ModuleType) -> None:
    for changes in ({}, {"whole": True, "lines": ()}):
        note = b.credit("C1", gross_minor=11999, **changes)
        given(b.opened(), b.billed()).when(note).refused(Code.TOTAL_DIFFERS_FROM_LINES)


def test_a_credit_note_names_the_document_that_directed_it(given: Given, b: ModuleType) -> None:
    note = b.credit("C1", source_document="  ")
    given(b.opened(), b.billed()).when(note).refused(Code.SOURCE_DOCUMENT_MISSING)


def test_a_source_document_is_a_reference_and_not_a_letter(given: Given, b: ModuleType) -> None:
    note = b.credit("C1", source_document="x" * 201)
    given(b.opened(), b.billed()).when(note).refused(Code.FIELD_INVALID)


def test_a_credit_note_is_not_dated_before_its_bill(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.billed()).when(b.credit(), on=date(2026, 3, 31))
    scenario.refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_a_backdated_credit_note_waits_for_what_it_settles_to_be_raised(
    given: Given, b: ModuleType
) -> None:
    taken_back = date(2026, 6, 10)
    facts = (
        b.opened(),
        b.billed(),
        b.received("R1", 12000, b.DUE_ON),
        b.allocated("R1", b.DUE_ON, b.line("I1", 12000)),
        b.unallocated("R1", b.DUE_ON, b.line("I1", 12000), effective_on=taken_back),
    )
    scenario = given(*facts).when(b.credit(), on=date(2026, 6, 1)).fine()
    assert scenario.facts[0].effective_on == taken_back


def test_above_the_makers_authority_it_becomes_a_proposal(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    bill = b.billed(gross=30000)
    scenario = given(b.opened(), bill).when(b.credit("C1", 25001), world.AMES).owes(I1=30000)
    fact = scenario.facts[0].fact
    assert isinstance(fact, e.CreditNoteProposed)
    assert (fact.proposed_by, fact.gross_minor) == ("officer.ames", 25001)
    assert scenario.gl() == {"debtors_control": 30000, "income": -30000}


def test_at_the_makers_limit_it_is_posted(given: Given, b: ModuleType, world: ModuleType) -> None:
    scenario = given(b.opened(), b.billed(gross=30000)).when(b.credit("C1", 25000), world.AMES)
    scenario.owes(I1=5000)


def test_another_approves_a_proposed_credit_note(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    approve = c.ApproveCreditNote(**b.HSG, credit_note="C1")
    scenario = given(b.opened(), b.billed(gross=30000)).when(b.credit("C1", 26000), world.AMES)
    scenario.when(approve, world.COLE).owes(I1=4000)
    assert scenario.account().credit_notes == {}


def test_nobody_approves_his_own_credit_note(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    approve = c.ApproveCreditNote(**b.HSG, credit_note="C1")
    scenario = given(b.opened(), b.billed(gross=150000)).when(b.credit("C1", 150000), world.COLE)
    scenario.when(approve, world.COLE).refused(Code.OWN_PROPOSAL)


def test_at_approval_the_open_amount_is_looked_at_again(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    approve = c.ApproveCreditNote(**b.HSG, credit_note="C1")
    scenario = given(b.opened(), b.billed(gross=30000)).when(b.credit("C1", 26000), world.AMES)
    scenario.when(b.pay("R1", 5000, b.DUE_ON))
    scenario.when(approve, world.COLE).refused(Code.PROPOSAL_OUT_OF_DATE)


def test_a_rejected_credit_note_cannot_be_approved(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    reject = c.RejectCreditNote(**b.HSG, credit_note="C1", reason="no evidence")
    scenario = given(b.opened(), b.billed(gross=30000)).when(b.credit("C1", 26000), world.AMES)
    scenario.when(reject).owes(I1=30000)
    approve = c.ApproveCreditNote(**b.HSG, credit_note="C1")
    scenario.when(approve).refused(Code.PROPOSAL_NOT_FOUND)


def test_a_credit_note_that_waits_is_not_proposed_again(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    scenario = given(b.opened(), b.billed(gross=30000)).when(b.credit("C1", 26000), world.AMES)
    scenario.when(b.credit("C1", 100), world.AMES).refused(Code.PROPOSAL_EXISTS)
