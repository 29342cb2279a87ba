"""A hundred years of a small council under faults, against a reference that shares no code."""

import ast
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pytest

Parts: TypeAlias = Any  # of a package that is loaded by its path
# What a process that died held open is closed by nobody; the system does it in earnest.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

HERE = Path(__file__).parent
SECOND_LEDGER = HERE.parent / "ledger" / "naive_model.py"
MESSAGES = 300
BLOCKS, SEEDS_PER_BLOCK = 10, 10
PRODUCT = {"ledger", "consumers", "projections", "schemas", "service"}


@pytest.mark.parametrize("block", range(BLOCKS))
def test_whatever_goes_wrong_the_ledger_ends_as_the_reference_says(
    simulation: ModuleType, parts: Parts, block: int
) -> None:
    for seed in range(block * SEEDS_PER_BLOCK, (block + 1) * SEEDS_PER_BLOCK):
        why = simulation.failure(simulation.script_of(seed, MESSAGES), parts)
        assert why is None, f"make simulate SEEDS=1 SEED={seed}: {why}"


def test_a_seed_gives_the_same_script_and_the_same_log_again(
    simulation: ModuleType, parts: Parts
) -> None:
    assert simulation.script_of(7, 60) == simulation.script_of(7, 60)
    logs = []
    for _ in range(2):
        with simulation.playing_to_the_end(simulation.script_of(7, 60), parts) as council:
            logs.append(council.store.seals_after(0, 10_000))
    assert logs[0] == logs[1]
    assert len(logs[0]) > 10


def test_every_kind_of_fault_does_happen(simulation: ModuleType, parts: Parts) -> None:
    """Else the simulation would be fair weather, and would prove nothing."""
    seen: dict[str, int] = {}
    for seed in range(15):
        with simulation.playing_to_the_end(simulation.script_of(seed, 100), parts) as council:
            for name, times in council.weather.seen.items():
                seen[name] = seen.get(name, 0) + times
            seen["refused"] = seen.get("refused", 0) + len(council.reference.refused)
            seen["unreadable"] = seen.get("unreadable", 0) + len(council.reference.unreadable)
            seen["resolved"] = seen.get("resolved", 0) + len(council.reference.resolved)
    rare = {
        name: seen.get(name, 0)
        for name in (
            *("crash before", "crash locked", "crash committed"),
            *("lost before", "lost locked", "lost committed", "officer before"),
            *("refused", "unreadable", "resolved"),
        )
        if seen.get(name, 0) < 3
    }
    assert not rare, rare


@pytest.mark.parametrize("path", [HERE / "reference.py", SECOND_LEDGER], ids=lambda one: one.name)
def test_the_reference_imports_no_product_code(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(one.name.partition(".")[0] for one in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, ast.unparse(node)
            found.add((node.module or "").partition(".")[0])
    assert found, "a module of this size imports something"
    assert not found & PRODUCT
