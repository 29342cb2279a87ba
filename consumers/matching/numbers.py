"""Words of a text that may be an upstream system's number of a bill or of an account.

Such numbers have no check digits, so what is only by chance equal to one must not be taken for it:

- Digit groups that are together as long as a payment reference, or that look like one with a digit
  too many or too few, are none: of `1234 5678 9012` with one wrong digit, 5678 is nobody's bill.
- A date near the payment's own is none (`RENT 020625`), nor are short digits (a year, a house
  number), nor on a cheque six of them (the cheque's own number): unless what it is stands before it
  (`INV 5678`, `ACCOUNT NO 2025`).
- What is longer than such a number can be is not taken in pieces.

Bills and accounts are often numbered alike, so a number that says what it is is nothing else.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from ledger.references import REFERENCE_DIGITS

NUMBER_LENGTH_MAX = 31
_LENGTH_MIN = 3
_PART_LENGTH_MIN = 5  # of what stands between slashes: `RENT/100234/JUNE`
_DIGITS_MIN = 5  # a bare number below is a year, a day and month, a door
_CHEQUE_DIGITS_MIN = 7
_DATE_DAYS = 370
_BARE_MAX = 7  # among ten million numbers many are in use, and a stray one may hit

_TOKEN = re.compile(r"[A-Z0-9][A-Z0-9/.-]*", re.ASCII)
_DIGIT = re.compile(r"[0-9]")
_BILL_WORDS = "INV INVOICE INVOICES BILL BILLS"
_ACCOUNT_WORDS = "ACC ACCT ACCOUNT A/C AC CUST CUSTOMER"
_GLUED = re.compile(r"([A-Z]+(?:/C)?)[/.-]?([0-9]{5,11})", re.ASCII)
_GROUPS = re.compile(r"[0-9OILS]+(?:[ ./-]{1,3}[0-9OILS]+)+", re.ASCII)
_GROUP = re.compile(r"[0-9OILS]+", re.ASCII)
_DATE = re.compile(r"(?<![0-9])[0-3]?[0-9]([/.-])[01]?[0-9]\1(?:20)?[0-9]{2}(?![0-9])", re.ASCII)
# Groups of four as a reference is printed, one of them with a digit too many or too few.
_MISCOUNTED = frozenset(((3, 4, 4), (4, 3, 4), (4, 4, 3), (5, 4, 4), (4, 5, 4), (4, 4, 5)))


NumberOf: TypeAlias = Literal["bill", "account", "either"]
_LABELS: dict[str, NumberOf] = {
    **dict.fromkeys(_BILL_WORDS.split(), "bill"),
    **dict.fromkeys(_ACCOUNT_WORDS.split(), "account"),
    **dict.fromkeys(("REF", "REFERENCE"), "either"),
}
_ALSO_LABELS = frozenset(("NO", "NUM", "NUMBER", "NOS", "NUMBERS", "REF"))  # `INV NO 5678`


class Number(NamedTuple):
    """A word that may be the number of something."""

    text: str
    of: NumberOf

    @property
    def is_bare(self) -> bool:
        """Whether it is a few digits of which nothing says that they are the number of a bill."""
        return self.of == "either" and len(self.text) <= _BARE_MAX and self.text.isdigit()


def numbers(text: str, on: date, *, cheque: bool) -> Iterator[Number]:
    """The words of a text in capitals that may be a number; `on` is about the day of payment."""
    label: NumberOf | None = None
    shortest = _CHEQUE_DIGITS_MIN if cheque else _DIGITS_MIN
    for token in _TOKEN.findall(without_references(text)):
        word = token.rstrip("/.-")
        if word.isalpha() or _DIGIT.search(word) is None:
            if word not in _ALSO_LABELS or label is None:
                label = _LABELS.get(word, "either" if word in _ALSO_LABELS else None)
            continue
        if _LENGTH_MIN <= len(word) <= NUMBER_LENGTH_MAX and (
            label is not None or _may_stand_alone(word, on, shortest)
        ):
            yield Number(word, label or "either")
        label = None
        yield from _inside(word, on, shortest)


def _inside(word: str, on: date, shortest: int) -> Iterator[Number]:
    """Numbers that are a part of a word: between slashes, or after what they are."""
    glued = _GLUED.fullmatch(word)
    if glued is not None and glued[1] in _LABELS:
        yield Number(glued[2], _LABELS[glued[1]])
    elif "/" in word:
        for part in word.split("/"):
            long_enough = _PART_LENGTH_MIN <= len(part) <= NUMBER_LENGTH_MAX
            if long_enough and _DIGIT.search(part) and _may_stand_alone(part, on, shortest):
                yield Number(part, "either")


def _may_stand_alone(word: str, on: date, shortest: int) -> bool:
    if not word.isdigit():
        return True
    return len(word) >= shortest and not (len(word) in (6, 8) and _is_near_date(word, on))


@lru_cache(maxsize=1 << 12)
def _is_near_date(digits: str, on: date) -> bool:
    """Whether six or eight digits are a day within about a year, year first or last."""
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    if len(digits) == 8:
        readings = (
            (digits[:4], pairs[2], pairs[3]),
            (digits[4:], pairs[1], pairs[0]),
        )
    else:
        readings = (("20" + pairs[0], pairs[1], pairs[2]), ("20" + pairs[2], pairs[1], pairs[0]))
    return any(_is_near(*reading, on) for reading in readings)


def _is_near(year: str, month: str, day: str, on: date) -> bool:
    try:
        return abs((date(int(year), int(month), int(day)) - on).days) <= _DATE_DAYS
    except ValueError:
        return False


def without_references(text: str) -> str:
    """A text in capitals with the digit groups blanked that may be a mistyped reference."""
    return _GROUPS.sub(_blanked, text)


def _blanked(found: re.Match[str]) -> str:
    text = _DATE.sub(_spaces_of, found[0])
    groups = [group for group in _GROUP.finditer(text) if _DIGIT.search(group[0])]
    lengths = [len(group[0]) for group in groups]
    blanked = found[0]
    for first in range(len(groups)):
        for last in range(first + 1, len(groups)):
            run = lengths[first : last + 1]
            if sum(run) == REFERENCE_DIGITS or tuple(run) in _MISCOUNTED:
                start, end = groups[first].start(), groups[last].end()
                blanked = blanked[:start] + " " * (end - start) + blanked[end:]
    return blanked


def _spaces_of(found: re.Match[str]) -> str:
    return " " * len(found[0])
