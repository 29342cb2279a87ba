"""A question with both its dates has one answer: whatever day it is, whatever zones are set."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg import sql

from projections.reporting.reports import REPORTS

Asking: TypeAlias = Any  # of the conftest, which cannot be imported from here

DATED = ("--as-at", "2025-10-31", "--as-known", "2025-11-15T12:00:00Z")
# Beyond both date lines, and off the hour.
ZONES = ("Pacific/Apia", "America/St_Johns")


def answers(tally: Asking) -> dict[tuple[str, str], str]:
    """Every report in every format, an explanation and an account, all as at fixed moments."""
    found = {}
    for report in REPORTS:
        # One writer of values serves CSV and JSON; the table of one report is enough of tables.
        for form in ("json", "table") if report.name == "bank_files" else ("json",):
            result = tally("report", report.name, *DATED, "--format", form)
            assert result.exit_code == 0, result.output
            found[report.name, form] = result.stdout
    for target in ("HSG/100234", "HSG/100235"):
        found["explain", target] = tally("explain", target, *DATED, "--json").stdout
    return found


@pytest.fixture
def set_zone(
    fresh: Any,  # noqa: ANN401 - the settings of the conftest's copy
    embedded: Any,  # noqa: ANN401 - the run's server
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], None]]:
    """Sets the zone of this process and that of every session of the database."""
    name = fresh.database_url.get_secret_value().rpartition("/")[2]

    def set_both(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        query = sql.SQL("ALTER DATABASE {} SET timezone = {}")
        with psycopg.connect(embedded.url("postgres"), autocommit=True) as owner:
            owner.execute(query.format(sql.Identifier(name), sql.Literal(zone)))

    yield set_both
    monkeypatch.undo()
    time.tzset()


def test_every_report_is_the_same_in_every_time_zone(
    tally: Asking,
    set_zone: Callable[[str], None],
    fresh: Any,  # noqa: ANN401 - as above
) -> None:
    expected = answers(tally)
    assert len(expected) > 20
    for zone in ZONES:
        set_zone(zone)
        with psycopg.connect(fresh.database_url.get_secret_value()) as connection:
            assert connection.execute("SHOW timezone").fetchone() == (zone,)
        assert time.strftime("%Z") != "UTC"
        found = answers(tally)
        assert [key for key in expected if found[key] != expected[key]] == [], zone


def test_every_report_is_the_same_on_every_day_on_which_it_is_asked(
    tally: Asking,
    settings: Any,  # noqa: ANN401 - the conftest's
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = answers(tally)
    ended: datetime = settings.sandbox_clock
    for days in (31, 366):  # through the ends of a calendar year and of a financial year
        monkeypatch.setitem(settings.__dict__, "sandbox_clock", ended + timedelta(days=days))
        found = answers(tally)
        assert [key for key in expected if found[key] != expected[key]] == [], days


def test_a_question_without_its_dates_has_another_answer_each_day(
    tally: Asking,
    settings: Any,  # noqa: ANN401 - the conftest's
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the clock is really another one."""
    before = tally("report", "aged_debt", "--format", "json").stdout
    monkeypatch.setitem(
        settings.__dict__, "sandbox_clock", settings.sandbox_clock + timedelta(days=366)
    )
    assert tally("report", "aged_debt", "--format", "json").stdout != before
