"""What the figures conserve: identities, late receipts, one amount on every surface."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any, TypeAlias

import pytest

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
Council: TypeAlias = Callable[[int], Any]
Figures: TypeAlias = ModuleType
Ledger: TypeAlias = Any

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_receipt_recorded_late_lands_in_its_own_year(ledger: Ledger, books: Books) -> None:
    ledger.bill("A", 1_000, date(2024, 1, 5), date(2024, 2, 5))
    filed = datetime(2024, 4, 20, tzinfo=UTC)
    ledger.receive("LATE", 1_000, date(2024, 3, 28), recorded_at=filed + timedelta(days=9))
    year_end = date(2024, 3, 31)
    (as_filed,) = books.report("control_account", year_end, filed)
    (as_known_now,) = books.report("control_account", year_end, NOW)
    assert (as_filed["cash"], as_filed["carried_forward"]) == (0, 1_000)
    assert (as_known_now["cash"], as_known_now["carried_forward"]) == (1_000, 0)
    (next_year,) = books.report("control_account", date(2024, 4, 30), NOW)
    assert (next_year["brought_forward"], next_year["cash"]) == (0, 0)


@pytest.mark.parametrize("seed", range(20, 24))
def test_a_receipt_that_takes_effect_later_never_lowers_a_figure(
    figures: Figures,
    books: Books,
    council: Council,
    seed: int,
) -> None:
    """However early it was recorded: at the day itself it changes nothing at all."""
    history = council(seed).live(150)
    last = history.movements[-1]
    day = last.recorded_at.date() + timedelta(days=10)
    names = (
        "aged_debt",
        "open_items",
        "account_balances",
        "unapplied_credit",
        "debtor_days",
        "collection_rates",
        "collection_curve",
        "control_account",
        "suspense_performance",
    )
    books.record(history.movements)
    before = {name: books.report(name, day, NOW) for name in names}
    later = {"effective_on": day + timedelta(days=1), "recorded_at": last.recorded_at}
    debts = [item.first for item in figures.items(history.movements) if item.open]
    receipts = [
        (
            debt._replace(position=10_000 + n, kind="allocated", amount_minor=-1, **later),
            debt._replace(
                position=10_000 + n,
                line=90,
                control="unapplied",
                kind="received",
                amount_minor=-5,
                service=None,
                due_on=None,
                invoiced_on=None,
                **later,
            ),
        )
        for n, debt in enumerate(debts)
    ]
    books.record(line for pair in receipts for line in pair)
    assert receipts
    for name in names:
        after = books.report(name, day, NOW)
        assert sorted(map(repr, after)) == sorted(map(repr, before[name]))


@pytest.mark.parametrize("seed", range(30, 34))
def test_every_surface_shows_the_same_unapplied_amount(
    books: Books,
    council: Council,
    seed: int,
) -> None:
    history = council(seed).live(150)
    books.record_all(history)
    known = history.movements[len(history.movements) * 2 // 3].recorded_at
    day = known.date()

    def summed(report: str, column: str, **where: object) -> Decimal:
        rows = books.report(report, day, known)
        mine = [r for r in rows if all(r[key] == value for key, value in where.items())]
        return sum((row[column] for row in mine), Decimal())

    amount = summed("unapplied_credit", "unapplied_credit")
    assert amount > 0
    assert {
        summed("aged_debt", "unapplied_credit"),
        summed("account_balances", "unapplied_credit"),
        -summed("trial_balance", "balance", gl_account="unapplied_cash"),
        summed("identities", "right_minor", definition="ID-6.v1") / 100,
        summed("aged_debt", "total_debt") - summed("control_account", "carried_forward"),
    } == {amount}


@pytest.mark.parametrize(
    ("control", "broken"),
    [
        ("debtors_control", {"ID-4.v1", "ID-5.v1"}),
        ("unapplied_cash", {"ID-4.v1", "ID-5.v1", "ID-6.v1"}),
        ("suspense", {"ID-4.v1", "ID-7.v1"}),
        ("refunds_payable", {"ID-4.v1", "ID-8.v1"}),
        ("bank", {"ID-4.v1", "ID-10.v1"}),
        ("income", {"ID-4.v1"}),
    ],
)
def test_a_posting_that_is_lost_breaks_its_identities(
    books: Books,
    council: Council,
    control: str,
    broken: set[str],
) -> None:
    history = council(40).live(350)
    lost = next(p for p in history.postings if p.gl_account == control)
    history.postings.remove(lost)
    books.record_all(history)
    rows = books.report("identities", date(2030, 1, 1), NOW)
    assert {row["definition"] for row in rows if not row["holds"]} == broken


@pytest.mark.parametrize(
    ("table", "kinds", "broken"),
    [
        ("receipt_rows", {"identified"}, {"ID-9.v1"}),
        ("receipt_rows", {"received"}, {"ID-10.v1"}),
        ("entry_rows", {"refund_paid"}, {"ID-10.v1"}),
    ],
)
def test_a_row_that_a_read_model_lost_breaks_its_identity(
    books: Books,
    council: Council,
    table: str,
    kinds: set[str],
    broken: set[str],
) -> None:
    history = council(41).live(350)
    rows = getattr(history, table)
    rows.remove(next(row for row in rows if row.kind in kinds))
    books.record_all(history)
    found = books.report("identities", date(2030, 1, 1), NOW)
    assert {row["definition"] for row in found if not row["holds"]} == broken


def test_a_movement_of_a_kind_that_the_account_does_not_name_breaks_the_roll_forward(
    ledger: Ledger,
    books: Books,
) -> None:
    ledger.bill("A", 100, date(2024, 4, 1), date(2024, 4, 29))
    ledger.write(
        ledger.of("A")
        | {"kind": "identified", "amount_minor": -500, "effective_on": date(2024, 4, 3)}
    )
    rows = books.report("identities", date(2024, 5, 1), NOW)
    broken = {row["definition"] for row in rows if not row["holds"]}
    assert {"ID-2.v1", "ID-3.v1"} <= broken


def test_the_view_shows_today_and_the_function_the_same(ledger: Ledger, books: Books) -> None:
    ledger.bill("A", 100, date(2024, 4, 1), date(2024, 4, 29))
    ledger.pay("A", 60, date(2024, 4, 20))
    for name in ("aged_debt", "open_items", "account_balances", "control_account"):
        view = books.connection.execute(f"SELECT * FROM reporting.{name}".encode()).fetchall()  # noqa: S608 - fixed names
        function = books.connection.execute(
            f"SELECT * FROM reporting.{name}(reporting.today(), now())".encode()  # noqa: S608 - fixed names
        ).fetchall()
        assert view == function
        assert view
