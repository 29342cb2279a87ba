"""The requests about standing orders: expected, changed, stopped, finished."""

from datetime import date
from typing import ClassVar

from ledger.commands import StandingOrderCommand
from ledger.values import Frequency, ToldBy, Tolerance


class ExpectStandingOrder(StandingOrderCommand):
    """Record that a payer's bank pays an account regularly.

    `payments` says how many there are, `last_on` the day after which there is none; without either
    it goes on until it is stopped.
    """

    action: ClassVar[str] = "expect_standing_order"
    account: str
    party: str
    currency: str = "GBP"
    amount_minor: int
    frequency: Frequency
    first_on: date
    day_of_month: int | None = None
    last_on: date | None = None
    payments: int | None = None
    tolerance: Tolerance
    sealed_reference: str | None = None
    told_by: ToldBy


class ChangeStandingOrder(StandingOrderCommand):
    """Expect another amount, or other days, from `first_on` on; what is None stays as it is."""

    action: ClassVar[str] = "change_standing_order"
    first_on: date
    amount_minor: int | None = None
    frequency: Frequency | None = None
    day_of_month: int | None = None
    last_on: date | None = None
    payments: int | None = None
    tolerance: Tolerance
    told_by: ToldBy
    reason: str


class StopStandingOrder(StandingOrderCommand):
    """Expect nothing from a day on."""

    action: ClassVar[str] = "stop_standing_order"
    from_on: date
    told_by: ToldBy
    reason: str


class FinishStandingOrder(StandingOrderCommand):
    """Put an order away whose last day is over."""

    action: ClassVar[str] = "finish_standing_order"
    reason: str
