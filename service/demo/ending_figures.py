"""The figures of the year end: the second part of the ending, each by its definition."""

from datetime import date, datetime
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from service.demo.ages import AGES, Ages
from service.demo.charts import bar
from service.demo.council import LAST_DAY, UNITS, YEAR_END
from service.demo.figures import Figures, Row
from service.demo.pictures import AGES_DAYS, Curve
from service.demo.style import headline, table

_CODES = tuple(unit.code for unit in UNITS)
_DEBTOR_DAYS = ("DD-1.v1", "DD-2.v1", "DD-3.v1", "DD-4.v1")
_RATES = (("CR-1.v1", "in-year collection 2025-26"), ("CEI.v1", "collection effectiveness"))
_CONTROL = (
    ("brought_forward", "brought forward", 1),
    ("billed", "billed", 1),
    ("credited", "credit notes", -1),
    ("cash", "cash", -1),
    ("written_off", "written off", -1),
    ("written_back", "written back", 1),
    ("refunded", "refunds", 1),
    ("transferred", "between units", 1),
    ("carried_forward", "carried forward", 1),
)


def show_aged_debt(console: Console, ages: Ages) -> None:
    """Aged debt by unit in pounds and per cent, with a bar for each age."""
    headline(console, f"Aged debt at {YEAR_END:%d %B %Y}, £ (AD-1.v1, by due date)")
    shown = table("", "overdue", *_CODES, "total", "%")
    for age, title in AGES:
        whole = ages.of_age(age)
        amounts = [_money(ages.amounts[age, code]) for code in _CODES]
        shown.add_row(title, *amounts, _money(whole), _share(whole, ages.total))
    totals = [_money(ages.of_unit(code)) for code in _CODES]
    shown.add_row("debt", *totals, _money(ages.total), "100.0", style="bold")
    credit = [_money(-ages.unapplied[code]) for code in _CODES]
    shown.add_row(
        "unapplied credit", *credit, _money(-sum(ages.unapplied.values(), Decimal(0))), ""
    )
    console.print(shown)
    largest = max((ages.of_age(age) for age, _ in AGES), default=Decimal(0))
    for age, title in AGES:
        whole = ages.of_age(age)
        console.print(f"{title:>13}  {bar(whole, largest, 44)} {whole:,.0f}", highlight=False)


def show_debtor_days(console: Console, figures: Figures, known: datetime) -> None:
    """DD-1 to DD-4 for each unit and all of them."""
    headline(console, f"Debtor days at {YEAR_END:%d %B %Y}")
    rows = figures.report("debtor_days", YEAR_END, known)
    shown = table("", "", *_CODES, "all")
    for definition in _DEBTOR_DAYS:
        of_unit = {row["unit"]: row for row in rows if row["definition"] == definition}
        days = [of_unit[code]["days_text"] if code in of_unit else "-" for code in (*_CODES, None)]
        measure = next(iter(of_unit.values()))["measure"] if of_unit else ""
        shown.add_row(f"{definition.removesuffix('.v1')} {measure}", *days)
    console.print(shown)


def show_collection(
    console: Console, figures: Figures, known: datetime, curves: list[Curve]
) -> None:
    """Collection rates of the year by unit, and how quickly the bills of some months were paid."""
    headline(console, f"Collection to {YEAR_END:%d %B %Y}, %")
    rows = figures.report("collection_rates", YEAR_END, known)
    shown = table("", "", *_CODES, "all")
    for definition, title in _RATES:
        rates = {
            row["unit"]: row["rate"]
            for row in rows
            if row["definition"] == definition and row["scope"] in ("unit", "all")
        }
        cells = [_percent(rates.get(code)) for code in (*_CODES, None)]
        shown.add_row(f"{definition.removesuffix('.v1')} {title}", *cells)
    console.print(shown)
    console.print(
        "Paid within so many days of the due date, by the month of the bill (CR-4.v1)."
        " A dash: not all bills of the month are so old."
    )
    console.print(_curve_table(curves))


def _curve_table(curves: list[Curve]) -> Table:
    shown = table("", "bills of", *(f"{age} d" for age in AGES_DAYS))
    shown.add_column("within 30 days")
    for curve in curves:
        reached = dict(zip(curve.ages, curve.rates, strict=True))
        cells = [f"{reached[age]:.1f}" if age in reached else "-" for age in AGES_DAYS]
        line = bar(reached.get(30, Decimal(0)), Decimal(100), 20)
        shown.add_row(f"{curve.cohort_on:%B %Y}", *cells, line)
    return shown


def show_suspense(console: Console, figures: Figures, known: datetime) -> None:
    """What is held that is not on a bill: suspense by age, unapplied credit."""
    headline(console, f"Suspense and unapplied credit at {LAST_DAY:%d %B %Y}, £ (SU-1, UC-1)")
    held = figures.report("suspense", LAST_DAY, known)
    credit = figures.report("unapplied_credit", LAST_DAY, known)
    shown = table("", "", *_CODES, "all")
    for band in ("0-2", "3-5", "6-10", "11-20", ">20"):
        of_band = [row for row in held if row["age_band"] == band]
        shown.add_row(f"suspense, {band} working days", *_sums(of_band, "open_amount"))
    shown.add_row("suspense", *_sums(held, "open_amount"), style="bold")
    shown.add_row("unapplied credit", *_sums(credit, "unapplied_credit"), style="bold")
    console.print(shown)


def show_control(console: Console, figures: Figures, known: datetime) -> None:
    """The debtors control account of the year."""
    headline(console, "Debtors control account 2025-26, £ (CA-1.v1)")
    rows = figures.report("control_account", YEAR_END, known)
    shown = table("", "", *_CODES, "all")
    for column, title, sign in _CONTROL:
        sums = _sums([{**row, column: sign * row[column]} for row in rows], column)
        shown.add_row(title, *sums, style="bold" if "forward" in column else "")
    console.print(shown)


def show_as_known(console: Console, figures: Figures, then: datetime, now: datetime) -> None:
    """The same day's debt as it was known in that evening and as it is known now, and why."""
    headline(console, f"Debt at {YEAR_END:%d %B %Y}: what was known then, what is known now, £")
    columns = [figures.report("aged_debt", YEAR_END, known) for known in (then, now)]
    shown = table("", "", *_CODES, "all")
    earlier, later = (_numbers(rows, "net_debt") for rows in columns)
    shown.add_row(f"known {then:%d %B %Y}", *map(_money, earlier))
    shown.add_row(f"known {now:%d %B %Y}", *map(_money, later))
    change = [b - a for a, b in zip(earlier, later, strict=True)]
    shown.add_row("difference", *map(_money, change), style="bold")
    console.print(shown)
    for row in figures.learned_since(YEAR_END, then, now):
        console.print(f"  {_money(row['amount']):>14}  {row['reason']}", highlight=False)


def _numbers(rows: list[Row], column: str) -> list[Decimal]:
    """Sums by unit, then of all."""
    by_unit = [
        sum((row[column] for row in rows if row["unit"] == code), Decimal(0)) for code in _CODES
    ]
    return [*by_unit, sum(by_unit, Decimal(0))]


def _sums(rows: list[Row], column: str) -> list[str]:
    return [_money(amount) for amount in _numbers(rows, column)]


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{part * 100 / whole:.1f}" if whole else "-"


def _percent(rate: Decimal | None) -> str:
    return "-" if rate is None else f"{rate * 100:.2f}"


def cohorts() -> list[date]:
    """The months whose curves are shown."""
    return [date(2024, 4, 1), date(2024, 10, 1), date(2025, 4, 1), date(2025, 10, 1)]
