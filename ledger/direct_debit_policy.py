"""From where and by which rules Direct Debits are collected, with effective dates.

The policy is a file that finance owns; reading it from disk is the service's work.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from typing import Any, Literal, get_args

from ledger.authority import PolicyError
from ledger.bacs_text import is_carried
from ledger.money import parse_minor
from ledger.references import virtual_account

Layout = Literal["standard18", "paygate", "accesspay"]

NAME_LENGTH_MAX = 18  # of a name in a Bacs record
_WORKING_DAYS_MAX = 60
_MONTHS_MAX = 120
_WARNING_DAYS_MAX = 366
_TIMES_MAX = 31  # on each day of a month
_AHEAD_MAX = 31  # calendar days; Bacs refuses a run of later days
_ITEMS_MAX = 9_999_999  # the seven digits of the count in a trailer


@dataclass(frozen=True, slots=True)
class Originator:
    """Who collects for a unit: its service user number, account and the names that Bacs carries."""

    unit: str
    sun: str
    account: str  # SSSSSS-NNNNNNNN
    account_name: str
    user_name: str


@dataclass(frozen=True, slots=True)
class DirectDebitTable:
    """What is in force from a date; the defaults are those of the scheme. Amounts in minor units.

    `None` is without a limit.
    """

    effective_from: date = date.min
    notice_working_days: int = 10
    represent_notice_working_days: int = 5
    represent_within_months: int = 1
    represent_times_max: int | None = None
    dormant_after_months: int = 24
    dormant_warning_days: int = 60
    act_within_working_days: int = 3
    provisional_working_days: int = 3
    challenge_working_days: int = 9
    settlement_working_days: int = 14
    send_latest: time = time(22, 30)
    days_ahead_max: int = 30
    layout: Layout = "standard18"
    run_total_max: int | None = None
    run_items_max: int | None = None


_SCHEME = DirectDebitTable()


@dataclass(frozen=True, slots=True)
class DirectDebitPolicy:
    """All tables, oldest first, who collects, and the days that are no working days here."""

    tables: tuple[DirectDebitTable, ...] = ()
    originators: tuple[Originator, ...] = ()
    extra_holidays: frozenset[date] = frozenset()

    def table_on(self, day: date) -> DirectDebitTable:
        """The table in force on a day; the scheme's own rules before the first."""
        for table in reversed(self.tables):
            if table.effective_from <= day:
                return table
        return _SCHEME

    def originator(self, unit: str) -> Originator | None:
        """Who collects for a unit; None when the unit does not collect."""
        return next((one for one in self.originators if one.unit == unit), None)


NO_DIRECT_DEBITS = DirectDebitPolicy()


def parse_direct_debit(text: str, name: str = "direct-debit.toml") -> DirectDebitPolicy:
    """The policy of a TOML text. Raises PolicyError, naming the place and the value."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: {error}") from error
    _known(document, ("direct_debit", "originator", "extra_holidays"), name)
    tables = sorted(
        (_table(entry, name) for entry in _entries(document, "direct_debit", name)),
        key=lambda table: table.effective_from,
    )
    if len({table.effective_from for table in tables}) < len(tables):
        raise PolicyError(f"{name}: two [[direct_debit]] have the same effective_from")
    originators = [_originator(entry, name) for entry in _entries(document, "originator", name)]
    for key in ("unit", "account"):
        values = [getattr(one, key) for one in originators]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise PolicyError(f"{name}: [[originator]]: {key}: {twice!r} stands there twice")
    holidays = document.get("extra_holidays", [])
    if not isinstance(holidays, list) or any(type(day) is not date for day in holidays):
        raise PolicyError(f"{name}: extra_holidays: {holidays!r} is not a list of dates")
    return DirectDebitPolicy(tuple(tables), tuple(originators), frozenset(holidays))


def _table(entry: Mapping[str, Any], name: str) -> DirectDebitTable:
    effective_from = entry.get("effective_from")
    if type(effective_from) is not date:  # a datetime is a date too, but compares with none
        raise PolicyError(f"{name}: effective_from: {effective_from!r} is not a date")
    where = f"{name}: [[direct_debit]] of {effective_from}"
    _known(entry, ("effective_from", *_READERS), where)
    given = {
        key: read(entry[key], f"{where}: {key}") for key, read in _READERS.items() if key in entry
    }
    table = DirectDebitTable(effective_from, **given)
    if table.challenge_working_days > table.settlement_working_days:
        raise PolicyError(
            f"{where}: challenge_working_days: {table.challenge_working_days} is more than"
            f" settlement_working_days {table.settlement_working_days}"
        )
    return table


def _originator(entry: Mapping[str, Any], name: str) -> Originator:
    where = f"{name}: [[originator]]"
    _known(entry, ("unit", "sun", "account", "account_name", "user_name"), where)
    unit = _text(entry.get("unit"), f"{where}: unit")
    where = f"{where} of {unit}"
    sun = _text(entry.get("sun"), f"{where}: sun")
    if re.fullmatch(r"[0-9]{6}", sun) is None:
        raise PolicyError(f"{where}: sun: {sun!r} is not a service user number of six digits")
    account = _text(entry.get("account"), f"{where}: account")
    own = virtual_account(account)
    if own is None:
        raise PolicyError(f"{where}: account: {account!r} is not as 089999-66374958")
    return Originator(
        unit,
        sun,
        own,
        _name(entry.get("account_name"), f"{where}: account_name"),
        _name(entry.get("user_name"), f"{where}: user_name"),
    )


def _entries(document: Mapping[str, Any], key: str, name: str) -> list[dict[str, Any]]:
    entries = document.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise PolicyError(f"{name}: {key}: write it as [[{key}]]")
    return entries


def _known(given: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """A misspelt key would leave its rule at the default, and nobody would know."""
    strange = [key for key in given if key not in keys]
    if strange:
        raise PolicyError(f"{where}: {strange[0]}: not one of {', '.join(keys)}")


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(f"{where}: {value!r} is not a text")
    return value


def _name(value: object, where: str) -> str:
    name = _text(value, where)
    if len(name) > NAME_LENGTH_MAX or not is_carried(name):
        raise PolicyError(
            f"{where}: {name!r} is not {NAME_LENGTH_MAX} characters at most of capitals, digits,"
            " blanks and . & / -"
        )
    return name


def _whole(least: int, most: int, value: object, where: str) -> int:
    if type(value) is not int or not least <= value <= most:
        raise PolicyError(f"{where}: {value!r} is not a whole number from {least} to {most}")
    return value


def _clock_time(value: object, where: str) -> time:
    if not isinstance(value, str) or re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value) is None:
        raise PolicyError(f'{where}: {value!r} must be a text such as "22:30"')
    return time.fromisoformat(value)


def _layout(value: object, where: str) -> str:
    if value not in get_args(Layout):
        raise PolicyError(f"{where}: {value!r} is not one of {', '.join(get_args(Layout))}")
    return str(value)


def _pounds(value: object, where: str) -> int:
    try:
        minor = parse_minor(value) if isinstance(value, str) else 0
    except ValueError as error:
        raise PolicyError(f"{where}: {error}") from error
    if minor <= 0:
        raise PolicyError(f'{where}: {value!r} must be a text such as "2500000.00", above zero')
    return minor


_DAYS = partial(_whole, 1, _WORKING_DAYS_MAX)
_MONTHS = partial(_whole, 1, _MONTHS_MAX)
_READERS: Mapping[str, Callable[[object, str], Any]] = {
    "notice_working_days": _DAYS,
    "represent_notice_working_days": partial(_whole, 0, _WORKING_DAYS_MAX),
    "represent_within_months": _MONTHS,
    "represent_times_max": partial(_whole, 0, _TIMES_MAX),
    "dormant_after_months": _MONTHS,
    "dormant_warning_days": partial(_whole, 0, _WARNING_DAYS_MAX),
    "act_within_working_days": _DAYS,
    "provisional_working_days": _DAYS,
    "challenge_working_days": _DAYS,
    "settlement_working_days": _DAYS,
    "send_latest": _clock_time,
    "days_ahead_max": partial(_whole, 1, _AHEAD_MAX),
    "layout": _layout,
    "run_total_max": _pounds,
    "run_items_max": partial(_whole, 1, _ITEMS_MAX),
}
