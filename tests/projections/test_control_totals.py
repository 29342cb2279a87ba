# ruff: noqa: ANN401 - what conftest gives has no importable type in importlib mode
"""The totals of the read models against totals that SQL takes from the stored events by itself.

A second implementation, which knows the topics and nothing of the folds.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from projections import movement_fold, read_models, runner
from projections.rebuild import Today, rebuild

TODAY = Today(date(2025, 10, 1), datetime(2025, 10, 1, tzinfo=UTC))

# What each topic does to each control, as a sum over the JSON of the events.
_TOTALS = """
WITH e AS (
    SELECT topic, convert_from(state, 'UTF8')::jsonb -> 'data' AS d FROM ledger.events
),
amounts AS (
    SELECT topic, (d ->> 'amount_minor')::bigint AS amount, (d ->> 'gross_minor')::bigint AS gross,
        (d ->> 'recoverable_minor')::bigint AS recoverable,
        (d ->> 'unapplied_minor')::bigint AS unapplied,
        (SELECT sum((x ->> 'amount_minor')::bigint) FROM jsonb_array_elements(
            coalesce(d -> 'reopened', d -> 'settles', d -> 'lines')) AS x) AS lines
    FROM e
)
SELECT 'debtors' AS control, sum(CASE topic
    WHEN 'invoice-issued.v1' THEN gross
    WHEN 'payment-allocated.v1' THEN -lines
    WHEN 'payment-unallocated.v1' THEN lines
    WHEN 'payment-reversed.v1' THEN coalesce(lines, 0) + recoverable
    WHEN 'payment-moved-to-suspense.v1' THEN recoverable
    WHEN 'invoice-credited.v1' THEN -lines
    WHEN 'write-off-approved.v1' THEN -amount
    WHEN 'debt-written-back.v1' THEN amount END)::bigint AS total FROM amounts
UNION ALL
SELECT 'unapplied', sum(CASE topic
    WHEN 'payment-received.v1' THEN -amount
    WHEN 'payment-allocated.v1' THEN lines
    WHEN 'payment-unallocated.v1' THEN -lines
    WHEN 'payment-reversed.v1' THEN unapplied
    WHEN 'payment-moved-to-suspense.v1' THEN unapplied
    WHEN 'credit-transferred-out.v1' THEN amount
    WHEN 'credit-transferred-in.v1' THEN -amount
    WHEN 'refund-approved.v1' THEN amount
    WHEN 'refund-failed.v1' THEN -amount END)::bigint FROM amounts
UNION ALL
SELECT 'suspense', sum(CASE topic
    WHEN 'receipt-suspended.v1' THEN -amount
    WHEN 'receipt-moved-to-suspense.v1' THEN -amount
    WHEN 'suspense-split.v1' THEN amount
    WHEN 'suspense-identified.v1' THEN amount
    WHEN 'suspense-transferred.v1' THEN amount
    WHEN 'suspense-return-approved.v1' THEN amount
    WHEN 'suspense-return-failed.v1' THEN -amount
    WHEN 'suspense-reversed.v1' THEN amount END)::bigint FROM amounts
ORDER BY 1
"""
_OF_MOVEMENTS = (
    "SELECT control, sum(amount_minor)::bigint FROM reporting.movements"
    " WHERE control IN ('debtors', 'suspense', 'unapplied') GROUP BY 1 ORDER BY 1"
)
_OF_POSTINGS = (
    "SELECT CASE gl_account WHEN 'debtors_control' THEN 'debtors' WHEN 'unapplied_cash'"
    " THEN 'unapplied' ELSE gl_account END, sum(amount_minor)::bigint FROM reporting.postings"
    " WHERE gl_account IN ('debtors_control', 'suspense', 'unapplied_cash') GROUP BY 1 ORDER BY 1"
)


def _totals(projector: Any) -> list[tuple[str, int]]:
    """From the events alone."""
    return projector.execute(_TOTALS).fetchall()  # type: ignore[no-any-return]  # of a fixture


def test_the_read_models_add_up_to_what_the_events_say(busy_town: Any, projector: Any) -> None:
    busy_town.do(busy_town.pay("A3", 5_000))  # more than he owes
    runner.catch_up(projector)
    totals = _totals(projector)
    assert [control for control, _ in totals] == ["debtors", "suspense", "unapplied"]
    assert all(total for _, total in totals)
    for query in (_OF_MOVEMENTS, _OF_POSTINGS):
        assert projector.execute(query).fetchall() == totals
    assert rebuild(projector, TODAY).switched
    for query in (_OF_MOVEMENTS, _OF_POSTINGS):
        assert projector.execute(query).fetchall() == totals


def test_a_fold_that_drops_one_kind_is_found_by_the_totals_and_by_the_rebuild(
    busy_town: Any, projector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = movement_fold._lines

    def forgetful(fact: Any) -> Iterator[Any]:
        return (line for line in real(fact) if line.kind != "identified")

    with monkeypatch.context() as broken:
        broken.setattr(movement_fold, "_lines", forgetful)
        runner.catch_up(projector)
    assert projector.execute(_OF_MOVEMENTS).fetchall() != _totals(projector)
    assert projector.execute(_OF_POSTINGS).fetchall() == _totals(projector)
    done = rebuild(projector, TODAY)
    assert not done.switched
    missing = [one for one in done.differences if one.where == "projection.movements_v1"]
    assert missing
    assert all("kind identified" in str(one.rebuilt) and one.live is None for one in missing)
    assert "suspense" in {one.where for one in done.differences if one.viewpoint is not None}


def _canonical(projector: Any) -> dict[str, str]:
    """The digest of every read model's rows, dumped in the order of the log."""
    digests = {}
    for model in read_models.READ_MODELS:
        names = [column.name for column in model.table.columns]
        order = "position, line" if "line" in names else "position"
        query = f"COPY (SELECT * FROM {model.view} ORDER BY {order}) TO STDOUT (FORMAT CSV, HEADER)"  # noqa: S608 - own names
        digest = hashlib.sha256()
        with projector.cursor() as cursor, cursor.copy(query) as copy:
            for piece in copy:
                digest.update(piece)
        digests[model.name] = digest.hexdigest()
    return digests


def test_two_rebuilds_give_the_same_bytes(busy_town: Any, projector: Any) -> None:
    runner.catch_up(projector)
    live = _canonical(projector)
    for _ in range(2):
        assert rebuild(projector, TODAY).switched
        assert _canonical(projector) == live


def test_one_digit_in_one_row_changes_the_bytes(busy_town: Any, projector: Any) -> None:
    runner.catch_up(projector)
    live = _canonical(projector)
    projector.execute(
        "UPDATE projection.movements_v1 SET amount_minor = amount_minor + 1"
        " WHERE position = (SELECT max(position) FROM projection.movements_v1) AND line = 0"
    )
    changed = {name for name, digest in _canonical(projector).items() if digest != live[name]}
    assert changed == {"projection.movements_v1"}
