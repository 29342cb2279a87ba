# ruff: noqa: ANN401 - what conftest gives has no importable type in importlib mode
"""A rebuild that is killed at any moment is taken up again, and ends as if nothing had happened.

`TALLYSTICK_TEST_PROFILE=long` kills more often. A failure prints its seed:
`TALLYSTICK_TEST_SEED=...` repeats it.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from projections import rebuild_tables, runner
from projections.rebuild import Today, Work, code_digest, rebuild
from projections.rebuild_pages import GapInTheLogError, Pages
from service.embedded import EmbeddedServer

ROOT = Path(__file__).parents[2]
KILLABLE = Path(__file__).with_name("killable_rebuild.py")
KILLS = 12 if os.environ.get("TALLYSTICK_TEST_PROFILE") == "long" else 3
PATIENCE_SECONDS = 60
TODAY = Today(date(2025, 10, 1), datetime(2025, 10, 1, tzinfo=UTC))


@pytest.fixture
def chance() -> random.Random:
    """Chance with a seed that is shown when the test fails."""
    seed = int(os.environ.get("TALLYSTICK_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"TALLYSTICK_TEST_SEED={seed}")  # noqa: T201 - pytest shows it with a failure
    return random.Random(seed)  # noqa: S311 - a seed, not a secret


class Rebuilder:
    """One rebuild in a process group of its own."""

    def __init__(self, url: str, page_events: int, workers: int = 2) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(KILLABLE), url, str(page_events), str(workers)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def folded(self) -> Iterator[int]:
        """How many events are folded, each time that it is told, to the end of the output."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, *rest = line.split()
            if word == "folded":
                yield int(rest[0])
            else:
                assert word == "switched", line

    def kill(self, *, with_workers: bool) -> None:
        """As the kernel does when memory is short: nobody can prepare for it."""
        kill = os.killpg if with_workers else os.kill
        kill(self._process.pid, signal.SIGKILL)
        self.wait()

    def kill_a_worker(self) -> None:
        """One of the processes that fold; not the tracker that Python starts beside them."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for child in children.read_text(encoding="ascii").split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
                return
        raise AssertionError("no worker is running")

    def wait(self) -> int:
        try:
            return self._process.wait(PATIENCE_SECONDS)
        finally:
            assert self._process.stdout is not None
            self._process.stdout.close()


def _sound(town: Any, contents: Any) -> dict[str, list[tuple[Any, ...]]]:
    with town.connect() as live:
        runner.catch_up(live)
        return contents(live)  # type: ignore[no-any-return]  # of a fixture


def test_a_rebuild_killed_again_and_again_ends_as_if_nothing_had_happened(
    busy_town: Any, projector: Any, contents: Any, chance: random.Random
) -> None:
    before = _sound(busy_town, contents)
    reached, killed = 0, 0
    for _ in range(10 * KILLS):
        one = Rebuilder(busy_town.url, page_events=3)
        steps = one.folded()
        first = next(steps)
        assert first >= reached  # what was folded is never folded again
        goal = first + chance.randrange(1, 120)
        reached = next((at for at in steps if at >= goal), -1)
        if reached < 0:
            assert one.wait() == 0
            break
        one.kill(with_workers=chance.random() < 0.5)
        killed += 1
        if killed == KILLS:
            break
    assert killed, "it was never killed"
    done = rebuild(projector, TODAY)
    assert (done.switched, done.differences) == (True, ())
    assert done.resumed_from >= reached
    assert contents(projector) == before


def test_without_its_parent_a_worker_ends_with_its_page(
    busy_town: Any, projector: Any, contents: Any
) -> None:
    before = _sound(busy_town, contents)
    one = Rebuilder(busy_town.url, page_events=1)
    next(at for at in one.folded() if at > 5)
    one.kill(with_workers=False)
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND usename = current_user AND query LIKE '%%pages_next%%'"
    )
    _eventually(lambda: projector.execute(others).fetchone() == (0,))
    left = rebuild_tables.pages(code_digest()).left(projector)
    assert left, "the log was folded before it was killed"
    time.sleep(0.3)
    assert rebuild_tables.pages(code_digest()).left(projector) == left
    assert rebuild(projector, TODAY).switched
    assert contents(projector) == before


def test_what_a_dead_worker_leaves_is_folded_by_the_others(
    busy_town: Any, projector: Any, contents: Any
) -> None:
    before = _sound(busy_town, contents)
    one = Rebuilder(busy_town.url, page_events=1)
    steps = one.folded()
    next(at for at in steps if at > 5)
    one.kill_a_worker()
    assert max(steps) == busy_town.ledger.store.last_position()
    assert one.wait() == 0
    assert projector.execute("SELECT count(*) FROM projection.rebuilds").fetchone() == (1,)
    assert contents(projector) == before


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class _StoppedError(Exception):
    """The rebuild was stopped by the test, in the middle."""


def _stopped_in_the_middle(projector: Any) -> Pages:
    """A rebuild of which 400 events are folded, as a kill leaves it."""

    def stop(done: int, _total: int) -> None:
        if done >= 400:
            raise _StoppedError

    with suppress(_StoppedError):
        rebuild(projector, TODAY, Work(page_events=50, on_progress=stop))
    pages = rebuild_tables.pages(code_digest())
    assert pages.end(projector) - pages.left(projector) == 400
    return pages


def _mark(projector: Any, pages: Pages, *, after: int, folded: bool) -> None:
    statement = f"UPDATE {pages.table} SET folded = %s WHERE after = %s"  # noqa: S608 - our own name
    assert projector.execute(statement, (folded, after)).rowcount == 1


def test_a_resume_that_starts_one_page_too_late_is_found(
    busy_town: Any, projector: Any, contents: Any
) -> None:
    before = _sound(busy_town, contents)
    pages = _stopped_in_the_middle(projector)
    _mark(projector, pages, after=400, folded=True)
    done = rebuild(projector, TODAY)
    assert not done.switched
    missing = {one.row for one in done.differences if one.where == "projection.postings_v1"}
    assert missing
    assert missing <= {f"position {n}" for n in range(401, 451)}
    assert contents(projector) == before


def test_a_resume_that_starts_one_page_too_early_is_stopped(
    busy_town: Any, projector: Any, contents: Any
) -> None:
    before = _sound(busy_town, contents)
    pages = _stopped_in_the_middle(projector)
    _mark(projector, pages, after=350, folded=False)
    with pytest.raises(psycopg.errors.UniqueViolation):
        rebuild(projector, TODAY)
    assert contents(projector) == before


def test_a_page_with_a_missing_event_stops_the_rebuild(
    busy_town: Any, projector: Any, embedded: EmbeddedServer
) -> None:
    runner.catch_up(projector)
    with psycopg.connect(embedded.url(projector.info.dbname), autocommit=True) as owner:
        owner.execute("ALTER TABLE ledger.events DISABLE TRIGGER ALL")
        owner.execute("DELETE FROM ledger.events WHERE notification_id = 321")
    with pytest.raises(GapInTheLogError, match="position of 301 to 400"):
        rebuild(projector, TODAY, Work(page_events=100))


def test_pages_cut_and_folded_in_any_way_give_the_same_tables(
    busy_town: Any, projector: Any, contents: Any, chance: random.Random
) -> None:
    before = _sound(busy_town, contents)
    last = busy_town.ledger.store.last_position()
    code = code_digest()
    for _ in range(3):
        rebuild_tables.prepare(projector, code)
        pages = rebuild_tables.pages(code)
        while (end := pages.end(projector)) < last:
            longest = chance.choice((1, 9, 70, 600, 5_000))
            pages.reach(projector, min(last, end + chance.randint(1, longest)), 5_000)
        with busy_town.connect() as other:
            while pages.fold_next(chance.choice((projector, other))):
                pass
        done = rebuild(projector, TODAY)
        assert (done.switched, done.resumed_from) == (True, last)
        assert contents(projector) == before
