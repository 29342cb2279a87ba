"""What a run of a day would take, and what is held back and why: nothing is written."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import NamedTuple

from ledger.bacs_days import BacsDays, CollectionDays
from ledger.collection_plan import Due, Held, HoldBack, due_lines, plan
from ledger.direct_debit_policy import Originator
from service.direct_debit.states import (
    Standing,
    living,
    not_let_go,
    pages,
    rests_on,
    standing,
)
from service.side_by_side import in_order
from service.wiring import App

# A mandate that has ended and owes nothing by Direct Debit is no news.
_SILENT = (HoldBack.MANDATE_NOT_ACTIVE, HoldBack.NOT_ANNOUNCED, HoldBack.BEFORE_FIRST_DAY)


class NotCollectingError(LookupError):
    """The unit does not collect, or Bacs does not work on the day; the sentence says which."""


class InRun(NamedTuple):
    """What a run that was prepared already takes on the day."""

    run: str
    amount_minor: int


class PlanLine(NamedTuple):
    """One mandate in a plan: what is taken from which account, or why not."""

    mandate: str
    account: str
    result: Due | Held | InRun


@dataclass(slots=True)
class Plan:
    """A plan with its totals; minor units. Its lines are those held back, or all of them."""

    unit: str
    days: CollectionDays
    keeps_taken: bool = False
    lines: list[PlanLine] = field(default_factory=list)
    taken: int = 0
    taken_minor: int = 0
    held: Counter[HoldBack] = field(default_factory=Counter)
    held_minor: Counter[HoldBack] = field(default_factory=Counter)
    in_run: Counter[str] = field(default_factory=Counter)
    in_run_minor: Counter[str] = field(default_factory=Counter)

    def add(self, line: PlanLine) -> None:
        """Count a line."""
        match line.result:
            case Due():
                self.taken += 1
                self.taken_minor += line.result.amount_minor
            case InRun():
                self.in_run[line.result.run] += 1
                self.in_run_minor[line.result.run] += line.result.amount_minor
            case Held():
                self.held[line.result.code] += 1
                self.held_minor[line.result.code] += line.result.amount_minor
        if self.keeps_taken or isinstance(line.result, Held):
            self.lines.append(line)


def originator_of(app: App, unit: str) -> Originator:
    """Who collects for a unit. Raises NotCollectingError."""
    found = app.direct_debit.originator(unit)
    if found is None:
        known = ", ".join(sorted(one.unit for one in app.direct_debit.originators))
        raise NotCollectingError(
            f"unit {unit} does not collect by Direct Debit; direct-debit.toml names"
            f" {known or 'no unit yet'}"
        )
    return found


def days_of(app: App, entry_on: date) -> CollectionDays:
    """The three days of a run. Raises NotCollectingError when Bacs does not work on the day."""
    days = BacsDays(app.direct_debit.extra_holidays)
    if not days.is_processing_day(entry_on):
        after = days.on_or_after(entry_on)
        raise NotCollectingError(
            f"Bacs does not work on {entry_on:%A %-d %B %Y}: the next day is {after.isoformat()}"
        )
    return days.entered_on(entry_on)


def plan_for(app: App, unit: str, entry_on: date, *, keeps_taken: bool = False) -> Plan:
    """What a run of a unit would take on a day. The read models must have caught up."""
    own = originator_of(app, unit)
    made = Plan(unit, days_of(app, entry_on), keeps_taken)
    today, waiting = app.ledger.today(), not_let_go(app, own.sun)
    mandates = pages(living(app, unit, own.sun))
    for _, lines in in_order(app, partial(_planned, own.sun, entry_on, today), mandates):
        for line in lines:
            made.add(_unless_waiting(line, waiting))
    return made


def _unless_waiting(line: PlanLine, waiting: dict[str, str]) -> PlanLine:
    """A line, held back when it rests on an instruction that nobody has released."""
    if not isinstance(line.result, Due) or line.mandate not in waiting:
        return line
    why = rests_on(waiting[line.mandate])
    held = Held(HoldBack.MANDATE_NOT_ACTIVE, why, line.result.amount_minor)
    return line._replace(result=held)


def _planned(
    sun: str, entry_on: date, today: date, app: App, page: Sequence[str]
) -> list[PlanLine]:
    (found,) = standing(app, sun, page)
    return list(_lines(app, found, entry_on, today))


def _lines(app: App, page: list[Standing], entry_on: date, today: date) -> Iterator[PlanLine]:
    for one in page:
        result: Due | Held | InRun = plan(
            one.mandate, one.account, entry_on, today, app.direct_debit
        )
        if isinstance(result, Held):
            result = _in_run(one, entry_on) or result
        if isinstance(result, Held) and result.code in _SILENT and not result.amount_minor:
            result = _would_be(app, one, entry_on, today, result)
            if result.amount_minor == 0:
                continue
        yield PlanLine(one.mandate.mandate, one.mandate.account, result)


def _in_run(one: Standing, entry_on: date) -> InRun | None:
    """What of a mandate is in a run of the day, and is neither to take nor held back.

    What is presented again is another debt of the same day.
    """
    for name, collection in one.mandate.collections.items():
        is_own = collection.code != "18" and collection.entry_on == entry_on
        if is_own and collection.status == "instructed":
            return InRun(name.rpartition("/")[0], collection.amount_minor)
    return None


def _would_be(app: App, one: Standing, entry_on: date, today: date, held: Held) -> Held:
    """What was not announced is held back with what is due, so that it is seen."""
    if one.mandate.is_ended:
        return held
    lines = due_lines(one.mandate, one.account, entry_on, today, app.direct_debit)
    return held._replace(amount_minor=sum(line.amount_minor for line in lines))
