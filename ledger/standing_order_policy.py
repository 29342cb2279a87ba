"""When a standing order is late and when it has probably stopped, with effective dates.

The policy is a file that finance owns; reading it from disk is the service's work.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.authority import PolicyError
from ledger.values import Tolerance

OWN_TOLERANCE = Tolerance(early_days=1, late_after_working_days=3, stopped_after_missed=2)


@dataclass(frozen=True, slots=True)
class StandingOrderTable:
    """What is in force from a date."""

    effective_from: date = date.min
    tolerance: Tolerance = OWN_TOLERANCE


# key -> the least and the most that make sense: a week's order must not run into the next one
TOLERANCE_BOUNDS: Mapping[str, tuple[int, int]] = {
    "early_days": (0, 2),
    "late_after_working_days": (0, 20),
    "stopped_after_missed": (1, 12),
}


@dataclass(frozen=True, slots=True)
class StandingOrderPolicy:
    """All tables, oldest first."""

    tables: tuple[StandingOrderTable, ...] = ()

    def tolerance_on(self, day: date) -> Tolerance:
        """The tolerance in force on a day; the product's own before the first table."""
        in_force = [table.tolerance for table in self.tables if table.effective_from <= day]
        return in_force[-1] if in_force else OWN_TOLERANCE


def parse_standing_orders(text: str, name: str = "standing-orders.toml") -> StandingOrderPolicy:
    """The policy of a TOML text. Raises PolicyError, naming the place and the value."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: {error}") from error
    _known(document, ("standing_orders",), name)
    entries = document.get("standing_orders", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise PolicyError(f"{name}: standing_orders: write it as [[standing_orders]]")
    tables = sorted(
        (_table(entry, name) for entry in entries), key=lambda table: table.effective_from
    )
    if len({table.effective_from for table in tables}) < len(tables):
        raise PolicyError(f"{name}: two [[standing_orders]] have the same effective_from")
    return StandingOrderPolicy(tuple(tables))


def _table(entry: Mapping[str, Any], name: str) -> StandingOrderTable:
    effective_from = entry.get("effective_from")
    if type(effective_from) is not date:  # a datetime is a date too, but compares with none
        raise PolicyError(f"{name}: effective_from: {effective_from!r} is not a date")
    where = f"{name}: [[standing_orders]] of {effective_from}"
    _known(entry, ("effective_from", *TOLERANCE_BOUNDS), where)
    given = {key: _whole(entry[key], key, where) for key in TOLERANCE_BOUNDS if key in entry}
    return StandingOrderTable(effective_from, OWN_TOLERANCE.model_copy(update=given))


def _known(given: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """A misspelt key would leave its rule at the default, and nobody would know."""
    strange = [key for key in given if key not in keys]
    if strange:
        raise PolicyError(f"{where}: {strange[0]}: not one of {', '.join(keys)}")


def _whole(value: object, key: str, where: str) -> int:
    least, most = TOLERANCE_BOUNDS[key]
    if type(value) is not int or not least <= value <= most:
        raise PolicyError(f"{where}: {key}: {value!r} is not a whole number from {least} to {most}")
    return value
