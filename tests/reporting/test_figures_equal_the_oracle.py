"""SQL = oracle, for every report, on random histories, at random dates on both axes."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any, TypeAlias

import pytest

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
Council: TypeAlias = Callable[[int], Any]
Figures: TypeAlias = ModuleType
History: TypeAlias = Any

Row = dict[str, Any]
SEEDS = range(8)
MOMENTS = 2
# Ratios are compared as numeric with sixteen digits or more; amounts exactly.
CLOSE = Fraction(1, 10**9)
NO_AMOUNTS = frozenset({"days", "working_days", "rate", "value", "rate_as_billed", "rate_net"}) | {
    "share_credited",
    "share_written_off",
    "rate_by_count",
    "rate_by_value",
    "share",
}


def _plain(row: Row, columns: tuple[str, ...]) -> Row:
    """Decimals as fractions, amounts in minor units."""
    plain = {}
    for column in columns:
        value = row[column]
        if isinstance(value, Decimal):
            value = Fraction(value) * (1 if column in NO_AMOUNTS else 100)
        plain[column] = value
    return plain


def _same(left: object, right: object) -> bool:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return abs(left - right) <= CLOSE * max(Fraction(1), abs(right))
    return left == right


def _identity(row: Row, exact: tuple[str, ...]) -> str:
    return repr([str(row[column]) for column in exact])  # an amount may be a whole fraction


def _compare(
    found: list[Row], expected: list[Row], exact: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    mine = sorted((_plain(row, columns) for row in found), key=lambda r: _identity(r, exact))
    theirs = sorted(expected, key=lambda r: _identity(r, exact))
    assert [_identity(row, exact) for row in mine] == [_identity(row, exact) for row in theirs]
    for row, wanted in zip(mine, theirs, strict=True):
        wrong = {c: (row[c], wanted[c]) for c in columns if not _same(row[c], wanted[c])}
        assert not wrong, f"{_identity(row, exact)}: {wrong}"


KEYS: dict[str, tuple[str, ...]] = {
    "account_balances": ("unit", "account", "debt_type", "currency"),
    "open_items": ("unit", "account", "item", "instalment"),
    "aged_debt": ("unit", "currency", "debt_type", "service"),
    "unapplied_credit": ("unit", "account", "debt_type", "currency"),
    "debtor_days": ("unit", "currency", "definition"),
    "collection_rates": ("scope", "unit", "service", "currency", "definition", "measure"),
    "collection_curve": ("unit", "currency", "cohort_on", "age_days"),
    "suspense": ("unit", "currency", "receipt"),
    "suspense_performance": ("unit", "currency", "definition", "measure"),
    "suspense_clearing": ("unit", "way"),
    "match_rates": ("unit", "currency", "definition"),
    "match_quality": ("unit", "currency", "rule"),
    "receipts_by_rule": ("unit", "currency", "method", "place", "rule", "automatic"),
    "statement_gaps": ("bank_account", "kind", "statement"),
    "bank_files": ("bank_account",),
    "bank_reconciliation": ("bank_account", "unit", "step", "kind", "item", "amount"),
    "remittances": ("state", "remittance", "receipt"),
    "small_balances": ("unit", "batch", "reason", "financial_year"),
    "control_account": ("unit", "currency"),
    "trial_balance": ("unit", "currency", "gl_account", "service"),
}
# report, parameter of the function, parameter of the oracle, values
VARIANTS: tuple[tuple[str, str, str, tuple[object, ...]], ...] = (
    ("aged_debt", "basis", "basis", ("due", "invoice")),
    ("debtor_days", "window_months", "months", (3, 12)),
    ("collection_rates", "period_start", "period", (None, date(2024, 2, 1))),
    ("collection_rates", "debit_year", "year", (2023,)),
    ("collection_curve", "cohort_months", "months", (24, 6)),
    ("suspense_performance", "period_start", "period", (None, date(2024, 1, 20))),
    ("suspense_clearing", "period_start", "period", (date(2024, 1, 20),)),
    ("match_rates", "period_start", "period", (date(2024, 1, 20),)),
    ("match_quality", "period_start", "period", (date(2024, 1, 20),)),
    ("receipts_by_rule", "period_start", "period", (date(2024, 1, 20),)),
    ("small_balances", "yearly_cap", "cap", (3, 1_000)),
    ("control_account", "period_start", "period", (None, date(2024, 3, 3))),
)
CALLS: list[tuple[str, dict[str, object], dict[str, object]]] = [
    (report, {parameter: value}, {theirs: value})
    for report, parameter, theirs, values in VARIANTS
    for value in values
] + [(report, {}, {}) for report in KEYS]


# These look at more than movements and postings.
OF_A_VIEW = frozenset(KEYS) & {
    "suspense",
    "suspense_performance",
    "suspense_clearing",
    "match_rates",
    "match_quality",
    "receipts_by_rule",
    "statement_gaps",
    "bank_files",
    "bank_reconciliation",
    "remittances",
    "small_balances",
}


def _moments(chance: random.Random, history: History) -> list[tuple[date, datetime]]:
    first, last = history.movements[0].recorded_at, history.movements[-1].recorded_at
    span = int((last - first).total_seconds())
    found = [(last.date() + timedelta(days=30), last)]
    for _ in range(MOMENTS):
        known = first + timedelta(seconds=chance.randrange(span))
        day = known.date() + timedelta(days=chance.randrange(-90, 20))
        found.append((day, known))
    # A month end completes its own month, and 29 February has no anniversary in most years.
    return [*found, (date(2024, 2, 29), last), (date(2024, 3, 31), last)]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_report_equals_the_oracle_and_every_identity_holds_at_random_dates(
    books: Books,
    figures: Figures,
    council: Council,
    seed: int,
) -> None:
    history = council(seed).live(260)
    books.record_all(history)
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice of dates, no secret
    for as_at, as_known in _moments(chance, history):
        lines = figures.counted(history.movements, as_at, as_known)
        entries = figures.counted(history.postings, as_at, as_known)
        everything = figures.view(history, as_at, as_known)
        for report, given, theirs in CALLS:
            source = entries if report == "trial_balance" else lines
            source = everything if report in OF_A_VIEW else source
            expected = getattr(figures, report)(source, as_at, **theirs)
            found = books.report(report, as_at, as_known, **given)
            if report == "debtor_days":
                for row in found:
                    row["over"] = row["days_text"] if row["days_text"].startswith(">") else None
            if expected or found:
                assert expected, f"{report} {given} {as_at} {as_known}: {found}"
                _compare(found, expected, KEYS[report], tuple(expected[0]))
        broken = [row for row in books.report("identities", as_at, as_known) if not row["holds"]]
        assert broken == []
