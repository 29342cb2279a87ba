"""The payers of the Direct Debit month: their debts, their bank accounts, and who they are.

They have accounts of their own beside the demo's debtors, so that what comes back about them
changes nothing in the bank month. No name of theirs is like any other debtor's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from random import Random

from ledger import core_reference
from ledger.modulus import Outcome, check_account
from service.demo.bills import Bill, BillLine
from service.demo.council import SERVICES
from service.demo.debit_days import DUE, TAKEN_ON, modulus_tables
from service.demo.debit_rows import ROWS, Row, rows_for
from service.demo.debtors import Debtor
from service.demo.messages import account_record, invoice_record
from service.demo.month_town import plain_debtor
from service.demo.people import person
from service.demo.runs import Run

SHARE_PERCENT = 8  # of the council's accounts pay by Direct Debit
PLAIN_LEAST = 12  # payers about whom nothing comes back
_SORT_CODES = 40
_PLACE = next(at for at, one in enumerate(SERVICES, 1) if one.code == "HOUSING-RENT")
_SERVICE = SERVICES[_PLACE - 1]
_FIRST = ("Aelf", "Bryn", "Cuth", "Dun", "Eal", "Frith", "God", "Here", "Leof", "Os", "Sige", "Wil")
_SECOND = ("bald", "gyth", "helm", "ric", "stan", "thryth", "wine", "wynn")
_LAST = ("Ackley", "Bexwell", "Cobnut", "Dapplemere", "Eldritch", "Furzedown", "Gorsefield", "Hyde")

BankAccount = tuple[str, str]  # sort code, number


@dataclass(frozen=True, slots=True)
class Payer:
    """One payer: his row of the table, his debtor account, his bills by the number of their day.

    The first of his bank accounts is the one that he gives, the second a later one.
    """

    row: Row
    debtor: Debtor
    bills: dict[int, Bill]
    banks: tuple[BankAccount, BankAccount]

    @property
    def account(self) -> str:
        """The debtor account."""
        return self.debtor.account

    @property
    def mandates(self) -> tuple[str, ...]:
        """The core references of his mandates, the latest last."""
        number = 2 if self.row.story == "signed anew" else 1
        names = [core_reference.mint(self.debtor.reference, attempt) for attempt in range(number)]
        return tuple(names)

    @property
    def name(self) -> str:
        """As his bank writes it."""
        return self.debtor.person.name.upper()


@dataclass(frozen=True)
class DebitTown:
    """All payers."""

    payers: tuple[Payer, ...]

    @cached_property
    def by_mandate(self) -> dict[str, Payer]:
        """Whose a core reference is."""
        return {mandate: one for one in self.payers for mandate in one.mandates}

    def of(self, report: str, story: str | None = None) -> list[Payer]:
        """The payers about whom a report says something, of one story or any."""
        found = [one for one in self.payers if one.row.report == report]
        return [one for one in found if story in (None, one.row.story)]

    def told(self, story: str) -> list[Payer]:
        """The payers of a story that no report begins."""
        return [one for one in self.of("") if one.row.story == story]

    def runs(self) -> Iterator[Run]:
        """The messages that open the accounts and bill them."""
        accounts = [account_record(one.debtor) for one in self.payers]
        yield Run(TAKEN_ON, "Account", late=False, records=list(accounts))
        bills = [bill for one in self.payers for bill in one.bills.values()]
        records = [invoice_record(bill) for bill in bills]
        yield Run(TAKEN_ON, "InvoiceIssued", late=False, records=list(records))


def draw_town(rng: Random, accounts: int) -> DebitTown:
    """Every row of the table at least once, and as many payers as are the council's share."""
    number = max(accounts * SHARE_PERCENT // 100, len(ROWS) + PLAIN_LEAST)
    numbers, bills = _account_numbers(), count(1)
    sums = rng.sample(range(25_00, 95_00 + number * 10), number * len(DUE))
    payers = []
    for at, row in enumerate(rows_for(number)):
        own = sums[at * len(DUE) : (at + 1) * len(DUE)]
        debtor = _debtor(rng, at)
        of_days = {day: _bill(debtor, next(bills), day, own[day]) for day in row.bills}
        payers.append(Payer(row, debtor, of_days, (next(numbers), next(numbers))))
    return DebitTown(tuple(payers))


def _debtor(rng: Random, at: int) -> Debtor:
    who = replace(person(rng), name=_name(at), email=None)
    made = plain_debtor(_SERVICE, f"{_PLACE}8{at + 1:05d}", who, TAKEN_ON)
    return replace(made, method="direct_debit")


def _name(at: int) -> str:
    rest, last = divmod(at, len(_LAST))
    rest, second = divmod(rest, len(_SECOND))
    return f"{_FIRST[rest % len(_FIRST)]}{_SECOND[second]} {_LAST[last]}"


def _bill(debtor: Debtor, number: int, day: int, minor: int) -> Bill:
    return Bill(
        debtor=debtor,
        number=f"{_SERVICE.prefix}8{number:06d}",
        invoiced_on=TAKEN_ON,
        due_on=DUE[day],
        period_to=None,
        description=f"{_SERVICE.title}, by Direct Debit",
        lines=(BillLine(_SERVICE.title, minor, 0),),
    )


def _account_numbers() -> Iterator[BankAccount]:
    """Bank accounts that can exist by the rules of their sort codes."""
    tables = modulus_tables()
    for number in count(20_000_000, 7):
        sort_code = f"993{100 + number % _SORT_CODES:03d}"
        verdict = check_account(sort_code, str(number), tables, TAKEN_ON)
        if verdict.outcome is Outcome.VALID:
            yield sort_code, str(number)


def wrong_number(good: BankAccount) -> BankAccount:
    """The account with its last digit mistyped, so that the check finds it."""
    sort_code, number = good
    return sort_code, f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
