"""Credit notes that the departments send: part of a bill taken off, or the whole cancelled.

They are sent in the week of the bill, before anybody has paid it. Later corrections are officers'
work, because money may have to be taken off the bill first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from ledger.money import percentage
from ledger.values import CreditReason
from ledger.vat import rate_basis_points
from service.demo.bills import Bill
from service.demo.council import FIRST_DAY, LAST_DAY
from service.demo.debtors import Behaviour
from service.demo.runs import adhoc_run_on

_SHARE = 0.008  # of the bills
_WHOLE = 0.2  # of the credit notes
_PART: tuple[CreditReason, ...] = (
    "billing_error",
    "overcharge",
    "service_not_provided",
    "agreed_reduction",
)
_ALL: tuple[CreditReason, ...] = ("duplicate_bill", "cancelled", "tenancy_ended")
_CLASSES = (Behaviour.PROMPT, Behaviour.LATE, Behaviour.SLOW)  # others may hold credit already
_DIRECTORS = ("dept.housing.gray", "dept.estates.hale", "dept.care.ives")


@dataclass(frozen=True, slots=True)
class Credit:
    """One credit note against one bill, coded as its first line."""

    number: str
    bill: Bill
    on: date
    net_minor: int
    vat_minor: int
    whole: bool
    reason: CreditReason
    document: str
    authorised_by: str

    @property
    def gross_minor(self) -> int:
        """What is taken off, VAT included."""
        return self.net_minor + self.vat_minor


def draw_credits(rng: Random, bills: Sequence[Bill]) -> tuple[Credit, ...]:
    """The credit notes of the two years, by date."""
    chosen = [bill for bill in bills if rng.random() < _SHARE and _may_be_credited(bill)]
    credits_ = sorted(_drafts(rng, chosen), key=lambda one: (one.on, one.bill.number))
    return tuple(credits_)


def _may_be_credited(bill: Bill) -> bool:
    if bill.invoiced_on < FIRST_DAY or bill.debtor.behaviour not in _CLASSES:
        return False
    # A bill of the start of a month that is sent at its end may have been paid before.
    return bill.debtor.cycle != "ad_hoc" or bill.invoiced_on.day >= 12


def _drafts(rng: Random, bills: Sequence[Bill]) -> Iterator[Credit]:
    for number, bill in enumerate(bills, 1):
        whole = rng.random() < _WHOLE and not bill.instalments and len(bill.lines) == 1
        first = bill.lines[0]
        net = first.net_minor if whole else first.net_minor * rng.randint(5, 40) // 100
        rate = rate_basis_points(bill.debtor.vat_code, bill.invoiced_on) or 0
        on = _credit_day(rng, bill)
        if on > LAST_DAY - timedelta(days=7):
            continue
        yield Credit(
            number=f"CN{number:06d}",
            bill=bill,
            on=on,
            net_minor=net,
            vat_minor=first.vat_minor if whole else percentage(net, rate),
            whole=whole,
            reason=rng.choice(_ALL if whole else _PART),
            document=f"CASE-{rng.randint(10_000, 99_999)}",
            authorised_by=rng.choice(_DIRECTORS),
        )


def _credit_day(rng: Random, bill: Bill) -> date:
    if bill.debtor.cycle == "ad_hoc":
        return adhoc_run_on(bill.invoiced_on)
    return bill.invoiced_on + timedelta(days=rng.randint(0, 6 - bill.invoiced_on.weekday()))
