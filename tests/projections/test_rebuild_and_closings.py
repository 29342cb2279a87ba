"""A rebuild is not deceived by closings, and leaves none of the tables that it replaced."""

from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from projections import runner
from projections.rebuild import Today, rebuild
from projections.reporting.close import close_periods, wrong_closings
from projections.reporting.reports import REPORTS

# What the fixtures of the conftest give; its classes cannot be imported from here.
Town: TypeAlias = Any
Projector: TypeAlias = Any


def test_a_rebuild_drops_the_closings_of_the_old_tables(
    busy_town: Town, projector: Projector
) -> None:
    assert busy_town.ledger.store.last_position() > 0
    runner.catch_up(projector)
    assert close_periods(projector, 5) > 0
    projector.execute("UPDATE reporting.closed_lines SET amount_minor = amount_minor + 1")
    assert wrong_closings(projector) != []
    today = Today(date(2025, 10, 1), datetime(2025, 10, 1, tzinfo=UTC))
    found = rebuild(projector, today)
    assert not found.switched, "what readers were shown was wrong, and nobody was told"
    assert {one.where for one in found.differences} <= {report.name for report in REPORTS}
    assert rebuild(projector, today, accept_reason="closings were wrong").switched
    left = projector.execute(
        "SELECT (SELECT count(*) FROM reporting.closings),"
        " (SELECT count(*) FROM reporting.closed_lines)"
    ).fetchone()
    assert left == (0, 0)
    assert close_periods(projector, 5) > 0
    assert wrong_closings(projector) == []
