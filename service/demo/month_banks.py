"""The bank month: the bank accounts that came with a take-over, their formats, the days of April.

On 1 April 2026 the council takes over debtors of a neighbour, Foilbridge. They go on paying into
the neighbour's bank accounts, so in its last month the demo reads every format that it knows.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from ledger.calendar import add_working_days
from service.demo.council import LAST_DAY

MONTH_FIRST = date(2026, 4, 1)
DAY_TITLE = "April 2026"

MonthForm: TypeAlias = Literal["mt940", "camt053", "bai2", "cash-file", "ofx", "csv", "kiosk"]


@dataclass(frozen=True, slots=True)
class Bank:
    """A further bank account of a unit; `names_payers` when its lines say who paid."""

    code: str
    unit: str
    form: MonthForm
    sort_code: str
    number: str
    opening_minor: int
    names_payers: bool = True

    @property
    def account(self) -> str:
        """The bank account as `SSSSSS-NNNNNNNN`."""
        return f"{self.sort_code}-{self.number}"


MT940 = Bank("HS2", "HSG", "mt940", "990201", "20010001", 84_210_55)
CAMT = Bank("HS3", "HSG", "camt053", "990202", "20020002", 51_904_10)
CASH_HSG = Bank("HS4", "HSG", "cash-file", "990203", "20030003", 7_350_00)
BAI2 = Bank("CO2", "COR", "bai2", "990204", "20040004", 112_000_31)
CASH_COR = Bank("CO3", "COR", "cash-file", "990203", "20050005", 18_040_62)
KIOSK = Bank("CO4", "COR", "kiosk", "990205", "20060006", 0)
OFX = Bank("AS2", "ASC", "ofx", "990206", "20070007", 23_118_90)
CSV = Bank("AS3", "ASC", "csv", "990207", "20080008", 9_876_54, names_payers=False)
BANKS = (MT940, CAMT, CASH_HSG, BAI2, CASH_COR, KIOSK, OFX, CSV)

TITLES: dict[str, str] = {
    "mt940": "MT940",
    "camt053": "camt.053",
    "bai2": "BAI2",
    "cash-file": "cash file (Standard 18)",
    "ofx": "OFX",
    "csv": "CSV, NatWest profile",
    "kiosk": "CSV, payment kiosk",
}


def _weeks() -> tuple[tuple[date, ...], ...]:
    """The working days of the month by week, up to the day before the last."""
    weeks: dict[int, list[date]] = {}
    day = MONTH_FIRST
    while day < LAST_DAY:
        weeks.setdefault(day.isocalendar().week, []).append(day)
        day = add_working_days(day, 1)
    return tuple(tuple(days) for days in weeks.values())


WEEKS = _weeks()
DAYS = tuple(day for week in WEEKS for day in week)


def after(day: date) -> date:
    """The next working day: when a bank's file of a day, or of a week that it ends, arrives."""
    return add_working_days(day, 1)
