"""The Direct Debit month as the ending shows it: reports, runs, what came back and why, rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from rich.console import Console

from ledger import bacs_codes
from ledger.money import format_minor
from service.demo.charts import bar
from service.demo.council import LAST_DAY
from service.demo.debit_checks import SINCE, rates, sorted_out, unexplained
from service.demo.debit_days import ACCOUNT
from service.demo.debit_office import Office
from service.demo.debit_truth import judge
from service.demo.figures import Figures, Row
from service.demo.month_banks import DAY_TITLE, MONTH_FIRST
from service.demo.style import headline, table

_STATES = (
    ("made_good", "made good"),
    ("provisional", "provisional"),
    ("returned", "came back unpaid (ARUDD)"),
    ("claim_settled", "claimed back by payers (DDICA)"),
)
_RATES = (
    ("DDR-1", "rejection rate"),
    ("DDR-2", "net failure"),
    ("DDR-3", "lodgement rejects"),
    ("DDR-4", "attrition"),
    ("DDR-5", "indemnity rate"),
)
_TOTALS = ("ledger_amount", "file_amount", "reported_amount", "bank_amount")
_WRONG_SHOWN = 7


@dataclass(frozen=True, slots=True)
class Unpaid:
    """The collections that came back with one reason code, in pounds."""

    code: str
    reason: str
    items: int
    amount: Decimal


def unpaid_by_reason(figures: Figures, now: datetime) -> list[Unpaid]:
    """What came back by the reason code of ARUDD, the largest first."""
    rows = figures.report("direct_debit_rates", LAST_DAY, now, period_start=SINCE)
    found = [
        Unpaid(row["reason"], bacs_codes.ARUDD[row["reason"]].meaning, row["items"], row["amount"])
        for row in rows
        if row["definition"].startswith("DDR-1.") and row["reason"] is not None
    ]
    return sorted(found, key=lambda one: (-one.items, -one.amount, one.code))


def show_debits(console: Console, figures: Figures, office: Office, now: datetime) -> None:
    """The month in eight short parts."""
    headline(console, f"The Direct Debit month, {DAY_TITLE}: every code of every report")
    _show_mandates(console, office)
    _show_reports(console, office)
    _show_runs(console, figures.report("collection_runs", LAST_DAY, now))
    _show_collected(console, figures.report("collections", LAST_DAY, now))
    _show_unpaid(console, unpaid_by_reason(figures, now))
    _show_rates(console, rates(figures, now, MONTH_FIRST), rates(figures, now))
    _show_claims(console, figures.claims())
    _show_left(console, figures, office, now)


def _show_mandates(console: Console, office: Office) -> None:
    counted = office.counted
    for line in counted.wrong_lines[:_WRONG_SHOWN]:
        console.print(line, style="dim", markup=False, highlight=False)
    statuses = judge(office.desk.app, office.town).statuses
    shown = table("", "mandates by status", "number")
    for status, number in sorted(statuses.items(), key=lambda one: -one[1]):
        shown.add_row(status, f"{number:,}")
    shown.add_row("set up", f"{counted.mandates:,}", style="bold")
    console.print(shown)
    console.print(f"{counted.notices:,} advance notices given.", highlight=False)


def _show_reports(console: Console, office: Office) -> None:
    counted = office.counted
    shown = table("", "reports of Bacs", "reports", "codes", "lines for an officer")
    tables: set[str] = set(bacs_codes.REASONS)
    for report, number in sorted(counted.reports.items()):
        own = {one.row.code for one in office.town.of(report)} if report in tables else set()
        aside = counted.set_aside.get(report, 0)
        shown.add_row(report, f"{number:,}", f"{len(own) or '':}", f"{aside or '':}")
    console.print(shown)
    console.print(f"{counted.twice} came a second time and did nothing.", highlight=False)
    for sentence in counted.refused_files:
        console.print(f"refused whole: {sentence}", style="dim", markup=False, highlight=False)


def _show_runs(console: Console, rows: Sequence[Row]) -> None:
    """DDR-6: the four totals of each run."""
    shown = table("", "run (DDR-6)", "items", "ledger £", "file £", "Input £", "bank £", "state")
    for row in sorted(rows, key=lambda one: (one["entry_on"], one["run"])):
        amounts = ("-" if row[name] is None else f"{row[name]:,.2f}" for name in _TOTALS)
        state = row["state"].replace("_", " ")
        shown.add_row(row["run"], f"{row['items']:,}", *amounts, state)
    console.print(shown)


def _show_collected(console: Console, rows: Sequence[Row]) -> None:
    shown = table("", "collections (DDC-1)", "items", "£")
    of_state = {title: [row for row in rows if row["state"] == one] for one, title in _STATES}
    for row in rows:
        if row["state"] == "stopped":
            of_state.setdefault(f"did not go: {row['reason']}", []).append(row)
    for title, own in of_state.items():
        amount = sum((row["amount"] for row in own), Decimal(0))
        shown.add_row(title, f"{len(own):,}", f"{amount:,.2f}")
    total = sum((row["amount"] for row in rows), Decimal(0))
    shown.add_row("all", f"{len(rows):,}", f"{total:,.2f}", style="bold")
    console.print(shown)


def _show_unpaid(console: Console, found: Sequence[Unpaid]) -> None:
    largest = max((one.amount for one in found), default=Decimal(0))
    shown = table("", "came back unpaid, by reason", "items", "£", "")
    for one in found:
        amount = f"{one.amount:,.2f}"
        shown.add_row(
            f"{one.code} {one.reason}", f"{one.items:,}", amount, bar(one.amount, largest, 16)
        )
    console.print(shown)


def _show_rates(console: Console, month: Mapping[str, Row], since: Mapping[str, Row]) -> None:
    shown = table("", "Direct Debit rates, %", DAY_TITLE, f"since {SINCE:%B}")
    for definition, title in _RATES:
        cells = [_rate(rows.get(definition)) for rows in (month, since)]
        shown.add_row(f"{definition} {title}", *cells)
    console.print(shown)


def _rate(row: Row | None) -> str:
    return "-" if row is None or row["rate"] is None else f"{row['rate'] * 100:.2f}"


def _show_claims(console: Console, found: Mapping[str, tuple[int, Decimal]]) -> None:
    said = ", ".join(
        f"{number} {kind} (£{amount:,.2f})" if amount else f"{number} {kind}"
        for kind, (number, amount) in found.items()
    )
    console.print(f"Indemnity claims: {said or 'none'}.", highlight=False)


def _show_left(console: Console, figures: Figures, office: Office, now: datetime) -> None:
    bank = office.bank
    credited, back = (
        format_minor(one, thousands=True) for one in (bank.runs_minor, bank.taken_back_minor)
    )
    console.print(
        f"Bank account {ACCOUNT}: £{credited} credited for runs, £{back} taken back.",
        highlight=False,
    )
    worked = ", ".join(
        f"{number} on {day.day} {day:%B}" for day, number in office.counted.exceptions.items()
    )
    done, _ = sorted_out(figures, now)
    closed = ", ".join(f"{number} x {what}" for what, number in done.items())
    console.print(
        f"Exceptions open (DDE-1): {worked}. Dealt with: {closed or 'all'}.", highlight=False
    )
    left = unexplained(figures, office, now)
    console.print(f"{len(left)} unexplained items.", highlight=False)
    story = office.town.of("ARUDD", "unpaid again")[0].mandates[0]
    console.print(
        f"To see one: tallystick dd mandate show {story}, dd prove {office.runs['second']}",
        highlight=False,
    )
