"""The bank month as the ending shows it: formats, first pass, rules, reconciliation, what waits."""

from collections import Counter
from datetime import datetime
from decimal import Decimal

from rich.console import Console

from service.demo.council import LAST_DAY, UNITS
from service.demo.figures import Figures, Row
from service.demo.month_banks import BANKS, DAY_TITLE, TITLES
from service.demo.month_checks import first_pass
from service.demo.month_lines import BankMonth
from service.demo.style import headline, table

_RATES = (
    ("MR-1.v1", "by line"),
    ("MR-2.v1", "by value"),
    ("MR-3.v1", "by file"),
)
_CODES = tuple(unit.code for unit in UNITS)


def show_month(console: Console, figures: Figures, month: BankMonth, now: datetime) -> None:
    """The month in five short parts."""
    headline(console, f"The bank month, {DAY_TITLE}: every kind of line")
    _show_formats(console, month)
    _show_rates(console, figures.report("match_rates", LAST_DAY, now))
    _show_rules(console, figures.report("receipts_by_rule", LAST_DAY, now))
    _show_reconciliation(console, figures.report("bank_reconciliation", LAST_DAY, now))
    _show_remittances(console, figures.report("remittances", LAST_DAY, now))
    _show_waiting(console, figures.report("suspense", LAST_DAY, now))


def _show_formats(console: Console, month: BankMonth) -> None:
    lines = Counter(line.bank.form for line in month.lines)
    received = Counter(line.bank.form for line in month.lines if line.expected)
    applied = Counter(line.bank.form for line in month.lines if line.is_applied)
    shown = table("", "further bank accounts, one format each", "lines", "receipts", "by itself")
    for form in dict.fromkeys(bank.form for bank in BANKS):
        cells = (f"{count[form]:,}" for count in (lines, received, applied))
        shown.add_row(TITLES[form], *cells)
    totals = (f"{count.total():,}" for count in (lines, received, applied))
    shown.add_row("all", *totals, style="bold")
    console.print(shown)


def _show_rates(console: Console, rows: list[Row]) -> None:
    shown = table("", f"applied with no person, all of {DAY_TITLE}, %", *_CODES, "all")
    for definition, title in _RATES:
        rates = [first_pass(rows, definition, code) for code in (*_CODES, None)]
        shown.add_row(
            f"{definition.removesuffix('.v1')} {title}", *(f"{rate * 100:.1f}" for rate in rates)
        )
    console.print(shown)


def _show_rules(console: Console, rows: list[Row]) -> None:
    """Pounds by the rule that put them on an account, the largest first; then what is elsewhere."""
    sums: dict[str, tuple[int, Decimal]] = {}
    for row in rows:
        on_account = row["place"] == "account"
        title = row["rule"] if on_account else f"({row['place']})"
        count, amount = sums.get(title, (0, Decimal(0)))
        sums[title] = count + row["receipts"], amount + row["amount"]
    shown = table("", "money by rule (RR-1)", "receipts", "£")
    for title, (count, amount) in sorted(sums.items(), key=lambda one: -one[1][1]):
        shown.add_row(title, f"{count:,}", f"{amount:,.2f}")
    console.print(shown)


def _show_reconciliation(console: Console, rows: list[Row]) -> None:
    """Each bank account with what stands between bank and ledger."""
    shown = table("", "bank account (BR-1)", "statement £", "left £", "reads")
    for account in dict.fromkeys(row["bank_account"] for row in rows if row["bank_account"]):
        own = [row for row in rows if row["bank_account"] == account]
        summary = next(row for row in own if row["kind"] == "summary")
        balance = sum((row["amount"] for row in own if row["step"] == 1), Decimal(0))
        reads = summary["note"] or summary["item"]
        unit = summary["unit"] or ""
        shown.add_row(f"{unit} {account}", f"{balance:,.2f}", f"{summary['amount']:,.2f}", reads)
    console.print(shown)


def _show_remittances(console: Console, rows: list[Row]) -> None:
    states = Counter(row["state"] for row in rows)
    said = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    console.print(f"Remittance advices: {said or 'none'}.", highlight=False)


def _show_waiting(console: Console, rows: list[Row]) -> None:
    """What is in suspense of the further accounts, by its reason."""
    accounts = {bank.account for bank in BANKS}
    own = [row for row in rows if row["bank_account"] in accounts]
    reasons = Counter(row["reason"] for row in own)
    said = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    console.print(f"Left in suspense of these accounts: {said or 'nothing'}.", highlight=False)
