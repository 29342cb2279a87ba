"""The simulation as a package that is loaded by its path, as test folders are none."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="session")
def simulation() -> ModuleType:
    """The package beside this file."""
    name = "simulated_council"
    if name not in sys.modules:
        path = Path(__file__).parent / "__init__.py"
        spec = importlib.util.spec_from_file_location(
            name, path, submodule_search_locations=[str(path.parent)]
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def parts(simulation: ModuleType) -> Any:  # noqa: ANN401 - a type of a package loaded by path
    """The product as it is shipped, on the fake store."""
    return simulation.shipped_parts()
