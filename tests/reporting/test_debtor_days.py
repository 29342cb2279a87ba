"""Debtor days: the worked example and the cases in which a number would mislead."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
Ledger: TypeAlias = Any

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def _days(books: Books, as_at: date, **more: object) -> dict[str, Any]:
    rows = books.report("debtor_days", as_at, NOW, **more)
    return {row["definition"]: row for row in rows if row["unit"] is None}


def test_debtor_days_of_the_worked_example(ledger: Ledger, books: Books) -> None:
    """Debt 250,000 at 30 September; billed 120,000, 100,000 and 90,000; 150,000 not yet due."""
    ledger.bill("JUL", 90_000, date(2024, 7, 10), date(2024, 8, 10))
    ledger.bill("AUG-1", 70_000, date(2024, 8, 5), date(2024, 9, 5))
    ledger.bill("AUG-2", 30_000, date(2024, 8, 30), date(2024, 10, 1))
    ledger.bill("SEP", 120_000, date(2024, 9, 12), date(2024, 10, 12))
    ledger.pay("JUL", 60_000, date(2024, 9, 20))
    found = _days(books, date(2024, 9, 30))
    texts = {definition: row["days_text"] for definition, row in found.items()}
    assert (texts["DD-1.v1"], texts["DD-2.v1"], texts["DD-3.v1"], texts["DD-4.v1"]) == (
        "74.19",
        "71.33",
        "44.52",
        "29.68",
    )
    # September has 21 working days, August 21 (one bank holiday), July 23 of which a third.
    assert round(found["DD-2.v1"]["working_days"], 2) == round(
        Decimal(21 + 21 + Decimal(23) / 3), 2
    )


def test_count_back_beyond_all_billing_gives_no_number(ledger: Ledger, books: Books) -> None:
    """A credit note leaves less billed than is owed, so that months cannot exhaust the debt."""
    ledger.bill("A", 100, date(2024, 8, 15), date(2024, 9, 15))
    ledger.bill("B", 50, date(2024, 9, 15), date(2024, 10, 15))
    ledger.bill("C", 90, date(2024, 9, 16), date(2024, 10, 16))
    ledger.credit("C", 90, date(2024, 9, 20))
    ledger.write(
        ledger.of("A")
        | {"kind": "written_back", "amount_minor": 2500, "effective_on": date(2024, 9, 21)}
    )
    row = _days(books, date(2024, 9, 30))["DD-2.v1"]
    assert (row["days"], row["working_days"], row["days_text"]) == (None, None, "> 61 days")
    assert row["unexhausted"] == Decimal("25.00")


def test_a_month_without_net_billing_adds_its_days_and_exhausts_nothing(
    ledger: Ledger,
    books: Books,
) -> None:
    ledger.bill("JUN", 100, date(2024, 6, 3), date(2024, 7, 3))
    ledger.bill("JUL", 40, date(2024, 7, 3), date(2024, 8, 3))
    ledger.credit("JUL", 40, date(2024, 7, 5))
    ledger.pay("JUN", 50, date(2024, 7, 6))
    assert _days(books, date(2024, 7, 31))["DD-2.v1"]["days"] == 31 + 15


def test_debtor_days_are_not_defined_without_billing(ledger: Ledger, books: Books) -> None:
    ledger.bill("OLD", 100, date(2020, 6, 3), date(2020, 7, 3))
    found = _days(books, date(2024, 7, 31))
    assert (found["DD-1.v1"]["days"], found["DD-1.v1"]["days_text"]) == (None, "not defined")
    assert found["DD-6.v1"]["days"] == (date(2024, 7, 31) - date(2020, 7, 3)).days


def test_a_year_of_months_is_measured_over_its_actual_days(ledger: Ledger, books: Books) -> None:
    ledger.bill("A", 366, date(2023, 6, 3), date(2023, 7, 3))
    row = _days(books, date(2024, 3, 31), window_months=12)["DD-1.v1"]
    assert (row["window_days"], row["days"]) == (366, 366)
