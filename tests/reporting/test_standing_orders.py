"""Standing orders in SQL against the oracle, at random dates on both axes; and their days alone."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any, TypeAlias

import pytest

from ledger.standing_order_days import Schedule
from ledger.values import Frequency
from projections.reporting.install import sql_text

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
History: TypeAlias = Any
Soak: TypeAlias = Any
Row = dict[str, Any]

DAYS_LIVED = 420
MOMENTS = 6
KEYS = ("unit", "standing_order", "number", "receipt")
EVERY_STATUS = {
    "expected_credits": {
        *("expected", "met", "met_late", "other_amount", "changed", "late", "missed"),
        "unexpected",
    },
    "standing_orders": {
        *("as_expected", "late", "missed", "changed", "probably_stopped", "stopped", "finished"),
        *("unexpected", "not_started"),
    },
}


def _moments(chance: random.Random, history: History) -> Iterator[tuple[date, datetime]]:
    first, last = history.order_rows[0].recorded_at, history.movements[-1].recorded_at
    yield last.date(), last
    for _ in range(MOMENTS):
        known = first + timedelta(seconds=chance.randrange(int((last - first).total_seconds())))
        yield known.date() + timedelta(days=chance.randint(-60, 60)), known


def _plain(row: Row, columns: tuple[str, ...]) -> Row:
    """Amounts in minor units."""
    return {
        name: int(row[name] * 100) if isinstance(row[name], Decimal) else row[name]
        for name in columns
    }


def _order(row: Row) -> list[str]:
    return [str(row.get(name)) for name in KEYS]


def _record(books: Books, history: History) -> None:
    books.store(
        movements=history.movements,
        receipts=history.receipt_rows,
        standing_orders=history.order_rows,
    )


@pytest.mark.soak
def test_both_reports_equal_the_oracle_at_random_dates(
    books: Books, figures: ModuleType, soak: Soak, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice of dates, no secret
    for part in range(soak.size(3, 40)):
        history = figures.Payers(seed * 1_000 + part).live(DAYS_LIVED)
        books.connection.execute("SAVEPOINT before")
        _record(books, history)
        for as_at, as_known in _moments(chance, history):
            view = figures.view(history, as_at, as_known)
            for name in EVERY_STATUS:
                oracle = getattr(figures, name)(view, history.order_rows, as_at, as_known)
                wanted = sorted(oracle, key=_order)
                found = sorted(books.report(name, as_at, as_known), key=_order)
                columns = tuple(wanted[0]) if wanted else ()
                assert [_plain(row, columns) for row in found] == wanted, (name, as_at, as_known)
        books.connection.execute("ROLLBACK TO SAVEPOINT before")


def test_the_random_payers_bring_every_status_about(figures: ModuleType) -> None:
    """Else the comparison above would not look at every branch of the definitions."""
    seen: dict[str, set[str]] = {name: set() for name in EVERY_STATUS}
    for seed in range(6):
        history = figures.Payers(seed).live(DAYS_LIVED)
        for as_at, as_known in _moments(random.Random(seed), history):  # noqa: S311 - no secret
            view = figures.view(history, as_at, as_known)
            for name, statuses in seen.items():
                rows = getattr(figures, name)(view, history.order_rows, as_at, as_known)
                statuses.update(row["status"] for row in rows)
    assert seen == EVERY_STATUS


def test_no_receipt_meets_two_credits_and_no_credit_is_met_twice(
    books: Books, figures: ModuleType, seed: int
) -> None:
    history = figures.Payers(seed).live(DAYS_LIVED)
    _record(books, history)
    last = history.movements[-1].recorded_at
    rows = books.report("expected_credits", last.date(), last)
    receipts = Counter(row["receipt"] for row in rows if row["receipt"])
    credits_ = Counter((row["unit"], row["standing_order"], row["number"])
                       for row in rows if row["number"])  # fmt: skip
    assert set(receipts.values()) == {1}
    assert set(credits_.values()) == {1}


def test_the_identity_holds_and_breaks_when_a_receipt_meets_two_credits(
    books: Books, figures: ModuleType, seed: int
) -> None:
    history = figures.Payers(seed).live(DAYS_LIVED)
    _record(books, history)
    last = history.movements[-1].recorded_at
    assert {row["holds"] for row in _identity(books, last)} == {True}
    # The control: pairs of which each is taken, whatever another one took.
    sound = sql_text("standing_order_pairs").replace(
        "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
    )
    assert "WHERE j.is_best" in sound
    books.connection.execute(sound.replace("WHERE j.is_best", "WHERE true").encode())
    assert False in {row["holds"] for row in _identity(books, last)}


def _identity(books: Books, last: datetime) -> list[Row]:
    rows: list[Row] = books.report("identities", last.date(), last)
    return [row for row in rows if row["definition"] == "ID-12.v1" and row["left_minor"]]


@pytest.mark.parametrize(
    ("frequency", "first_on", "day_of_month"),
    [
        ("weekly", date(2024, 2, 27), None),
        ("fortnightly", date(2024, 12, 25), None),
        ("four_weekly", date(2025, 1, 1), None),
        ("monthly", date(2024, 1, 31), None),
        ("monthly", date(2025, 2, 28), 31),
        ("monthly", date(2024, 2, 29), None),
        ("quarterly", date(2024, 11, 30), None),
        ("quarterly", date(2024, 11, 30), 31),
    ],
)
def test_the_days_in_sql_are_those_of_the_ledger(
    books: Books, frequency: Frequency, first_on: date, day_of_month: int | None
) -> None:
    schedule = Schedule(frequency=frequency, first_on=first_on, day_of_month=day_of_month)
    rows = books.connection.execute(
        "SELECT reporting.standing_order_day(%s, %s, %s, n) FROM generate_series(0, 99) AS n",
        (frequency, first_on, day_of_month),
    )
    assert [row[0] for row in rows] == [schedule.nth(number) for number in range(100)]
