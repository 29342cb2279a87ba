"""Aged debt as the ending shows it: sums by unit and age, in the order of the buckets."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.demo.council import UNITS
from service.demo.figures import Row

AGES = (
    ("not_yet_due", "not yet due"),
    ("days_1_30", "1-30 days"),
    ("days_31_60", "31-60 days"),
    ("days_61_90", "61-90 days"),
    ("days_91_180", "91-180 days"),
    ("days_181_365", "181-365 days"),
    ("years_1_2", "1-2 years"),
    ("years_2_6", "2-6 years"),
    ("over_6_years", "over 6 years"),
)


@dataclass(frozen=True, slots=True)
class Ages:
    """Pounds of open debt by bucket and unit, and the unapplied credit that stands beside it."""

    amounts: dict[tuple[str, str], Decimal]
    unapplied: dict[str, Decimal]

    def of_age(self, age: str) -> Decimal:
        """One bucket of all units."""
        return sum((self.amounts[age, unit.code] for unit in UNITS), Decimal(0))

    def of_unit(self, unit: str) -> Decimal:
        """All debt of one unit."""
        return sum((self.amounts[age, unit] for age, _ in AGES), Decimal(0))

    @property
    def total(self) -> Decimal:
        """All debt."""
        return sum(self.amounts.values(), Decimal(0))


def ages_of(rows: Sequence[Row]) -> Ages:
    """The sums of the rows of report `aged_debt`."""
    amounts = {
        (age, unit.code): sum((row[age] for row in rows if row["unit"] == unit.code), Decimal(0))
        for age, _ in AGES
        for unit in UNITS
    }
    unapplied = {
        unit.code: sum(
            (row["unapplied_credit"] for row in rows if row["unit"] == unit.code), Decimal(0)
        )
        for unit in UNITS
    }
    return Ages(amounts, unapplied)
