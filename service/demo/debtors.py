"""Who owes the council, what for, and how they pay: drawn from a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from random import Random
from typing import TypeVar

from ledger.money import split
from ledger.references import mint
from ledger.values import Method
from service.demo.council import SERVICES, TAKE_ON, Cycle, Service
from service.demo.people import Person, business, person

T = TypeVar("T")

_FORMER = 0.035  # of the accounts taken over are of people who left with a debt
_MOVES_IN = 0.10  # of the accounts of a service with running bills are opened during the two years


class Behaviour(StrEnum):
    """How a debtor pays; each class leaves its own trace in the figures."""

    PROMPT = "pays on time"
    LATE = "pays weeks late"
    SLOW = "pays months late"
    PART = "pays in parts"
    PLAN = "pays by instalments of an arrangement"
    STOPS = "stops paying"
    OVERPAYS = "pays round sums"
    TWICE = "pays twice now and then"
    NEVER = "never pays"


_GOOD = (
    (Behaviour.PROMPT, 84),
    (Behaviour.LATE, 8),
    (Behaviour.SLOW, 3),
    (Behaviour.OVERPAYS, 3),
    (Behaviour.TWICE, 2),
)
_BAD = ((Behaviour.PART, 52), (Behaviour.STOPS, 30), (Behaviour.NEVER, 18))
_METHODS: tuple[tuple[Method, int], ...] = (
    ("bank_transfer", 44),
    ("standing_order", 26),
    ("card", 16),
    ("cheque", 7),
    ("cash", 7),
)
_BUSINESS = {"COMMERCIAL-RENT", "TRADE-WASTE", "HALLS-LICENCES"}


@dataclass(frozen=True, slots=True)
class Debtor:
    """One account of one debtor.

    `charge_minor` is the net of one bill before the rise of 2025, `reference` the payment reference
    that the ledger mints, `linked` another account of the same person in the same unit.
    """

    service: Service
    account: str
    reference: str
    person: Person
    behaviour: Behaviour
    cycle: Cycle
    charge_minor: int
    vat_code: str
    method: Method
    opened_on: date
    stops_on: date
    apply_credit: bool
    linked: str | None

    @property
    def unit(self) -> str:
        """The unit that the debtor owes."""
        return self.service.unit


def draw_debtors(rng: Random, accounts: int) -> tuple[Debtor, ...]:
    """That many accounts, shared out over the services in their proportions."""
    counts = split(accounts, [service.accounts for service in SERVICES])
    drawn: list[Debtor] = []
    for place, (service, count) in enumerate(zip(SERVICES, counts, strict=True), 1):
        tenants = [debtor for debtor in drawn if debtor.service.code == "HOUSING-RENT"]
        for number in range(1, count + 1):
            linked = rng.choice(tenants) if service.code == "GARAGES" and tenants else None
            drawn.append(_draw(rng, service, f"{place}{number:06d}", linked))
    return tuple(drawn)


def _draw(rng: Random, service: Service, account: str, tenant: Debtor | None) -> Debtor:
    linked = tenant if tenant is not None and rng.random() < 0.4 else None
    who = business(rng) if service.code in _BUSINESS else person(rng)
    opened_on = _opened_on(rng, service)
    low, high = service.pounds
    is_former = opened_on == TAKE_ON and linked is None and rng.random() < _FORMER
    return Debtor(
        service=service,
        account=account,
        reference=mint(service.unit, account),
        person=who if linked is None else linked.person,
        behaviour=_behaviour(rng, service),
        cycle="former" if is_former else rng.choice(service.cycles),
        charge_minor=rng.randint(low * 100, high * 100),
        vat_code=_vat_code(rng, service, is_tenant=linked is not None),
        method=_weighted(rng, _METHODS),
        opened_on=opened_on,
        stops_on=date(rng.choice((2024, 2025)), rng.randint(6, 12), 1),
        apply_credit=rng.random() < 0.7,
        linked=None if linked is None else linked.account,
    )


def _behaviour(rng: Random, service: Service) -> Behaviour:
    if service.cycles == ("once",):
        return Behaviour.NEVER if rng.randrange(100) < service.bad else Behaviour.PLAN
    return _weighted(rng, _BAD if rng.randrange(100) < service.bad else _GOOD)


def _opened_on(rng: Random, service: Service) -> date:
    late = service.cycles == ("once",) or (
        service.cycles != ("annual",) and rng.random() < _MOVES_IN
    )
    return rng.choice(list(_months())) if late else TAKE_ON


def _months() -> Iterator[date]:
    """The first days of the months in which accounts are opened."""
    for month in range(23):
        yield date(2024 + (month + 3) // 12, (month + 3) % 12 + 1, 1)


def _vat_code(rng: Random, service: Service, *, is_tenant: bool) -> str:
    if is_tenant:
        return "E"  # let with the dwelling
    if service.code == "COMMERCIAL-RENT" and rng.random() < 0.2:
        return "S20"  # the council opted to tax
    return service.vat_code


def _weighted(rng: Random, table: tuple[tuple[T, int], ...]) -> T:
    values = [value for value, _ in table]
    return rng.choices(values, [weight for _, weight in table])[0]
