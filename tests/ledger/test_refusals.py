"""Every refusal of the ledger, one row each, and the precedence where two apply.

A row is: the code, the facts that were there, the command, who gives it, and for when. Codes that
need more than a decider are in `ELSEWHERE`, with the test that shows them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pytest

from ledger import commands as c
from ledger import suspense_commands as sc
from ledger.account_state import Dated
from ledger.alias_commands import RevokePayerAlias
from ledger.events import HoldPlaced
from ledger.limits import AMOUNT_MINOR_MAX, INVOICE_LINES_MAX
from ledger.rejections import Code
from ledger.values import InvoiceLine

Build: TypeAlias = Any  # the builders, loaded by path
Given = Callable[..., Any]
Facts = Callable[[Any], tuple[Dated, ...]]
Command = Callable[[Any], c.AnyCommand]

PAID_ON = date(2026, 6, 5)
FAR = date(2206, 1, 1)
EARLY = date(2026, 3, 31)


def nothing(_: Build) -> tuple[Dated, ...]:
    return ()


def an_account(b: Build) -> tuple[Dated, ...]:
    return (b.opened(), b.opened("9", "GEN"))


def a_bill(b: Build) -> tuple[Dated, ...]:
    return (*an_account(b), b.billed())


def credit(b: Build) -> tuple[Dated, ...]:
    money = b.received("R1", 5000, PAID_ON)
    return (b.opened(apply_credit=False), b.opened("9", "GEN"), money, b.billed())


def paid(b: Build) -> tuple[Dated, ...]:
    money = b.received("R1", 5000, PAID_ON)
    return (*a_bill(b), money, b.allocated("R1", PAID_ON, b.line("I1", 5000)))


def part_paid_big_bill(b: Build) -> tuple[Dated, ...]:
    return (*an_account(b), b.billed(gross=900000))


def a_refund_waits(b: Build) -> tuple[Dated, ...]:
    return (*credit(b), b.refund_proposed("F1", b.part("R1", 5000, PAID_ON), by="senior.cole"))


def an_old_refund_waits(b: Build) -> tuple[Dated, ...]:
    used = b.allocated("R1", PAID_ON, b.line("I1", 5000))
    return (*a_refund_waits(b), used)


def a_write_off_waits(b: Build) -> tuple[Dated, ...]:
    return (*part_paid_big_bill(b), b.write_off_proposed("W1", 500001, by="senior.cole"))


def held(b: Build) -> tuple[Dated, ...]:
    return (*an_account(b), b.suspended())


def disputed(b: Build) -> tuple[Dated, ...]:
    return (*a_bill(b), b.on(b.TODAY, HoldPlaced(**b.dispute("H1", 12000).model_dump())))


def approve_refund(b: Build) -> c.AnyCommand:
    return c.ApproveRefund(**b.HSG, refund="F1")


def approve_write_off(b: Build) -> c.AnyCommand:
    return c.ApproveWriteOff(**b.HSG, write_off="W1")


def write_back(b: Build) -> c.AnyCommand:
    return c.WriteBack(**b.HSG, write_off="W1", reason="traced")


def a_small_bill(b: Build) -> tuple[Dated, ...]:
    return (*an_account(b), b.billed(gross=400))


def small_approved(b: Build) -> tuple[Dated, ...]:
    line = b.balance(400)
    return (*a_small_bill(b), b.balances_proposed(line), b.balances_approved(400))


def over_the_limit(b: Build) -> tuple[Dated, ...]:
    bill = (*an_account(b), b.billed(gross=501))
    return (*bill, b.balances_proposed(b.balance(501)), b.balances_approved(501))


def over_the_cap(b: Build) -> tuple[Dated, ...]:
    gone = {"batch": "P0", "small_balance": "small_balance"}
    earlier = b.written_off("SMALL-BALANCE:P0:I0", b.line("I0", 601))
    fact = earlier.fact.model_copy(update=gone)
    bills = (*a_small_bill(b), b.billed("I0", 601), b.on(b.TODAY, fact))
    return (*bills, b.balances_proposed(b.balance(400)), b.balances_approved(400))


def remembered(b: Build) -> tuple[Dated, ...]:
    return (*an_account(b), b.opened("2"), b.alias_proposed(to="2"), b.alias_confirmed("2"))


def revoke(b: Build) -> c.AnyCommand:
    return RevokePayerAlias(**b.PAYER, reason="moved")


@dataclass(frozen=True)
class Row:
    """One attempt and the code that must answer it."""

    code: Code
    facts: Facts
    command: Command
    actor: str | None = None
    on: date | None = None


def line(**changes: Any) -> InvoiceLine:  # noqa: ANN401 - fields of a line
    fields = {
        "description": "x", "service": "RENT", "cost_code": "R1", "vat_code": "N",
        "net_minor": 12000, "vat_minor": 0,
    }  # fmt: skip
    return InvoiceLine(**{**fields, **changes})


BACKWARDS = line(period_from=date(2026, 4, 2), period_to=date(2026, 4, 1))

ROWS = (
    # Repeats
    Row(Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT, held, lambda b: b.suspend(amount=1)),
    # Authority
    Row(Code.ACTOR_UNKNOWN, a_bill, lambda b: b.dispute(), "NOBODY"),
    Row(Code.NOT_AUTHORISED, a_bill, lambda b: b.write_off("W1", 5), "INTAKE"),
    Row(Code.OVER_AUTHORITY_LIMIT, a_write_off_waits, approve_write_off, "DEAN"),
    Row(Code.OWN_PROPOSAL, a_refund_waits, approve_refund, "COLE"),
    # The stream
    Row(Code.ACCOUNT_NOT_OPEN, nothing, lambda b: b.issue()),
    Row(
        Code.ACCOUNT_ALREADY_OPEN, a_bill,
        lambda b: c.OpenAccount(**b.HSG, debt_type="rent"),
    ),
    Row(Code.RECEIPT_NOT_IN_SUSPENSE, an_account, lambda b: b.identify()),
    Row(
        Code.SAME_ACCOUNT, credit,
        lambda b: b.transfer("T1", 5, to_unit="HSG", to_account="1"),
    ),
    Row(Code.CURRENCY_DIFFERS, an_account, lambda b: b.issue(currency="EUR")),
    # Shape of the request
    Row(Code.FIELD_INVALID, credit, lambda b: b.refund("F1", 5, reason=" ")),
    Row(Code.AMOUNT_NOT_POSITIVE, credit, lambda b: b.refund("F1", 0)),
    Row(Code.AMOUNT_TOO_LARGE, an_account, lambda b: b.pay("R9", AMOUNT_MINOR_MAX + 1, PAID_ON)),
    Row(Code.EFFECTIVE_DATE_OUT_OF_RANGE, an_account, lambda b: b.pay("R9", 5, FAR)),
    Row(Code.EFFECTIVE_DATE_TOO_EARLY, a_bill, lambda b: b.credit(), on=EARLY),
    Row(
        Code.NOTHING_TO_CHANGE, a_bill,
        lambda b: c.AmendAccount(**b.HSG, terms_days=30),
    ),
    # Pre-issue checks of a bill
    Row(
        Code.LINES_MISSING, an_account,
        lambda b: b.issue_lines(*(line() for _ in range(INVOICE_LINES_MAX + 1))),
    ),
    Row(Code.TOTAL_DIFFERS_FROM_LINES, an_account, lambda b: b.issue(gross_minor=11999)),
    Row(Code.VAT_CODE_UNKNOWN, an_account, lambda b: b.issue_lines(line(vat_code="S99"))),
    Row(Code.VAT_ARITHMETIC_WRONG, an_account, lambda b: b.issue_lines(line(vat_minor=1))),
    Row(Code.DUE_BEFORE_ISSUED, an_account, lambda b: b.issue(due_on=EARLY)),
    Row(Code.CODING_MISSING, an_account, lambda b: b.issue_lines(line(cost_code=""))),
    Row(Code.DESCRIPTION_MISSING, an_account, lambda b: b.issue_lines(line(description=""))),
    Row(
        Code.INSTALMENTS_DIFFER_FROM_TOTAL, an_account,
        lambda b: b.issue(instalments=b.plan((b.DUE_ON, 1))),
    ),
    Row(
        Code.INSTALMENT_DATES_OUT_OF_ORDER, an_account,
        lambda b: b.issue(instalments=b.plan((b.DUE_ON, 6000), (b.BILLED_ON, 6000))),
    ),
    Row(Code.PERIOD_BACKWARDS, an_account, lambda b: b.issue_lines(BACKWARDS)),
    # Credit notes
    Row(Code.INVOICE_NOT_OPEN, an_account, lambda b: b.credit()),
    Row(Code.INVOICE_PARTLY_SETTLED, paid, lambda b: b.credit(whole=True, lines=())),
    Row(Code.SOURCE_DOCUMENT_MISSING, a_bill, lambda b: b.credit(source_document="")),
    Row(Code.CREDIT_EXCEEDS_OPEN, a_bill, lambda b: b.credit("C1", 12001)),
    # Cash
    Row(Code.RECEIPT_NOT_ON_ACCOUNT, a_bill, lambda b: b.reverse("R9")),
    Row(
        Code.RECEIPT_ALREADY_REVERSED,
        lambda b: (*paid(b), b.reversed_("R1", 5000, PAID_ON, b.line("I1", 5000))),
        lambda b: b.reverse("R1"),
    ),
    Row(Code.ITEM_NOT_OPEN, credit, lambda b: b.allocate("R1", ("I9", 5))),
    Row(Code.ALLOCATION_EXCEEDS_OPEN, credit, lambda b: b.allocate("R1", ("I1", 12001))),
    Row(Code.ALLOCATION_EXCEEDS_CREDIT, credit, lambda b: b.allocate("R1", ("I1", 5001))),
    Row(Code.NOT_ALLOCATED_TO_ITEM, credit, lambda b: b.unallocate("R1")),
    # Suspense, transfers, refunds, write-offs
    Row(Code.PLACE_NOT_NAMED, held, lambda b: b.send_on(to="suspense")),
    Row(Code.EVIDENCE_MISSING, a_bill, lambda b: b.write_off("W1", 5, evidence="")),
    Row(Code.PROPOSAL_EXISTS, a_write_off_waits, lambda b: b.write_off("W1", 5)),
    Row(Code.PROPOSAL_NOT_FOUND, a_bill, approve_refund),
    Row(Code.PROPOSAL_OUT_OF_DATE, an_old_refund_waits, approve_refund),
    Row(
        Code.REFUND_NOT_APPROVED, a_refund_waits,
        lambda b: c.RecordRefundPaid(**b.HSG, refund="F1", payment_reference="x"),
    ),
    Row(Code.EXCEEDS_SUSPENSE, held, lambda b: b.send_on(12001)),
    Row(Code.EXCEEDS_UNAPPLIED_CREDIT, credit, lambda b: b.refund("F1", 5001)),
    Row(Code.WRITE_OFF_EXCEEDS_OPEN, a_bill, lambda b: b.write_off("W1", 12001)),
    Row(Code.WRITE_BACK_EXCEEDS_WRITTEN_OFF, a_bill, write_back),
    # Payer aliases
    Row(Code.ALIAS_EXISTS, remembered, lambda b: b.remember()),
    Row(Code.ALIAS_NOT_FOUND, an_account, revoke),
    # Small balances
    Row(Code.SMALL_BALANCE_NOT_APPROVED, a_small_bill, lambda b: b.write_off_balance(400)),
    Row(Code.OVER_SMALL_BALANCE_LIMIT, over_the_limit, lambda b: b.write_off_balance(501)),
    Row(Code.OVER_SMALL_BALANCE_CAP, over_the_cap, lambda b: b.write_off_balance(400)),
    # Holds
    Row(Code.HOLD_EXISTS, disputed, lambda b: b.dispute("H1")),
    Row(
        Code.HOLD_NOT_FOUND, a_bill,
        lambda b: c.ReleaseHold(**b.HSG, hold="H1", outcome="x"),
    ),
    Row(Code.DISPUTE_INCOMPLETE, a_bill, lambda b: b.dispute(department=None)),
    Row(Code.DISPUTE_EXCEEDS_OPEN, a_bill, lambda b: b.dispute("H1", 12001)),
    # Release from quarantine
    Row(Code.NOT_QUARANTINED, an_account, lambda b: b.release()),
)  # fmt: skip

ELSEWHERE = {
    Code.MESSAGE_EXISTS_WITH_DIFFERENT_CONTENT: "test_repeats.py",
    Code.INVOICE_EXISTS_WITH_DIFFERENT_CONTENT: "test_repeats.py",
    Code.CREDIT_NOTE_EXISTS_WITH_DIFFERENT_CONTENT: "test_repeats.py",
    Code.ACCOUNT_EXISTS_WITH_DIFFERENT_CONTENT: "test_repeats.py",
    Code.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT: "test_repeats.py",
    Code.VIRTUAL_ACCOUNT_ASSIGNED_ELSEWHERE: "test_repeats.py",
    Code.REASON_NOT_LISTED: "test_repeats.py",
    Code.UNIT_NOT_KEPT_HERE: "test_units_kept_here.py",
    Code.ACCOUNT_QUARANTINED: "test_quarantine.py",
    Code.MANDATE_EXISTS: "test_direct_debit_refusals.py",
    Code.MANDATE_NOT_FOUND: "test_direct_debit_refusals.py",
    Code.MANDATE_ENDED: "test_direct_debit_refusals.py",
    Code.MANDATE_REFERENCE_LIKE_ANOTHER: "test_direct_debit_refusals.py",
    Code.MANDATE_NOT_NOTIFIED: "test_direct_debit_refusals.py",
    Code.MANDATE_CHANGED: "test_direct_debit_refusals.py",
    Code.NOT_AN_ORIGINATOR: "test_direct_debit_refusals.py",
    Code.NOT_A_PROCESSING_DAY: "test_direct_debit_refusals.py",
    Code.NOTICE_TOO_SHORT: "test_direct_debit_refusals.py",
    Code.NOT_ANNOUNCED: "test_direct_debit_refusals.py",
    Code.COLLECTION_HELD_BACK: "test_direct_debit_refusals.py",
    Code.COLLECTION_NOT_FOUND: "test_direct_debit_refusals.py",
    Code.NOT_TO_BE_REPRESENTED: "test_direct_debit_refusals.py",
    Code.AMOUNT_DIFFERS: "test_direct_debit_refusals.py",
    Code.RUN_EXISTS: "test_direct_debit_refusals.py",
    Code.RUN_NOT_FOUND: "test_direct_debit_refusals.py",
    Code.RUN_NOT_READY: "test_direct_debit_refusals.py",
    Code.TOO_EARLY_TO_SEND: "test_direct_debit_refusals.py",
    Code.TOO_LATE_TO_SEND: "test_direct_debit_refusals.py",
    Code.OVER_RUN_LIMIT: "test_direct_debit_refusals.py",
    Code.FILE_DIFFERS: "test_direct_debit_refusals.py",
    Code.RUN_NOT_PROVED: "test_direct_debit_refusals.py",
    Code.CLAIM_NOT_FOUND: "test_direct_debit_refusals.py",
    Code.CREDIT_TAKEN_BACK: "test_direct_debit_refusals.py",
    Code.CLAIM_OVER: "test_direct_debit_refusals.py",
    Code.CLAIM_LIVE: "test_direct_debit_refusals.py",
    Code.TOO_LATE_TO_CHALLENGE: "test_direct_debit_refusals.py",
    Code.COLLECTION_MAY_BE_CLAIMED: "test_direct_debit_refusals.py",
    Code.STANDING_ORDER_EXISTS: "test_standing_orders.py",
    Code.STANDING_ORDER_NOT_FOUND: "test_standing_orders.py",
    Code.STANDING_ORDER_ENDED: "test_standing_orders.py",
    Code.STANDING_ORDER_NOT_OVER: "test_standing_orders.py",
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code.value)
def test_every_refusal_has_its_code(
    given: Given, b: ModuleType, world: ModuleType, row: Row
) -> None:
    actor = getattr(world, row.actor) if row.actor else None
    scenario = given(*row.facts(b)).when(row.command(b), actor, on=row.on)
    scenario.refused(row.code)


def test_every_code_is_in_the_table_or_shown_elsewhere() -> None:
    shown = [row.code for row in ROWS] + list(ELSEWHERE)
    assert sorted(shown) == sorted(Code)
    for code, module in ELSEWHERE.items():
        assert f"Code.{code.name}" in (Path(__file__).parent / module).read_text("utf-8")


def test_the_table_is_in_the_written_precedence() -> None:
    order = list(Code)
    places = [order.index(row.code) for row in ROWS]
    assert places == sorted(places)


# --- where two refusals apply, the earlier in the written precedence answers ---------------------


@dataclass(frozen=True)
class Both:
    """An attempt to which two refusals apply."""

    first: Code
    second: Code
    facts: Facts
    command: Command
    actor: str | None = None
    on: date | None = None


PAIRS = (
    Both(Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT, Code.ACTOR_UNKNOWN, held,
         lambda b: b.suspend(amount=1), "NOBODY"),
    Both(Code.ACTOR_UNKNOWN, Code.ACCOUNT_NOT_OPEN, nothing, approve_refund, "NOBODY"),
    Both(Code.NOT_AUTHORISED, Code.ACCOUNT_NOT_OPEN, nothing, approve_write_off, "AMES"),
    Both(Code.NOT_AUTHORISED, Code.ACCOUNT_NOT_OPEN, nothing,
         lambda b: c.ApproveCreditNote(**b.HSG, credit_note="C1"), "AMES"),
    Both(Code.NOT_AUTHORISED, Code.RECEIPT_NOT_IN_SUSPENSE, an_account,
         lambda _: sc.ApproveSuspenseReturn(receipt="S1", suspense_return="B1"), "AMES"),
    Both(Code.NOT_AUTHORISED, Code.RECEIPT_NOT_IN_SUSPENSE, an_account,
         lambda _: sc.ReverseSuspense(receipt="S1", reason="recalled_by_bank"), "AMES"),
    Both(Code.NOT_AUTHORISED, Code.ACCOUNT_NOT_OPEN, lambda b: (b.suspended(),),
         lambda b: b.identify(), "FORD"),
    Both(Code.OVER_AUTHORITY_LIMIT, Code.OWN_PROPOSAL, a_write_off_waits, approve_write_off,
         "COLE"),
    Both(Code.OVER_AUTHORITY_LIMIT, Code.RECEIPT_NOT_IN_SUSPENSE, an_account,
         lambda b: b.send_on(50001), "AMES"),
    Both(Code.OVER_AUTHORITY_LIMIT, Code.EFFECTIVE_DATE_OUT_OF_RANGE, a_write_off_waits,
         approve_write_off, "DEAN", FAR),
    Both(Code.OWN_PROPOSAL, Code.PROPOSAL_OUT_OF_DATE, an_old_refund_waits, approve_refund, "COLE"),
    Both(Code.ACCOUNT_NOT_OPEN, Code.CURRENCY_DIFFERS, nothing, lambda b: b.issue(currency="EUR")),
    Both(Code.ACCOUNT_NOT_OPEN, Code.AMOUNT_NOT_POSITIVE, nothing, lambda b: b.refund("F1", 0)),
    Both(Code.SAME_ACCOUNT, Code.FIELD_INVALID, credit,
         lambda b: b.transfer("T1", 5, to_unit="HSG", to_account="1", reason="")),
    Both(Code.CURRENCY_DIFFERS, Code.FIELD_INVALID,
         lambda b: (b.opened(currency="EUR"), b.suspended()), lambda b: b.identify(reason="")),
    Both(Code.CURRENCY_DIFFERS, Code.LINES_MISSING, an_account,
         lambda b: b.issue(currency="EUR", lines=())),
    Both(Code.FIELD_INVALID, Code.AMOUNT_NOT_POSITIVE, credit,
         lambda b: b.transfer("T1", 0, reason="")),
    Both(Code.FIELD_INVALID, Code.AMOUNT_NOT_POSITIVE, credit, lambda b: b.refund("F1", 0, "")),
    Both(Code.FIELD_INVALID, Code.PLACE_NOT_NAMED, held, lambda b: b.send_on(to="", reason="")),
    Both(Code.FIELD_INVALID, Code.REFUND_NOT_APPROVED, credit,
         lambda b: c.RecordRefundPaid(**b.HSG, refund="F1", payment_reference="")),
    Both(Code.FIELD_INVALID, Code.HOLD_EXISTS, disputed, lambda b: b.dispute("H1", reason="")),
    Both(Code.AMOUNT_NOT_POSITIVE, Code.EFFECTIVE_DATE_TOO_EARLY, a_bill,
         lambda b: b.credit("C1", 0), on=EARLY),
    Both(Code.AMOUNT_NOT_POSITIVE, Code.HOLD_EXISTS, disputed, lambda b: b.dispute("H1", 0)),
    Both(Code.AMOUNT_NOT_POSITIVE, Code.RECEIPT_NOT_ON_ACCOUNT, a_bill,
         lambda b: b.unallocate("R9", ("I1", 0))),
    Both(Code.AMOUNT_NOT_POSITIVE, Code.WRITE_BACK_EXCEEDS_WRITTEN_OFF, a_bill,
         lambda b: write_back(b).model_copy(update={"amount_minor": 0})),
    Both(Code.AMOUNT_NOT_POSITIVE, Code.PROPOSAL_EXISTS,
         lambda b: (*held(b), b.return_proposed("B1", 5)), lambda b: b.give_back("B1", 0)),
    Both(Code.AMOUNT_NOT_POSITIVE, Code.INVOICE_NOT_OPEN, an_account,
         lambda b: b.write_off("W1", 0)),
    Both(Code.AMOUNT_TOO_LARGE, Code.EFFECTIVE_DATE_OUT_OF_RANGE, an_account,
         lambda b: b.pay("R9", AMOUNT_MINOR_MAX + 1, FAR)),
    Both(Code.EFFECTIVE_DATE_OUT_OF_RANGE, Code.NOTHING_TO_CHANGE, an_account,
         lambda b: c.AmendAccount(**b.HSG, terms_days=30), on=FAR),
    Both(Code.EFFECTIVE_DATE_OUT_OF_RANGE, Code.RECEIPT_NOT_ON_ACCOUNT, a_bill,
         lambda b: b.reverse("R9"), on=FAR),
    Both(Code.EFFECTIVE_DATE_OUT_OF_RANGE, Code.PROPOSAL_NOT_FOUND, a_bill, approve_refund,
         on=FAR),
    Both(Code.EFFECTIVE_DATE_OUT_OF_RANGE, Code.HOLD_NOT_FOUND, a_bill,
         lambda b: c.ReleaseHold(**b.HSG, hold="H1", outcome="x"), on=FAR),
    Both(Code.EFFECTIVE_DATE_OUT_OF_RANGE, Code.INVOICE_NOT_OPEN, an_account,
         lambda b: b.credit(), on=FAR),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.TOTAL_DIFFERS_FROM_LINES, a_bill,
         lambda b: b.credit(gross_minor=1), on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.CREDIT_EXCEEDS_OPEN, a_bill,
         lambda b: b.credit("C1", 12001), on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.ALLOCATION_EXCEEDS_OPEN, credit,
         lambda b: b.allocate("R1", ("I1", 12001)), on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.RECEIPT_NOT_ON_ACCOUNT, a_bill,
         lambda b: b.allocate("R9", ("I1", 1)), on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.NOT_ALLOCATED_TO_ITEM, credit,
         lambda b: b.unallocate("R1"), on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.EXCEEDS_UNAPPLIED_CREDIT, credit,
         lambda b: b.transfer("T1", 5001), on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.PROPOSAL_OUT_OF_DATE,
         lambda b: (*a_bill(b), b.write_off_proposed("W1", 12001)), approve_write_off, on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.EXCEEDS_SUSPENSE, held,
         lambda b: b.send_on(12001), on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.PLACE_NOT_NAMED, held,
         lambda b: b.send_on(to=""), on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.WRITE_BACK_EXCEEDS_WRITTEN_OFF,
         lambda b: (*a_bill(b), b.written_off("W1", b.line("I1", 5))),
         lambda b: write_back(b).model_copy(update={"amount_minor": 6}), on=EARLY),
    Both(Code.TOTAL_DIFFERS_FROM_LINES, Code.INVOICE_NOT_OPEN, an_account,
         lambda b: b.credit(gross_minor=1)),
    Both(Code.TOTAL_DIFFERS_FROM_LINES, Code.INVOICE_PARTLY_SETTLED, paid,
         lambda b: b.credit(gross_minor=1, whole=True, lines=())),
    Both(Code.INVOICE_NOT_OPEN, Code.SOURCE_DOCUMENT_MISSING, an_account,
         lambda b: b.credit(source_document="")),
    Both(Code.INVOICE_NOT_OPEN, Code.EVIDENCE_MISSING, an_account,
         lambda b: b.write_off("W1", 5, evidence="")),
    Both(Code.INVOICE_NOT_OPEN, Code.HOLD_EXISTS, disputed,
         lambda b: b.dispute("H1", invoice="I9")),
    Both(Code.SOURCE_DOCUMENT_MISSING, Code.CREDIT_EXCEEDS_OPEN, a_bill,
         lambda b: b.credit("C1", 12001, source_document="")),
    Both(Code.RECEIPT_ALREADY_REVERSED, Code.NOT_ALLOCATED_TO_ITEM,
         lambda b: (*paid(b), b.reversed_("R1", 5000, PAID_ON, b.line("I1", 5000))),
         lambda b: b.unallocate("R1")),
    Both(Code.ITEM_NOT_OPEN, Code.ALLOCATION_EXCEEDS_OPEN, credit,
         lambda b: b.allocate("R1", ("I1", 12001), ("I9", 5))),
    Both(Code.ALLOCATION_EXCEEDS_OPEN, Code.ALLOCATION_EXCEEDS_CREDIT,
         lambda b: (*credit(b), b.billed("I2", 10)),
         lambda b: b.allocate("R1", ("I1", 5001), ("I2", 11))),
    Both(Code.PLACE_NOT_NAMED, Code.EXCEEDS_SUSPENSE, held, lambda b: b.send_on(12001, to="")),
    Both(Code.EVIDENCE_MISSING, Code.PROPOSAL_EXISTS, a_write_off_waits,
         lambda b: b.write_off("W1", 5, evidence="")),
    Both(Code.PROPOSAL_EXISTS, Code.EXCEEDS_UNAPPLIED_CREDIT, a_refund_waits,
         lambda b: b.refund("F1", 5001)),
    Both(Code.PROPOSAL_EXISTS, Code.WRITE_OFF_EXCEEDS_OPEN, a_write_off_waits,
         lambda b: b.write_off("W1", 900001)),
    Both(Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT, Code.ACTOR_UNKNOWN, held,
         lambda b: b.split("S1"), "NOBODY"),
    Both(Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT, Code.ACCOUNT_NOT_OPEN,
         lambda b: (b.suspended(),), lambda b: b.move("R1", "S1")),
    Both(Code.NOT_AUTHORISED, Code.RECEIPT_NOT_IN_SUSPENSE, an_account, lambda b: b.split(),
         "FORD"),
    Both(Code.NOT_AUTHORISED, Code.ACCOUNT_NOT_OPEN, nothing, lambda b: b.remember(), "FORD"),
    Both(Code.NOT_AUTHORISED, Code.PROPOSAL_NOT_FOUND, an_account, lambda b: b.confirm(), "FORD"),
    Both(Code.OVER_AUTHORITY_LIMIT, Code.OWN_PROPOSAL,
         lambda b: (*an_account(b), b.alias_proposed(50001)), lambda b: b.confirm(), "AMES"),
    Both(Code.OVER_AUTHORITY_LIMIT, Code.OVER_SMALL_BALANCE_LIMIT,
         lambda b: (b.balances_proposed(b.balance(10001)),), lambda b: b.approve_balances(),
         "COLE"),
    Both(Code.ACCOUNT_NOT_OPEN, Code.CURRENCY_DIFFERS,
         lambda b: (b.balances_proposed(b.balance(4)),), lambda b: b.write_off_balance(4)),
    Both(Code.RECEIPT_NOT_IN_SUSPENSE, Code.FIELD_INVALID, an_account,
         lambda b: b.split(reason="")),
    Both(Code.FIELD_INVALID, Code.AMOUNT_NOT_POSITIVE, held, lambda b: b.split("S1/2", 0)),
    Both(Code.FIELD_INVALID, Code.AMOUNT_NOT_POSITIVE, an_account,
         lambda b: b.pay("R1", 0, PAID_ON, from_suspense="S1")),
    Both(Code.FIELD_INVALID, Code.AMOUNT_NOT_POSITIVE, an_account,
         lambda b: b.remember(0, digest="X")),
    Both(Code.FIELD_INVALID, Code.RECEIPT_NOT_ON_ACCOUNT, an_account,
         lambda b: b.move("R9", reason="")),
    Both(Code.FIELD_INVALID, Code.RECEIPT_NOT_ON_ACCOUNT, an_account,
         lambda b: b.instruct("N1", receipt="R9")),
    Both(Code.AMOUNT_NOT_POSITIVE, Code.OVER_SMALL_BALANCE_LIMIT, nothing,
         lambda b: b.propose_balances(b.balance(501), b.balance(0, "I2"))),
    Both(Code.AMOUNT_NOT_POSITIVE, Code.EXCEEDS_SUSPENSE, held, lambda b: b.split("S2", 0)),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.ALLOCATION_EXCEEDS_OPEN, paid,
         lambda b: b.instruct("N1", ("I1", 12001), receipt="R1"), on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.RECEIPT_ALREADY_REVERSED,
         lambda b: (*paid(b), b.reversed_("R1", 5000, PAID_ON, b.line("I1", 5000))),
         lambda b: b.move(), on=EARLY),
    Both(Code.EFFECTIVE_DATE_TOO_EARLY, Code.PROPOSAL_OUT_OF_DATE, small_approved,
         lambda b: b.write_off_balance(399), on=date(2026, 6, 14)),
    Both(Code.EFFECTIVE_DATE_OUT_OF_RANGE, Code.REFUND_NOT_APPROVED, held,
         lambda b: b.return_failed(), on=FAR),
    Both(Code.EFFECTIVE_DATE_OUT_OF_RANGE, Code.ALIAS_NOT_FOUND, an_account, revoke, on=FAR),
    Both(Code.NOTHING_TO_CHANGE, Code.PROPOSAL_EXISTS,
         lambda b: (*remembered(b), b.alias_proposed(to="1")), lambda b: b.remember(to="2")),
    Both(Code.ITEM_NOT_OPEN, Code.ALLOCATION_EXCEEDS_OPEN, paid,
         lambda b: b.instruct("N1", ("I1", 12001), ("I9", 5), receipt="R1")),
    Both(Code.ALLOCATION_EXCEEDS_OPEN, Code.ALLOCATION_EXCEEDS_CREDIT,
         lambda b: (*paid(b), b.billed("I2", 10)),
         lambda b: b.instruct("N1", ("I1", 5001), ("I2", 11), receipt="R1")),
    Both(Code.INVOICE_NOT_OPEN, Code.SMALL_BALANCE_NOT_APPROVED, an_account,
         lambda b: b.write_off_balance(400)),
    Both(Code.PROPOSAL_EXISTS, Code.ALIAS_EXISTS,
         lambda b: (*remembered(b), b.alias_proposed(to="1")), lambda b: b.remember(to="1")),
    Both(Code.PROPOSAL_EXISTS, Code.OVER_SMALL_BALANCE_LIMIT, small_approved,
         lambda b: b.propose_balances(b.balance(501))),
    Both(Code.PROPOSAL_OUT_OF_DATE, Code.SMALL_BALANCE_NOT_APPROVED, a_small_bill,
         lambda b: b.write_off_balance(399)),
    Both(Code.SMALL_BALANCE_NOT_APPROVED, Code.OVER_SMALL_BALANCE_LIMIT, a_bill,
         lambda b: b.write_off_balance(12000)),
    Both(Code.HOLD_EXISTS, Code.DISPUTE_INCOMPLETE, disputed,
         lambda b: b.dispute("H1", department=None)),
    Both(Code.OWN_PROPOSAL, Code.FIELD_INVALID, lambda b: (b.stopped("manager.dean"),),
         lambda b: b.release(reason=""), "DEAN"),
    Both(Code.FIELD_INVALID, Code.NOT_QUARANTINED, an_account, lambda b: b.release(reason="")),
    Both(Code.DISPUTE_INCOMPLETE, Code.DISPUTE_EXCEEDS_OPEN, disputed,
         lambda b: b.dispute("H2", 12001, department=None)),
)  # fmt: skip


@pytest.mark.parametrize("both", PAIRS, ids=lambda both: f"{both.first}-before-{both.second}")
def test_where_two_refusals_apply_the_earlier_answers(
    given: Given, b: ModuleType, world: ModuleType, both: Both
) -> None:
    order = list(Code)
    assert order.index(both.first) < order.index(both.second)
    actor = getattr(world, both.actor) if both.actor else None
    given(*both.facts(b)).when(both.command(b), actor, on=both.on).refused(both.first)
