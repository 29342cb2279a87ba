"""A figure that starts from a closing is that from the movements alone; a wrong one is found."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import psycopg
import pytest

from projections.reporting import REPORTS
from projections.reporting.close import close_periods, forget_closings, wrong_closings

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
Council: TypeAlias = Callable[[int], Any]
History: TypeAlias = Any
Ledger: TypeAlias = Any
Points: TypeAlias = list[tuple[date, datetime]]

SEEDS = range(3)
POINTS = 8
STEP_POSITIONS = 60  # a random history has a few hundred: several closings, and something after
NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def closings(books: Books) -> Any:  # noqa: ANN401 - as the books
    """The connection of the books, acting as the projector, who makes the closings."""
    books.connection.execute("SET LOCAL ROLE tallystick_projector")
    return books.connection


def _points(seed: int, history: History) -> Points:
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice of dates, no secret
    first, last = history.movements[0].recorded_at, history.movements[-1].recorded_at
    span = int((last - first).total_seconds())
    found = [(last.date() + timedelta(days=400), last)]
    for _ in range(POINTS):
        known = first + timedelta(seconds=chance.randrange(span))
        found.append((known.date() + timedelta(days=chance.randrange(-120, 60)), known))
    return found


def _figures(books: Books, points: Points) -> dict[tuple[str, date, datetime], list[str]]:
    return {
        (report.name, *point): sorted(map(repr, books.report(report.name, *point)))
        for report in REPORTS
        for point in points
    }


def _differing(books: Books, closings: psycopg.Connection, points: Points) -> set[str]:
    """The reports that are not the same once the closings are dropped."""
    closed = _figures(books, points)
    forget_closings(closings)
    plain = _figures(books, points)
    return {key[0] for key, rows in plain.items() if rows != closed[key]}


def _used(closings: psycopg.Connection, points: Points) -> set[int | None]:
    query = "SELECT reporting.closing_at(%s, %s)"
    return {closings.execute(query, point).fetchall()[0][0] for point in points}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_figure_is_the_same_with_closings_and_without(
    books: Books, closings: psycopg.Connection, council: Council, seed: int
) -> None:
    history = council(seed).live(260)
    books.record_all(history)
    points = _points(seed, history)
    assert close_periods(closings, STEP_POSITIONS) > 2
    assert len(_used(closings, points)) > 2, "the points must start from several closings"
    assert wrong_closings(closings) == []
    assert _differing(books, closings, points) == set(), f"seed {seed}"


def test_closings_that_forget_a_line_make_other_figures(
    books: Books, closings: psycopg.Connection, council: Council
) -> None:
    history = council(1).live(260)
    books.record_all(history)
    close_periods(closings, STEP_POSITIONS)
    closings.execute(
        "DELETE FROM reporting.closed_lines WHERE control = 'debtors' AND amount_minor <> 0"
    )
    found = _differing(books, closings, _points(1, history))
    assert {"account_balances", "open_items", "aged_debt", "identities"} <= found


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("closed_lines", "amount_minor = amount_minor + 1"),
        ("closed_lines", "due_on = due_on + 1"),
        ("closed_days", "effective_on = effective_on + 1"),
        ("closed_postings", "gl_account = 'bank'"),
    ],
)
def test_a_closing_that_is_not_what_the_movements_say_is_named(
    books: Books, closings: psycopg.Connection, council: Council, table: str, change: str
) -> None:
    books.record_all(council(2).live(260))
    close_periods(closings, STEP_POSITIONS)
    assert wrong_closings(closings) == []
    closings.execute(
        f"UPDATE reporting.{table} SET {change} WHERE closing = 2".encode()  # noqa: S608 - own names
    )
    assert wrong_closings(closings) == [2]


def test_a_wrong_line_of_a_closing_breaks_an_identity(
    books: Books, closings: psycopg.Connection, council: Council
) -> None:
    history = council(3).live(260)
    books.record_all(history)
    close_periods(closings, STEP_POSITIONS)
    as_at = history.movements[-1].recorded_at.date() + timedelta(days=400)

    def broken() -> set[str]:
        return {
            row["definition"] for row in books.report("identities", as_at, NOW) if not row["holds"]
        }

    assert broken() == set()
    closings.execute(
        "UPDATE reporting.closed_lines SET amount_minor = amount_minor + 1"
        " WHERE control = 'debtors' AND amount_minor <> 0"
    )
    assert {"ID-1.v1", "ID-3.v1"} <= broken()


def test_an_item_that_opens_again_after_a_closing_shows_all_its_history(
    ledger: Ledger, books: Books, closings: psycopg.Connection
) -> None:
    ledger.bill("A", 100, date(2024, 1, 5), date(2024, 2, 5))
    ledger.credit("A", 30, date(2024, 1, 10))
    ledger.pay("A", 70, date(2024, 1, 20))
    ledger.bill("B", 10, date(2024, 2, 1), date(2024, 3, 1))
    assert close_periods(closings, 5) == 1
    assert books.report("open_items", date(2024, 2, 10), NOW)[0]["item"] == "B"
    ledger.write(
        ledger.of("A")
        | {"kind": "allocated", "amount_minor": 7_000, "effective_on": date(2024, 3, 3)}
        | {"receipt": "R-A-2024-01-20", "cash_on": date(2024, 1, 20)}
    )
    row = next(r for r in books.report("open_items", date(2024, 4, 1), NOW) if r["item"] == "A")
    assert (row["billed"], row["credited"], row["cash"], row["open_amount"]) == (100, 30, 0, 70)


def test_a_movement_recorded_after_a_closing_and_effective_before_it_counts(
    ledger: Ledger, books: Books, closings: psycopg.Connection
) -> None:
    ledger.bill("A", 100, date(2024, 1, 5), date(2024, 2, 5))
    ledger.bill("B", 50, date(2024, 3, 5), date(2024, 4, 5))
    assert close_periods(closings, 2) == 1
    late = datetime(2024, 5, 1, 18, tzinfo=UTC)
    ledger.receive("LATE", 100, date(2024, 2, 1), recorded_at=late)

    def balance(as_known: datetime) -> int:
        return int(books.report("account_balances", date(2024, 3, 31), as_known)[0]["balance"])

    assert balance(late - timedelta(seconds=1)) == 150
    assert balance(late) == 50


def test_closings_are_made_once_and_a_short_history_has_none(
    books: Books, closings: psycopg.Connection, council: Council
) -> None:
    books.record_all(council(4).live(120))
    assert close_periods(closings) == 0
    made = close_periods(closings, 40)
    assert made > 0
    assert close_periods(closings, 40) == 0
