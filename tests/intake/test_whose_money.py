"""Whose money a bank line is, from the bank's file to the account: by rules, and never a guess."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any, TypeAlias

import pytest

from consumers.formats.accounts import gb_iban
from ledger import alias_commands as a
from ledger import commands as c
from ledger import events as e
from ledger import suspense_events as s
from ledger.references import is_valid, mint, spaced

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

DAY = date(2025, 6, 2)


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
        f"REF{spaced(reference).replace(' ', '/')}",
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
    assert (paid.rule, paid.matched_reference) == ("invoice-number", "INV-2")
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
        ("200", "invoice-number"),
    }
    assert council.facts(e.PaymentReceived) == []


def test_an_account_number_alone_never_posts(council: Council) -> None:
    council.opened("100234")
    council.take(council.csv("a.csv", [(DAY, 100, "100234")]))
    assert council.facts(e.PaymentReceived) == []


@pytest.mark.parametrize(
    "text",
    ["1234 5678 9012", "REF 1234 5678 9012 RENT", "1234-5678 9012", "20-12-34 1234 5678 9012"],
)
def test_a_part_of_a_mistyped_reference_is_not_somebodys_invoice_number(
    council: Council, text: str
) -> None:
    """Broken before: `5678` of a reference with a wrong digit paid another debtor's bill 5678."""
    assert not is_valid("123456789012")
    council.opened("other")
    for number in ("1234", "5678", "9012"):
        council.billed("other", number)
    council.take(council.csv("a.csv", [(DAY, 10_000, text), (DAY, 10_000, "INV 5678")]))
    (paid,) = council.facts(e.PaymentReceived)
    (held,) = council.facts(s.ReceiptSuspended)
    assert (paid.matched_reference, held.candidates) == ("5678", ())


def test_a_numeric_invoice_beside_a_date_is_still_found(council: Council) -> None:
    council.opened("7")
    texts = ("10023 02 06 2025", "INVOICE 10023", "02/06/2025 10023", "INV10023 NO 10023")
    council.billed("7", "10023")
    for number, text in enumerate(texts):
        council.take(council.csv(f"{number}.csv", [(DAY, 1_000, f"{text} ABOUT")]))
    named = [one.matched_reference for one in council.facts(e.PaymentReceived)]
    shown = [one.candidates[0].account for one in council.facts(s.ReceiptSuspended)]
    # Five bare digits and another amount are shown to a person; with the word they are enough.
    assert (named, shown) == (["10023", "10023"], ["7", "7"])


def test_a_payment_keeps_its_match_and_a_receipt_its_scored_candidates(council: Council) -> None:
    council.opened("100234")
    council.billed("100234", "INV-1")
    rows = [(DAY, 10_000, "ACC 100234"), (DAY, 77, "ACC 100234")]
    council.take(council.csv("a.csv", rows))
    (paid,) = council.facts(e.PaymentReceived)
    assert paid.match.score == sum(one.points for one in paid.match.rules) == 100
    assert [one.rule for one in paid.match.rules] == ["account-number", "amount-exact"]
    (held,) = council.facts(s.ReceiptSuspended)
    assert (held.reason, held.candidates[0].score) == ("below-threshold", 60)


def test_the_sum_of_bills_that_are_named_pays_those_and_no_older_ones(council: Council) -> None:
    council.opened("100")
    for number in ("INV-1", "INV-2", "INV-3"):
        council.billed("100", number)
    council.take(council.csv("a.csv", [(DAY, 20_000, "INV-3 AND INV-2")]))
    assert set(council.state("100").items) == {"INV-1"}
    (paid,) = council.facts(e.PaymentReceived)
    assert [one.rule for one in paid.match.rules] == ["invoice-number", "amount-sum"]


def test_a_payer_who_paid_before_is_known_by_account_and_name(council: Council) -> None:
    """The name in the billing message and the name of the bank are one, however written."""
    party: dict[str, object] = {
        "kind": "person",
        "name": "Mrs Rhona A Nightingale-Howe",
        "address_lines": [],
        "postcode": None,
        "email": None,
    }
    council.post(council.billing.account("100", party=party))
    council.billed("100", "INV-1")
    payer = {"party_name": "NIGHTINGALE HOWE R A", "party_iban": council.iban}
    first = council.entry(5_000, details=(council.detail(5_000, remittance=("INV-1",), **payer),))
    second = council.entry(5_000, details=(council.detail(5_000, remittance=("THX",), **payer),))
    council.take(council.camt("a.xml", [first], statement="S1", sequence=1))
    council.take(council.camt("b.xml", [second], statement="S2", sequence=2, opening=5_000))
    _, again = council.facts(e.PaymentReceived)
    found = [one.rule for one in again.match.rules]
    assert found == ["payer-known", "payer-name", "amount-exact"]


def test_an_alias_matches_from_its_confirmation_until_it_is_revoked(council: Council) -> None:
    council.opened("100")

    def lines(number: int) -> Any:  # noqa: ANN401
        detail = council.detail(700, party_name="A LETTING AGENT LTD", party_iban=council.iban)
        entry = council.entry(700, details=(detail,))
        report = council.take(
            council.camt(f"{number}.xml", [entry], f"S{number}", number, opening=700 * (number - 1))
        )
        return report.statements[0]

    assert lines(1).suspended.lines == 1
    (held,) = council.facts(s.ReceiptSuspended)
    payer = {"unit": "HSG", "kind": "account", "digest": held.payer_account_digest}
    propose = a.ProposePayerAlias(
        **payer, to_unit="HSG", to_account="100", from_receipt=held.receipt, amount_minor=700,
        reason="he told us",
    )  # fmt: skip
    assert council.command(propose).status == "posted"
    council.command(a.ConfirmPayerAlias(**payer), "senior.cole")
    assert lines(2).posted.lines == 1
    council.command(a.RevokePayerAlias(**payer, reason="moved out"), "senior.cole")
    assert lines(3).suspended.lines == 1
    (paid,) = council.facts(e.PaymentReceived)
    assert (paid.rule, council.state("100").unapplied_minor) == ("payer-alias", 700)


def test_a_virtual_account_says_whose_money_it_is(council: Council) -> None:
    council.opened("100")
    give = c.AssignVirtualAccount(unit="HSG", account="100", virtual_account="309999-00000017")
    assert council.command(give).status == "posted"
    detail = council.detail(700, party_name="A PAYER")
    path = council.camt("a.xml", [council.entry(700, details=(detail,))])
    own = gb_iban("LOYD", "309999", "00000017")
    paid_to = f"<CdtrAcct><Id><IBAN>{own}</IBAN></Id></CdtrAcct></RltdPties>"
    text = path.read_text(encoding="utf-8").replace("</RltdPties>", paid_to)
    council.take(council.file("b.xml", text))
    (paid,) = council.facts(e.PaymentReceived)
    assert (paid.account, paid.rule) == ("100", "virtual-account")


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
