"""The days on which a standing order pays: which they are, and when the bank pays them.

A payer's bank pays on the day, or on the next working day where it is none. Each day is counted
from the first: a 31st that was paid on 28 February is paid on 31 March again.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, takewhile

from ledger.bacs_days import BacsDays
from ledger.values import Frequency, Value

_WEEKS: dict[Frequency, int] = {"weekly": 1, "fortnightly": 2, "four_weekly": 4}
_MONTHS: dict[Frequency, int] = {"monthly": 1, "quarterly": 3}
_BANK_DAYS = BacsDays()


class Schedule(Value):
    """When a standing order pays: how often, from when, on which day of the month, until when.

    `day_of_month` is there where the first day cannot say it: a 31st that begins in a short month.
    """

    frequency: Frequency
    first_on: date
    day_of_month: int | None = None
    last_on: date | None = None

    def nth(self, number: int) -> date:
        """The day that comes `number` after the first, wherever the schedule ends."""
        if self.frequency in _WEEKS:
            return self.first_on + timedelta(weeks=_WEEKS[self.frequency] * number)
        first, months = self.first_on, _MONTHS[self.frequency] * number
        years, month = divmod(first.year * 12 + first.month - 1 + months, 12)
        wanted = self.day_of_month or first.day
        return date(years, month + 1, min(wanted, monthrange(years, month + 1)[1]))

    def days(self) -> Iterator[date]:
        """Every day, in order; without an end, as long as it is asked."""
        last_on = self.last_on or date.max
        return takewhile(lambda day: day <= last_on, map(self.nth, count()))

    def before(self, day: date) -> int:
        """How many of its days lie before a day."""
        return sum(1 for _ in takewhile(lambda one: one < day, self.days()))

    def for_payments(self, payments: int) -> "Schedule":
        """The schedule that ends with the last of so many payments."""
        return self.model_copy(update={"last_on": self.nth(payments - 1)})


def names_its_day(schedule: Schedule) -> bool:
    """Whether the first day is one of the schedule: its day of the month, or the last there is."""
    wanted = schedule.day_of_month
    if wanted is None:
        return True
    first = schedule.first_on
    return first.day == min(wanted, monthrange(first.year, first.month)[1])


def is_monthly(frequency: Frequency) -> bool:
    """Whether it is counted in months, and not in weeks."""
    return frequency in _MONTHS


def paid_on(day: date) -> date:
    """The day on which the payer's bank pays what is due on a day."""
    return _BANK_DAYS.on_or_after(day)
