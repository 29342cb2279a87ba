"""How small a small balance is: limits by reason and a yearly cap, with effective dates.

The policy is a file that finance owns; reading it from disk is the service's work.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from ledger.authority import PolicyError
from ledger.money import parse_minor
from ledger.values import SmallBalanceReason

_REASONS = get_args(SmallBalanceReason)


@dataclass(frozen=True, slots=True)
class SmallBalanceTable:
    """What is in force from a date: reason -> limit of one balance, and the cap for one account.

    All in minor units. The cap is for the financial year in which a write-off takes effect.
    """

    effective_from: date
    limits: dict[str, int]
    yearly_cap_minor: int


@dataclass(frozen=True, slots=True)
class SmallBalancePolicy:
    """All tables, oldest first."""

    tables: tuple[SmallBalanceTable, ...] = ()

    def table_on(self, day: date) -> SmallBalanceTable | None:
        """The table in force on a day."""
        in_force = [table for table in self.tables if table.effective_from <= day]
        return in_force[-1] if in_force else None

    def limit(self, reason: str, day: date) -> int:
        """The largest balance that is small for this reason on a day; 0 when none is."""
        table = self.table_on(day)
        return 0 if table is None else table.limits.get(reason, 0)

    def yearly_cap(self, day: date) -> int:
        """What may be written off on one account in a financial year; 0 when nothing may."""
        table = self.table_on(day)
        return 0 if table is None else table.yearly_cap_minor


NO_SMALL_BALANCES = SmallBalancePolicy()


def parse_small_balances(text: str, name: str = "small-balances.toml") -> SmallBalancePolicy:
    """The policy of a TOML text. Raises PolicyError, naming the place and the value."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: {error}") from error
    tables = sorted(
        (_table(entry, name) for entry in document.get("small_balances", ())),
        key=lambda table: table.effective_from,
    )
    if len({table.effective_from for table in tables}) < len(tables):
        raise PolicyError(f"{name}: two [[small_balances]] have the same effective_from")
    return SmallBalancePolicy(tuple(tables))


def _table(entry: dict[str, Any], name: str) -> SmallBalanceTable:
    effective_from = entry.get("effective_from")
    if type(effective_from) is not date:  # a datetime is a date too, but compares with none
        raise PolicyError(f"{name}: effective_from: {effective_from!r} is not a date")
    limits = entry.get("limits", {})
    unknown = sorted(set(limits) - set(_REASONS))
    if unknown:
        raise PolicyError(f"{name}: limits.{unknown[0]}: not one of {', '.join(_REASONS)}")
    return SmallBalanceTable(
        effective_from,
        {reason: _pounds(value, f"{name}: limits.{reason}") for reason, value in limits.items()},
        _pounds(entry.get("yearly_cap"), f"{name}: yearly_cap"),
    )


def _pounds(value: object, where: str) -> int:
    try:
        minor = parse_minor(value) if isinstance(value, str) else -1
    except ValueError as error:
        raise PolicyError(f"{where}: {error}") from error
    if minor < 0:
        raise PolicyError(f'{where}: {value!r} must be a text such as "5.00"')
    return minor
