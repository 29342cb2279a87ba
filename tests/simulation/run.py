"""Plays seeds: `python -m tests.simulation.run SEEDS WORKERS [FIRST]`.

Prints how many seeds a second were played. A seed that fails is printed, cut down to a few steps,
as a test to be pasted, and the run ends with 1.
"""

import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor

from .cutting import as_test, shortest
from .loading import shipped_parts
from .playing import failure
from .script import script_of

MESSAGES = 300
FAILURES_SHOWN_MAX = 3


def one(seed: int) -> tuple[int, str | None]:
    """A seed, and why it fails."""
    warnings.simplefilter("ignore", ResourceWarning)  # what a process that died held open
    return seed, failure(script_of(seed, MESSAGES), shipped_parts())


def show(seed: int, why: str) -> None:
    """Print a failing seed as a short test."""
    print(f"seed {seed}: {why}", flush=True)  # noqa: T201 - this is what the command is for
    parts = shipped_parts()
    short = shortest(script_of(seed, MESSAGES), lambda steps: failure(steps, parts))
    print(f"{len(short)} steps are left, for tests/simulation/test_found.py:\n")  # noqa: T201
    print(as_test(short, f"seed_{seed}"), flush=True)  # noqa: T201


def main(seeds: int, workers: int, first: int = 0) -> int:
    """Play so many seeds; 1 when any fails."""
    began = time.monotonic()
    failed = 0
    with ProcessPoolExecutor(workers) as pool:
        for seed, why in pool.map(one, range(first, first + seeds), chunksize=1):
            if why is not None:
                failed += 1
                if failed <= FAILURES_SHOWN_MAX:
                    show(seed, why)
    seconds = time.monotonic() - began
    told = f"{seeds} seeds from {first} in {seconds:.0f} s, {seeds / seconds:.1f} a second"
    print(f"{told}: {failed or 'none'} failed")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
