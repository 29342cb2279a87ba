"""The harness of soaks: sizes grow, sums are of every test, and nothing done is no success."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("soak.py")


def report(when: str, **counts: int) -> SimpleNamespace:
    return SimpleNamespace(when=when, user_properties=[("tally", counts), ("other", 1)])


@pytest.mark.parametrize(("round_", "size"), [(0, 20), (1, 40), (2, 80), (4, 200), (20, 200)])
def test_each_round_is_twice_as_large_up_to_the_long_version(
    soak: Any,  # noqa: ANN401 - of a plugin that is loaded by its path
    round_: int,
    size: int,
) -> None:
    one = type(soak)(round_, 0.0, [])
    assert one.size(20, 200) == size
    assert one.goes_on() == (round_ == 0)


def test_the_sum_counts_each_test_once(soak: Any) -> None:  # noqa: ANN401 - as above
    total = sys.modules[type(soak).__module__].total
    reports = [
        report("call", kills=2, lost=0),
        report("teardown", kills=9),
        report("call", kills=3),
    ]
    assert total([*reports, object()]) == {"kills": 5, "lost": 0}


def test_a_soak_that_ran_nothing_has_failed() -> None:
    words = [str(SCRIPT), "0.5", str(SCRIPT.parent / "test_soak.py"), "-p", "no:cacheprovider"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert "round 1: --soak-round=1 --seed=" in done.stdout
    assert done.stdout.splitlines()[-1] == "soak: FAILED in 1 rounds: doubled 0, lost 0"


def test_a_soak_without_time_has_failed_too() -> None:
    words = [str(SCRIPT), "0"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == "soak: FAILED in 0 rounds: doubled 0, lost 0\n"
