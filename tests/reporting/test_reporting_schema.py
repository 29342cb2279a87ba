"""The reporting schema as a contract: who may read it, what it publishes, how it is installed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger.calendar import bank_holidays, is_working_day, working_days_between
from projections import movements
from projections.reporting import READER, REPORTS, Report, install
from projections.reporting.definitions import DEFINITIONS

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
Council: TypeAlias = Callable[[int], Any]

DAY = date(2024, 9, 30)
NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_the_reader_can_call_every_report_and_read_its_view(books: Books, report: Report) -> None:
    books.connection.execute(f"SET ROLE {READER}".encode())
    assert isinstance(books.report(report.name, DAY, NOW), list)
    books.connection.execute(f"SELECT * FROM {report.function}".encode())  # noqa: S608 - fixed names
    books.connection.execute("RESET ROLE")


@pytest.mark.parametrize(
    "relation", ["projection.movements_v1", "projection.postings_v1", "ledger.events"]
)
def test_the_reader_can_read_nothing_behind_the_schema(books: Books, relation: str) -> None:
    books.connection.execute(f"SET ROLE {READER}".encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        books.connection.execute(f"SELECT * FROM {relation}".encode())  # noqa: S608 - fixed names


def test_the_reader_cannot_write(books: Books) -> None:
    books.connection.execute(f"SET ROLE {READER}".encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        books.connection.execute("DELETE FROM reporting.dim_date")


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_report_is_put_into_the_query_that_calls_it(books: Books, report: Report) -> None:
    call = f"{report.function}('2024-09-30', '2030-01-01')"
    query = f"EXPLAIN SELECT * FROM {call}"  # noqa: S608 - fixed names
    plan = "\n".join(row[0] for row in books.connection.execute(query.encode()))
    assert "Function Scan" not in plan


@pytest.mark.parametrize("report", ["account_balances", "open_items", "unapplied_credit"])
def test_a_filter_on_one_account_reaches_the_index(
    books: Books, council: Council, report: str
) -> None:
    books.record_all(council(3).live(500))  # on an empty table every index is as good
    books.connection.execute("ANALYZE projection.movements_v1")
    books.connection.execute("SET LOCAL enable_seqscan = off")
    query = (
        f"EXPLAIN SELECT * FROM reporting.{report}('2024-09-30', '2030-01-01')"  # noqa: S608 - fixed names
        " WHERE unit = 'HSG' AND account = 'A1'"
    )
    plan = "\n".join(row[0] for row in books.connection.execute(query.encode()))
    conditions = [line for line in plan.splitlines() if "Index Cond" in line]
    of_account = [line for line in conditions if "= 'HSG'" in line and "= 'A1'" in line]
    assert any("closing = " in line for line in of_account)
    assert any("closing = " not in line for line in of_account)


def test_the_plain_views_show_amounts_with_two_decimals(books: Books) -> None:
    query = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'reporting' AND data_type = 'numeric' AND numeric_scale IS NULL
        ORDER BY 1, 2
    """
    # Days, rates and what they are made of are never rounded before display.
    assert {tuple(row) for row in books.connection.execute(query)} == {
        ("collection_curve", "rate_as_billed"),
        ("collection_curve", "rate_net"),
        ("collection_curve", "share_credited"),
        ("collection_curve", "share_written_off"),
        ("collection_rates", "rate"),
        ("debtor_days", "days"),
        ("debtor_days", "denominator"),
        ("debtor_days", "numerator"),
        ("debtor_days", "working_days"),
        ("match_quality", "rate_by_count"),
        ("match_quality", "rate_by_value"),
        ("match_rates", "value"),
        ("receipts_by_rule", "share"),
        ("suspense_performance", "value"),
    }


def test_every_published_definition_is_explained_and_every_explained_one_published() -> None:
    published = [definition for report in REPORTS for definition in report.definitions]
    assert sorted(published) == sorted(d.definition for d in DEFINITIONS)


# The oracle's council collects nothing by Direct Debit: tests/direct_debit/test_figures.py does.
# It has no standing orders either: test_standing_orders.py does.
WITHOUT_ROWS = {
    "freshness",
    "direct_debit_rates",
    "mandates",
    "indemnity_challenges",
    "collections",
    "collection_runs",
    "direct_debit_exceptions",
    "expected_credits",
    "standing_orders",
}


def test_the_rows_of_a_report_name_only_its_own_definitions(books: Books, council: Council) -> None:
    history = council(3).live(500)
    books.record_all(history)
    for report in REPORTS:
        named = {row["definition"] for row in books.report(report.name, DAY, NOW)}
        assert named <= set(report.definitions)
        assert named or report.name in WITHOUT_ROWS


def test_the_parameters_that_are_listed_are_those_of_the_functions(books: Books) -> None:
    query = "SELECT pg_get_function_arguments(%s::regproc)"
    for report in REPORTS:
        (arguments,) = books.connection.execute(query, (report.function,)).fetchone()
        first, second, *more = arguments.split(", ")
        assert (first, second) == ("as_at date", "as_known timestamp with time zone")
        listed = [f"{parameter.name} {parameter.sql_type}" for parameter in report.parameters]
        assert [part.split(" DEFAULT ")[0] for part in more] == listed


def test_installing_again_leaves_the_live_table_where_a_rebuild_put_it(books: Books) -> None:
    other = "projection.movements_v1_next"
    books.connection.execute("SET ROLE tallystick_projector")
    books.connection.execute(
        (movements.create_table(other) + movements.create_indexes(other)).encode()
    )
    books.connection.execute(movements.create_view(other).encode())
    books.connection.execute("RESET ROLE")
    install(books.connection)
    query = "SELECT pg_get_viewdef('reporting.movements'::regclass)"
    assert other in books.connection.execute(query).fetchone()[0]
    assert books.report("aged_debt", DAY, NOW) == []


def test_freshness_names_the_last_position_and_whether_a_moment_is_settled(
    books: Books,
    council: Council,
) -> None:
    history = council(1).live(60)
    books.record(history.movements)
    early, last = history.movements[20], history.movements[-1]
    books.connection.execute(
        "INSERT INTO projection.progress VALUES ('movements', %s, %s)",
        (last.position, last.recorded_at),
    )
    (at_once,) = books.report("freshness", DAY, early.recorded_at)
    known = max(m.position for m in history.movements if m.recorded_at <= early.recorded_at)
    assert (at_once["position_known"], at_once["settled"]) == (known, True)
    (now,) = books.report("freshness", DAY, NOW)
    assert (now["position"], now["position_known"]) == (last.position, last.position)
    assert not now["settled"]


def test_the_calendar_of_the_reports_is_the_calendar_of_the_ledger(books: Books) -> None:
    rows = books.connection.execute(
        "SELECT day, working_day, bank_holiday, financial_year FROM reporting.dim_date"
        " WHERE day BETWEEN '2024-03-25' AND '2024-04-05' ORDER BY day"
    ).fetchall()
    for day, working, holiday, year in rows:
        assert working == is_working_day(day)
        assert holiday == (day in bank_holidays(day.year))
        assert year == ("2023-24" if day < date(2024, 4, 1) else "2024-25")
    query = "SELECT reporting.working_day_number(%s) - reporting.working_day_number(%s)"
    spans = [(date(2024, 3, 28), date(2024, 4, 9)), (date(2023, 12, 22), date(2024, 1, 3))]
    for start, end in spans:
        (age,) = books.connection.execute(query, (end, start)).fetchone()
        assert age == working_days_between(start, end)
