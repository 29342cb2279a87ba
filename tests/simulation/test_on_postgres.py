"""Some seeds of the simulation on the real store and the real projector."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import ModuleType
from typing import Any, TypeAlias

import pytest

from ledger.checks import verify
from service.embedded_database import EmbeddedDatabase

Parts: TypeAlias = Any  # of a package that is loaded by its path
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SEEDS, MESSAGES = 3, 100


def on_postgres(simulation: ModuleType, parts: Parts, url: str) -> Parts:
    def make_store(clock: Callable[[], datetime], weather: Any) -> Any:  # noqa: ANN401 - as above
        return simulation.StoreOnPostgres(url, clock, weather)

    def make_projector(_: object) -> Any:  # noqa: ANN401 - as above
        return simulation.ProjectorOnPostgres(url)

    return replace(parts, make_store=make_store, make_projector=make_projector)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_on_the_real_store_a_seed_ends_as_the_reference_says_and_as_on_the_fake(
    simulation: ModuleType, parts: Parts, sandbox_database: EmbeddedDatabase, seed: int
) -> None:
    script = simulation.script_of(seed, MESSAGES)
    real = on_postgres(simulation, parts, sandbox_database.app_url)
    with simulation.playing_to_the_end(script, real) as council:
        assert verify(council.store) == ()
        found = council.store.seals_after(0, 10_000)
    with simulation.playing_to_the_end(script, parts) as council:
        assert [bytes(one.hash) for one in found] == [
            one.hash for one in council.store.seals_after(0, 10_000)
        ]
