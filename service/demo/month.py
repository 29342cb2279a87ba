"""The bank month as a whole: draw it, write its messages and files, say when each arrives."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random

from service.demo import month_applied as applied
from service.demo import month_waiting as waiting
from service.demo.messages import account_record, invoice_record
from service.demo.month_advices import write_advices
from service.demo.month_banks import BANKS, CAMT, DAYS, MONTH_FIRST, MT940, WEEKS
from service.demo.month_lines import BankMonth
from service.demo.month_plan import Plan
from service.demo.month_statements import Statement, statements_of, write_statements
from service.demo.month_town import bills_of
from service.demo.runs import BANK_ORDER, Run

LINES_MIN = 150  # so that one of each kind that waits is less than a tenth
Arrival = tuple[date, int, str, bool]


def draw_month(rng: Random, accounts: int) -> BankMonth:
    """A line for each three accounts of the council, and every kind at least once."""
    count = max(LINES_MIN, accounts // 3)
    plan = Plan(rng)
    applied.base(plan)
    for kinds in (applied.named, applied.sums, applied.payers, applied.twice, applied.returned):
        kinds(plan, count)
    applied.instructed(plan)
    for kinds in (
        waiting.mistyped,
        waiting.names,
        waiting.learned,
        waiting.strangers,
        waiting.batches,
    ):
        kinds(plan, count)
    waiting.of_the_bank(plan)
    while len(plan.lines) < count:
        applied.clean(plan)
    return plan.month()


def month_runs(month: BankMonth) -> Iterator[Run]:
    """The messages by which the debtors are taken over."""
    accounts = [account_record(one.debtor) for one in month.tenants]
    yield Run(MONTH_FIRST, "Account", late=False, records=list(accounts))
    bills = [invoice_record(bill) for bill in bills_of(month.tenants)]
    yield Run(MONTH_FIRST, "InvoiceIssued", late=False, records=list(bills))


def join_runs(runs: list[Run], more: Iterator[Run]) -> None:
    """Add messages to the runs of their day, which are one file; or as runs of their own."""
    own = {run.name: run for run in runs}
    for run in more:
        if run.name in own:
            own[run.name].records += run.records
        else:
            runs.append(run)


def write_month(folder: Path, month: BankMonth, on_file: Callable[[], None]) -> list[Arrival]:
    """Write every file of the month."""

    def path(name: str) -> Path:
        made = folder / name
        made.parent.mkdir(parents=True, exist_ok=True)
        on_file()
        return made

    arrivals = list(write_statements(month.lines, path))
    arrivals += write_advices(month, _statements(month), path)
    # The account whose money an advice may wait for comes first of the day.
    return [
        (on, BANK_ORDER - 1 if CAMT.code in name else BANK_ORDER + 1, name, False)
        for on, name in arrivals
    ]


def _statements(month: BankMonth) -> list[Statement]:
    daily: Sequence[Sequence[date]] = [(day,) for day in DAYS]
    return [
        one
        for bank in BANKS
        for one in statements_of(bank, month.lines, daily if bank is MT940 else WEEKS)
    ]
