"""Whose money a bank line is: by named rules in their order, and never a guess."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any, TypeAlias

import pytest

from consumers.formats.statement import BankLine, SourceSpan
from consumers.identify import identify
from ledger import events as e
from ledger import suspense_events as s
from ledger.references import is_valid, mint, spaced
from ledger.store_values import RegisterRow

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

DAY = date(2025, 6, 2)


def _line(text: str, **fields: Any) -> BankLine:  # noqa: ANN401
    usual: dict[str, Any] = {
        "ordinal": 1,
        "part": 1,
        "parts": 1,
        "amount_minor": 1_000,
        "currency": "GBP",
        "booked_on": DAY,
        "value_on": DAY,
        "bank_reference": None,
        "references": (),
        "narrative": text,
        "payer_name": None,
        "payer_account": None,
        "method": "bank_transfer",
        "reversal": False,
        "warnings": (),
        "span": SourceSpan(1, 0, 1),
    }
    return BankLine(**(usual | fields))


def _found(text: str, register: dict[tuple[str, str], str]) -> Any:  # noqa: ANN401
    rows = {key: RegisterRow(*key, b"", holder) for key, holder in register.items()}
    return identify([_line(text)], "HSG", lambda keys: {k: rows[k] for k in keys if k in rows})[0]


def test_a_reference_is_found_with_spaces_dashes_and_other_words(council: Council) -> None:
    council.opened("100")
    reference = council.reference("100")
    texts = [
        reference,
        spaced(reference),
        spaced(reference).replace(" ", "-"),
        f"RENT {reference}/JUNE",
        f"20-12-34 {spaced(reference)}",
        f"PHONE 07700 900123 REF:{reference}.",
    ]
    council.take(council.csv("a.csv", [(DAY, 100, text) for text in texts]))
    assert len(council.facts(e.PaymentReceived)) == len(texts)
    assert {one.matched_reference for one in council.facts(e.PaymentReceived)} == {reference}
    assert council.facts(s.ReceiptSuspended) == []


def test_an_invoice_that_the_payer_names_is_paid_first(council: Council) -> None:
    council.opened("100")
    council.billed("100", "INV-1")
    council.billed("100", "INV-2", on=date(2025, 5, 15))
    council.take(council.csv("a.csv", [(DAY, 10_000, "payment of inv-2 thank you")]))
    (paid,) = council.facts(e.PaymentReceived)
    (allocated,) = council.facts(e.PaymentAllocated)
    assert (paid.rule, paid.matched_reference) == ("invoice-reference", "INV-2")
    assert [line.item for line in allocated.lines] == ["INV-2"]
    assert set(council.state("100").items) == {"INV-1"}


def test_several_invoices_of_one_debtor_are_that_debtors_money(council: Council) -> None:
    council.opened("100")
    council.billed("100", "INV-1")
    council.billed("100", "INV-2", on=date(2025, 5, 15))
    council.take(council.csv("a.csv", [(DAY, 20_000, "INV-2 AND INV-1")]))
    assert council.state("100").items == {}


def test_references_that_disagree_go_to_suspense_with_both_as_candidates(
    council: Council,
) -> None:
    council.opened("100", "200")
    council.billed("200", "INV-2")
    text = f"INV-2 {council.reference('100')}"
    council.take(council.csv("a.csv", [(DAY, 10_000, text)]))
    (held,) = council.facts(s.ReceiptSuspended)
    assert held.reason == "references-disagree"
    assert {(one.account, one.rule) for one in held.candidates} == {
        ("100", "account-reference"),
        ("200", "invoice-reference"),
    }
    assert council.facts(e.PaymentReceived) == []


def test_an_account_number_alone_never_posts(council: Council) -> None:
    council.opened("100234")
    council.take(council.csv("a.csv", [(DAY, 100, "100234")]))
    assert council.facts(e.PaymentReceived) == []


@pytest.mark.parametrize(
    "text",
    [
        "1234 5678 9012",
        "REF 1234 5678 9012 RENT",
        "1234-5678 9012",
        "20-12-34 1234 5678 9012",
        "0000 1234 5678",
    ],
)
def test_a_part_of_a_mistyped_reference_is_not_somebodys_invoice_number(text: str) -> None:
    """Broken before: `5678` of a reference with a wrong digit paid another debtor's bill 5678."""
    assert not any(is_valid(one) for one in ("123456789012", "000012345678"))
    register = {("invoice", f"HSG|{part}"): "HSG|other" for part in ("1234", "5678", "9012")}
    assert _found(text, register).account is None
    assert _found("INV 5678", register).account == ("HSG", "other")


def test_a_numeric_invoice_beside_a_date_is_still_found() -> None:
    register = {("invoice", "HSG|10023"): "HSG|7"}
    for text in ("10023 02 06 2025", "INVOICE 10023", "02/06/2025 10023", "INV10023 NO 10023"):
        assert _found(text, register).account == ("HSG", "7")


def _mistyped(reference: str) -> Iterator[str]:
    """Every reference with one wrong digit or two digits swapped, near or far."""
    for at, digit in enumerate(reference):
        for wrong in "0123456789":
            if wrong != digit:
                yield reference[:at] + wrong + reference[at + 1 :]
        for other in range(at + 1, len(reference)):
            if reference[other] != digit:
                digits = list(reference)
                digits[at], digits[other] = digits[other], digits[at]
                yield "".join(digits)


def test_one_wrong_digit_or_two_swapped_never_pay_another_debtor(council: Council) -> None:
    """Every such slip in one reference, and a sample over a town of accounts, by the whole path."""
    accounts = [str(100_000 + number) for number in range(400)]
    council.opened(*accounts)
    rng = Random(7)  # noqa: S311 - the same town every time
    slips = list(_mistyped(council.reference(accounts[0])))
    for account in accounts[1:]:
        slips += rng.sample(list(_mistyped(council.reference(account))), 2)
    texts = [spaced(slip) if number % 2 else slip for number, slip in enumerate(slips)]
    report = council.take(council.csv("a.csv", [(DAY, 100, text) for text in texts]))
    assert report.statements[0].suspended.lines == len(slips) > 900
    assert council.facts(e.PaymentReceived) == []
    council.take(council.csv("b.csv", [(DAY, 100, mint("HSG", one)) for one in accounts[:50]]))
    assert [one.account for one in council.facts(e.PaymentReceived)] == accounts[49::-1]
