"""Bank statements: what is missing between them, and when the next one is due."""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from .bank_rows import StatementRow
from .lines import DAY, Row, grouped, is_working, working_age
from .view import View


def in_order(statements: Iterable[StatementRow]) -> list[StatementRow]:
    return sorted(
        statements,
        key=lambda x: (x.ends_on, x.sequence is not None, x.sequence or 0, x.position),
    )


def by_account(view: View, as_at: date) -> dict[str, list[StatementRow]]:
    mine = [row for row in view.told_statements if row.ends_on <= as_at]
    return {name: in_order(group) for (name,), group in grouped(mine, "bank_account").items()}


def statement_gaps(view: View, as_at: date) -> list[Row]:
    rows: list[Row] = []
    for group in by_account(view, as_at).values():
        latest_number: dict[str, StatementRow] = {}
        balance: int | None = None
        previous: StatementRow | None = None
        for one in group:
            before = latest_number.get(one.format)
            if before and one.sequence is not None and one.sequence > (before.sequence or 0) + 1:
                rows.append(
                    _gap(one, before, "numbers", 0)
                    | {"missing_from": (before.sequence or 0) + 1}
                    | {"missing_to": one.sequence - 1}
                )
            if one.sequence is not None:
                latest_number[one.format] = one
            if one.closing_minor is None:
                if balance is not None:
                    balance += one.lines_minor - one.duplicates_minor
                continue
            missing = 0 if balance is None else (one.opening_minor or 0) - balance
            if missing and missing != -one.duplicates_minor and previous:
                none = {"missing_from": None, "missing_to": None}
                rows.append(_gap(one, previous, "balances", missing) | none)
            balance, previous = one.closing_minor, one
    return rows


def _gap(one: StatementRow, before: StatementRow, kind: str, amount: int) -> Row:
    return {
        "unit": one.unit,
        "bank_account": one.bank_account,
        "kind": kind,
        "statement": one.statement,
        "previous_statement": before.statement,
        "amount": amount,
    }


def bank_files(view: View, as_at: date) -> list[Row]:
    rows = []
    for group in by_account(view, as_at).values():
        days = sorted({one.last_on for one in group if one.last_on is not None})[-10:]
        rhythm, due_on = None, None
        if len(days) >= 4:
            gaps = sorted(working_age(a, b) for a, b in pairwise(days))
            rhythm = max(1, gaps[(len(gaps) - 1) // 2])
            due_on = working_day_after(days[-1], rhythm + 1)
        late = due_on is not None and due_on < as_at
        last = group[-1]
        rows.append(
            {"unit": last.unit, "bank_account": last.bank_account}
            | {"files": len({one.digest for one in group}), "statements": len(group)}
            | {"lines": sum(one.lines for one in group), "latest_statement": last.statement}
            | {"closing_balance": last.closing_minor, "rhythm_working_days": rhythm}
            | {"due_on": due_on, "late": late}
            | {"late_working_days": working_age(due_on, as_at) if due_on and late else 0}
        )
    return rows


def working_day_after(day: date, count: int) -> date:
    while count:
        day += DAY
        count -= is_working(day)
    return day
