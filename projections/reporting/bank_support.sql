-- What the bank reconciliation is put together from. Each is one SELECT, so that the planner puts it
-- into the caller's query.

-- A line is of the statement that was taken next of its file and bank account; what came after the
-- last one was posted on a retry, and is of that. A row that was set aside does not name its account.
CREATE FUNCTION reporting.statements_taken(as_at date, as_known timestamptz)
RETURNS TABLE (
    "position" bigint, ends_on date, first_on date, opening_minor bigint, closing_minor bigint,
    lines_minor bigint, sequence integer, unit text, bank_account text, currency text,
    statement text, file_name text, digest text, counts boolean, lines_after bigint,
    is_last boolean, rows_after bigint, is_last_of_file boolean
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT s.position, s.ends_on, s.first_on, s.opening_minor, s.closing_minor, s.lines_minor,
        s.sequence, s.unit, s.bank_account, s.currency, s.statement, s.file_name, s.digest,
        s.ends_on <= as_at, lag(s.position, 1, 0::bigint) OVER a, lead(s.position) OVER a IS NULL,
        lag(s.position, 1, 0::bigint) OVER f, lead(s.position) OVER f IS NULL
    FROM reporting.bank_statements AS s
    WHERE s.recorded_at <= as_known
    WINDOW a AS (PARTITION BY s.digest, s.bank_account ORDER BY s.position),
        f AS (PARTITION BY s.digest ORDER BY s.position)
$$;
COMMENT ON FUNCTION reporting.statements_taken IS
    'Bank statements known at a moment, whether each ends by a day, and between which positions of '
    'the log its lines and its rows set aside were recorded.';

CREATE FUNCTION reporting.only_bank_accounts(as_known timestamptz)
RETURNS TABLE (unit text, currency text, bank_account text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT s.unit, s.currency, min(s.bank_account)
    FROM reporting.bank_statements AS s
    WHERE s.recorded_at <= as_known
    GROUP BY s.unit, s.currency
    HAVING count(DISTINCT s.bank_account) = 1
$$;
COMMENT ON FUNCTION reporting.only_bank_accounts IS
    'The bank account of every unit that has one only, as known at a moment by its statements.';

-- What the books knew of and no line of a statement will show by itself, because the bank told it as
-- a receipt: the return of a refund, and collections that it took off the credit of their run. These
-- are the first ones that were told back, up to what it took off.
CREATE FUNCTION reporting.shown_otherwise(as_at date, as_known timestamptz)
RETURNS TABLE (
    "position" bigint, effective_on date, amount_minor bigint, unit text, currency text,
    is_netted boolean
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH taken_off AS (
        SELECT g.run, g.effective_on, r.collection, g.returned_minor,
            sum(r.amount_minor) OVER (
                PARTITION BY g.position
                ORDER BY CASE WHEN r.kind = 'returned' THEN r.told_on ELSE '-infinity' END
            ) AS so_far
        FROM reporting.collection_run_events AS g
        JOIN reporting.collection_events AS i ON i.run = g.run AND i.kind = 'instructed'
        JOIN reporting.collection_events AS r ON r.collection = i.collection
            AND (r.kind = 'returned' OR (r.kind = 'stopped' AND r.code = 'returned'))
            AND r.recorded_at <= g.recorded_at
        WHERE g.kind = 'credited' AND g.returned_minor > 0
        AND g.recorded_at <= as_known AND g.effective_on <= as_at
    )
    SELECT b.position, greatest(b.effective_on, o.effective_on), b.amount_minor, b.unit, b.currency,
        true
    FROM taken_off AS o
    JOIN reporting.bank_entries AS b ON b.name = 'DD:' || o.collection
        AND b.kind = 'receipt_reversed' AND b.side = 'books'
    WHERE o.so_far <= o.returned_minor
    AND b.recorded_at <= as_known AND b.effective_on <= as_at
    UNION ALL
    SELECT b.position, greatest(b.effective_on, r.effective_on), b.amount_minor, b.unit, b.currency,
        false
    FROM reporting.receipts AS r
    CROSS JOIN LATERAL (
        SELECT max(f.position) AS position
        FROM reporting.claimed_refund_events AS f
        WHERE f.kind = 'failed' AND f.refund = r.rule AND f.refund_unit = r.other_unit
        AND f.refund_account = r.other_account AND f.position < r.position
    ) AS failed
    JOIN reporting.bank_entries AS b ON b.position = failed.position
    WHERE r.kind = 'transferred' AND r.other_account IS NOT NULL
    AND r.recorded_at <= as_known AND r.effective_on <= as_at
$$;
COMMENT ON FUNCTION reporting.shown_otherwise IS
    'What the books know of beside receipts and the bank has told as a receipt, as at a day, as '
    'known at a moment: refunds that came back, and collections taken off the credit of their run '
    '(is_netted).';

-- One pass over all receipts: what is listed one by one keeps its position, the rest is summed.
CREATE FUNCTION reporting.bank_sums(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, currency text, bank_account text, is_line boolean, taken_at bigint, counts boolean,
    shown bigint, method text, month_on date, amount numeric, by_day numeric, receipts bigint,
    retried numeric
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH entries AS (
        SELECT r.position, r.effective_on, r.amount_minor, false AS is_line, r.unit, r.currency,
            r.method, r.bank_account, r.digest
        FROM reporting.receipts AS r
        WHERE r.kind IN ('received', 'suspended') AND r.parent IS NULL
        AND r.recorded_at <= as_known
        UNION ALL
        SELECT b.position, b.effective_on, b.amount_minor, b.kind = 'line', b.unit, b.currency,
            b.method, b.bank_account, b.digest
        FROM reporting.bank_entries AS b
        WHERE b.side = 'bank' AND b.recorded_at <= as_known
        UNION ALL
        -- A run's credit is on the statement, and its collections are receipts already: not twice.
        SELECT r.position, r.effective_on, -r.amount_minor, false, r.unit, r.currency,
            'direct_debit', NULL, NULL
        FROM reporting.collection_run_events AS g
        JOIN reporting.receipts AS r
            ON r.receipt = g.receipt AND r.kind = 'transferred' AND r.rule = g.run
        WHERE g.kind = 'credited' AND r.recorded_at <= as_known
        UNION ALL
        -- What the bank took off such a credit is no collection any more, and is on no statement.
        SELECT o.position, o.effective_on, o.amount_minor, false, o.unit, o.currency,
            'direct_debit', NULL, NULL
        FROM reporting.shown_otherwise(as_at, as_known) AS o
        WHERE o.is_netted
    )
    SELECT e.unit, e.currency, e.bank_account, e.is_line, t.position AS taken_at,
        coalesce(t.counts, false) AS counts,
        CASE WHEN e.bank_account IS NOT NULL
            AND (e.is_line OR coalesce(t.counts, false) <> (e.effective_on <= as_at))
            THEN e.position END AS shown,
        CASE WHEN e.bank_account IS NULL THEN e.method END AS method,
        CASE WHEN e.bank_account IS NULL THEN reporting.month_start(e.effective_on) END
            AS month_on,
        sum(e.amount_minor) AS amount,
        coalesce(sum(e.amount_minor) FILTER (WHERE e.effective_on <= as_at), 0) AS by_day,
        count(*) FILTER (WHERE e.effective_on <= as_at) AS receipts,
        coalesce(sum(e.amount_minor) FILTER (WHERE e.position > t.position), 0) AS retried
    FROM entries AS e
    LEFT JOIN reporting.statements_taken(as_at, as_known) AS t
        ON t.digest = e.digest AND t.bank_account = e.bank_account
        AND e.position > t.lines_after AND (t.is_last OR e.position < t.position)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
$$;
COMMENT ON FUNCTION reporting.bank_sums IS
    'Receipts and bank lines known at a moment, summed by the statement that shows them; what a '
    'reconciliation as at a day lists one by one has a row and its position.';

CREATE FUNCTION reporting.bank_rows_set_aside(as_at date, as_known timestamptz)
RETURNS TABLE (
    bank_account text, taken_at bigint, statement text, file_name text, amount_minor bigint,
    message text, digest text, code text, place text, waits boolean, is_discarded boolean
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT t.bank_account, t.position AS taken_at, t.statement, t.file_name, l.amount_minor,
        l.message, l.digest, l.code, l.place,
        bool_or(r.status = 'posted') IS NOT TRUE AS waits,
        bool_or(r.status = 'discarded') IS TRUE AS is_discarded
    FROM reporting.intake_log AS l
    JOIN reporting.statements_taken(as_at, as_known) AS t
        ON t.digest = l.digest AND t.counts AND l.position > t.rows_after
        AND (t.is_last_of_file OR l.position < t.position)
    LEFT JOIN reporting.intake_log AS r ON r.message = l.message
        AND r.status IN ('posted', 'discarded') AND r.recorded_at <= as_known
    WHERE l.status = 'quarantined' AND l.recorded_at <= as_known
    GROUP BY t.bank_account, t.position, t.statement, t.file_name, l.amount_minor, l.message,
        l.digest, l.code, l.place
$$;
COMMENT ON FUNCTION reporting.bank_rows_set_aside IS
    'Rows of bank statements by a day that were set aside, as known at a moment, and whether they '
    'still wait.';
