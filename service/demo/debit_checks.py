"""What must hold of the Direct Debit month: every code handled, ledger = bank, nothing open."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from ledger import bacs_codes
from ledger.money import format_minor
from service import intake_desk
from service.demo.checks import Check
from service.demo.council import LAST_DAY
from service.demo.debit_days import ACCOUNT, TAKEN_ON, UNIT
from service.demo.debit_mandates import WRONG
from service.demo.debit_office import Office
from service.demo.debit_truth import Judged, judge, must_be_taken, not_right
from service.demo.figures import Figures, Row
from service.demo.suspense_desk import pence

SINCE = TAKEN_ON.replace(day=1)  # when Direct Debits began


def debit_checks(figures: Figures, office: Office, now: datetime) -> Iterator[Check]:
    """All checks of the Direct Debit month."""
    judged = judge(office.desk.app, office.town)
    yield from _handled(judged, office)
    yield from _files(office)
    yield _proved(figures, now)
    yield from _bank(figures, office, now)
    yield from _rates(figures, office, now)
    left = unexplained(figures, office, now)
    yield Check("Direct Debits: unexplained items at the end", not left, _first(left))


def _first(wrong: Sequence[str]) -> str:
    return f"{len(wrong)}: {wrong[0]}" if wrong else "0"


def _handled(judged: Judged, office: Office) -> Iterator[Check]:
    codes = sum(len(table) for table in bacs_codes.REASONS.values())
    detail = f", not {', '.join(judged.missing)}" if judged.missing else ""
    name = f"codes of the {len(bacs_codes.REASONS)} reports of Bacs, each handled as it must be"
    found = f"{codes - len(judged.missing)} of {codes}{detail}"
    yield Check(name, not judged.missing, found)
    payers = len(office.town.payers)
    wrong = len({one.split(":")[0] for one in judged.wrong})
    detail = f": {judged.wrong[0]}" if judged.wrong else ""
    name = "payers by Direct Debit, each mandate and account as it must be"
    yield Check(name, not judged.wrong, f"{payers - wrong} of {payers}{detail}")


def _files(office: Office) -> Iterator[Check]:
    counted = office.counted
    yield Check(
        "Direct Debit steps and reports as they must be", not office.wrong, _first(office.wrong)
    )
    found, planted = len(counted.wrong_lines), len(WRONG)
    yield Check("wrong lines of mandates told", found == planted, f"{found} of {planted}")
    yield Check("report that came twice, done once", counted.twice == 1, f"{counted.twice} of 1")
    refused = len(counted.refused_files)
    yield Check("report of an unknown code refused whole", refused == 1, f"{refused} of 1")
    yield Check(
        "nobody released the run that he prepared", counted.own_release_refused, "it was tried"
    )


def _proved(figures: Figures, now: datetime) -> Check:
    """DDR-6: the four totals of every run that was not withdrawn."""
    rows = figures.report("collection_runs", LAST_DAY, now)
    sent = [row for row in rows if row["state"] != "withdrawn"]
    good = [row for row in sent if row["state"] == "signed_off" and not row["difference"]]
    name = "runs signed off: ledger = file = Input report = bank"
    return Check(name, bool(good) and len(good) == len(sent), f"{len(good)} of {len(sent)}")


def _bank(figures: Figures, office: Office, now: datetime) -> Iterator[Check]:
    collected = figures.collected_minor()
    bank = office.bank.runs_minor - office.bank.taken_back_minor
    name = "Direct Debits in the ledger, less unpaid and claimed = in the bank"
    shown = f"£{format_minor(collected, thousands=True)}"
    if collected != bank:
        shown += f", bank £{format_minor(bank, thousands=True)}"
    yield Check(name, collected == bank, shown)
    rows = figures.report("bank_reconciliation", LAST_DAY, now)
    own = [row for row in rows if row["bank_account"] == ACCOUNT]
    balance = sum((pence(row["amount"]) for row in own if row["step"] == 1), 0)
    is_clean = any(row["kind"] == "summary" and row["item"] == "clean" for row in own)
    holds = is_clean and balance == office.bank.balance_minor
    reads = "clean" if is_clean else "not clean"
    yield Check("bank account of the Direct Debits reconciled", holds, reads)
    clearing = [
        row["amount"]
        for row in rows
        if (row["unit"], row["kind"], row["item"]) == (UNIT, "reported_elsewhere", "direct_debit")
    ]
    left = -sum(clearing, Decimal(0))
    yield Check("Direct Debits that no bank has credited", not left, f"£{left:,.2f}")
    wrong = not_right(office.town, figures.paid_into(ACCOUNT))
    yield Check(
        "payments by another way on their own accounts", not wrong, _first(wrong) + " wrong"
    )


def _rates(figures: Figures, office: Office, now: datetime) -> Iterator[Check]:
    """The published rates against what was played."""
    rows = rates(figures, now)
    taken = [one for payer in office.town.payers for one in must_be_taken(payer.row)]
    sent = [one for one in taken if one[2] != "stopped"]
    unpaid = [one for one in sent if one[2] == "returned"]
    lodged = sum(len(payer.mandates) for payer in office.town.payers)
    for definition, items, of_items in (
        ("DDR-1", len(unpaid), len(sent)),
        ("DDR-3", len(office.town.of("AUDDIS")), lodged),
        ("DDR-5", len(office.town.of("DDICA")), len(sent)),
    ):
        row = rows[definition]
        found = row["items"], row["of_items"]
        yield Check(
            f"{definition} as it was played",
            found == (items, of_items),
            f"{found[0]} of {found[1]}",
        )


def rates(figures: Figures, now: datetime, since: date = SINCE) -> dict[str, Row]:
    """The rates of the unit since a day, by definition, whatever its version."""
    rows = figures.report("direct_debit_rates", LAST_DAY, now, period_start=since)
    return {
        row["definition"].partition(".")[0]: row
        for row in rows
        if row["unit"] == UNIT and row["reason"] is None
    }


def sorted_out(figures: Figures, now: datetime) -> tuple[Counter[str], list[str]]:
    """The exceptions that are open at the end: those that are dealt with by kind, and the others.

    Nothing brings a refused instruction back: who pays by another way is done with.
    """
    owing = {row["account"] for row in figures.report("open_items", LAST_DAY, now)}
    done, left = Counter[str](), []
    for row in figures.report("direct_debit_exceptions", LAST_DAY, now):
        if row["kind"] == "instruction_rejected" and row["account"] not in owing:
            done["instruction that a bank refused, paid by another way"] += 1
        else:
            left.append(f"{row['kind']} {row['item']} {row['reason']}")
    return done, left


def unexplained(figures: Figures, office: Office, now: datetime) -> list[str]:
    """What is open and nobody has dealt with: exceptions, suspense, lines and files set aside."""
    _, left = sorted_out(figures, now)
    left += [
        f"suspense {row['receipt']} {row['received']}"
        for row in figures.report("suspense", LAST_DAY, now)
        if row["bank_account"] == ACCOUNT
    ]
    open_rows = intake_desk.listed(office.desk.app)
    return left + [row.place for row in open_rows if row.digest in office.digests]
