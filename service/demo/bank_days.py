"""What the council's banks see: every line of two years, by unit and week.

Beside the debtors' payments: bank charges, interest, the weekly sweep to the general account, money
that is not ours, and cheques that come back. Refunds leave by the general account and are not here.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal, TypeAlias

from consumers.formats.methods import Method
from ledger.calendar import add_working_days
from ledger.references import spaced
from service.demo.council import FIRST_DAY, LAST_DAY, UNITS
from service.demo.payments import BADLY_NAMED, Bounce, Payment
from service.demo.people import business, person

Whose: TypeAlias = Literal["debtor", "payer", "general ledger", "unknown"]
_WEEK = timedelta(days=7)
_TEXTS = {
    "HOUSING-RENT": "RENT",
    "GARAGES": "GARAGE",
    "LEASEHOLD": "SERVICE CHARGE",
    "COMMERCIAL-RENT": "LEASE",
    "TRADE-WASTE": "WASTE",
    "HALLS-LICENCES": "HALL",
    "CARE-CONTRIBUTION": "CARE",
    "HB-OVERPAYMENT": "HB REPAYMENT",
}
_STRAYS: tuple[tuple[Whose, str], ...] = (
    ("payer", "REF HOLIDAY LETS DEPOSIT"),
    ("payer", "CAMPSITE BOOKING"),
    ("general ledger", "INSURANCE SETTLEMENT CLAIM"),
    ("general ledger", "GRANT CLAIM REIMBURSEMENT"),
    ("unknown", "PAYMENT"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the bank books it; `amount_minor` is signed, + being money in."""

    on: date
    amount_minor: int
    method: Method
    text: str
    payer: str | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """Whose money a line is, which the bank does not say; the officers find it out.

    `account` is set for a debtor's money.
    """

    whose: Whose
    account: str | None = None


Key: TypeAlias = tuple[str, int, date]  # unit, amount in pence, value date


@dataclass(frozen=True, slots=True)
class BankYears:
    """Lines by unit and Monday of their week, and whose money each one is."""

    lines: dict[tuple[str, date], list[Line]]
    truth: dict[Key, list[Truth]]


def bank_years(
    rng: Random, payments: Sequence[Payment], bounces: Sequence[Bounce], accounts: int
) -> BankYears:
    """Every line of the three bank accounts."""
    lines: defaultdict[tuple[str, date], list[Line]] = defaultdict(list)
    truth: defaultdict[Key, list[Truth]] = defaultdict(list)
    for payment in payments:
        unit = payment.debtor.unit
        lines[unit, _monday(payment.on)].append(_paid(rng, payment))
        key = unit, payment.amount_minor, payment.on
        owner = Truth("debtor", payment.debtor.account)
        # Two may have sent the same sum that day: the one in suspense is the badly named one.
        truth[key].insert(0 if payment.named in BADLY_NAMED else len(truth[key]), owner)
    for bounce in bounces:
        lines[bounce.payment.debtor.unit, _monday(bounce.on)].append(_bounced(bounce))
    for code, line, whose in _strays(rng, accounts):
        lines[code, _monday(line.on)].append(line)
        truth[code, line.amount_minor, line.on].append(Truth(whose))
    for bank_unit in UNITS:
        for line in _bank_own(rng):
            lines[bank_unit.code, _monday(line.on)].append(line)
    for of_week in lines.values():
        of_week.sort(key=lambda line: line.on)
    return BankYears(dict(lines), dict(truth))


def mondays() -> Iterator[date]:
    """The Mondays of every week that has a statement."""
    day = FIRST_DAY
    while day < LAST_DAY:
        yield day
        day += _WEEK


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _paid(rng: Random, payment: Payment) -> Line:
    return Line(
        payment.on,
        payment.amount_minor,
        payment.method,
        _text(rng, payment),
        payment.debtor.person.name.upper(),
    )


def _text(rng: Random, payment: Payment) -> str:
    reference, word = payment.debtor.reference, _TEXTS[payment.debtor.service.code]
    match payment.named:
        case "reference":
            return f"{word} {spaced(reference) if rng.random() < 0.3 else reference}"
        case "invoice":
            return f"INV {payment.bill.number}"
        case "both":
            return f"{payment.bill.number} REF {reference}"
        case "typo":
            return f"{word} {_mistyped(rng, reference)}"
        case "account":
            return f"{word} ACCOUNT {payment.debtor.account}"
        case "nothing":
            return rng.choice((word, "PAYMENT", "THANK YOU", "COUNCIL"))


def _mistyped(rng: Random, reference: str) -> str:
    at = rng.randrange(len(reference))
    wrong = str((int(reference[at]) + rng.randint(1, 9)) % 10)
    return reference[:at] + wrong + reference[at + 1 :]


def _bounced(bounce: Bounce) -> Line:
    payment = bounce.payment
    name = payment.debtor.person.name.upper()
    return Line(bounce.on, -payment.amount_minor, "cheque", "UNPAID CHEQUE REFER TO DRAWER", name)


def _strays(rng: Random, accounts: int) -> Iterator[tuple[str, Line, Whose]]:
    """Money that belongs to no debtor, some of it to nobody that can be found."""
    for number in range(max(len(_STRAYS), accounts // 40)):
        whose, text = _STRAYS[number % len(_STRAYS)]
        day = add_working_days(FIRST_DAY + timedelta(days=rng.randint(7, 750)), 1)
        name = (person if whose == "payer" else business)(rng).name.upper()
        amount = (
            rng.randint(12_00, 640_00)
            if whose != "general ledger"
            else rng.randint(300_00, 4_000_00)
        )
        yield rng.choice(UNITS).code, Line(day, amount, "bank_transfer", text, name), whose


def _bank_own(rng: Random) -> Iterator[Line]:
    """Charges on the first working day of a month, interest once a quarter."""
    for month in range(1, 25):
        day = add_working_days(date(2024 + (month + 3) // 12, (month + 3) % 12 + 1, 1), 1)
        if day >= LAST_DAY:
            return
        yield Line(day, -rng.randint(28_00, 96_00), "charge", "ACCOUNT AND COLLECTION CHARGES")
        if month % 3 == 0:
            yield Line(day, rng.randint(180_00, 900_00), "interest", "GROSS INTEREST")
