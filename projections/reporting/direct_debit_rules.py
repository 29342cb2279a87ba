"""What the figures must know of the policy of Direct Debits: dated days and months, holidays.

The policy is the file that finance owns; these tables are a copy, made anew when the file says
something else. Without a copy the rules are those of the scheme.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import psycopg

from ledger.direct_debit_policy import DirectDebitPolicy, DirectDebitTable
from projections import tables
from projections.tables import Column, Table

RULES_NAME = "reporting.direct_debit_rules"
HOLIDAYS_NAME = "reporting.direct_debit_holidays"
NAMES = (RULES_NAME, HOLIDAYS_NAME)
_ONE_DAY = timedelta(days=1)

_RULES = Table(
    comment="Days and months of direct-debit.toml, one row a dated table; the scheme's own before.",
    columns=(
        Column("effective_from", "date PRIMARY KEY", "First day on which the rules hold."),
        Column("until_on", "date NOT NULL", "Last day on which they hold."),
        Column("act_within_working_days", "integer NOT NULL", "To act on what Bacs reports."),
        Column("provisional_working_days", "integer NOT NULL", "In which a debit comes back."),
        Column("represent_within_months", "integer NOT NULL", "To present an unpaid debit again."),
        Column("dormant_after_months", "integer NOT NULL", "Without a debit, to be dormant."),
        Column("dormant_warning_days", "integer NOT NULL", "Before that, in which it is told."),
    ),
    constraints=(),
    indexes=(),
)
_HOLIDAYS = Table(
    comment="Days on which Bacs does not work beside the bank holidays (direct-debit.toml).",
    columns=(Column("day", "date PRIMARY KEY", "The day."),),
    constraints=(),
    indexes=(),
)


def create_table(name: str) -> str:
    """DDL of one of the two tables, empty."""
    return tables.create_table({RULES_NAME: _RULES, HOLIDAYS_NAME: _HOLIDAYS}[name], name)


def fill(connection: psycopg.Connection[Any], policy: DirectDebitPolicy) -> None:
    """Make the tables say what the policy says; another who does the same is waited for."""
    wanted = {RULES_NAME: _rules(policy), HOLIDAYS_NAME: _holidays(policy)}
    if _held(connection) == wanted:
        return
    with connection.transaction(), connection.cursor() as cursor:
        for name, rows in wanted.items():
            cursor.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE".encode())
            cursor.execute(f"DELETE FROM {name}".encode())  # noqa: S608 - fixed names
            with cursor.copy(f"COPY {name} FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)


def _held(connection: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    query = "SELECT * FROM {} ORDER BY 1"
    return {name: connection.execute(query.format(name).encode()).fetchall() for name in NAMES}


def _rules(policy: DirectDebitPolicy) -> list[tuple[Any, ...]]:
    dated = sorted({date.min, *(table.effective_from for table in policy.tables)})
    return [
        _row(day, after - _ONE_DAY if after < date.max else after, policy.table_on(day))
        for day, after in pairwise((*dated, date.max))
    ]


def _row(first: date, last: date, table: DirectDebitTable) -> tuple[Any, ...]:
    return (
        first,
        last,
        table.act_within_working_days,
        table.provisional_working_days,
        table.represent_within_months,
        table.dormant_after_months,
        table.dormant_warning_days,
    )


def _holidays(policy: DirectDebitPolicy) -> Sequence[tuple[date]]:
    return [(day,) for day in sorted(policy.extra_holidays)]
