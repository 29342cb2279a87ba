"""Collection rates and the collection curve."""

from datetime import date, timedelta

from .lines import (
    Item,
    Movement,
    Row,
    books,
    grouped,
    items,
    month_before,
    ratio,
    total,
    year_start,
)


def _rates(
    lines: list[Movement], as_at: date, period: date, year: int
) -> dict[tuple[str, str], tuple[int, int]]:
    in_year = [
        item
        for item in items(lines)
        if date(year, 4, 1) <= item.invoiced_on <= date(year + 1, 3, 31)
    ]
    bills = [x for item in in_year if not item.is_reopened for x in item.lines]
    everything = [x for item in in_year for x in item.lines]
    collectable = total(bills, kinds="billed credited")
    debit = total(everything, kinds="billed reversed")
    receipts = -sum(
        x.amount_minor
        for x in lines
        if x.kind in ("received", "reversed")
        and x.control in ("debtors", "unapplied")
        and x.effective_on >= period
    )
    debts = [x for x in lines if x.control == "debtors"]
    begin = total(x for x in debts if x.effective_on < period)
    during = [x for x in debts if x.effective_on >= period]
    added = total(during, kinds="billed reversed")
    end = sum(item.open for item in items(lines))
    current = sum(item.open for item in items(lines) if item.due_on >= as_at)
    return {
        ("CR-1.v1", "in-year collection"): (-total(bills, kinds="allocated"), collectable),
        ("CR-3.v1", "crude receipts"): (receipts, collectable),
        ("CR-5.v1", "cash"): (-total(everything, kinds="allocated"), debit),
        ("CR-5.v1", "credited"): (-total(everything, kinds="credited"), debit),
        ("CR-5.v1", "written off"): (-total(everything, kinds="written_off written_back"), debit),
        ("CR-5.v1", "open"): (sum(item.open for item in in_year), debit),
        ("CEI.v1", "collection effectiveness"): (begin + added - end, begin + added - current),
        ("CEI-cash.v1", "collection effectiveness in cash"): (
            -total(during, kinds="allocated"),
            begin + added - current,
        ),
    }


def collection_rates(
    lines: list[Movement], as_at: date, period: date | None = None, year: int | None = None
) -> list[Row]:
    period = period or year_start(as_at)
    year = year_start(as_at).year if year is None else year
    mine = [
        x
        for x in lines
        if x.control == "debtors"
        or (x.control == "unapplied" and x.kind in ("received", "reversed"))
    ]
    scopes = [
        ("service", key, group)
        for key, group in grouped(mine, "unit", "service", "currency").items()
    ]
    for (unit, currency), group in books(mine).items():
        scopes.append(("all" if unit is None else "unit", (unit, None, currency), group))
    return [
        {"scope": scope, "unit": key[0], "service": key[1], "currency": key[2]}
        | {"definition": definition, "measure": measure}
        | {"numerator": above, "denominator": below, "rate": ratio(above, below)}
        for scope, key, group in scopes
        for (definition, measure), (above, below) in _rates(group, as_at, period, year).items()
        if scope != "service" or definition != "CR-3.v1"
    ]


def collection_curve(lines: list[Movement], as_at: date, months: int = 24) -> list[Row]:
    first = as_at.replace(day=1)
    for _ in range(months - 1):
        first = month_before(first)
    rows = []
    for (unit, currency), group in books([x for x in lines if x.control == "debtors"]).items():
        bills = [i for i in items(group) if not i.is_reopened and i.invoiced_on >= first]
        for cohort in sorted({item.invoiced_on.replace(day=1) for item in bills}):
            mine = [item for item in bills if item.invoiced_on.replace(day=1) == cohort]
            rows += [
                {"unit": unit, "currency": currency, "cohort_on": cohort, "age_days": age}
                | _curve_point(mine, as_at, age)
                for age in (0, 30, 60, 90, 180, 365)
            ]
    return rows


def _curve_point(bills: list[Item], as_at: date, age: int) -> Row:
    lines = [x for item in bills for x in item.lines]
    billed, credited = total(lines, kinds="billed"), -total(lines, kinds="credited")
    written_off = -total(lines, kinds="written_off written_back")
    cash = -sum(
        x.amount_minor
        for item in bills
        for x in item.lines
        if x.kind == "allocated"
        and (x.cash_on or x.effective_on) <= item.due_on + timedelta(days=age)
    )
    return {
        "billed": billed,
        "credited": credited,
        "written_off": written_off,
        "cash": cash,
        "rate_as_billed": ratio(cash, billed),
        "rate_net": ratio(cash, billed - credited),
        "share_credited": ratio(credited, billed),
        "share_written_off": ratio(written_off, billed),
        "complete": all(item.due_on + timedelta(days=age) <= as_at for item in bills),
    }
