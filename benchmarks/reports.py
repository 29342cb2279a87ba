"""How long each report takes at a random day as at and a random moment as known.

The movements are made inside the database with a fixed seed: two financial years, three units,
eight services, bills that are paid early, late, in part or not at all, one receipt in thirty
through suspense. They satisfy every identity, so the figures that are timed could be real.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import psycopg

from projections.reporting import REPORTS, Report, configure
from projections.reporting.close import forget_closings

FIRST_DAY = date(2024, 4, 1)
DAYS = 730
LINES_PER_INVOICE = 3.63

_INVOICES = """
CREATE TEMPORARY TABLE bench_invoice AS
SELECT i, 'A' || to_char(a, 'FM000000') AS account,
    (array['CORP', 'HSG', 'LEIS'])[a % 3 + 1] AS unit,
    (array['sundry', 'rent', 'care', 'commercial'])[a % 4 + 1] AS debt_type,
    'service-' || i % 8 AS service, 'INV' || to_char(i, 'FM00000000') AS item,
    billed_on, billed_on + 28 AS due_on, amount, fate,
    greatest(billed_on + 28 + lateness, billed_on - 5) AS paid_on,
    CASE WHEN fate < 0.05 THEN amount / 2 ELSE amount END AS paid,
    fate < 0.85 AS is_paid, fate < 0.03 AS is_suspended
FROM (
    SELECT i, (random() * 29999)::integer AS a, %(first)s::date + (random() * 729)::integer
        AS billed_on, (1000 + random() * 40000)::bigint AS amount, random() AS fate,
        (random() * random() * 150 - 20)::integer AS lateness
    FROM generate_series(1, %(invoices)s) AS i
) AS made
"""

_LINES = """
CREATE TEMPORARY TABLE bench_line AS
SELECT l.* FROM bench_invoice AS v CROSS JOIN LATERAL (
    VALUES
    (v.i, 1, 0, v.unit, v.account, v.debt_type, v.service, v.item, 'debtors', 'billed', v.amount,
        v.billed_on, v.billed_on, v.billed_on, v.due_on, NULL::date, NULL, NULL, true),
    (v.i, 2, 0, v.unit, NULL, NULL, NULL, NULL, 'suspense', 'suspended',
        CASE WHEN v.is_suspended THEN -v.paid END,
        v.paid_on, v.paid_on + 1, NULL, NULL, NULL, 'R' || v.i, 'bank transfer', true),
    (v.i, 3, 0, v.unit, NULL, NULL, NULL, NULL, 'suspense', 'identified',
        CASE WHEN v.is_suspended THEN v.paid END,
        v.paid_on + 6, v.paid_on + 7, NULL, NULL, NULL, 'R' || v.i, NULL, false),
    (v.i, 3, 1, v.unit, v.account, v.debt_type, NULL, NULL, 'unapplied', 'received',
        CASE WHEN v.is_paid THEN -v.paid END,
        CASE WHEN v.is_suspended THEN v.paid_on + 6 ELSE v.paid_on END,
        CASE WHEN v.is_suspended THEN v.paid_on + 7 ELSE v.paid_on + 1 END,
        NULL, NULL, NULL, 'R' || v.i, 'bank transfer', NOT v.is_suspended),
    (v.i, 4, 0, v.unit, v.account, v.debt_type, v.service, v.item, 'debtors', 'allocated',
        CASE WHEN v.is_paid THEN -v.paid END, greatest(v.paid_on + 6, v.billed_on),
        greatest(v.paid_on + 7, v.billed_on), v.billed_on, v.due_on, v.paid_on, 'R' || v.i, NULL,
        false),
    (v.i, 4, 1, v.unit, v.account, v.debt_type, NULL, v.item, 'unapplied', 'allocated',
        CASE WHEN v.is_paid THEN v.paid END, greatest(v.paid_on + 6, v.billed_on),
        greatest(v.paid_on + 7, v.billed_on), NULL, NULL, v.paid_on, 'R' || v.i, NULL, false),
    (v.i, 5, 0, v.unit, v.account, v.debt_type, v.service, v.item, 'debtors',
        CASE WHEN v.fate < 0.90 THEN 'credited' ELSE 'written_off' END,
        CASE WHEN v.fate BETWEEN 0.85 AND 0.92 THEN -v.amount END,
        v.billed_on + 60, v.billed_on + 61, v.billed_on, v.due_on, NULL, NULL, NULL, true)
) AS l (i, event, line, unit, account, debt_type, service, item, control, kind, amount,
    effective_on, recorded_on, invoiced_on, due_on, cash_on, receipt, method, has_contra)
WHERE l.amount IS NOT NULL
"""

_MOVEMENTS = """
INSERT INTO projection.movements_v1 (position, line, unit, account, debt_type, service, item,
    instalment, control, kind, amount_minor, currency, effective_on, recorded_at, invoiced_on,
    due_on, cash_on, receipt, method, rule)
SELECT dense_rank() OVER (ORDER BY recorded_on, i, event), line, unit, account, debt_type, service,
    item, NULL, control, kind, amount, 'GBP', effective_on,
    (recorded_on + time '18:00') AT TIME ZONE 'UTC', invoiced_on, due_on, cash_on, receipt, method,
    CASE WHEN kind = 'allocated' THEN 'invoice-reference' END
FROM bench_line ORDER BY recorded_on, i, event, line
"""

_POSTINGS = """
INSERT INTO projection.postings_v1 (position, line, unit, gl_account, service, cost_code,
    amount_minor, currency, effective_on, recorded_at)
SELECT position, line + side * 10, unit,
    CASE WHEN side = 1 THEN CASE WHEN kind IN ('billed', 'credited') THEN 'income'
            WHEN kind = 'written_off' THEN 'bad_debts' ELSE 'bank' END
        WHEN control = 'debtors' THEN 'debtors_control'
        WHEN control = 'unapplied' THEN 'unapplied_cash' ELSE control END,
    CASE WHEN side = 1 THEN service END, NULL, amount_minor * (1 - side * 2), currency,
    effective_on, recorded_at
FROM projection.movements_v1 AS m CROSS JOIN generate_series(0, 1) AS side
WHERE side = 0 OR kind IN ('billed', 'credited', 'written_off', 'suspended')
    OR (kind = 'received' AND NOT EXISTS (SELECT FROM projection.movements_v1 AS s
        WHERE s.control = 'suspense' AND s.unit = m.unit AND s.receipt = m.receipt))
ORDER BY position, line
"""

# Money of other systems, without a bank account: no statement is missing then.
_RECEIPTS = """
INSERT INTO projection.receipts_v1 (position, recorded_at, amount_minor, effective_on, line,
    automatic, value_on, kind, unit, currency, receipt, actor, account, parent, method, rule)
SELECT m.position, m.recorded_at, abs(m.amount_minor), m.effective_on, m.line, true,
    m.effective_on, m.kind, m.unit, m.currency, m.receipt, 'system:intake', m.account,
    CASE WHEN m.kind = 'received' THEN s.receipt END, coalesce(m.method, s.method),
    CASE WHEN m.kind = 'received' THEN 'invoice-reference' ELSE 'no-match' END
FROM projection.movements_v1 AS m
LEFT JOIN (SELECT unit, receipt, method FROM projection.movements_v1 WHERE kind = 'suspended') AS s
    ON s.unit = m.unit AND s.receipt = m.receipt
WHERE m.kind IN ('received', 'suspended', 'identified')
ORDER BY m.position, m.line
"""

_PROGRESS = """
INSERT INTO projection.progress
SELECT 'movements', position, recorded_at FROM projection.movements_v1
ORDER BY position DESC LIMIT 1
ON CONFLICT (projection) DO UPDATE
SET position = excluded.position, recorded_at = excluded.recorded_at
"""


@dataclass(frozen=True, slots=True)
class ReportTiming:
    """Seconds one report took over random dates on both axes."""

    report: str
    rows: int
    median_seconds: float
    slowest_seconds: float


def fill(connection: psycopg.Connection, lines: int = 1_000_000) -> int:
    """Replace the movements and postings by about `lines` generated ones; returns their number."""
    with connection.transaction():
        connection.execute(
            "TRUNCATE projection.movements_v1, projection.postings_v1, projection.receipts_v1"
        )
        forget_closings(connection)
        connection.execute("SELECT setseed(0.42)")
        invoices = round(lines / LINES_PER_INVOICE)
        connection.execute(
            _INVOICES.replace("%(first)s", f"'{FIRST_DAY}'")
            .replace("%(invoices)s", str(invoices))
            .encode()
        )
        for statement in (_LINES, _MOVEMENTS, _POSTINGS, _RECEIPTS, _PROGRESS):
            connection.execute(statement)
        connection.execute("DROP TABLE bench_line, bench_invoice")
    _settle(connection)
    row = connection.execute("SELECT count(*) FROM projection.movements_v1").fetchone()
    return row[0] if row else 0


def bench(
    connection: psycopg.Connection,
    rounds: int = 5,
    first: date = FIRST_DAY,
    days: int = DAYS,
    timed: Sequence[Report] = REPORTS,
) -> list[ReportTiming]:
    """Time every report at `rounds` random days and moments; needs `fill` and autocommit."""
    configure(connection)
    chooser = random.Random(20260331)  # noqa: S311 - a repeatable choice of dates, no secret
    pairs = [_random_dates(chooser, first, days) for _ in range(rounds)]
    return [_time_report(connection, report, pairs) for report in timed]


def _settle(connection: psycopg.Connection) -> None:
    """Vacuum and analyse, as autovacuum would have done long before a person asks for a report."""
    filled = ("movements", "postings", "receipts")
    for name in filled:
        connection.execute(f"VACUUM (ANALYZE) projection.{name}_v1".encode())


def _random_dates(chooser: random.Random, first: date, days: int) -> tuple[date, datetime]:
    as_at = first + timedelta(days=chooser.randrange(days // 2, days))
    as_known = as_at + timedelta(days=chooser.randrange(120))
    return as_at, datetime(as_known.year, as_known.month, as_known.day, 12, tzinfo=UTC)


def _time_report(
    connection: psycopg.Connection, report: Report, pairs: Sequence[tuple[date, datetime]]
) -> ReportTiming:
    # Counting the rows as rows makes every column be computed.
    query = f"SELECT count(*), count(r) FROM {report.function}(%s, %s) AS r"  # noqa: S608 - own names
    rows, seconds = 0, []
    for as_at, as_known in pairs:
        begun = time.perf_counter()
        found = connection.execute(query.encode(), (as_at, as_known)).fetchone()
        seconds.append(time.perf_counter() - begun)
        rows = found[0] if found else 0
    return ReportTiming(report.name, rows, sorted(seconds)[len(seconds) // 2], max(seconds))
