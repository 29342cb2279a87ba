"""Money as an integer of minor units (pence) with its currency.

There is no float and no Decimal here, and no division but `split`, which loses no penny.
Mixing currencies is an error, never a conversion.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GBP = "GBP"

# ASCII digits only: str.isdigit and pydantic's Decimal accept full-width digits and underscores.
_POUNDS = re.compile(r"(-?)([0-9]{1,13})(?:\.([0-9]{2}))?", re.ASCII)


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies were brought together."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (pence for GBP) and its ISO 4217 currency."""

    minor: int
    currency: str = GBP

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{format_minor(self.minor)} {self.currency}"

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} cannot be added")


def parse_minor(text: str) -> int:
    """Minor units of a decimal string such as `-1234.50`; exactly two decimals or none.

    Raises ValueError on anything else: other digits, separators, exponents, blanks.
    """
    match = _POUNDS.fullmatch(text)
    if match is None:
        raise ValueError(f"not an amount in pounds and pence: {text!r}")
    sign, pounds, pence = match.groups()
    minor = int(pounds) * 100 + int(pence or "0")
    return -minor if sign else minor


def format_minor(minor: int, *, thousands: bool = False) -> str:
    """The amount as pounds and pence, `-1234.50` or with thousands `-1,234.50`."""
    pounds, pence = divmod(abs(minor), 100)
    sign = "-" if minor < 0 else ""
    return f"{sign}{pounds:,}.{pence:02d}" if thousands else f"{sign}{pounds}.{pence:02d}"


def split(minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to non-negative weights so that the parts add up to it.

    Largest remainder method; equal remainders go to the earlier part.
    Raises ValueError when no weight is positive or one is negative.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    sign, rest = (-1, -minor) if minor < 0 else (1, minor)
    shares = [rest * weight // total for weight in weights]
    left = rest - sum(shares)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(rest * weights[i] % total), i))
    for index in by_remainder[:left]:
        shares[index] += 1
    return tuple(sign * share for share in shares)


def percentage(net_minor: int, basis_points: int) -> int:
    """`basis_points` hundredths of a percent of an amount, rounded half away from zero."""
    quotient, remainder = divmod(abs(net_minor) * basis_points, 10_000)
    rounded = quotient + (1 if remainder * 2 >= 10_000 else 0)
    return -rounded if net_minor < 0 else rounded


def total(amounts: Iterable[Money], currency: str = GBP) -> Money:
    """The sum of amounts of one currency; zero of `currency` when there are none."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result
