"""The published tables of the modulus check: weights by sort code, and substituted sort codes.

The tables belong to those who publish them and are not shipped: a council downloads each issue and
keeps it with the date from which it is valid. A line that is not understood refuses the whole file,
because an exception passed over would turn good accounts away.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ledger.authority import PolicyError

DIGITS = 14  # of the sort code and the account number together, each with its weight
_SORT_CODE = re.compile(r"[0-9]{6}")
_WHOLE = re.compile(r"-?[0-9]{1,3}")


class Method(StrEnum):
    """How the weighted digits are added up and divided."""

    MOD10 = "MOD10"
    MOD11 = "MOD11"
    DBLAL = "DBLAL"


_ALL = frozenset(Method)
_MOD11, _DBLAL = frozenset({Method.MOD11}), frozenset({Method.DBLAL})
# exception -> the methods that it is defined for
_METHODS: Mapping[int, frozenset[Method]] = {
    0: _ALL,
    1: _DBLAL,
    2: _MOD11,
    3: _DBLAL,
    4: _MOD11,
    5: _MOD11 | _DBLAL,
    6: _ALL,
    7: _ALL,
    8: _ALL,
    9: _MOD11,
    10: _MOD11,
    11: _MOD11,
    12: _ALL,
    13: _ALL,
    14: _MOD11,
}
EITHER = ((2, 9), (10, 11), (12, 13))  # of two checks with these exceptions one is enough
_PAIRED = frozenset(number for pair in EITHER for number in pair)


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the sort codes `first` to `last`; exception 0 is none."""

    first: str
    last: str
    method: Method
    weights: tuple[int, ...]
    exception: int = 0


@dataclass(frozen=True, slots=True)
class ModulusTable:
    """One issue of the tables, valid from a day: one or two checks for each range, in order."""

    valid_from: date
    ranges: tuple[tuple[Check, ...], ...]
    substitutes: Mapping[str, str] = field(default_factory=dict)

    def checks(self, sort_code: str) -> tuple[Check, ...]:
        """The checks of a sort code; none when the table does not name it."""
        place = bisect_right(self.ranges, sort_code, key=lambda checks: checks[0].first)
        found = self.ranges[place - 1] if place else ()
        return found if found and sort_code <= found[0].last else ()


@dataclass(frozen=True, slots=True)
class ModulusTables:
    """All issues, oldest first."""

    tables: tuple[ModulusTable, ...] = ()

    def table_on(self, day: date) -> ModulusTable | None:
        """The issue that is valid on a day."""
        valid = [table for table in self.tables if table.valid_from <= day]
        return valid[-1] if valid else None


NO_TABLES = ModulusTables()


def parse_table(valid_from: date, weights: str, substitutes: str, name: str) -> ModulusTable:
    """An issue of the texts `valacdos` and `scsubtab`. Raises PolicyError, naming the line."""
    checks = [_check(fields, where) for fields, where in _lines(weights, f"{name}: weights")]
    if not checks:
        raise PolicyError(f"{name}: weights: there is no line")
    pairs = [_pair(fields, where) for fields, where in _lines(substitutes, f"{name}: substitutes")]
    return ModulusTable(valid_from, tuple(_ranges(checks, name)), dict(pairs))


def _lines(text: str, where: str) -> Iterator[tuple[list[str], str]]:
    """The fields of each line that has any, with its place."""
    for number, line in enumerate(text.removesuffix("\x1a").splitlines(), 1):
        if fields := line.split():
            yield fields, f"{where}: line {number}"


def _check(fields: list[str], where: str) -> Check:
    if len(fields) not in (3 + DIGITS, 4 + DIGITS):
        raise PolicyError(f"{where}: {len(fields)} fields, not {3 + DIGITS} or {4 + DIGITS}")
    first, last = (_sort_code(one, where) for one in fields[:2])
    if first > last:
        raise PolicyError(f"{where}: the range {first} to {last} ends before it begins")
    if fields[2] not in _ALL:
        raise PolicyError(f"{where}: {fields[2]!r} is not one of {', '.join(Method)}")
    method = Method(fields[2])
    weights = tuple(_whole(one, where) for one in fields[3 : 3 + DIGITS])
    exception = _whole(fields[-1], where) if len(fields) > 3 + DIGITS else 0
    if method not in _METHODS.get(exception, ()):
        raise PolicyError(f"{where}: exception {exception} of {method} is not known here")
    return Check(first, last, method, weights, exception)


def _pair(fields: list[str], where: str) -> tuple[str, str]:
    if len(fields) != 2:
        raise PolicyError(f"{where}: {len(fields)} fields, not 2")
    return _sort_code(fields[0], where), _sort_code(fields[1], where)


def _ranges(checks: Iterable[Check], name: str) -> Iterator[tuple[Check, ...]]:
    """The checks by range in order of sort code: one or two each, and no two ranges overlap."""
    by_range: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        by_range.setdefault((check.first, check.last), []).append(check)
    before = ""
    for (first, last), found in sorted(by_range.items()):
        where = f"{name}: weights: {first} to {last}"
        if first <= before:
            raise PolicyError(f"{where}: the range overlaps one that ends with {before}")
        if len(found) > 2:
            raise PolicyError(f"{where}: {len(found)} checks, not one or two")
        exceptions = tuple(check.exception for check in found)
        if _PAIRED.intersection(exceptions) and exceptions not in EITHER:
            raise PolicyError(f"{where}: exceptions {exceptions} do not belong together")
        before = last
        yield tuple(found)


def _sort_code(text: str, where: str) -> str:
    if _SORT_CODE.fullmatch(text) is None:
        raise PolicyError(f"{where}: {text!r} is not a sort code of six digits")
    return text


def _whole(text: str, where: str) -> int:
    if _WHOLE.fullmatch(text) is None:
        raise PolicyError(f"{where}: {text!r} is not a whole number of up to three digits")
    return int(text)
