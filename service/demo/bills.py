"""The bills of two financial years: who is billed what, when, by each service's cycle."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from ledger.money import percentage, split
from ledger.vat import rate_basis_points
from service.demo.council import FIRST_DAY, LAST_DAY, YEAR_START
from service.demo.debtors import Debtor

_RISE_BASIS_POINTS = 270  # of every charge from April 2025: inflation plus one per cent
_QUARTER_DAYS = ((3, 25), (6, 24), (9, 29), (12, 25))  # on which commercial rent falls due
_FOUR_WEEKS = timedelta(days=28)
_OLD_YEARS = (2018, 2019, 2020, 2021, 2022, 2023, 2023, 2023)
_CARE_BEGINS = date(2024, 4, 15)
_TITLES = {
    "HOUSING-RENT": "Rent of dwelling",
    "GARAGES": "Garage rent",
    "LEASEHOLD": "Service charge for the year",
    "COMMERCIAL-RENT": "Rent of premises, one quarter in advance",
    "TRADE-WASTE": "Trade waste collection, one quarter",
    "HALLS-LICENCES": "Hall hire",
    "CARE-CONTRIBUTION": "Contribution to care, four weeks",
    "HB-OVERPAYMENT": "Housing benefit paid in excess of entitlement",
}


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill, in pence."""

    description: str
    net_minor: int
    vat_minor: int


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill; `instalments` are empty when the whole is due on `due_on`."""

    debtor: Debtor
    number: str
    invoiced_on: date
    due_on: date
    period_to: date | None
    description: str
    lines: tuple[BillLine, ...]
    instalments: tuple[tuple[date, int], ...] = ()

    @property
    def gross_minor(self) -> int:
        """The amount owed, VAT included."""
        return sum(line.net_minor + line.vat_minor for line in self.lines)

    @property
    def dues(self) -> tuple[tuple[date, int], ...]:
        """Due dates and amounts: the instalments, or the whole."""
        return self.instalments or ((self.due_on, self.gross_minor),)


def draw_bills(rng: Random, debtors: Sequence[Debtor]) -> tuple[Bill, ...]:
    """Every bill, numbered per service in the order of the invoice dates."""
    drafts = [draft for debtor in debtors for draft in _drafts(rng, debtor)]
    drafts += _old_debts(rng, debtors)
    drafts.sort(key=lambda draft: (draft.invoiced_on, draft.debtor.account))
    numbers: Counter[str] = Counter()
    bills = []
    for draft in drafts:
        prefix = draft.debtor.service.prefix
        numbers[prefix] += 1
        bills.append(replace(draft, number=f"{prefix}{numbers[prefix]:07d}"))
    return tuple(bills)


def _drafts(rng: Random, debtor: Debtor) -> Iterator[Bill]:
    for day in _dates(rng, debtor):
        if max(debtor.opened_on, FIRST_DAY) <= day <= LAST_DAY:
            yield _draft(rng, debtor, day)


def _dates(rng: Random, debtor: Debtor) -> Iterator[date]:
    match debtor.cycle:
        case "monthly":
            yield from _months(1)
        case "quarterly":
            yield from _months(3)
        case "annual":
            yield from _months(12)
        case "quarter_day":
            for year in (2024, 2025, 2026):
                for month, day in _QUARTER_DAYS:
                    yield date(year, month, day) - timedelta(days=debtor.service.terms_days)
        case "four_weekly":
            first = _CARE_BEGINS if debtor.unit == "ASC" else FIRST_DAY
            for number in range(28):
                yield first + number * _FOUR_WEEKS
        case "ad_hoc":
            days = (LAST_DAY - FIRST_DAY).days
            for _ in range(rng.randint(1, 7)):
                yield FIRST_DAY + timedelta(days=rng.randint(0, days))
        case "former":
            return
        case "once":
            yield debtor.opened_on + timedelta(days=rng.randint(0, 27))


def _months(step: int) -> Iterator[date]:
    for month in range(0, 25, step):
        yield date(2024 + (month + 3) // 12, (month + 3) % 12 + 1, 1)


def _draft(rng: Random, debtor: Debtor, day: date) -> Bill:
    title = _TITLES[debtor.service.code]
    lines = _lines(rng, debtor, title, _charge(rng, debtor, day), day)
    bill = Bill(
        debtor,
        "",
        day,
        day + timedelta(days=debtor.service.terms_days),
        day + _FOUR_WEEKS - timedelta(days=1) if debtor.cycle == "four_weekly" else None,
        title,
        lines,
    )
    # Three leaseholders of ten pay the whole in one sum.
    by_instalments = debtor.cycle == "annual" and int(debtor.account) % 10 >= 3
    return _in_instalments(bill) if by_instalments else bill


def _charge(rng: Random, debtor: Debtor, day: date) -> int:
    """The net of a bill in pence: what was agreed, raised in 2025; hire and one-offs vary."""
    net = debtor.charge_minor
    if debtor.cycle == "ad_hoc":
        net = rng.randint(net // 2, net * 2)
    if day >= YEAR_START and debtor.cycle not in ("ad_hoc", "once"):
        net += percentage(net, _RISE_BASIS_POINTS)
    return net


def _lines(
    rng: Random, debtor: Debtor, title: str, net_minor: int, day: date
) -> tuple[BillLine, ...]:
    rate = rate_basis_points(debtor.vat_code, day) or 0
    parts: tuple[tuple[str, int], ...] = ((title, net_minor),)
    if debtor.service.code == "TRADE-WASTE" or (
        debtor.service.code == "HALLS-LICENCES" and rng.random() < 0.3
    ):
        extra = (
            "Recycling containers" if debtor.service.code == "TRADE-WASTE" else "Temporary licence"
        )
        first, second = split(net_minor, (3, 1))
        parts = ((title, first), (extra, second))
    return tuple(BillLine(text, net, percentage(net, rate)) for text, net in parts)


def _in_instalments(bill: Bill) -> Bill:
    """Ten monthly instalments from May to February, as leaseholders are offered."""
    days = [date(bill.invoiced_on.year, month, 1) for month in range(5, 13)]
    days += [date(bill.invoiced_on.year + 1, month, 1) for month in (1, 2)]
    amounts = split(bill.gross_minor, [1] * len(days))
    return replace(bill, due_on=days[-1], instalments=tuple(zip(days, amounts, strict=True)))


def _old_debts(rng: Random, debtors: Sequence[Debtor]) -> Iterator[Bill]:
    """What former tenants and customers still owe: bills of 2018 to 2023, taken over as they were.

    The oldest are at or near the limitation period of six years.
    """
    for debtor in debtors:
        if debtor.cycle != "former":
            continue
        day = date(rng.choice(_OLD_YEARS), rng.randint(1, 12), 1)
        net = min(debtor.charge_minor, rng.randint(40_00, 900_00))
        rate = rate_basis_points(debtor.vat_code, day) or 0
        title = f"{_TITLES[debtor.service.code]}, balance taken over"
        line = BillLine(title, net, percentage(net, rate))
        due_on = day + timedelta(days=debtor.service.terms_days)
        yield Bill(debtor, "", day, due_on, None, title, (line,))
