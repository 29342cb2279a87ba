"""The facts of standing orders: what a payer's bank is expected to send to an account, and when.

The payer gives the order to his own bank, and we only know what we were told. What then comes is a
receipt like any other: that it meets what was expected is a figure and no fact. The reference that
the payer quotes is his, so it is sealed under his own key.
"""

from datetime import date
from typing import ClassVar

from ledger.values import Fact, Frequency, ToldBy, Tolerance


class StandingOrderFact(Fact):
    """A fact of one standing order to an account."""

    unit: str
    standing_order: str
    account: str


class StandingOrderTerms(StandingOrderFact):
    """From `first_on` on, an amount is expected on each day of a schedule.

    The tolerance is that of the policy by which it was recorded: so the figure of a past day needs
    no policy file.
    """

    currency: str
    amount_minor: int
    frequency: Frequency
    first_on: date
    day_of_month: int | None = None
    last_on: date | None = None
    payments: int | None = None
    told_by: ToldBy
    tolerance: Tolerance


class StandingOrderExpected(StandingOrderTerms):
    """A standing order pays this account from a day on; who told us, and under which reference."""

    topic: ClassVar[str] = "standing-order-expected.v1"
    party: str
    sealed_reference: str | None = None


class StandingOrderChanged(StandingOrderTerms):
    """From `first_on` on the order pays another amount, or on other days; until then as before."""

    topic: ClassVar[str] = "standing-order-changed.v1"
    reason: str


class StandingOrderStopped(StandingOrderFact):
    """The payer or his bank ended the order: nothing is expected from `from_on` on."""

    topic: ClassVar[str] = "standing-order-stopped.v1"
    from_on: date
    told_by: ToldBy
    reason: str


class StandingOrderFinished(StandingOrderFact):
    """What was agreed is over, with the last payment of the schedule on `last_on`."""

    topic: ClassVar[str] = "standing-order-finished.v1"
    last_on: date
    reason: str
