"""Fixtures of tests that have a short and a long version: `soak`, and the `seed` of their chance.

`make test` runs the short version of each. `make soak` (tests/soak.py) runs the tests that are
marked `soak` again and again, each round twice as large as the one before, until its time is up.
`@pytest.mark.soak(only=True)` is for a test that has no short version.
"""

import json
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROUND, UNTIL, TALLY, SEED = "--soak-round", "--soak-until", "--soak-tally", "--seed"
LONG_SECONDS = 3_600  # of one test in a soak


@dataclass(frozen=True, slots=True)
class Soak:
    """How large this run of a test is, and where it says what it did."""

    round: int  # 0 in `make test`
    until: float  # seconds since the epoch
    properties: list[tuple[str, object]]

    def size(self, short: int, long: int) -> int:
        """`short` in `make test`; in a soak twice as much each round, up to `long`."""
        return min(short << self.round, max(short, long)) if self.round else short

    def goes_on(self) -> bool:
        """Whether there is time left; a loop of a long test asks it at each turn."""
        return self.round == 0 or time.time() < self.until

    def tally(self, **counts: int) -> None:
        """Add what was done and found, such as kills=20, messages=3_000, lost=0, doubled=0."""
        self.properties.append(("tally", dict(counts)))


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("soak", "long versions of tests")
    group.addoption(SEED, type=int, help="repeat what chance did in another run")
    group.addoption(ROUND, type=int, default=0, help="round of a soak, from 1 on")
    group.addoption(UNTIL, type=float, default=0.0, help="when the soak ends, in epoch seconds")
    group.addoption(TALLY, type=Path, help="a file for what the round did")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is for soaks only, and give a long version the time that it needs."""
    if config.getoption(ROUND):
        for item in items:
            if item.get_closest_marker("soak"):
                item.add_marker(pytest.mark.timeout(LONG_SECONDS))
        return
    long = [item for item in items if _is_long_only(item)]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if not _is_long_only(item)]


def _is_long_only(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("soak")
    return marker is not None and bool(marker.kwargs.get("only"))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401 - pytest has no public type
    """Write what all tests of the round did, also those of other processes."""
    path = config.getoption(TALLY)
    if path is None:
        return
    reports = [one for kind in terminalreporter.stats.values() for one in kind]
    path.write_text(json.dumps(total(reports)), encoding="utf-8")


def total(reports: Sequence[object]) -> Counter[str]:
    """The sum of what the reports of tests tell."""
    counts = Counter[str]()
    for report in reports:
        if getattr(report, "when", "") == "call":
            for name, value in getattr(report, "user_properties", ()):
                if name == "tally":
                    counts.update(value)
    return counts


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> Soak:
    """The size of this run; in a soak whose time is up the test is skipped."""
    option = request.config.getoption
    one = Soak(option(ROUND), option(UNTIL), request.node.user_properties)
    if not one.goes_on():
        pytest.skip("the time of this soak is up")
    return one


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """A seed for what is left to chance; shown when the test fails, and given again by --seed."""
    given: int | None = request.config.getoption(SEED)
    one = secrets.randbits(31) if given is None else given
    size = request.config.getoption(ROUND)
    print(f"seed: repeat with {SEED} {one}" + (f" {ROUND} {size}" if size else ""))  # noqa: T201 - pytest shows it
    return one
