"""The three days of a Direct Debit, and the terms that are counted from them.

Bacs works on the bank holidays of Scotland and Northern Ireland, and not on those of England. Every
day here is counted from a day that is given: there is no clock.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ledger.calendar import ONE_DAY, is_working_day

UK = ZoneInfo("Europe/London")  # where the windows of Bacs open and close


@dataclass(frozen=True, slots=True)
class CollectionDays:
    """The last day to send it, the day in its file, and the day on which the payer is debited."""

    input_on: date
    processing_on: date
    entry_on: date


@dataclass(frozen=True, slots=True)
class BacsDays:
    """The processing days of Bacs; `extra_holidays` are those that the library does not know."""

    extra_holidays: frozenset[date] = frozenset()

    def is_processing_day(self, day: date) -> bool:
        """Whether Bacs works on a day."""
        return is_working_day(day) and day not in self.extra_holidays

    @lru_cache(maxsize=1 << 12)  # noqa: B019 - a value: equal ones share what was counted
    def after(self, day: date, count: int = 1) -> date:
        """The processing day that lies `count` (>= 0) of them after a day."""
        while count > 0:
            day += ONE_DAY
            count -= self.is_processing_day(day)
        return day

    def before(self, day: date, count: int = 1) -> date:
        """The processing day that lies `count` (>= 0) of them before a day."""
        while count > 0:
            day -= ONE_DAY
            count -= self.is_processing_day(day)
        return day

    def on_or_after(self, day: date) -> date:
        """The day itself when Bacs works on it, else the next on which it does."""
        return day if self.is_processing_day(day) else self.after(day)

    def on_or_before(self, day: date) -> date:
        """The day itself when Bacs works on it, else the last on which it did."""
        return day if self.is_processing_day(day) else self.before(day)

    def between(self, start: date, end: date) -> int:
        """Processing days after `start` up to and including `end`; zero when it is not later."""
        days, day = 0, start
        while day < end:
            day += ONE_DAY
            days += self.is_processing_day(day)
        return days

    def entered_on(self, entry_on: date) -> CollectionDays:
        """The days of a collection that debits the payer on a day.

        Raises ValueError when Bacs does not work on it.
        """
        if not self.is_processing_day(entry_on):
            raise ValueError(f"{entry_on} is not a day on which Bacs works")
        return CollectionDays(self.before(entry_on, 2), self.before(entry_on), entry_on)

    def processed_on(self, processing_on: date) -> CollectionDays:
        """The days of a collection that its file gives as processed on a day; as `entered_on`."""
        if not self.is_processing_day(processing_on):
            raise ValueError(f"{processing_on} is not a day on which Bacs works")
        return self.entered_on(self.after(processing_on))

    def send_by(self, entry_on: date, send_latest: time) -> datetime:
        """The last moment at which a run of an entry day can be sent."""
        return datetime.combine(self.entered_on(entry_on).input_on, send_latest, UK)

    def entry_if_sent(self, moment: datetime, send_latest: time) -> date:
        """The first day on which payers can be debited by a run that is sent at a moment."""
        here = moment.astimezone(UK)
        sent_on = self.on_or_after(here.date())
        if sent_on == here.date() and here.time() > send_latest:
            sent_on = self.after(sent_on)
        return self.after(sent_on, 2)

    def entry_if_noticed(self, noticed_on: date, notice_working_days: int) -> date:
        """The first day on which a payer can be debited who was given notice on a day."""
        return self.on_or_after(self.after(noticed_on, notice_working_days))

    def represent_until(self, processed_on: date, months: int) -> date:
        """The last day on which an unpaid debit can be processed again."""
        return self.on_or_before(add_months(processed_on, months))


def send_from(processing_on: date, days_ahead_max: int) -> date:
    """The first day on which a run of a processing day can be sent; calendar days."""
    return processing_on - timedelta(days=days_ahead_max)


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` (>= 0) later; the last of it where there is no such."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def is_dormant(last_on: date, on: date, dormant_after_months: int) -> bool:
    """Whether the payer's bank may have forgotten an instruction that was last used on a day.

    On the very day on which the months are over it is taken for forgotten: a new instruction is
    cheaper than a debit that comes back.
    """
    return on >= add_months(last_on, dormant_after_months)
