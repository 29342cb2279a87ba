"""Long versions of the tests that are marked `soak`: `python tests/soak.py MINUTES [PYTEST ...]`.

Runs them in rounds, each twice as large as the one before and with a seed of its own, until the
minutes are over; a test that is at work then ends its turn. The first failure ends the soak with
1, and the line above it says how to repeat that round. The last line sums up what was done.
"""

import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEST_SECONDS_MAX = 7_200
ROUNDS_DOUBLED_MAX = 20  # the largest sizes are reached long before
NOTHING_RAN = 5  # pytest's exit code
# These are part of every sum, so that a zero is said.
FOUND: dict[str, int] = {"lost": 0, "doubled": 0}


def main(arguments: list[str]) -> int:
    """Soak for so many minutes; 1 when a round failed."""
    minutes, *words = arguments or ["30"]
    until = time.time() + 60 * float(minutes)
    done, rounds, code = Counter(FOUND), 0, 1
    while (code == 0 or not rounds) and time.time() < until:
        rounds += 1
        code, counts = _round(rounds, until, words)
        done.update(counts)
    said = ", ".join(f"{name} {count:,}" for name, count in sorted(done.items()))
    print(f"soak: {'FAILED in' if code else 'all well in'} {rounds} rounds: {said}")  # noqa: T201
    return 1 if code else 0


def _round(number: int, until: float, words: list[str]) -> tuple[int, Counter[str]]:
    seed = secrets.randbits(31)
    size = min(number, ROUNDS_DOUBLED_MAX)
    repeat = [f"--soak-round={size}", f"--seed={seed}"]
    left = max(0, until - time.time()) / 60
    print(f"round {number}: {' '.join(repeat)}, {left:.1f} minutes left", flush=True)  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="tallystick-soak-") as folder:
        tally = Path(folder) / "tally.json"
        command = [
            *(sys.executable, "-m", "pytest", "-q", "-m", "soak", *repeat),
            *(f"--soak-until={until}", f"--soak-tally={tally}", f"--timeout={TEST_SECONDS_MAX}"),
            *(words or ["tests"]),
        ]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        counts = Counter[str](json.loads(tally.read_text()) if tally.exists() else {})
    if code == NOTHING_RAN:
        print("no test is marked `soak`")  # noqa: T201
    return code, counts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
