"""Ageing: the buckets to the day, and statements that other systems got wrong."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import psycopg
import pytest

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
Ledger: TypeAlias = Any

NOW = datetime(2030, 1, 1, tzinfo=UTC)
BUCKETS = (
    "not_yet_due",
    "days_1_30",
    "days_31_60",
    "days_61_90",
    "days_91_180",
    "days_181_365",
    "years_1_2",
    "years_2_6",
    "over_6_years",
)


def test_ageing_of_the_statement_that_another_system_got_wrong(
    ledger: Ledger, books: Books
) -> None:
    """OCA/account-financial-reporting#546: 100,000 | 50,000 | credit -1,000 | 149,000."""
    ledger.receive("FEB", 1_000, date(2024, 2, 10))
    for number in range(5):
        ledger.bill(f"MAR{number}", 10_000, date(2024, 3, 20), date(2024, 3, 31))
    ledger.bill("APR", 100_000, date(2024, 4, 15), date(2024, 4, 30))
    ledger.receive("MAY", 49_000, date(2024, 5, 20))
    ledger.allocate("FEB", "MAR0", 1_000, date(2024, 5, 20), date(2024, 2, 10))
    ledger.allocate("MAY", "MAR0", 9_000, date(2024, 5, 20), date(2024, 5, 20))
    for number in range(1, 5):
        ledger.allocate("MAY", f"MAR{number}", 10_000, date(2024, 5, 20), date(2024, 5, 20))
    rows = books.report("aged_debt", date(2024, 4, 30), NOW)
    columns = (*BUCKETS, "unapplied_credit", "net_debt")
    found = {c: total for c in columns if (total := sum(row[c] for row in rows))}
    assert found == {
        "not_yet_due": 100_000,
        "days_1_30": 50_000,
        "unapplied_credit": 1_000,
        "net_debt": 149_000,
    }


def test_an_item_dated_after_the_day_is_not_in_the_ageing(ledger: Ledger, books: Books) -> None:
    ledger.bill("OLD", 10, date(2015, 12, 1), date(2015, 12, 31))
    ledger.bill("NEW", 20, date(2016, 1, 1), date(2016, 1, 31))
    (row,) = books.report("aged_debt", date(2015, 12, 31), NOW)
    assert (row["not_yet_due"], row["total_debt"]) == (10, 10)
    items = [row["item"] for row in books.report("open_items", date(2015, 12, 31), NOW)]
    assert items == ["OLD"]


@pytest.mark.parametrize(
    ("due", "bucket"),
    [
        (date(2024, 7, 1), "not_yet_due"),
        (date(2024, 6, 30), "not_yet_due"),  # due on the day itself is not overdue
        (date(2024, 6, 29), "days_1_30"),
        (date(2024, 5, 31), "days_1_30"),
        (date(2024, 5, 30), "days_31_60"),
        (date(2024, 5, 1), "days_31_60"),
        (date(2024, 4, 30), "days_61_90"),
        (date(2024, 4, 1), "days_61_90"),
        (date(2024, 3, 31), "days_91_180"),
        (date(2024, 1, 2), "days_91_180"),
        (date(2024, 1, 1), "days_181_365"),
        (date(2023, 7, 1), "days_181_365"),
        (date(2023, 6, 30), "years_1_2"),
        (date(2022, 6, 30), "years_1_2"),
        (date(2022, 6, 29), "years_2_6"),
        (date(2018, 6, 30), "years_2_6"),
        (date(2018, 6, 29), "over_6_years"),
    ],
)
def test_every_day_overdue_falls_into_exactly_one_bucket(
    ledger: Ledger,
    books: Books,
    due: date,
    bucket: str,
) -> None:
    ledger.bill("A", 7, due - timedelta(days=28), due)
    rows = books.report("aged_debt", date(2024, 6, 30), NOW)
    assert [name for name in BUCKETS for row in rows if row[name]] == [bucket]


def test_a_debt_due_on_a_leap_day_is_limited_on_its_sixth_anniversary(
    ledger: Ledger,
    books: Books,
) -> None:
    ledger.bill("A", 7, date(2016, 2, 1), date(2016, 2, 29))
    (row,) = books.report("aged_debt", date(2022, 2, 28), NOW)
    assert (row["years_2_6"], row["over_6_years"]) == (7, 0)
    (row,) = books.report("aged_debt", date(2022, 3, 1), NOW)
    assert (row["years_2_6"], row["over_6_years"]) == (0, 7)


def test_a_basis_that_does_not_exist_is_refused(ledger: Ledger, books: Books) -> None:
    ledger.bill("A", 7, date(2024, 2, 1), date(2024, 2, 29))
    with pytest.raises(psycopg.errors.InvalidDatetimeFormat, match="basis is due or invoice"):
        books.report("aged_debt", date(2024, 4, 1), NOW, basis="posting")


def test_a_part_payment_leaves_the_rest_of_the_invoice_open(ledger: Ledger, books: Books) -> None:
    ledger.bill("A", 100, date(2024, 4, 1), date(2024, 4, 29))
    ledger.pay("A", 60, date(2024, 4, 20))
    (item,) = books.report("open_items", date(2024, 4, 30), NOW)
    assert (item["billed"], item["cash"], item["open_amount"]) == (100, 60, 40)
    rows = books.report("aged_debt", date(2024, 4, 30), NOW)
    assert sum(row["days_1_30"] for row in rows) == 40
    assert sum(row["unapplied_credit"] for row in rows) == 0
