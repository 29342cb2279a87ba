"""Plays the two years: every delivery on its day through the real intake, officers in between.

The business clock stands at the evening of the day, so the ledger learns everything when it would
have, and any figure can be asked for as it was known then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from random import Random
from typing import Protocol

from psycopg import Connection

from consumers.reports import FileReport
from projections import runner
from service.demo import credit_desk, debt_desk, month_desk, suspense_desk
from service.demo.council import FIRST_DAY, LAST_DAY
from service.demo.debit_month import SCRIPT, open_office, play_day
from service.demo.debit_office import Office
from service.demo.figures import Figures
from service.demo.files import Council, Delivery
from service.demo.officers import Desk
from service.demo.sandbox import BusinessClock
from service.demo.tally import Intake
from service.ingest import ingest
from service.wiring import App

_FRIDAY = 4


class Carrier(Protocol):
    """Brings a run of billing messages into the ledger by another way than its file."""

    def carry(self, delivery: Delivery) -> FileReport | None:
        """Take a delivery; None when it is not for this carrier."""


@dataclass(slots=True)
class Played:
    """What the play leaves behind: the intake's totals and the officers' diary."""

    intake: Intake
    desk: Desk
    debits: Office


def play(
    app: App,
    council: Council,
    clock: BusinessClock,
    figures: Figures,
    projector: Connection[tuple[object, ...]],
    *,
    carrier: Carrier | None = None,
    on_delivery: Callable[[Delivery], None] = lambda _: None,
) -> Played:
    """Walk from the take-on to the last day."""
    rng = Random(f"{council.seed}|{council.accounts}|officers")  # noqa: S311 - must be repeatable
    desk = Desk(app, figures, council, rng, FIRST_DAY)
    intake, debits = Intake(), open_office(desk)
    for day, deliveries in _days(council):
        clock.move_to(day)
        for delivery in deliveries:
            intake.add(_take(app, council, delivery, carrier))
            on_delivery(delivery)
        if day in SCRIPT:
            clock.move_to(day)
            desk.today = day
            play_day(debits, day)
        if _is_session(day):
            clock.move_to(day)
            runner.catch_up(projector)
            _session(desk, day)
        if day in month_desk.SESSIONS:
            clock.move_to(day)
            runner.catch_up(projector)
            desk.today = day
            month_desk.put_right(desk)
            runner.catch_up(projector)
            month_desk.month_session(desk)
    runner.catch_up(projector)
    return Played(intake, desk, debits)


def _days(council: Council) -> list[tuple[date, list[Delivery]]]:
    """Every day on which something arrives or the officers sit, in order."""
    arriving = {
        day: list(deliveries)
        for day, deliveries in groupby(council.deliveries, key=lambda one: one.on)
    }
    length = (LAST_DAY - FIRST_DAY).days
    sessions = {FIRST_DAY + timedelta(days=number) for number in range(length)}
    days = {
        *arriving,
        *month_desk.SESSIONS,
        *SCRIPT,
        *(day for day in sessions if _is_session(day)),
    }
    return [(day, arriving.get(day, [])) for day in sorted(days)]


def _take(app: App, council: Council, delivery: Delivery, carrier: Carrier | None) -> FileReport:
    carried = carrier.carry(delivery) if carrier is not None else None
    return carried if carried is not None else ingest(app, council.folder / delivery.name)


def _is_session(day: date) -> bool:
    """Every second Friday from the third week on."""
    return (
        day.weekday() == _FRIDAY
        and (day - FIRST_DAY).days >= 14
        and day.isocalendar().week % 2 == 0
    )


def _session(desk: Desk, day: date) -> None:
    """Suspense each time; credit once a month, debt once a quarter, a lesson once a year."""
    desk.today = day
    if day.year not in desk.lessons and credit_desk.ask_too_much(desk):
        desk.lessons.add(day.year)
    suspense_desk.clear_suspense(desk)
    credit_desk.reverse_bounced_cheques(desk)
    if _first_since(desk.last_session, day, months=1):
        credit_desk.transfer_credit(desk)
        credit_desk.refund_credit(desk)
    if _first_since(desk.last_session, day, months=3):
        debt_desk.review_debt(desk)
    desk.last_session = day


def _first_since(last: date, day: date, *, months: int) -> bool:
    """Whether a month or a quarter ended between two sessions."""
    return (last.year * 12 + last.month - 1) // months < (day.year * 12 + day.month - 1) // months
