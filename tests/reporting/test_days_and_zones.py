"""Which day it is: London's, at midnight, on the days the clocks change, in any session's zone.

The server's clock cannot be moved here, so `reporting.today()` is looked at in two parts: it is
`day_of(now())`, and `day_of` is asked about every moment that matters.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from service.wiring import business_day

Books: TypeAlias = Any  # of the conftest, which cannot be imported from here

ZONES = ("UTC", "Europe/London", "Pacific/Apia", "America/St_Johns", "Etc/GMT+12")
MOMENTS = {
    datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC): date(2026, 6, 30),
    datetime(2026, 6, 30, 23, 0, 0, tzinfo=UTC): date(
        2026, 7, 1
    ),  # midnight of British Summer Time
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC): date(2026, 12, 31),
    datetime(2027, 1, 1, 0, 0, 0, tzinfo=UTC): date(2027, 1, 1),
    datetime(2027, 3, 31, 22, 59, 59, tzinfo=UTC): date(2027, 3, 31),  # the council's year
    datetime(2027, 3, 31, 23, 0, 0, tzinfo=UTC): date(2027, 4, 1),
    datetime(2027, 4, 5, 23, 0, 0, tzinfo=UTC): date(2027, 4, 6),  # the tax year
    datetime(2028, 2, 29, 12, 0, 0, tzinfo=UTC): date(2028, 2, 29),
    # 2026-10-25 01:30 is there twice, 2027-03-28 01:30 not at all.
    datetime(2026, 10, 24, 23, 0, 0, tzinfo=UTC): date(2026, 10, 25),
    datetime(2026, 10, 25, 0, 30, 0, tzinfo=UTC): date(2026, 10, 25),
    datetime(2026, 10, 25, 1, 30, 0, tzinfo=UTC): date(2026, 10, 25),
    datetime(2026, 10, 25, 23, 59, 59, tzinfo=UTC): date(2026, 10, 25),
    datetime(2026, 10, 26, 0, 0, 0, tzinfo=UTC): date(2026, 10, 26),
    datetime(2027, 3, 27, 23, 59, 59, tzinfo=UTC): date(2027, 3, 27),
    datetime(2027, 3, 28, 1, 0, 0, tzinfo=UTC): date(2027, 3, 28),
    datetime(2027, 3, 28, 22, 59, 59, tzinfo=UTC): date(2027, 3, 28),
    datetime(2027, 3, 28, 23, 0, 0, tzinfo=UTC): date(2027, 3, 29),
}


@pytest.mark.parametrize("zone", ZONES)
def test_a_moment_belongs_to_londons_day_in_every_zone_and_in_python_too(
    books: Books, zone: str
) -> None:
    books.connection.execute("SELECT set_config('timezone', %s, true)", (zone,))
    for moment, day in MOMENTS.items():
        row = books.connection.execute("SELECT reporting.day_of(%s)", (moment,)).fetchone()
        assert row == (day,), moment
        assert business_day(moment) == day


@pytest.mark.parametrize("zone", ZONES)
def test_today_is_londons_day_of_this_transaction_in_every_zone(books: Books, zone: str) -> None:
    books.connection.execute("SELECT set_config('timezone', %s, true)", (zone,))
    row = books.connection.execute("SELECT reporting.today(), now()").fetchone()
    assert row is not None
    assert row[0] == business_day(row[1])


def test_a_day_that_was_taken_from_the_sessions_zone_would_be_found(books: Books) -> None:
    """The control: a plain cast follows the session, and two of the zones are never on one day."""
    found = set()
    for zone in ("Pacific/Apia", "Etc/GMT+12"):
        books.connection.execute("SELECT set_config('timezone', %s, true)", (zone,))
        row = books.connection.execute("SELECT now()::date").fetchone()
        found.add(row[0])
    assert len(found) == 2


# -- no figure reads a clock ------------------------------------------------------------------

CLOCK = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|"
    r"\b(current_date|current_time|current_timestamp|localtime|localtimestamp)\b|"
    r"reporting\.today\b",
    re.IGNORECASE,
)
PLAIN_VIEW = re.compile(r"FROM reporting\.\w+\(reporting\.today\(\), now\(\)\)")


def clocked(bodies: dict[str, str]) -> list[str]:
    return sorted(name for name, body in bodies.items() if CLOCK.search(body))


def _functions(books: Books) -> dict[str, str]:
    return dict(
        books.connection.execute(
            "SELECT p.proname, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) FROM pg_proc p"
            " WHERE p.pronamespace = 'reporting'::regnamespace"
        ).fetchall()
    )


def test_no_figure_reads_a_clock(books: Books) -> None:
    found = _functions(books)
    assert len(found) > 20
    assert clocked(found) == ["today"]
    assert clocked({"wrong": "SELECT x WHERE due_on < current_date"}) == ["wrong"], "the control"
    assert clocked({"wrong": "SELECT now() - interval '1 day'"}) == ["wrong"]


def test_only_a_plain_view_of_a_figure_says_as_at_today(books: Books) -> None:
    views = dict(
        books.connection.execute(
            "SELECT c.relname, pg_get_viewdef(c.oid) FROM pg_class c"
            " WHERE c.relnamespace = 'reporting'::regnamespace AND c.relkind = 'v'"
        ).fetchall()
    )
    dated = {name: body for name, body in views.items() if CLOCK.search(body)}
    assert len(dated) > 15
    for name, body in dated.items():
        rest = PLAIN_VIEW.sub("", " ".join(body.split()))
        assert not CLOCK.search(rest), name
        assert " WHERE " not in rest, name


def test_ageing_counts_days_and_not_hours_over_a_change_of_the_clocks(
    ledger: Any,  # noqa: ANN401 - the conftest's
    books: Books,
) -> None:
    """Over the 25 hours of 25 October 2026 and the 23 of 28 March 2027 a debt ages by one day."""
    ledger.bill("I1", 100, date(2026, 10, 1), due=date(2026, 10, 24))
    ledger.bill("I2", 100, date(2027, 3, 1), due=date(2027, 3, 27))
    known = datetime(2030, 1, 1, tzinfo=UTC)
    for due in (date(2026, 10, 24), date(2027, 3, 27)):
        for zone in ("Europe/London", "Pacific/Apia"):
            books.connection.execute("SELECT set_config('timezone', %s, true)", (zone,))
            for days in (1, 2):
                rows = books.report("open_items", due + timedelta(days=days), known)
                ages = {row["due_on"]: row["days_overdue"] for row in rows}
                assert ages[due] == days
