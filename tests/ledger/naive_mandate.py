"""A second book of one mandate, as a clerk would keep it on paper: it imports no decider.

One bill in six parts, one instruction, its collections, and what the payer paid beside them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

HOLIDAYS = {
    date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31),
    date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2027, 3, 26),
    date(2027, 3, 29), date(2027, 5, 3), date(2027, 5, 31), date(2027, 8, 30),
    date(2027, 12, 27), date(2027, 12, 28),
}  # fmt: skip
ENDED = ("cancelled", "rejected", "expired")


def is_working(day: date) -> bool:
    """No Saturday, no Sunday, no bank holiday."""
    return day.weekday() < 5 and day not in HOLIDAYS


def moved(day: date, days: int) -> date:
    """So many working days later, or earlier."""
    step = timedelta(days=1 if days > 0 else -1)
    left = abs(days)
    while left:
        day += step
        left -= is_working(day)
    return day


def a_month_after(day: date) -> date:
    """The same day of the next month, or its last; a working day, or the one before."""
    first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    there = first
    while there.day < day.day and (there + timedelta(days=1)).month == first.month:
        there += timedelta(days=1)
    while not is_working(there):
        there -= timedelta(days=1)
    return there


@dataclass
class Taken:
    """One collection, on one line of the book."""

    name: str
    code: str
    amount: int
    processing_on: date
    entry_on: date
    began_on: date  # when the debt was presented first
    bank: int  # the payer's banks are counted: the one that was asked
    heard: bool = True  # its instruction went
    state: str = "instructed"
    reason: str = ""
    again: str = ""
    presented: bool = False
    paid: dict[int, int] | None = None  # by its receipt, part by part; None while it is awaited
    over: int = 0


@dataclass
class Sent:
    """An instruction that was put into a run, and what stood in the book before it."""

    run: str
    code: str
    held: bool
    lodged_on: date


@dataclass
class Left:
    """A bank that the payer has left."""

    bank: int
    account: str
    details: int
    sent: str = ""  # the run of its own instruction
    had: bool = True  # whether its bank had it before that
    held: bool = True
    told: str = ""  # the run of its 0C

    def unsend(self, run: str) -> None:
        """What was said to it in a run did not go."""
        if run == self.told:
            self.held, self.told = True, ""
        elif run == self.sent:
            self.held, self.sent = self.held and self.had, ""


@dataclass
class Book:
    """What stands in the book."""

    parts: dict[int, tuple[date, int]]  # number: day, and what is open
    status: str = "draft"
    was: str = ""
    held: bool = False
    by_bank: bool = False
    to_lodge: str = "0N"
    lodged_on: date = date.min
    sent: "Sent | None" = None  # the instruction that went into a run last
    bank: int = 1
    account: str = ""
    details: int = 1
    left: list[Left] = field(default_factory=list)
    told: dict[date, int] = field(default_factory=dict)
    taken: dict[str, Taken] = field(default_factory=dict)
    over: int = 0  # paid by the payer beside it, and more than was open

    def lodge(self, run: str, on: date) -> None:
        """An instruction goes into a run."""
        code = self.to_lodge
        self.sent = Sent(run, code, self.held, self.lodged_on)
        self.to_lodge = ""
        self.held = code != "0C"
        if code == "0C":
            return
        self.lodged_on = on
        if self.status == "suspended":
            self.was = "lodged" if self.was in ("draft", "notified") else self.was
        elif self.status in ("draft", "notified"):
            self.status = "lodged"

    def unlodge(self) -> None:
        """It did not go: the page is as it was, and the next run takes it."""
        sent, self.sent = self.sent, None
        assert sent is not None
        self.held = sent.held
        if sent.code == "0C":
            self.to_lodge = "0C"
            return
        self.lodged_on = sent.lodged_on
        if self.status == "cancelled":
            self.to_lodge = "0C" if sent.held else ""
        else:
            self.to_lodge = sent.code
        if sent.code == "0N":
            for one in self.taken.values():
                one.heard = False
        if self.status in ("suspended", "cancelled"):
            self.was = "notified" if self.was in ("lodged", "active") else self.was
        elif self.status in ("lodged", "active"):
            self.status = "notified"

    def change_account(self, account: str) -> None:
        """The payer tells us of an account; a bank that has the instruction is left."""
        if self.held and account != self.account:
            sent = (self.sent.run, self.sent.held) if self.sent else ("", True)
            self.left.append(Left(self.bank, self.account, self.details, *sent))
            self.sent = None
            self.held, self.to_lodge, self.bank = False, "0N", self.bank + 1
            if self.status == "suspended":
                self.was = self.was if self.was == "draft" else "notified"
            elif self.status != "draft":
                self.status = "notified"
        self.moved_to(account)

    def moved_to(self, account: str) -> None:
        """Other bank details, the next number."""
        self.account, self.details = account, self.details + 1

    def who_speaks(self, account: str) -> Left | None:
        """The bank that was left and now speaks of an account; None when it is the present one."""
        nothing_there = self.to_lodge == "0N"
        there = [one for one in self.left if one.account == account]
        if account == self.account and not nothing_there:
            return None
        if there:
            return there[-1]
        return self.left[-1] if self.left and nothing_there else None

    def over_there(self, left: Left, account: str = "") -> None:
        """The bank that was left has no instruction any more; it may have moved it to us."""
        left.held, left.told = False, ""
        if account == self.account and self.to_lodge == "0N":
            self.held, self.to_lodge, self.bank = True, "", left.bank
            if self.status == "suspended":
                self.was = "lodged"
            else:
                self.status = "lodged"

    def may_collect(self, entry_on: date) -> bool:
        """Whether the bank will pay on a day."""
        if self.status == "active":
            return self.held
        return self.status == "lodged" and moved(self.lodged_on, 5) < entry_on

    def due(self, entry_on: date, today: date, without: str = "") -> int:
        """What is open by a day, and nothing else is taking or has paid."""
        total = sum(open_ for day, open_ in self.parts.values() if day <= entry_on)
        for one in self.taken.values():
            awaited = one.state == "instructed" and one.paid is None
            again = self.is_open_for_again(one)
            if one.name != without and (awaited or (again and a_month_after(one.began_on) > today)):
                total -= min(total, one.amount)
            total = max(total, 0)
        return max(0, total - self.credit())

    def is_open_for_again(self, one: Taken) -> bool:
        """Whether the bank that did not pay for want of money can be asked once more."""
        unpaid = one.state == "returned" and one.reason == "0" and not one.presented
        return unpaid and one.bank == self.bank

    def has_first(self) -> bool:
        """Whether the payer's bank of now was asked for anything that was not stopped."""
        asked = [one for one in self.taken.values() if one.bank == self.bank and one.heard]
        return any(one.state != "stopped" for one in asked)

    def credit(self) -> int:
        """What was paid and is on no part."""
        return self.over + sum(one.over for one in self.taken.values())

    def may_take(self, entry_on: date, today: date) -> bool:
        """Whether what was announced for a day is taken."""
        own = [
            one
            for one in self.taken.values()
            if one.entry_on == entry_on and one.state == "instructed" and one.code != "18"
        ]
        told = self.told.get(entry_on)
        return (
            self.may_collect(entry_on)
            and not own
            and told is not None
            and self.due(entry_on, today) >= told
        )

    def may_present_again(self, name: str, processing_on: date, today: date) -> bool:
        """Whether an unpaid collection goes once more."""
        one = self.taken.get(name)
        if one is None or not self.is_open_for_again(one):
            return False
        entry_on = moved(processing_on, 1)
        return (
            self.may_collect(entry_on)
            and processing_on <= a_month_after(one.began_on)
            and self.due(entry_on, today, without=name) >= one.amount
        )

    def take(self, name: str, processing_on: date, today: date, *, final: bool) -> Taken:
        """Put it into the book."""
        entry_on = moved(processing_on, 1)
        code = "19" if final else "17" if self.has_first() else "01"
        amount = self.told.pop(entry_on)
        one = Taken(name, code, amount, processing_on, entry_on, processing_on, self.bank)
        self.taken[name] = one
        self._went(today)
        if final:
            self.end("expired")
        return one

    def present_again(self, name: str, of: str, processing_on: date, today: date) -> Taken:
        """Put it into the book once more."""
        before = self.taken[of]
        before.presented = True
        entry_on = moved(processing_on, 1)
        one = Taken(
            name, "18", before.amount, processing_on, entry_on, before.began_on, self.bank, again=of
        )
        self.taken[name] = one
        self._went(today, activate=False)
        return one

    def _went(self, today: date, *, activate: bool = True) -> None:
        self.told = {day: amount for day, amount in self.told.items() if day > today}
        if activate and self.status == "lodged":
            self.status = "active"

    def end(self, how: str) -> None:
        """Nothing is collected any more."""
        self.status, self.held, self.to_lodge, self.told = how, False, "", {}
        self.sent = None

    def stop(self, name: str) -> None:
        """It never reached the bank."""
        one = self.taken[name]
        one.state = "stopped"
        if one.again:
            self.taken[one.again].presented = False
            return
        if one.code == "19" and self.status == "expired":
            self.status, self.held = "active", True
        if self.status not in ENDED:
            self.told.setdefault(one.entry_on, one.amount)

    def pay(self, amount: int) -> tuple[dict[int, int], int]:
        """Money fills the oldest parts; what each got, and what was left over."""
        got: dict[int, int] = {}
        for number, (day, open_) in sorted(self.parts.items()):
            part = min(open_, amount)
            if part:
                got[number] = part
                self.parts[number] = day, open_ - part
                amount -= part
        return got, amount

    def unpay(self, one: Taken) -> None:
        """What it had paid is open again, part by part."""
        for number, part in (one.paid or {}).items():
            day, open_ = self.parts[number]
            self.parts[number] = day, open_ + part
        one.over = 0

    def open_minor(self) -> int:
        """What is open of the bill."""
        return sum(open_ for _, open_ in self.parts.values())


def parts_of(days: Iterable[date], amount: int) -> dict[int, tuple[date, int]]:
    """A bill in equal parts."""
    return {number: (day, amount) for number, day in enumerate(days, 1)}
