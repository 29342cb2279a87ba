"""The debtors of the bank month: taken over on 1 April 2026, each with bills of that day.

Their names have a middle name and are each unlike any other's, so that what a name may say about a
payment is known; two debtors of one name and amount are made on purpose.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from consumers.formats.accounts import gb_iban
from consumers.matching.names import name_key
from ledger.references import mint
from service.demo.bills import Bill, BillLine
from service.demo.council import SERVICES, Service
from service.demo.debtors import Behaviour, Debtor
from service.demo.month_banks import MONTH_FIRST
from service.demo.people import Person, person

_SERVICES = {"HSG": "HOUSING-RENT", "COR": "HALLS-LICENCES", "ASC": "CARE-CONTRIBUTION"}
_DUE_DAYS = (9, 12, 15, 18, 21)
_ATTEMPTS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Tenant:
    """A debtor of the month, what he owes, and the number of the bank account he pays from."""

    debtor: Debtor
    bills: tuple[Bill, ...]
    bank_number: str

    @property
    def reference(self) -> str:
        """The payment reference that the ledger mints."""
        return self.debtor.reference

    @property
    def place(self) -> tuple[str, str]:
        """Unit and account."""
        return self.debtor.unit, self.debtor.account

    @property
    def payer(self) -> str:
        """The name as a bank writes it."""
        return self.debtor.person.name.upper()

    @property
    def payer_account(self) -> str:
        """The bank account he pays from, as `SSSSSS-NNNNNNNN`."""
        return f"990{self.bank_number[:3]}-{self.bank_number[3:]}"

    @property
    def payer_iban(self) -> str:
        """The same as an IBAN."""
        sort_code, _, number = self.payer_account.partition("-")
        return gb_iban("FOIL", sort_code, number)


class Town:
    """Founds debtors; every sum of a bill is another, so that a sum says whose it is."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._numbers: Counter[str] = Counter()
        self._bills: Counter[str] = Counter()
        self._names: set[str] = set()
        self._sums: set[int] = set()
        self.tenants: list[Tenant] = []

    def found(
        self,
        unit: str,
        bills: int = 1,
        *,
        like: Tenant | None = None,
        owes_like: Tenant | None = None,
        has_zero: bool = False,
        least_minor: int = 25_00,
    ) -> Tenant:
        """A debtor with so many bills.

        `like` another in name and in the sum of the first bill, `owes_like` another in that sum
        alone; `has_zero`: the payment reference has a nought inside.
        """
        service = next(one for one in SERVICES if one.code == _SERVICES[unit])
        account = self._account(service, has_zero=has_zero)
        who = self._person() if like is None else like.debtor.person
        debtor = plain_debtor(service, account, who, MONTH_FIRST)
        sums = [self.sum(least_minor) for _ in range(bills)]
        alike = like or owes_like
        if alike is not None:
            sums[0] = alike.bills[0].gross_minor
        number = f"{100 + len(self.tenants) % 900}{10_000_000 + len(self.tenants)}"
        tenant = Tenant(debtor, tuple(self._bill(debtor, *one) for one in enumerate(sums)), number)
        self.tenants.append(tenant)
        return tenant

    def sum(self, least_minor: int = 25_00) -> int:
        """Pence, such as nobody else owes."""
        while True:
            minor = self._rng.randrange(least_minor, 900_00)
            if minor not in self._sums:
                self._sums.add(minor)
                return minor

    def _account(self, service: Service, *, has_zero: bool) -> str:
        place = [one.code for one in SERVICES].index(service.code) + 1
        for _ in range(_ATTEMPTS_MAX):
            self._numbers[service.code] += 1
            account = f"{place}9{self._numbers[service.code]:05d}"
            if not has_zero or "0" in mint(service.unit, account)[1:-1]:
                return account
        raise ValueError("no account has such a reference")

    def _person(self) -> Person:
        while True:
            who, other = person(self._rng), person(self._rng)
            first, last = who.name.split(" ", 1)
            named = replace(who, name=f"{first} {other.name.split()[0]} {last}")
            if name_key(named.name) not in self._names:
                self._names.add(name_key(named.name))
                return named

    def _bill(self, debtor: Debtor, number: int, minor: int) -> Bill:
        service = debtor.service
        self._bills[service.prefix] += 1
        return Bill(
            debtor=debtor,
            number=f"{service.prefix}9{self._bills[service.prefix]:06d}",
            invoiced_on=MONTH_FIRST,
            due_on=MONTH_FIRST + timedelta(days=_DUE_DAYS[number % len(_DUE_DAYS)]),
            period_to=None,
            description=f"{service.title}, taken over from Foilbridge",
            lines=(BillLine(service.title, minor, 0),),
        )


def plain_debtor(service: Service, account: str, who: Person, opened_on: date) -> Debtor:
    """A debtor of a day with nothing about him but what he owes."""
    return Debtor(
        service=service,
        account=account,
        reference=mint(service.unit, account),
        person=who,
        behaviour=Behaviour.PROMPT,
        cycle="once",
        charge_minor=0,
        vat_code=service.vat_code,
        method="bank_transfer",
        opened_on=opened_on,
        stops_on=opened_on,
        apply_credit=True,
        linked=None,
    )


def bills_of(tenants: Sequence[Tenant]) -> list[Bill]:
    """All their bills, by number."""
    return sorted((bill for one in tenants for bill in one.bills), key=lambda bill: bill.number)
