"""The refunds of an account that left our bank, while their money may come back."""

from collections.abc import Mapping
from datetime import date

from ledger import events as e
from ledger.values import Value

SENT_KEPT_MAX = 12  # the oldest is forgotten first
BACK_WITHIN_DAYS = 30  # after it was paid, or failed; later nobody takes a credit for its return


class SentRefund(Value):
    """A refund that left our bank: when, and when and by what advice it failed, if it did."""

    amount_minor: int
    paid_on: date
    failed_on: date | None = None
    advice: str | None = None

    def may_be(self, amount_minor: int, on: date) -> bool:
        """Whether money that came in on a day may be this refund again."""
        days = (on - (self.failed_on or self.paid_on)).days
        same = amount_minor == self.amount_minor and on >= self.paid_on
        return same and days <= BACK_WITHIN_DAYS


SentRefunds = Mapping[str, SentRefund]


def sent_after(before: SentRefunds, fact: e.RefundPaid | e.RefundFailed, on: date) -> SentRefunds:
    """The refunds whose money may come back after a fact about one."""
    sent = {name: one for name, one in before.items() if name != fact.refund}
    if isinstance(fact, e.RefundPaid):
        sent[fact.refund] = SentRefund(amount_minor=fact.amount_minor, paid_on=fact.paid_on)
    elif fact.refund in before:
        failed = {"failed_on": on, "advice": fact.advice}
        sent[fact.refund] = before[fact.refund].model_copy(update=failed)
    return dict(list(sent.items())[-SENT_KEPT_MAX:])
