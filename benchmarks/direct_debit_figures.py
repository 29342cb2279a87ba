"""How long the figures of Direct Debits take over two years of monthly collections.

The history is made inside the database with a fixed seed: each mandate pays a bill a month by one
run; of a hundred collections two come back (half of them are paid by another way afterwards), one
mandate in thirty is cancelled, one collection in a thousand is claimed.
"""

import psycopg

from benchmarks import reports
from benchmarks.ground import Results, ledger_database
from projections.reporting import REPORTS, configure
from service.embedded import EmbeddedServer

MONTHS = 24
FIGURES = (
    "direct_debit_rates",
    "indemnity_challenges",
    "mandates",
    "collections",
    "collection_runs",
    "direct_debit_exceptions",
)

_DEBITS = """
CREATE TEMPORARY TABLE bench_debit AS
SELECT d.*, 'HSG-' || k || '/' || i AS collection, 'A' || to_char(i, 'FM000000') AS account,
    'REF' || to_char(i, 'FM000000') AS mandate, 'INV-' || i || '-' || k AS bill,
    (DATE '2024-04-15' + make_interval(months => k))::date AS entry_on
FROM (
    SELECT i, k, 2000 + (random() * 20000)::bigint AS amount, random() AS fate
    FROM generate_series(0, {months} - 1) AS k, generate_series(1, {mandates}) AS i
) AS d;
ANALYZE bench_debit
"""
_MANDATES = """
INSERT INTO reporting.mandate_events (position, recorded_at, effective_on, kind, sun, mandate,
    actor, unit, account, code, reason, happened_on, run, item, details, to_lodge, advice)
SELECT l.n + 4 * d.i, l.told_on + time '18:00', l.told_on, l.kind, '999999', d.mandate, 'officer',
    CASE WHEN l.n = 0 THEN 'HSG' END, CASE WHEN l.n = 0 THEN d.account END, l.code, NULL,
    l.told_on, NULL, NULL, 1, NULL, CASE WHEN l.n = 3 THEN 'ADDACS 1' END
FROM bench_debit AS d CROSS JOIN LATERAL (
    VALUES (0, 'drafted', NULL, DATE '2024-03-01'), (1, 'lodged', '0N', DATE '2024-03-20'),
        (2, 'activated', NULL, DATE '2024-04-01'),
        (3, 'cancelled', '1', CASE WHEN d.i % 30 = 0 THEN DATE '2025-06-10' END)
) AS l (n, kind, code, told_on)
WHERE d.k = 0 AND l.told_on IS NOT NULL
"""
_COLLECTIONS = """
INSERT INTO reporting.collection_events (position, recorded_at, effective_on, line, kind, sun,
    mandate, actor, collection, amount_minor, run, item, unit, account, code, details, input_on,
    processing_on, entry_on, notice, told_on, reason, invoices, advice)
SELECT 2 * (d.k::bigint * {mandates} + d.i) + e.n, e.told_on + time '18:00', e.told_on, 0, e.kind,
    '999999', d.mandate, 'officer', d.collection, d.amount,
    CASE WHEN e.n = 0 THEN 'HSG-' || d.k END, CASE WHEN e.n = 0 THEN d.i END,
    CASE WHEN e.n = 0 THEN 'HSG' END, CASE WHEN e.n = 0 THEN d.account END,
    CASE WHEN e.n = 1 THEN (d.i % 3)::text WHEN d.k = 0 THEN '01' ELSE '17' END, 1,
    CASE WHEN e.n = 0 THEN d.entry_on - 2 END, CASE WHEN e.n = 0 THEN d.entry_on - 1 END,
    CASE WHEN e.n = 0 THEN d.entry_on END, 'N', e.told_on, CASE WHEN e.n = 1 THEN 'unpaid' END,
    CASE WHEN e.n = 0 THEN ARRAY[d.bill] END, NULL
FROM bench_debit AS d CROSS JOIN LATERAL (
    VALUES (0, 'instructed', d.entry_on - 4),
        (1, 'returned', CASE WHEN d.fate < 0.02 THEN d.entry_on + 2 END)
) AS e (n, kind, told_on)
WHERE e.told_on IS NOT NULL
"""
_RUNS = """
INSERT INTO reporting.collection_run_events (position, recorded_at, effective_on, kind, run, actor,
    unit, sun, serial, bank_account, layout, input_on, processing_on, entry_on, items,
    amount_minor, rejected_items, rejected_minor, returned_minor)
SELECT d.k * 6 + l.n, l.told_on + time '18:00', l.told_on, l.kind, 'HSG-' || d.k, 'officer', 'HSG',
    '999999', to_char(d.k, 'FM000000'), '089999-66374958', 'standard18', d.entry_on - 2,
    d.entry_on - 1, d.entry_on, d.items, d.amount, 0, 0, 0
FROM (
    SELECT k, entry_on, count(*) AS items, sum(amount)::bigint AS amount
    FROM bench_debit GROUP BY k, entry_on
) AS d CROSS JOIN LATERAL (
    VALUES (0, 'opened', d.entry_on - 4), (1, 'written', d.entry_on - 4),
        (2, 'released', d.entry_on - 3), (3, 'reported', d.entry_on - 2),
        (4, 'credited', d.entry_on), (5, 'signed_off', d.entry_on + 3)
) AS l (n, kind, told_on)
"""
_CLAIMS = """
INSERT INTO reporting.indemnity_claim_events (position, recorded_at, effective_on, kind, unit,
    account, claim, actor, amount_minor, receipt, sun, mandate, code, reason, challenge_by,
    debit_on)
SELECT row_number() OVER (), l.told_on + time '18:00', l.told_on, l.kind, 'HSG', d.account,
    'C-' || d.bill, 'officer', d.amount, CASE WHEN l.n <> 1 THEN 'DD:' || d.collection END,
    '999999', d.mandate, '1', 'claimed', d.entry_on + 40, d.entry_on + 50
FROM bench_debit AS d CROSS JOIN LATERAL (
    VALUES (0, 'raised', d.entry_on + 30), (1, 'challenged', d.entry_on + 35),
        (2, CASE WHEN d.i % 2 = 0 THEN 'withdrawn' ELSE 'settled' END, d.entry_on + 50)
) AS l (n, kind, told_on)
WHERE d.fate > 0.999
"""
_MOVEMENTS = """
INSERT INTO reporting.movements (position, line, unit, account, debt_type, service, item, control,
    kind, amount_minor, currency, effective_on, recorded_at, invoiced_on, due_on, receipt, method)
SELECT 8 * (d.k::bigint * {mandates} + d.i) + l.n, 0, 'HSG', d.account, 'rent',
    CASE WHEN l.control = 'debtors' THEN 'RENT' END,
    CASE WHEN l.control = 'debtors' THEN d.bill END, l.control, l.kind, l.amount, 'GBP', l.told_on,
    l.told_on + time '18:00', CASE WHEN l.control = 'debtors' THEN d.entry_on - 20 END,
    CASE WHEN l.control = 'debtors' THEN d.entry_on END, l.receipt, 'direct_debit'
FROM bench_debit AS d CROSS JOIN LATERAL (
    VALUES (0, 'debtors', 'billed', d.amount, d.entry_on - 20, NULL),
        (1, 'unapplied', 'received', -d.amount, d.entry_on, 'DD:' || d.collection),
        (2, 'unapplied', 'allocated', d.amount, d.entry_on, 'DD:' || d.collection),
        (3, 'debtors', 'allocated', -d.amount, d.entry_on, 'DD:' || d.collection),
        (4, 'debtors', 'allocated', CASE WHEN d.fate < 0.02 THEN d.amount END, d.entry_on + 2,
            'DD:' || d.collection),
        (5, 'debtors', 'allocated', CASE WHEN d.fate < 0.01 THEN -d.amount END, d.entry_on + 9,
            'R-' || d.bill)
) AS l (n, control, kind, amount, told_on, receipt)
WHERE l.amount IS NOT NULL
ORDER BY 1
"""
_RECEIPTS = """
INSERT INTO reporting.receipts (position, recorded_at, amount_minor, effective_on, line, automatic,
    value_on, kind, unit, currency, receipt, actor, account, method, rule)
SELECT m.position, m.recorded_at, -m.amount_minor, m.effective_on, 0, true, m.effective_on,
    'received', m.unit, 'GBP', m.receipt, 'officer', m.account, m.method, 'direct-debit'
FROM reporting.movements AS m WHERE m.kind = 'received' ORDER BY m.position
"""


def fill(connection: psycopg.Connection, collections: int) -> None:
    """Put about so many collections, and all that goes with them, into an empty database."""
    connection.execute("SELECT setseed(0.42)")
    for statement in (
        _DEBITS,
        _MANDATES,
        _COLLECTIONS,
        _RUNS,
        _CLAIMS,
        _MOVEMENTS,
        _RECEIPTS,
    ):
        sized = statement.replace("{mandates}", str(collections // MONTHS))
        connection.execute(sized.replace("{months}", str(MONTHS)).encode())
    connection.execute("DROP TABLE bench_debit")
    connection.execute("VACUUM (ANALYZE)")


def bench(running: EmbeddedServer, results: Results, collections: int) -> None:
    """Time each figure at random days of the second year and moments after them."""
    with (
        ledger_database(running, "bench_debit_figures") as database,
        psycopg.connect(database.owner_url, autocommit=True) as connection,
    ):
        configure(connection)
        fill(connection, collections)
        named = [report for report in REPORTS if report.name in FIGURES]
        for timing in reports.bench(connection, rounds=3, timed=named):
            results.add(
                f"report {timing.report} at random dates, {collections:,} collections",
                f"{timing.median_seconds:.2f} s median",
                f"{timing.slowest_seconds:.2f} s slowest",
            )
