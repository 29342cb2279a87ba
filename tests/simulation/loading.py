"""What the simulation takes from outside its folder: the second ledger, the shipped policies."""

import importlib.util
from datetime import date
from pathlib import Path
from typing import Any

from .playing import Parts

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "ledger" / "policy"
SECOND_LEDGER = ROOT / "tests" / "ledger" / "naive_model.py"


def shipped_parts() -> Parts:
    """The product as it is shipped, against the second ledger of the deciders' tests."""
    spec = importlib.util.spec_from_file_location("simulated_second_ledger", SECOND_LEDGER)
    if spec is None or spec.loader is None:
        raise ImportError(str(SECOND_LEDGER))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    authority = (POLICY / "authority.toml").read_text("utf-8")
    small = (POLICY / "small-balances.toml").read_text("utf-8")

    def second_ledger() -> Any:  # noqa: ANN401 - a module loaded by path has no types
        return module.Naive(authority, date.min, small)

    return Parts(second_ledger, authority, (POLICY / "matching.toml").read_text("utf-8"))
