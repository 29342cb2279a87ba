"""The whole council as files in a folder: what arrives on which day, in which order.

Everything follows from the seed and the number of accounts: the same two give the same bytes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from consumers.avro_files import write_container
from consumers.json_lines import to_json_line
from service.demo.bank_days import Key, Truth, bank_years
from service.demo.bank_files import write_bank_files
from service.demo.bills import draw_bills
from service.demo.credits import draw_credits
from service.demo.debit_town import DebitTown, draw_town
from service.demo.debtors import Debtor, draw_debtors
from service.demo.messages import billing_runs
from service.demo.mistakes import Planted, plant_in_messages
from service.demo.month import draw_month, join_runs, month_runs, write_month
from service.demo.month_lines import BankMonth
from service.demo.payments import Bounce, draw_payments
from service.demo.runs import Run

SEED = "netherby"


@dataclass(frozen=True, slots=True, order=True)
class Delivery:
    """A file that arrives on a day; `order` is its place in the day. `run` is set for messages."""

    on: date
    order: int
    name: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Council:
    """What was made: the debtors, what arrives when, what the officers will find out.

    The `careful` accounts have a credit note of a department; officers leave their bills alone.
    """

    folder: Path
    debtors: tuple[Debtor, ...]
    deliveries: tuple[Delivery, ...]
    runs: dict[str, Run]
    truth: dict[Key, list[Truth]]
    bounces: tuple[Bounce, ...]
    planted: Planted
    careful: frozenset[str]
    month: BankMonth
    debits: DebitTown
    accounts: int
    seed: str


def make_council(
    folder: Path, accounts: int, seed: str = SEED, on_file: Callable[[], None] = lambda: None
) -> Council:
    """Draw a council and write its files below `folder`; `on_file` is told of each."""

    def rng(purpose: str) -> Random:
        return Random(f"{seed}|{accounts}|{purpose}")  # noqa: S311 - a demo must be repeatable

    debtors = draw_debtors(rng("debtors"), accounts)
    bills = draw_bills(rng("bills"), debtors)
    credits_ = draw_credits(rng("credits"), bills)
    credited = {one.bill.number: one.gross_minor for one in credits_}
    # A department's credit note meets a bill that nothing unforeseen has happened to.
    careful = frozenset(one.bill.debtor.account for one in credits_)
    payments, bounces = draw_payments(rng("payments"), bills, credited, careful)
    runs = billing_runs(debtors, bills, credits_)
    planted = plant_in_messages(rng("message mistakes"), runs, careful)
    month = draw_month(rng("bank month"), accounts)
    join_runs(runs, month_runs(month))
    join_runs(runs, (debits := draw_town(rng("direct debits"), accounts)).runs())
    bank = bank_years(rng("bank"), payments, bounces, accounts)
    deliveries = [write_run(folder, run, on_file) for run in runs]
    arrivals = write_bank_files(folder, rng("bank mistakes"), bank, planted, on_file)
    arrivals += write_month(folder, month, on_file)
    deliveries += [Delivery(*arrival) for arrival in arrivals]
    deliveries += _again(runs, planted)
    return Council(
        folder,
        debtors,
        tuple(sorted(deliveries)),
        {run.name: run for run in runs},
        bank.truth,
        bounces,
        planted,
        careful,
        month,
        debits,
        accounts,
        seed,
    )


def write_run(folder: Path, run: Run, on_file: Callable[[], None]) -> Delivery:
    """Write a run as its file; when it arrives."""
    path = folder / run.name
    path.parent.mkdir(parents=True, exist_ok=True)
    if run.late:
        texts = (
            record if isinstance(record, str) else to_json_line(run.schema, record)
            for record in run.records
        )
        path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    else:
        records = [record for record in run.records if not isinstance(record, str)]
        write_container(path, run.schema, records)
    on_file()
    return Delivery(run.on, run.order, run.name)


def _again(runs: Iterable[Run], planted: Planted) -> list[Delivery]:
    """The billing file that is delivered a second time, three days late."""
    return [
        Delivery(date.fromordinal(run.on.toordinal() + 3), run.order, run.name, again=True)
        for run in runs
        if run.name in planted.again
    ]
