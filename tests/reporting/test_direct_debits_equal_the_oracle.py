"""Every figure of Direct Debits = the oracle, on random months, at random dates on both axes."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any, TypeAlias

import pytest

from projections.reporting.install import sql_text

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
Figures: TypeAlias = ModuleType
History: TypeAlias = Any
Soak: TypeAlias = Any
Row: TypeAlias = dict[str, Any]

CLOSE = Fraction(1, 10**9)
RATES = ("rate", "amount_rate", "win_rate")
KEYS = {
    "mandates": ("mandate",),
    "collections": ("collection",),
    "collection_runs": ("run",),
    "direct_debit_rates": ("unit", "definition", "reason"),
    "indemnity_challenges": ("unit", "reason"),
}


def store(books: Books, told: list[Any]) -> None:
    """Fold every fact into the read models."""
    books.fold((x.recorded_at, x.effective_on, x.fact) for x in told)


def plain(name: str, value: object) -> object:
    """Pounds as minor units, rates as fractions."""
    if isinstance(value, Decimal):
        return Fraction(value) * (1 if name in RATES else 100)
    return value


def same(left: object, right: object) -> bool:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return abs(left - right) <= CLOSE
    return left == right


def differences(found: list[Row], wanted: list[Row], keys: tuple[str, ...]) -> list[str]:
    """Each cell in which the two disagree, and each row that only one of them has."""
    mine = {tuple(row[key] for key in keys): row for row in found}
    theirs = {tuple(row[key] for key in keys): row for row in wanted}
    assert len(mine) == len(found)
    said = [f"{key} is missing" for key in theirs.keys() - mine.keys()]
    said += [f"{key} should not be there" for key in mine.keys() - theirs.keys()]
    for key in mine.keys() & theirs.keys():
        for name, value in theirs[key].items():
            shown = plain(name, mine[key][name])
            if not same(shown, value):
                said.append(f"{key} {name}: {shown}, not {value}")
    return said


def moments(history: History) -> list[tuple[date, datetime]]:
    chance, told = history.chance, history.told
    first, last = told[0].recorded_at, told[-1].recorded_at
    span = int((last - first).total_seconds())
    found = [(last.date() + timedelta(days=20), last)]
    for _ in range(3):
        known = first + timedelta(seconds=chance.randrange(span))
        found.append((known.date() + timedelta(days=chance.randrange(-30, 15)), known))
    return found


def compared(books: Books, figures: Figures, history: History) -> list[str]:
    """Where SQL and the oracle disagree on a history."""
    said, chance = [], history.chance
    for as_at, as_known in moments(history):
        view = figures.debits(history.told, as_at, as_known)
        period = date(2026, 2, 1) + timedelta(days=chance.randrange(90))
        wanted: dict[str, tuple[list[Row], Row]] = {
            "mandates": (figures.mandates(view), {}),
            "collections": (figures.collections(view, as_at), {}),
            "collection_runs": (figures.collection_runs(view), {}),
            "indemnity_challenges": (figures.indemnity_challenges(view, as_at), {}),
        }
        rates: list[Row] = [{}, {"period_start": period}]
        calls = [(name, *both) for name, both in wanted.items()]
        for given in rates:
            theirs = figures.direct_debit_rates(view, as_at, given.get("period_start"))
            calls.append(("direct_debit_rates", theirs, given))
        for name, theirs, given in calls:
            found = books.report(name, as_at, as_known, **given)
            where = f"{name} {given} {as_at} {as_known}"
            said += [f"{where}: {one}" for one in differences(found, theirs, KEYS[name])]
    return said


@pytest.mark.soak
def test_every_figure_of_a_random_month_equals_the_oracle(
    books: Books, figures: Figures, soak: Soak, seed: int
) -> None:
    history = figures.DirectDebitMonth(seed).live(soak.size(500, 1_500))
    store(books, history.told)
    assert compared(books, figures, history) == []
    soak.tally(events=len(history.told))


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_of_these_months_equals_the_oracle(
    books: Books, figures: Figures, seed: int
) -> None:
    history = figures.DirectDebitMonth(seed).live(400)
    store(books, history.told)
    assert compared(books, figures, history) == []


# What each figure would be with the fault that the oracle is there to find.
FAULTS = (
    ("direct_debit_rates", "array_agg(o.amount - o.taken ORDER", "array_agg(o.amount ORDER"),
    ("direct_debit_rates", "l.then_came = 'rejected'", "l.then_came IS NOT NULL"),
    ("direct_debit_rates", "AND m.code <> '3'", "AND m.code = '3'"),
    ("direct_debit_support", "s.activated > coalesce(s.anew, 0)", "s.activated > 0"),
    ("collection_runs", "coalesce(p.rejected_minor, 0) AS", "p.rejected_minor AS"),
    ("collections", "k.kind = 'settled'", "k.kind = 'withdrawn'"),
    ("indemnity_challenges", "k.is_challenged AND k.ended = 'settled'", "k.ended = 'settled'"),
)


@pytest.mark.parametrize(("name", "right", "wrong"), FAULTS)
def test_the_oracle_finds_a_figure_with_a_fault(
    books: Books, figures: Figures, name: str, right: str, wrong: str
) -> None:
    text = sql_text(name)
    assert right in text
    functions = text.partition(f"CREATE VIEW reporting.{name}")[0].replace(right, wrong)
    broken = functions.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    books.connection.execute(broken.encode())
    history = figures.DirectDebitMonth(1).live(1_400)
    store(books, history.told)
    assert compared(books, figures, history) != []
