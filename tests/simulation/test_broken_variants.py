"""The negative controls of the simulation, and that what it finds is cut down to a few steps."""

from types import ModuleType
from typing import Any, TypeAlias

import pytest

Parts: TypeAlias = Any  # of a package that is loaded by its path
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SEEDS, MESSAGES = 20, 100
STEPS_LEFT_MAX = 12
VARIANTS = (
    "the offset is stored outside of the transaction",
    "the register is not asked",
    "the position is not checked",
    "a later position is enough",
    "an unknown commit is taken for none",
    "versions are not checked",
    "a refusal is not recorded",
    "a fold skips credit notes",
    "rows and progress are stored apart",
)


def test_every_variant_is_named_here(simulation: ModuleType) -> None:
    assert tuple(simulation.VARIANTS) == VARIANTS


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_broken_variant_is_found_and_cut_down_to_a_few_steps(
    simulation: ModuleType, parts: Parts, variant: str
) -> None:
    broken = simulation.VARIANTS[variant](parts)
    scripts = (simulation.script_of(seed, MESSAGES) for seed in range(SEEDS))
    failing = next((one for one in scripts if simulation.failure(one, broken)), None)
    assert failing is not None, f"none of {SEEDS} seeds finds it"

    short = simulation.shortest(failing, lambda steps: simulation.failure(steps, broken))
    assert len(short) <= STEPS_LEFT_MAX, simulation.as_test(short, "found")
    assert simulation.failure(short, broken), "what is left must fail by itself"
    assert simulation.failure(short, parts) is None, "and not without what is broken"


def test_what_is_printed_can_be_pasted_and_run(simulation: ModuleType, parts: Parts) -> None:
    broken = simulation.VARIANTS["a fold skips credit notes"](parts)
    failing = next(
        one
        for one in (simulation.script_of(seed, MESSAGES) for seed in range(SEEDS))
        if simulation.failure(one, broken)
    )
    short = simulation.shortest(failing, lambda steps: simulation.failure(steps, broken))
    pasted: dict[str, Any] = {}
    source = simulation.as_test(short, "pasted")
    exec("import datetime\nfrom types import ModuleType\nfrom typing import Any\n" + source, pasted)  # noqa: S102 - the test is that it can be run
    pasted["test_pasted"](simulation, parts)
    with pytest.raises(simulation.Disagreement):
        pasted["test_pasted"](simulation, broken)
