"""The council of the demo: its units, their bank accounts, and the services that send bills.

A small district with a housing landlord, a corporate sundry-debt team and adult social care. It is
invented: sort codes that begin with 99 are given to no bank, and every person is made up.

VAT codes follow common council practice (domestic rent and welfare carry none, trade waste and
garages let to people who are not tenants are standard-rated); a real council asks its VAT officer.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from ledger.values import DebtType

NAME = "Netherby District Council"
TAKE_ON = date(2024, 3, 28)  # when the accounts and old debts of the former system are taken over
FIRST_DAY = date(2024, 4, 1)
YEAR_END = date(2026, 3, 31)
YEAR_START = date(2025, 4, 1)
LAST_DAY = date(2026, 4, 30)  # the "today" of the demo

Form: TypeAlias = Literal["camt053", "csv"]
Cycle: TypeAlias = Literal[
    "monthly", "four_weekly", "annual", "quarterly", "quarter_day", "ad_hoc", "once", "former"
]


@dataclass(frozen=True, slots=True)
class Unit:
    """An operating unit with a bank account of its own and the form of its statements."""

    code: str
    title: str
    sort_code: str
    account_number: str
    form: Form
    opening_minor: int

    @property
    def bank_account(self) -> str:
        """The bank account as `SSSSSS-NNNNNNNN`."""
        return f"{self.sort_code}-{self.account_number}"


@dataclass(frozen=True, slots=True)
class Service:
    """A service that bills: amounts in pounds for one bill, and its share of 3,000 accounts.

    `cycles` are the billing cycles that its accounts have, `bad` how many accounts in a hundred
    do not pay as they should.
    """

    code: str
    unit: str
    title: str
    debt_type: DebtType
    prefix: str
    cost_code: str
    vat_code: str
    cycles: tuple[Cycle, ...]
    terms_days: int
    accounts: int
    pounds: tuple[int, int]
    bad: int


UNITS = (
    Unit("HSG", "Housing", "990101", "10010001", "camt053", 1_204_518_77),
    Unit("COR", "Corporate sundry debts", "990102", "10020002", "camt053", 388_091_02),
    Unit("ASC", "Adult social care", "990103", "10030003", "csv", 96_440_19),
)

SERVICES = (
    Service(
        code="HOUSING-RENT",
        unit="HSG",
        title="Housing rents",
        debt_type="rent",
        prefix="RNT",
        cost_code="HRA-1100",
        vat_code="E",
        cycles=("monthly", "monthly", "four_weekly"),
        terms_days=7,
        accounts=1000,
        pounds=(390, 610),
        bad=3,
    ),
    Service(
        code="GARAGES",
        unit="HSG",
        title="Garages",
        debt_type="garage",
        prefix="GAR",
        cost_code="HRA-1300",
        vat_code="S20",
        cycles=("quarterly",),
        terms_days=14,
        accounts=250,
        pounds=(132, 216),
        bad=5,
    ),
    Service(
        code="LEASEHOLD",
        unit="HSG",
        title="Leaseholder service charges",
        debt_type="service_charge",
        prefix="LSC",
        cost_code="HRA-1500",
        vat_code="E",
        cycles=("annual",),
        terms_days=30,
        accounts=330,
        pounds=(880, 2_300),
        bad=4,
    ),
    Service(
        code="COMMERCIAL-RENT",
        unit="COR",
        title="Commercial rents",
        debt_type="commercial_rent",
        prefix="COM",
        cost_code="GF-2210",
        vat_code="E",
        cycles=("quarter_day",),
        terms_days=21,
        accounts=150,
        pounds=(1_400, 5_500),
        bad=3,
    ),
    Service(
        code="TRADE-WASTE",
        unit="COR",
        title="Trade waste",
        debt_type="sundry",
        prefix="TRW",
        cost_code="GF-3140",
        vat_code="S20",
        cycles=("quarterly",),
        terms_days=30,
        accounts=470,
        pounds=(110, 760),
        bad=5,
    ),
    Service(
        code="HALLS-LICENCES",
        unit="COR",
        title="Hall hire and licences",
        debt_type="licence",
        prefix="HIR",
        cost_code="GF-4420",
        vat_code="N",
        cycles=("ad_hoc",),
        terms_days=30,
        accounts=350,
        pounds=(35, 420),
        bad=7,
    ),
    Service(
        code="CARE-CONTRIBUTION",
        unit="ASC",
        title="Adult social care contributions",
        debt_type="adult_social_care",
        prefix="ASC",
        cost_code="ASC-5010",
        vat_code="N",
        cycles=("four_weekly",),
        terms_days=14,
        accounts=250,
        pounds=(120, 880),
        bad=4,
    ),
    Service(
        code="HB-OVERPAYMENT",
        unit="COR",
        title="Housing benefit overpayments",
        debt_type="housing_benefit_overpayment",
        prefix="HBO",
        cost_code="GF-6600",
        vat_code="N",
        cycles=("once",),
        terms_days=30,
        accounts=200,
        pounds=(90, 2_600),
        bad=30,
    ),
)


def unit_of(code: str) -> Unit:
    """The unit of a code. Raises StopIteration for a code that is none."""
    return next(unit for unit in UNITS if unit.code == code)
