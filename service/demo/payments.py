"""What the debtors send: payments drawn from their behaviour, and how well they name them."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal, TypeAlias

from ledger.calendar import add_working_days, is_working_day
from ledger.money import split
from ledger.values import Method
from service.demo.bills import Bill
from service.demo.council import FIRST_DAY, LAST_DAY
from service.demo.debtors import Behaviour, Debtor

# How a payer names what is paid. The last three go to suspense: no valid reference is in the line.
Named: TypeAlias = Literal["reference", "invoice", "both", "typo", "account", "nothing"]
_NAMED: tuple[tuple[Named, int], ...] = (
    ("reference", 790),
    ("invoice", 165),
    ("both", 30),
    ("typo", 6),
    ("account", 5),
    ("nothing", 4),
)
BADLY_NAMED: tuple[Named, ...] = ("typo", "account", "nothing")
_BOUNCES = 0.02  # of cheques
_PLAN_PARTS = 10
_ROUND_MINOR = 10_00


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that a debtor sends for a bill; it has value on `on`."""

    debtor: Debtor
    bill: Bill
    on: date
    amount_minor: int
    method: Method
    named: Named


@dataclass(frozen=True, slots=True)
class Bounce:
    """A cheque that its bank does not pay: the day on which our bank takes it back."""

    payment: Payment
    on: date


def draw_payments(
    rng: Random, bills: Sequence[Bill], credited: Mapping[str, int], careful: Container[str]
) -> tuple[tuple[Payment, ...], tuple[Bounce, ...]]:
    """All payments until the last day, by date, and the cheques among them that bounce.

    `credited` is what credit notes take off a bill, by its number: nobody pays that. The `careful`
    accounts name every payment well and their cheques are good.
    """
    payments: list[Payment] = []
    bounces: list[Bounce] = []
    for bill in bills:
        for due_on, amount in _owed(bill, credited.get(bill.number, 0)):
            for on, part in _intended(rng, bill, due_on, amount):
                paid = _payment(rng, bill, on, part, careful)
                payments.append(paid)
                if _bounces(rng, paid, careful):
                    bounces.append(Bounce(paid, add_working_days(paid.on, 4)))
                    again = paid.on + timedelta(days=rng.randint(20, 50))
                    payments.append(
                        Payment(bill.debtor, bill, _banked(again), part, "cash", "both")
                    )
    kept = [one for one in payments if one.on < LAST_DAY]  # the last statement ends the day before
    kept.sort(key=lambda one: (one.on, one.debtor.account, one.bill.number))
    return tuple(kept), tuple(one for one in bounces if one.on < LAST_DAY)


def _owed(bill: Bill, credited_minor: int) -> Iterator[tuple[date, int]]:
    """The dues less the credit, which the ledger takes off the latest instalments."""
    left = bill.gross_minor - credited_minor
    for due_on, amount in bill.dues:
        part = min(amount, left)
        left -= part
        if part > 0:
            yield due_on, part


def _intended(rng: Random, bill: Bill, due_on: date, amount: int) -> list[tuple[date, int]]:
    """When the debtor means to pay, and how much."""
    if bill.invoiced_on < FIRST_DAY:
        return _old_debt(rng, amount)
    days = timedelta
    prompt = max(due_on + days(days=rng.randint(-6, 1)), bill.invoiced_on + days(days=1))
    match bill.debtor.behaviour:
        case Behaviour.PROMPT:
            return [(prompt, amount)]
        case Behaviour.LATE:
            return [(due_on + days(days=rng.randint(4, 34)), amount)]
        case Behaviour.SLOW:
            return [(due_on + days(days=rng.randint(30, 100)), amount)]
        case Behaviour.PART:
            return _in_parts(rng, due_on, amount)
        case Behaviour.PLAN:
            parts = split(amount, [1] * _PLAN_PARTS)
            return [(due_on + days(days=30 * n), part) for n, part in enumerate(parts) if part]
        case Behaviour.STOPS:
            return [(prompt, amount)] if prompt < bill.debtor.stops_on else []
        case Behaviour.OVERPAYS:
            return [(prompt, -(-amount // _ROUND_MINOR) * _ROUND_MINOR)]
        case Behaviour.TWICE:
            return [(prompt, amount)] * (2 if rng.random() < 0.12 else 1)
        case Behaviour.NEVER:
            return []


def _in_parts(rng: Random, due_on: date, amount: int) -> list[tuple[date, int]]:
    first = amount * rng.randint(50, 85) // 100
    parts = [(due_on + timedelta(days=rng.randint(0, 20)), first)]
    if rng.random() < 0.6:
        parts.append((due_on + timedelta(days=rng.randint(50, 170)), amount - first))
    return parts


def _old_debt(rng: Random, amount: int) -> list[tuple[date, int]]:
    """Three in ten of the debts taken over are paid after all."""
    if rng.random() < 0.7:
        return []
    return [(FIRST_DAY + timedelta(days=rng.randint(20, 600)), amount)]


def _bounces(rng: Random, paid: Payment, careful: Container[str]) -> bool:
    if paid.method != "cheque" or paid.debtor.account in careful:
        return False
    return rng.random() < _BOUNCES


def _payment(
    rng: Random, bill: Bill, on: date, amount_minor: int, careful: Container[str]
) -> Payment:
    names = [name for name, _ in _NAMED]
    named = rng.choices(names, [weight for _, weight in _NAMED])[0]
    if named in BADLY_NAMED and bill.debtor.account in careful:
        named = "reference"
    return Payment(bill.debtor, bill, _banked(on), amount_minor, bill.debtor.method, named)


def _banked(day: date) -> date:
    """The day itself, or the next one on which banks settle."""
    return day if is_working_day(day) else add_working_days(day, 1)
