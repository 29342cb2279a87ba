# ruff: noqa: ANN401 - what conftest gives has no importable type in importlib mode
"""A rebuild runs beside the live read models and is switched to only when it is equal."""

import dataclasses
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ledger.recorded import RecordedEvent
from projections import compare, movement_fold, runner
from projections import read_models as registry
from projections import rebuild as rebuilding
from projections.rebuild import AnotherRebuildError, Rebuilt, Today, Work, rebuild

PLACES = tuple(
    f"projections.{module}"
    for module in ("rebuild", "rebuild_figures", "rebuild_pages", "rebuild_tables", "runner")
)


@pytest.fixture
def run(projector: psycopg.Connection[tuple[Any, ...]]) -> Callable[..., Rebuilt]:
    """Rebuild as on the last day of the history, by the test's projector."""

    def go(
        connection: psycopg.Connection[tuple[Any, ...]] = projector,
        accept_reason: str = "",
        **work: Any,
    ) -> Rebuilt:
        today = Today(date(2025, 10, 1), datetime(2025, 10, 1, tzinfo=UTC))
        return rebuild(connection, today, Work(**work), accept_reason=accept_reason)

    return go


@pytest.fixture
def seeded_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every credit note and every reversal counts a penny less than it is."""

    def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
        for row in movement_fold.rows(event):
            if "reversed" not in row:
                yield row
                continue
            yield (*row[:2], row[2] - 1, *row[3:])

    wrong = tuple(
        dataclasses.replace(model, rows=rows) if model.rows is movement_fold.rows else model
        for model in registry.READ_MODELS
    )
    for place in PLACES:
        monkeypatch.setattr(f"{place}.READ_MODELS", wrong)


def test_a_rebuild_of_a_sound_ledger_is_equal_and_switched_to(
    busy_town: Any, projector: Any, run: Any, contents: Any
) -> None:
    runner.catch_up(projector)
    before = contents(projector)
    done = run()
    assert done.switched
    assert done.differences == ()
    assert done.position == busy_town.ledger.store.last_position()
    assert done.cells_compared > 1_000
    assert contents(projector) == before


def test_a_rebuild_can_follow_a_rebuild_and_intake_goes_on_after_it(
    busy_town: Any, projector: Any, run: Any, contents: Any
) -> None:
    runner.catch_up(projector)
    assert run().switched
    busy_town.do(busy_town.bill("A0", 77))
    runner.catch_up(projector)
    again = run()
    assert again.switched
    assert again.position == busy_town.ledger.store.last_position()
    tables = projector.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'projection' ORDER BY 1"
    ).fetchall()
    assert [name for (name,) in tables] == [
        "account_terms_v1",
        "bank_entries_v1",
        "bank_statements_v1",
        "claimed_refunds_v1",
        "collection_runs_v2",
        "collections_v2",
        "indemnity_claims_v2",
        "intake_log_v1",
        "mandates_v2",
        "movements_v1",
        "postings_v1",
        "progress",
        "rebuilds",
        "receipts_v1",
        "remittances_v1",
        "small_balances_v1",
        "standing_orders_v1",
    ]


def test_a_rebuilt_table_has_the_indexes_and_the_comments_of_the_live_one(
    busy_town: Any, projector: Any, run: Any
) -> None:
    shape = """SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        col_description(a.attrelid, a.attnum) FROM pg_attribute a
        WHERE attrelid = 'projection.movements_v1'::regclass AND attnum > 0 ORDER BY attnum"""
    indexes = """SELECT regexp_replace(indexdef, '.* USING ', '') FROM pg_indexes
        WHERE tablename = 'movements_v1' ORDER BY 1"""
    runner.catch_up(projector)
    before = [projector.execute(query).fetchall() for query in (shape, indexes)]
    assert run().switched
    assert [projector.execute(query).fetchall() for query in (shape, indexes)] == before


@pytest.mark.usefixtures("seeded_bug")
def test_a_bug_in_a_fold_is_named_cell_by_cell_and_the_live_tables_stay(
    busy_town: Any, projector: Any, run: Any, contents: Any, monkeypatch: Any
) -> None:
    with monkeypatch.context() as sound:
        for place in PLACES:
            sound.setattr(f"{place}.READ_MODELS", registry.READ_MODELS)
        runner.catch_up(projector)
        before = contents(projector)
    done = run()
    assert not done.switched
    cells = {(one.where, one.column) for one in done.differences if one.viewpoint is not None}
    assert ("control_account", "cash") in cells
    assert ("identities", "holds") in cells
    assert any(one.where == "projection.movements_v1" for one in done.differences)
    assert contents(projector) == before
    assert runner.progress(projector) == busy_town.ledger.store.last_position()
    left = projector.execute("SELECT projection FROM projection.progress").fetchall()
    assert left == [("live",)]


@pytest.mark.usefixtures("seeded_bug")
def test_differences_are_switched_to_only_with_a_reason_which_is_kept(
    busy_town: Any, projector: Any, run: Any, monkeypatch: Any
) -> None:
    with monkeypatch.context() as sound:
        for place in PLACES:
            sound.setattr(f"{place}.READ_MODELS", registry.READ_MODELS)
        runner.catch_up(projector)
    done = run(accept_reason="reversals were a penny too high")
    assert done.switched
    assert done.differences
    kept = projector.execute("SELECT differences, accepted_reason FROM projection.rebuilds")
    assert kept.fetchall() == [(len(done.differences), "reversals were a penny too high")]


def test_a_killed_rebuild_goes_on_where_it_stopped(
    busy_town: Any, projector: Any, run: Any, contents: Any
) -> None:
    runner.catch_up(projector)
    before = contents(projector)
    victim = busy_town.connect()

    def kill(done: int, _total: int) -> None:
        if done >= 400:
            with psycopg.connect(busy_town.url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (victim.info.backend_pid,))

    with pytest.raises(psycopg.OperationalError):
        run(victim, page_events=200, on_progress=kill)
    victim.close()
    seen: list[int] = []
    done = run(page_events=200, on_progress=lambda at, _total: seen.append(at))
    assert done.resumed_from == 400
    assert min(seen) == 400
    assert done.switched
    assert contents(projector) == before


def test_what_another_version_of_the_code_began_is_thrown_away(
    busy_town: Any, projector: Any, run: Any, monkeypatch: Any
) -> None:
    runner.catch_up(projector)

    class StoppedError(Exception):
        pass

    def stop(done: int, _total: int) -> None:
        if done:
            raise StoppedError

    with monkeypatch.context() as older:
        older.setattr(rebuilding, "code_digest", lambda: "0123456789ab")
        with pytest.raises(StoppedError):
            run(page_events=100, on_progress=stop)
    done = run()
    assert done.resumed_from == 0
    assert done.switched
    count = "SELECT count(*) FROM pg_tables WHERE tablename LIKE '%0123456789ab'"
    assert projector.execute(count).fetchone() == (0,)


def test_a_rebuild_is_equal_although_events_arrive_meanwhile(
    busy_town: Any, projector: Any, run: Any, contents: Any
) -> None:
    runner.catch_up(projector)
    arrived = 0
    with busy_town.connect() as live:

        def arrive(done: int, total: int) -> None:
            nonlocal arrived
            if done < total and arrived < 6:
                arrived += 1
                busy_town.clock[0] += timedelta(hours=1)
                busy_town.do(busy_town.bill("A1", 5), busy_town.pay("A2", 9))
                runner.catch_up(live)

        done = run(page_events=150, on_progress=arrive)
    assert arrived == 6
    assert done.switched
    assert done.position == busy_town.ledger.store.last_position()
    with busy_town.connect() as other:
        runner.catch_up(other)
        assert contents(other) == contents(projector)


def test_a_live_runner_beside_a_rebuild_goes_on_unharmed(
    busy_town: Any, projector: Any, run: Any, contents: Any
) -> None:
    runner.catch_up(projector)
    stop, failed = threading.Event(), []

    def follow() -> None:
        try:
            runner.run(busy_town.url, stop)
        except Exception as error:  # noqa: BLE001 - whatever ends the runner is what is tested
            failed.append(error)

    def arrive(_done: int, _total: int) -> None:
        busy_town.do(busy_town.bill("A1", 5), busy_town.pay("A2", 9))

    live = threading.Thread(target=follow)
    live.start()
    try:
        done = run(page_events=100, on_progress=arrive)
    finally:
        stop.set()
        live.join(timeout=30)
    assert done.switched
    assert failed == []
    runner.catch_up(projector)
    whole = contents(projector)
    assert run().switched
    assert contents(projector) == whole
    assert runner.progress(projector) == busy_town.ledger.store.last_position()


@pytest.fixture
def meanwhile(busy_town: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """While figures are computed, somebody takes in, follows and reads; how far each time."""
    reached: list[int] = []
    real = compare.read_figures

    def read(connection: Any, *more: Any) -> Any:
        busy_town.do(busy_town.bill("A1", 5))
        with busy_town.connect() as other:
            other.execute("SET lock_timeout = '2s'")
            reached.append(runner.catch_up(other))
            other.execute("SELECT count(*) FROM reporting.movements")
        return real(connection, *more)

    monkeypatch.setattr(rebuilding, "read_figures", read)
    return reached


def test_intake_live_runner_and_readers_go_on_while_figures_are_compared(
    busy_town: Any, projector: Any, run: Any, meanwhile: list[int]
) -> None:
    runner.catch_up(projector)
    done = run()
    assert len(set(meanwhile)) == 2  # before the figures of either side
    assert done.switched
    assert done.position == max(meanwhile) == busy_town.ledger.store.last_position()


def test_a_rebuild_that_compares_under_its_lock_holds_the_live_runner_up(
    busy_town: Any, projector: Any, run: Any, meanwhile: list[int], monkeypatch: Any
) -> None:
    runner.catch_up(projector)
    real = rebuilding._compare

    def under_lock(filling: Any, today: Any) -> Any:
        with filling.connection.transaction():
            filling.connection.execute("LOCK TABLE projection.progress IN SHARE ROW EXCLUSIVE MODE")
            return real(filling, today)

    monkeypatch.setattr(rebuilding, "_compare", under_lock)
    with pytest.raises(psycopg.errors.LockNotAvailable):
        run()
    assert meanwhile == []


def test_a_rebuild_stands_where_the_live_read_models_stand(
    busy_town: Any, projector: Any, run: Any
) -> None:
    runner.catch_up(projector)
    busy_town.do(busy_town.bill("A1", 5))
    done = run()  # the live tables are behind the log
    assert done.switched
    assert done.position == busy_town.ledger.store.last_position() - 1
    assert runner.catch_up(projector) == busy_town.ledger.store.last_position()


def test_two_rebuilds_at_once_are_refused(town: Any, projector: Any, run: Any) -> None:
    with town.connect() as other:
        other.execute("SELECT pg_advisory_lock(%s)", (rebuilding.REBUILD_LOCK,))
        with pytest.raises(AnotherRebuildError, match="under way"):
            run()


def test_the_digest_of_the_code_is_stable_within_one_version() -> None:
    assert rebuilding.code_digest() == rebuilding.code_digest()
    assert len(rebuilding.code_digest()) == 12
