"""`tallystick project` killed with SIGKILL: the read models are those of a fold from empty."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

import pytest
from psycopg import Connection, sql
from psycopg.errors import UniqueViolation

from projections import pages, runner
from projections.read_models import READ_MODELS

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here
Part: TypeAlias = Any  # of plugins/
Contents: TypeAlias = dict[str, Counter[str]]

# Before a page, after it is read, after the progress moved, after the third read model was written.
NAMED = (("before page", 2), ("page read", 2), ("advanced", 1), ("copied", 3))
# More than a projector folds while it is waited for, so that no kill comes after the work.
BILLS_A_KILL = 600


def _contents(connection: Connection[Any]) -> Contents:
    found = {}
    for model in READ_MODELS:
        table = sql.Identifier(*model.name.split("."))
        rows = connection.execute(sql.SQL("SELECT t::text FROM {} AS t").format(table))
        found[model.name] = Counter(text for (text,) in rows)
    return found


def _folded_from_empty(connection: Connection[Any]) -> Contents:
    for name in (*(model.name for model in READ_MODELS), "projection.progress"):
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(*name.split("."))))
    runner.catch_up(connection)
    return _contents(connection)


def _wrong(found: Contents, expected: Contents) -> dict[str, int]:
    """The difference both ways."""
    lost = sum(((expected[name] - found[name]) for name in expected), Counter[str]())
    doubled = sum(((found[name] - expected[name]) for name in expected), Counter[str]())
    return {"lost": lost.total(), "doubled": doubled.total()}


def _opened(council: Council) -> None:
    council.opened(*(f"A{number}" for number in range(40)))


def _billed(council: Council, numbers: range) -> None:
    council.post(*(council.billing.invoice(f"A{n % 40}", f"INV-{n}", 100 + n) for n in numbers))


def _of_one_kill(first: int) -> range:
    return range(first, first + BILLS_A_KILL)


@pytest.fixture
def projector(
    council: Council,
    database: Any,  # noqa: ANN401
    processes: Callable[..., Part],
) -> Part:
    """Lives of projectors."""
    return processes(council, database).lives()


def _caught_up(council: Council) -> Callable[[], bool]:
    last = council.app.store.last_position()

    def condition() -> bool:
        with runner.connect(council.app.urls.app) as connection:
            return bool(runner.progress(connection) == last)

    return condition


@pytest.mark.soak
def test_kill_nine_of_the_projector_leaves_the_read_models_of_a_fold_from_empty(
    council: Council,
    projector: Part,
    soak: Any,  # noqa: ANN401
    seed: int,
) -> None:
    chance, kills, rounds = Random(seed), soak.size(10, 200), soak.size(1, 20)  # noqa: S311 - repeated by its seed
    bills = BILLS_A_KILL * (kills + rounds * len(NAMED))
    each = iter(range(0, bills, BILLS_A_KILL))
    _opened(council)
    for name, times in NAMED * rounds:
        _billed(council, _of_one_kill(next(each)))
        projector.begin("project", name, times)
        assert projector.ended() == 137, (name, projector.log())
    at_work = 0
    for first in each:
        _billed(council, _of_one_kill(first))
        done = _caught_up(council)
        projector.begin("project")
        projector.at_work()
        time.sleep(chance.uniform(0, 0.03))
        assert projector.kill() == -signal.SIGKILL
        at_work += not done()
    council.opened("LAST")  # or the last kill may have left nothing that shows when it is up
    projector.begin("project")
    projector.at_work()
    projector.eventually(_caught_up(council))
    assert projector.kill(signal.SIGTERM) == 0, projector.log()
    with runner.connect(council.app.urls.app) as connection:
        found = _contents(connection)
        wrong = _wrong(found, _folded_from_empty(connection))
    soak.tally(
        kills=kills + rounds * len(NAMED), read_model_rows=sum(map(len, found.values())), **wrong
    )
    assert at_work >= kills // 2, "the kills came too late to prove anything"
    assert sum(map(len, found.values())) > bills
    assert wrong == {"lost": 0, "doubled": 0}


def test_progress_in_a_transaction_of_its_own_would_lose_a_page(council: Council) -> None:
    """The negative control: a runner that died after its progress and before its rows."""
    _opened(council)
    _billed(council, range(100))
    with runner.connect(council.app.urls.app) as connection:
        page = pages.fetch(connection, 0, 60)
        runner._advance(connection, 0, page[-1])
        runner.catch_up(connection)
        wrong = _wrong(_contents(connection), _folded_from_empty(connection))
    assert wrong["lost"] > 0
    assert wrong["doubled"] == 0


def test_rows_in_a_transaction_of_their_own_could_not_be_written_again(council: Council) -> None:
    """As above, died after its rows: the keys of the tables refuse to hold a page twice."""
    _opened(council)
    _billed(council, range(100))
    with runner.connect(council.app.urls.app) as connection:
        pages.fill(connection, pages.fetch(connection, 0, 60), READ_MODELS, {})
        with pytest.raises(UniqueViolation):
            runner.catch_up(connection)
