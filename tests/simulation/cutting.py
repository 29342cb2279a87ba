"""Makes a failing script short: its shortest failing prefix, then without what it can miss."""

from collections.abc import Callable, Sequence

from .steps import Step

Fails = Callable[[Sequence[Step]], object]
TRIES_MAX = 400  # of leaving steps out; a cut that takes longer helps nobody


def shortest(steps: Sequence[Step], fails: Fails) -> list[Step]:
    """A short script that still fails; `fails` gives the reason, or nothing."""
    kept = _prefix(list(steps), fails)
    size, tries = max(1, len(kept) // 2), 0
    while tries < TRIES_MAX:
        shorter = None
        for start in range(0, len(kept), size):
            tries += 1
            candidate = kept[:start] + kept[start + size :]
            if candidate and fails(candidate):
                shorter = candidate
                break
        if shorter is not None:
            kept = shorter
        elif size == 1:
            break
        size = min(size, max(1, len(kept) // 2)) if shorter is not None else max(1, size // 2)
    return kept


def _prefix(steps: list[Step], fails: Fails) -> list[Step]:
    """The shortest failing prefix, by halving; a failure that comes and goes may be missed."""
    passes, failing = 0, len(steps)
    while failing - passes > 1:
        middle = (passes + failing) // 2
        if fails(steps[:middle]):
            failing = middle
        else:
            passes = middle
    return steps[:failing]


def as_test(steps: Sequence[Step], name: str) -> str:
    """The steps as a test to be pasted into `test_found.py`."""
    lines = ",\n".join(f"        {step!r}" for step in steps)
    lines = "\n".join(
        line.replace("        ", "        simulation.", 1).replace("Fault(", "simulation.Fault(")
        for line in lines.splitlines()
    )
    return (
        f"def test_{name}(simulation: ModuleType, parts: Any) -> None:\n"
        f"    steps = [\n{lines},\n    ]\n    simulation.play(steps, parts)\n"
    )
