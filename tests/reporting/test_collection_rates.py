"""Collection rates: the worked example, and what must not pass for collection."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
Ledger: TypeAlias = Any

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_collection_effectiveness_of_the_worked_example(ledger: Ledger, books: Books) -> None:
    """Opening 6,200, billed 10,890, closing 6,340 of which 3,590 is not yet due: 79.63 %."""
    ledger.bill("OPENING", 6_200, date(2024, 2, 1), date(2024, 3, 1))
    ledger.bill("DUE", 7_300, date(2024, 5, 1), date(2024, 6, 1))
    ledger.bill("CURRENT", 3_590, date(2024, 6, 15), date(2024, 7, 15))
    ledger.pay("OPENING", 6_200, date(2024, 4, 20))
    ledger.pay("DUE", 4_000, date(2024, 6, 20))
    ledger.credit("DUE", 550, date(2024, 6, 25))
    rates = {
        row["definition"]: row["rate"]
        for row in books.report("collection_rates", date(2024, 6, 30), NOW)
        if row["scope"] == "all"
    }
    assert round(rates["CEI.v1"] * 100, 2) == Decimal("79.63")
    # The credit note is no cash: 10,200 of 13,500.
    assert round(rates["CEI-cash.v1"] * 100, 2) == Decimal("75.56")


def test_a_write_off_is_no_collection_and_does_not_reduce_the_debit(
    ledger: Ledger,
    books: Books,
) -> None:
    ledger.bill("A", 1_000, date(2024, 4, 2), date(2024, 5, 2))
    ledger.pay("A", 600, date(2024, 5, 2))
    ledger.write(
        ledger.of("A")
        | {"kind": "written_off", "amount_minor": -40_000, "effective_on": date(2024, 5, 3)}
    )
    rows = books.report("collection_rates", date(2024, 6, 30), NOW)
    rates = {
        (row["definition"], row["measure"]): row["rate"] for row in rows if row["scope"] == "unit"
    }
    assert rates["CR-1.v1", "in-year collection"] == Decimal("0.6")
    disposition = [rate for (definition, _), rate in rates.items() if definition == "CR-5.v1"]
    assert (disposition, sum(disposition)) == ([Decimal("0.6"), 0, Decimal("0.4"), 0], 1)


def test_in_year_collection_counts_prepayments_and_no_arrears(ledger: Ledger, books: Books) -> None:
    ledger.bill("LAST-YEAR", 500, date(2024, 2, 1), date(2024, 3, 1))
    ledger.receive("EARLY", 300, date(2024, 3, 20))
    ledger.bill("THIS-YEAR", 1_000, date(2024, 4, 1), date(2024, 5, 1))
    ledger.allocate("EARLY", "THIS-YEAR", 300, date(2024, 4, 1), date(2024, 3, 20))
    ledger.pay("LAST-YEAR", 500, date(2024, 4, 10))
    rates = {
        row["definition"]: row["rate"]
        for row in books.report("collection_rates", date(2024, 6, 30), NOW)
        if row["scope"] == "unit"
    }
    assert rates["CR-1.v1"] == Decimal("0.3")
    assert rates["CR-3.v1"] == Decimal("0.5")
