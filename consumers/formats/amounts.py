"""Amounts and dates as files write them, to minor units and dates. ASCII digits only."""

import re
from datetime import date
from functools import lru_cache

from consumers.formats.errors import RowError
from ledger.limits import AMOUNT_MINOR_MAX

_DECIMAL = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,17}))?", re.ASCII)
_DAY = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

# ISO 4217 currencies whose minor unit is not a hundredth.
_WHOLE = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THOUSANDTHS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def decimal_minor(text: str, currency: str, field: str) -> int:
    """Minor units of an unsigned decimal such as `12`, `12.3` or `12.34000`.

    Raises RowError for signs, separators, exponents, a part of a minor unit, or an amount over
    `AMOUNT_MINOR_MAX`.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise RowError(field, text, "not an amount: digits and one decimal point are expected")
    places = minor_places(currency)
    fraction = (match[2] or "").ljust(places, "0")
    if fraction[places:].strip("0"):
        raise RowError(field, text, f"a fraction of the smallest unit of {currency}")
    minor = int(match[1] + fraction[:places])
    if minor > AMOUNT_MINOR_MAX:
        raise RowError(field, text, "larger than any amount that is taken")
    return minor


def minor_places(currency: str) -> int:
    """How many decimals the currency's minor unit has."""
    if currency in _WHOLE:
        return 0
    return 3 if currency in _THOUSANDTHS else 2


def currency_code(text: str | None, field: str) -> str:
    """A currency as three capital letters, or RowError."""
    if text is None or _CURRENCY.fullmatch(text) is None:
        raise RowError(field, text or "", "not a currency code of three capital letters")
    return text


@lru_cache(maxsize=1024)
def iso_date(text: str, field: str) -> date:
    """The calendar date of an ISO date or date-time, as written where it was booked.

    A zone offset is not applied: 23:30 in London is that day, whatever the reader's zone.
    """
    match = _DAY.fullmatch(text)
    if match is None:
        raise RowError(field, text, "not a date like 2026-04-30")
    try:
        return date.fromisoformat(match[1])
    except ValueError:
        raise RowError(field, text, "no such day in the calendar") from None
