"""ARUDD: each line reverses the one receipt that it names, and nothing else of that payer."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers.formats.arudd_write import OutReturn, OutReturns
from consumers.formats.arudd_write import write as write_arudd
from ledger import events as e
from ledger.intake_events import DirectDebitReturned, RowQuarantined

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

PROCESSED = date(2025, 6, 2)  # a Monday; the payer is debited on the Tuesday
ENTRY = date(2025, 6, 3)
REPORTED = date(2025, 6, 5)


def collected(
    council: Council, paid: Sequence[tuple[str, int, date]], statement: str = "S1", opening: int = 0
) -> None:
    entries = [
        council.entry(
            pence,
            council.reference(account),
            on=on,
            method="direct_debit",
            bank_reference=f"{statement}-{number}",
        )
        for number, (account, pence, on) in enumerate(paid)
    ]
    report = council.take(council.camt(f"{statement}.xml", entries, statement, opening=opening))
    assert report.statements[0].posted.lines == len(paid)


def arudd(
    council: Council,
    returned: Sequence[tuple[str, int]],
    name: str = "arudd.xml",
    processed: date = PROCESSED,
) -> Path:
    made = [
        OutReturn(reference, pence, "0128", "REFER TO PAYER", processed, "200000-55779911", "PAYER")
        for reference, pence in returned
    ]
    path: Path = council.folder / name
    with path.open("wb") as file:
        write_arudd([OutReturns(council.bank_account, "COUNCIL", made)], file, REPORTED)
    return path


def reversed_(council: Council) -> list[str]:
    return [one.receipt for one in council.facts(e.PaymentReversed)]


def receipts(council: Council) -> dict[tuple[str, date], str]:
    return {(one.account, one.value_on): one.receipt for one in council.facts(e.PaymentReceived)}


def test_a_return_reverses_the_collection_that_it_names_and_no_other(council: Council) -> None:
    council.opened("100")
    council.billed("100", "INV-1", 5_000)
    earlier = date(2025, 5, 6)
    collected(council, [("100", 5_000, earlier), ("100", 5_000, ENTRY)])
    report = council.take(arudd(council, [(council.reference("100"), 5_000)]))
    assert report.is_whole()
    assert report.returned.lines == 1
    assert reversed_(council) == [receipts(council)["100", ENTRY]]
    (fact,) = council.facts(DirectDebitReturned)
    assert (fact.receipt, fact.reason_code) == (receipts(council)["100", ENTRY], "0")


def test_the_debt_that_it_paid_is_open_again(council: Council) -> None:
    council.opened("100")
    council.billed("100", "INV-1", 5_000)
    collected(council, [("100", 5_000, ENTRY)])
    assert council.state("100").open_minor == 0
    council.take(arudd(council, [(council.reference("100"), 5_000)]))
    assert council.state("100").items["INV-1"].open_minor == 5_000


def test_the_same_report_again_reverses_nothing(council: Council) -> None:
    council.opened("100")
    collected(council, [("100", 5_000, ENTRY)])
    path = arudd(council, [(council.reference("100"), 5_000)])
    council.take(path)
    before = len(council.events())
    report = council.take(path)
    assert report.is_whole()
    assert len(council.events()) == before


def test_two_equal_returns_reverse_two_collections(council: Council) -> None:
    council.opened("100")
    collected(council, [("100", 5_000, ENTRY), ("100", 5_000, ENTRY)])
    report = council.take(arudd(council, [(council.reference("100"), 5_000)]))
    assert not report.is_whole()  # which of the two it is cannot be told
    both = arudd(council, [(council.reference("100"), 5_000)] * 2, "both.xml")
    council.take(both)
    assert len(reversed_(council)) == 0


@pytest.mark.parametrize(
    ("pence", "processed", "why"),
    [
        (5_001, PROCESSED, "no receipt that still stands"),
        (5_000, date(2025, 5, 6), "no receipt that still stands"),
    ],
)
def test_what_names_no_receipt_is_set_aside_and_reverses_nothing(
    council: Council, pence: int, processed: date, why: str
) -> None:
    council.opened("100")
    collected(council, [("100", 5_000, ENTRY)])
    report = council.take(arudd(council, [(council.reference("100"), pence)], processed=processed))
    assert not report.is_whole()
    assert reversed_(council) == []
    (row,) = council.facts(RowQuarantined)
    assert row.amount_minor == -pence
    assert why in row.refusals[0].sentence


def test_an_unknown_reference_is_set_aside(council: Council) -> None:
    council.opened("100")
    collected(council, [("100", 5_000, ENTRY)])
    council.take(arudd(council, [("NOBODY1234", 5_000)]))
    assert reversed_(council) == []
    (row,) = council.facts(RowQuarantined)
    assert "no account of ours has this reference" in row.refusals[0].sentence
    (fact,) = council.facts(DirectDebitReturned)
    assert (fact.account, fact.receipt) == (None, None)


def test_a_return_that_came_before_its_collection_is_done_on_retry(council: Council) -> None:
    council.opened("100")
    path = arudd(council, [(council.reference("100"), 5_000)])
    assert not council.take(path).is_whole()
    collected(council, [("100", 5_000, ENTRY)])
    assert council.take(path).is_whole()
    assert reversed_(council) == [receipts(council)["100", ENTRY]]


def test_a_payment_by_other_means_of_the_same_amount_is_left_alone(council: Council) -> None:
    council.opened("100")
    council.take(council.camt("a.xml", [council.entry(5_000, council.reference("100"), on=ENTRY)]))
    report = council.take(arudd(council, [(council.reference("100"), 5_000)]))
    assert not report.is_whole()
    assert reversed_(council) == []
