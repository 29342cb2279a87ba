"""The head and foot of an MT940 statement: account, number, balances.

    :25:  account        IBAN; `SSSSSS-NNNNNNNN`, `SSSSSS/NNNNNNNN` or 14 digits; behind a British
                         BIC and a stroke; a currency may follow (`/GBP`, ` EUR`, `EUR`)
    :25P: account, and the BIC on the next line
    :28C: number/part    both count from 1; 0 says nothing. `:28:` is the older form
    :60F: C|D YYMMDD CCY 15d    opening balance; M: the part of a statement that goes on
    :62F: the same       closing balance; M: another part follows

Years 80 to 99 are 1980 to 1999, as SWIFT has it.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from consumers.formats.accounts import account_key
from consumers.formats.amounts import decimal_minor
from consumers.formats.errors import RowError
from consumers.formats.mt940_fields import Field

NUMBER_DIGITS_MAX: Final = 6  # SWIFT allows five; longer ones are dates or ids, and do not count on
_CENTURY_FROM = 80

_BALANCE = re.compile(
    r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,17}(?:[,.][0-9]{0,17})?)\s*(?:-\})?\s*", re.ASCII
)
_NUMBER = re.compile(r"\s*([0-9]{1,18})(?:\s*/\s*([0-9]{1,18}))?\s*", re.ASCII)
_BRITISH_BIC = re.compile(r"/?[A-Z]{4}GB[A-Z0-9]{2}(?:[A-Z0-9]{3})?[/ ]", re.ASCII)
_SORT_CODE_STROKE = re.compile(r"([0-9]{2}-?[0-9]{2}-?[0-9]{2})/([0-9]{8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance in signed minor units, and the day it stood."""

    minor: int
    currency: str
    on: date


@dataclass(frozen=True, slots=True)
class Number:
    """Statement number and part; None where the bank does not count."""

    number: int | None
    part: int | None
    text: str


def balance_name(field: Field) -> str:
    """What a balance is called in a refusal, such as `closing balance (field 62F)`."""
    word = "opening" if field.tag[:2] == "60" else "closing"
    return f"{word} balance (field {field.tag})"


def balance(field: Field) -> Balance:
    """The balance of a field 60 or 62; RowError when it is none."""
    text, name = field.lines[0], balance_name(field)
    match = _BALANCE.fullmatch(text)
    if match is None:
        raise RowError(name, text, "not a balance like C260401GBP1234,56")
    minor = amount_minor(match[4], match[3], name)
    day = swift_date(match[2], name)
    return Balance(-minor if match[1] == "D" else minor, match[3], day)


def amount_minor(text: str, currency: str, field: str) -> int:
    """Minor units of `1234,5`; RowError as `decimal_minor` raises it."""
    return decimal_minor(text.replace(",", ".").rstrip("."), currency, field)


@lru_cache(maxsize=1024)
def swift_date(text: str, field: str) -> date:
    """The day of YYMMDD; RowError when there is none."""
    year = int(text[:2])
    try:
        return date(year + (1900 if year >= _CENTURY_FROM else 2000), int(text[2:4]), int(text[4:]))
    except ValueError:
        raise RowError(field, text, "no such day in the calendar") from None


@lru_cache(maxsize=1024)
def value_date(text: str, field: str) -> tuple[date, bool]:
    """The day of YYMMDD, and whether it was put right: interest counts to a 30 February."""
    if text[2:] in ("0229", "0230"):
        march = swift_date(f"{text[:2]}0301", field)
        last = march - timedelta(days=1)
        return last, f"{last:%d}" != text[4:]
    return swift_date(text, field), False


def account(field: Field, currency: str) -> str:
    """The account of a field 25, in the one spelling that accounts have."""
    text = field.lines[0].strip()
    if bic := _BRITISH_BIC.match(text):
        text = text[bic.end() :]
    text = text.lstrip("/")
    bare = text.removesuffix(currency).rstrip(" /")
    if bare != text and bare[-1:].isdigit():
        text = bare
    if british := _SORT_CODE_STROKE.fullmatch(text):
        text = f"{british[1]}-{british[2]}"
    return account_key(text)


def number(field: Field | None) -> Number:
    """The statement number of a field 28; one of many digits, or none at all, counts nothing."""
    text = field.lines[0].strip() if field else ""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return Number(None, None, text)
    counts = len(match[1]) <= NUMBER_DIGITS_MAX
    return Number((int(match[1]) or None) if counts else None, int(match[2] or 0) or None, text)
