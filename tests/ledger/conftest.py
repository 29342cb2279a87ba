"""What the tests of the ledger share: given, when, then; and modules loaded by path."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _load(name: str) -> ModuleType:
    full = f"ledger_tests_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).parent / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


@pytest.fixture(scope="session")
def world() -> ModuleType:
    """Streams in memory, the shipped policy and its actors."""
    return _load("world")


@pytest.fixture(scope="session")
def b() -> ModuleType:
    """Facts and commands in one line each."""
    return _load("build")


@pytest.fixture
def given(world: ModuleType) -> Callable[..., Any]:
    """`given(facts).when(command, actor).then(facts)` or `.refused(codes)`."""
    scenario: Callable[..., Any] = world.Scenario
    return scenario


@pytest.fixture(scope="session")
def naive() -> ModuleType:
    """The second ledger."""
    return _load("naive_model")


@pytest.fixture(scope="session")
def books() -> ModuleType:
    """Movements and postings, added up."""
    return _load("books")


@pytest.fixture(scope="session")
def machine() -> ModuleType:
    """Histories of commands in any order."""
    return _load("machine")


@pytest.fixture(scope="session")
def dd() -> ModuleType:
    """A Direct Debit mandate and its runs, in one line each."""
    return _load("debits")


@pytest.fixture(scope="session")
def naive_mandate() -> ModuleType:
    """The second book of a mandate."""
    return _load("naive_mandate")


@pytest.fixture(scope="session")
def naive_claims() -> ModuleType:
    """The second book of a collection's money."""
    return _load("naive_claims")
