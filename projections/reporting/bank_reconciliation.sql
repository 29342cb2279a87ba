-- The statement side stands on the bank's booking dates: the last statement whose last booking day is
-- not after the day, with all its lines. The ledger side is the cash book by value date. What is there
-- only because its two dates lie on two sides of the day is an item, and says so.
-- What a closing balance leaves when all lines so far are taken off never changes, unless something
-- moved that no statement told: overlapping files and files without balances need no special case.
CREATE FUNCTION reporting.bank_reconciliation(
    as_at date, as_known timestamptz, of_account text DEFAULT NULL
)
RETURNS TABLE (
    unit text, bank_account text, currency text, step integer, kind text, item text,
    dated_on date, amount numeric, statement text, file_name text, file_line integer, digest text,
    note text, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH taken AS (
        SELECT t.* FROM reporting.statements_taken(as_at, as_known) AS t
    ),
    owners AS (
        SELECT o.* FROM reporting.only_bank_accounts(as_known) AS o
    ),
    summed AS MATERIALIZED (
        SELECT s.* FROM reporting.bank_sums(as_at, as_known) AS s
    ),
    shown AS MATERIALIZED (
        SELECT s.bank_account, s.currency, s.is_line, s.taken_at, s.counts, s.shown AS position,
            d.effective_on, d.item, d.amount_minor, d.method, d.file_line, d.digest, t.statement,
            t.file_name
        FROM summed AS s
        CROSS JOIN LATERAL (
            SELECT r.effective_on, r.receipt AS item, r.amount_minor, r.method, r.file_line, r.digest
            FROM reporting.receipts AS r
            WHERE r.position = s.shown AND r.kind IN ('received', 'suspended')
            UNION ALL
            SELECT b.effective_on, b.name, b.amount_minor, b.method, b.file_line, b.digest
            FROM reporting.bank_entries AS b
            WHERE b.position = s.shown AND b.side = 'bank'
        ) AS d
        LEFT JOIN taken AS t ON t.position = s.taken_at
        WHERE s.shown IS NOT NULL
    ),
    set_aside AS (
        SELECT a.* FROM reporting.bank_rows_set_aside(as_at, as_known) AS a
    ),
    lines_of AS (
        SELECT s.taken_at, sum(s.amount) AS entered, sum(s.retried) AS retried
        FROM summed AS s WHERE s.counts GROUP BY s.taken_at
    ),
    rows_of AS (
        SELECT a.taken_at, coalesce(sum(a.amount_minor) FILTER (WHERE a.waits), 0) AS waiting,
            coalesce(sum(a.amount_minor) FILTER (WHERE NOT a.waits), 0) AS solved
        FROM set_aside AS a GROUP BY a.taken_at
    ),
    moved AS (
        SELECT t.*, coalesce(l.entered, 0) AS entered, coalesce(r.waiting, 0) AS waiting,
            coalesce(t.closing_minor - t.opening_minor - t.lines_minor, 0)
                - (coalesce(l.retried, 0) - coalesce(r.solved, 0)) AS unreadable
        FROM taken AS t
        LEFT JOIN lines_of AS l ON l.taken_at = t.position
        LEFT JOIN rows_of AS r ON r.taken_at = t.position
        WHERE t.counts
    ),
    chain AS (
        SELECT m.*, sum(m.entered + m.waiting + m.unreadable) OVER (
                PARTITION BY m.bank_account
                ORDER BY m.ends_on, m.sequence NULLS FIRST, m.position) AS run
        FROM moved AS m
    ),
    links AS (
        SELECT c.*, c.closing_minor - c.run AS base,
            lag(c.closing_minor - c.run) OVER w AS base_before,
            c.run - c.entered - c.waiting - c.unreadable AS run_before,
            row_number() OVER w = 1 AS is_first,
            lead(c.position) OVER w IS NULL AS is_newest
        FROM chain AS c
        WHERE c.closing_minor IS NOT NULL
        WINDOW w AS (
            PARTITION BY c.bank_account ORDER BY c.ends_on, c.sequence NULLS FIRST, c.position)
    ),
    gaps AS (
        SELECT k.*, CASE
                WHEN NOT k.is_first THEN k.base - k.base_before
                -- Statements without balances came first: what was there before them is not known.
                WHEN k.run_before = 0 THEN k.base - coalesce(k.opening_minor, k.base)
                ELSE 0 END AS gap
        FROM links AS k
    ),
    waiting AS MATERIALIZED (
        SELECT w.* FROM reporting.books_waiting(as_at, as_known) AS w
    ),
    items AS (
        SELECT c.bank_account, NULL::text AS of_unit, c.currency, 1 AS step,
            'statement_balance' AS kind, (array_agg(c.statement
                ORDER BY c.ends_on DESC, c.sequence DESC NULLS LAST, c.position DESC))[1] AS item,
            max(c.ends_on) AS dated_on, sum(c.entered + c.waiting + c.unreadable) + coalesce((
                SELECT g.base FROM gaps AS g
                WHERE g.bank_account = c.bank_account AND g.is_newest), 0) AS amount,
            NULL::text AS statement, NULL::text AS file_name, NULL::integer AS file_line,
            NULL::text AS digest,
            CASE WHEN count(c.closing_minor) = 0 THEN 'no balance stated' END AS note
        FROM chain AS c
        GROUP BY c.bank_account, c.currency
        UNION ALL
        SELECT b.bank_account, CASE WHEN b.bank_account IS NULL THEN b.unit END, b.currency, 2,
            'ledger_balance', b.unit, as_at, sum(b.amount_minor), NULL, NULL, NULL, NULL, NULL
        FROM (
            SELECT coalesce(s.bank_account, o.bank_account) AS bank_account, s.currency, s.unit,
                s.by_day AS amount_minor
            FROM summed AS s
            LEFT JOIN owners AS o ON o.unit = s.unit AND o.currency = s.currency
            WHERE NOT s.is_line AND s.receipts > 0
            UNION ALL
            SELECT w.shown_on, w.currency, w.unit, w.amount_minor FROM waiting AS w
        ) AS b
        GROUP BY b.bank_account, b.currency, b.unit
        UNION ALL
        SELECT g.bank_account, NULL, g.currency, 3, 'opening_balance', g.statement, g.first_on,
            g.base - g.gap, g.statement, g.file_name, NULL, g.digest, 'brought forward'
        FROM gaps AS g WHERE g.is_first AND g.base - g.gap <> 0
        UNION ALL
        SELECT g.bank_account, NULL, g.currency, 4, 'statement_gap', g.statement, g.first_on, g.gap,
            g.statement, g.file_name, NULL, g.digest, 'moved before it in no statement that came'
        FROM gaps AS g WHERE g.gap <> 0
        UNION ALL
        SELECT m.bank_account, NULL, m.currency, 4, 'statement_gap', m.statement, m.first_on, 0,
            m.statement, m.file_name, NULL, m.digest,
            'numbers ' || m.missing_from || ' to ' || m.missing_to || ' have not come'
        FROM reporting.statement_gaps(as_at, as_known) AS m WHERE m.kind = 'numbers'
        UNION ALL
        SELECT c.bank_account, NULL, c.currency, 5, 'row_set_aside', a.message, c.ends_on,
            a.amount_minor, a.statement, a.file_name,
            substring(a.place FROM ' line ([0-9]+)$')::integer, a.digest,
            a.code || CASE WHEN a.is_discarded THEN ', discarded' ELSE '' END
        FROM set_aside AS a JOIN chain AS c ON c.position = a.taken_at
        WHERE a.waits AND NOT (a.is_discarded AND a.amount_minor IS NULL)
        UNION ALL
        SELECT c.bank_account, NULL, c.currency, 5, 'rows_unreadable', c.statement, c.ends_on,
            c.unreadable, c.statement, c.file_name, NULL, c.digest,
            'rows without a readable amount must come to this'
        FROM chain AS c WHERE c.unreadable <> 0
        UNION ALL
        SELECT p.bank_account, NULL, p.currency, 6, 'line_not_coded', p.item, p.effective_on,
            p.amount_minor, p.statement, p.file_name, p.file_line, p.digest, p.method
        FROM shown AS p
        WHERE p.is_line AND p.counts
        AND NOT EXISTS (SELECT FROM waiting AS w WHERE w.mate = p.position)
        UNION ALL
        SELECT w.shown_on, CASE WHEN w.shown_on IS NULL THEN w.unit END, w.currency, 7,
            'not_on_statement', w.name, w.effective_on, -w.amount_minor, NULL, NULL, NULL, NULL,
            replace(w.kind, '_', ' ')
        FROM waiting AS w WHERE w.mate IS NULL
        UNION ALL
        SELECT p.bank_account, NULL, p.currency, 8, 'value_dated_later', p.item, p.effective_on,
            p.amount_minor, p.statement, p.file_name, p.file_line, p.digest,
            'on the statement, of value after the day'
        FROM shown AS p WHERE p.counts AND NOT p.is_line AND p.effective_on > as_at
        UNION ALL
        SELECT p.bank_account, NULL, p.currency, 8,
            CASE WHEN p.taken_at IS NULL THEN 'statement_not_taken' ELSE 'on_later_statement' END,
            p.item, p.effective_on, -p.amount_minor, p.statement, p.file_name, p.file_line,
            p.digest, 'of value by the day, on no statement that ends by it'
        FROM shown AS p WHERE NOT p.counts AND NOT p.is_line AND p.effective_on <= as_at
        UNION ALL
        SELECT o.bank_account, CASE WHEN o.bank_account IS NULL THEN s.unit END, s.currency, 9,
            'reported_elsewhere', s.method, s.month_on, -s.by_day, NULL, NULL, NULL, NULL,
            s.receipts || ' receipts that another system reported, of a month'
        FROM summed AS s
        LEFT JOIN owners AS o ON o.unit = s.unit AND o.currency = s.currency
        WHERE s.bank_account IS NULL AND s.receipts > 0
    ),
    concluded AS (
        SELECT i.bank_account, i.of_unit, i.currency,
            coalesce(sum(i.amount) FILTER (WHERE i.step = 1), 0)
                - coalesce(sum(i.amount) FILTER (WHERE i.step > 1), 0) AS difference,
            concat_ws(', ',
                CASE WHEN bool_and(i.step <> 1) THEN 'no statement'
                    WHEN bool_or(i.note = 'no balance stated') THEN 'no balance stated' END,
                reporting.counted(count(*) FILTER (WHERE i.step = 4), 'gap', 'gaps'),
                reporting.counted(
                    count(*) FILTER (WHERE i.step = 5), 'row set aside', 'rows set aside'),
                reporting.counted(
                    count(*) FILTER (WHERE i.step = 6), 'line not coded', 'lines not coded'),
                reporting.counted(
                    count(*) FILTER (WHERE i.kind = 'statement_not_taken'),
                    'line of no statement', 'lines of no statement')
            ) AS why
        FROM items AS i
        GROUP BY i.bank_account, i.of_unit, i.currency
    ),
    everything AS (
        SELECT i.* FROM items AS i
        UNION ALL
        SELECT c.bank_account, c.of_unit, c.currency, 10, 'summary',
            CASE WHEN c.why = '' AND c.difference = 0 THEN 'clean' ELSE 'not clean' END, as_at,
            c.difference, NULL, NULL, NULL, NULL,
            concat_ws(', ', nullif(c.why, ''), CASE WHEN c.difference <> 0 THEN 'a difference' END)
        FROM concluded AS c
    )
    SELECT coalesce(u.unit, e.of_unit), e.bank_account, e.currency, e.step, e.kind, e.item,
        e.dated_on, CASE WHEN e.amount IS NOT NULL THEN reporting.pounds(e.amount) END, e.statement,
        e.file_name, e.file_line, e.digest, nullif(e.note, ''), 'BR-1.v1'
    FROM everything AS e
    LEFT JOIN ( -- the unit of its statements; before the first one, of the receipts that name it
        SELECT k.bank_account, coalesce(min(k.unit) FILTER (WHERE k.is_said), min(k.unit)) AS unit
        FROM (
            SELECT t.bank_account, t.unit, true AS is_said FROM taken AS t
            UNION ALL
            SELECT i.bank_account, i.item, false FROM items AS i WHERE i.step = 2
        ) AS k
        GROUP BY k.bank_account
    ) AS u ON u.bank_account = e.bank_account
    WHERE of_account IS NULL OR e.bank_account = of_account
$$;
COMMENT ON FUNCTION reporting.bank_reconciliation IS
    'Balance of the last bank statement by a day = cash book in the ledger + every item between '
    'them, as known at a moment (BR-1), per bank account, with a summary that says clean or why '
    'not. Give of_account for one bank account; rows without a bank account are of the units that '
    'have several.';

CREATE VIEW reporting.bank_reconciliation AS
SELECT unit, bank_account, currency, step, kind, item, dated_on, amount::numeric(18, 2), statement,
    file_name, file_line, digest, note, definition
FROM reporting.bank_reconciliation(reporting.today(), now());
COMMENT ON VIEW reporting.bank_reconciliation IS
    'Every bank account reconciled item by item, as at today, as known now.';
COMMENT ON COLUMN reporting.bank_reconciliation.unit IS
    'Legal entity or operating unit of the bank account.';
COMMENT ON COLUMN reporting.bank_reconciliation.bank_account IS
    'Our bank account; NULL for what no bank account of the unit can be told to be of.';
COMMENT ON COLUMN reporting.bank_reconciliation.currency IS
    'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.bank_reconciliation.step IS
    'Order of reading: 1 statement, 2 ledger, 3 to 9 the items between them, 10 summary.';
COMMENT ON COLUMN reporting.bank_reconciliation.kind IS
    'statement_balance, ledger_balance, opening_balance, statement_gap, row_set_aside, '
    'rows_unreadable, line_not_coded, not_on_statement, value_dated_later, on_later_statement, '
    'statement_not_taken, reported_elsewhere or summary.';
COMMENT ON COLUMN reporting.bank_reconciliation.item IS
    'Statement, unit of the ledger balance, receipt, bank line, refund or row; clean or not clean.';
COMMENT ON COLUMN reporting.bank_reconciliation.dated_on IS
    'Value date of the item, last booking day of the statement, or first of a month.';
COMMENT ON COLUMN reporting.bank_reconciliation.amount IS
    'Pounds: step 1 = sum of steps 2 to 9; in the summary what is left between them, must be 0. '
    'NULL when the amount of a row cannot be read.';
COMMENT ON COLUMN reporting.bank_reconciliation.statement IS 'Statement that shows the item.';
COMMENT ON COLUMN reporting.bank_reconciliation.file_name IS 'File of that statement.';
COMMENT ON COLUMN reporting.bank_reconciliation.file_line IS 'Line of that file.';
COMMENT ON COLUMN reporting.bank_reconciliation.digest IS 'SHA-256 of that file, which is kept.';
COMMENT ON COLUMN reporting.bank_reconciliation.note IS 'What the item is, or why not clean.';
COMMENT ON COLUMN reporting.bank_reconciliation.definition IS 'Definition id and version.';
