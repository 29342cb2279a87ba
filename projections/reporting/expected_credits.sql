CREATE FUNCTION reporting.expected_credits(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, account text, standing_order text, number bigint, due_on date, expected_on date,
    currency text, amount numeric, status text, receipt text, received_on date, received numeric,
    file text, file_line integer, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH met AS MATERIALIZED (
        SELECT p.* FROM reporting.standing_order_pairs_at(as_at, as_known) AS p
    ),
    expected AS (
        SELECT d.*, p.receipt, p.position, p.value_on, p.amount_minor AS received_minor,
            coalesce(p.value_on, as_at) >= d.late_on AS is_late,
            lag(p.amount_minor <> d.amount_minor) OVER (
                PARTITION BY d.unit, d.standing_order ORDER BY d.number) AS differed_before
        FROM reporting.standing_order_days_at(as_at, as_known) AS d
        LEFT JOIN met AS p ON p.unit = d.unit AND p.standing_order = d.standing_order
            AND p.number = d.number
    ),
    -- What comes after an order has ended, of its amount or as a standing order, and meets nothing.
    unexpected AS (
        SELECT DISTINCT ON (r.receipt) t.unit, t.account, t.standing_order, r.currency, r.receipt,
            r.position, r.value_on, r.amount_minor
        FROM reporting.standing_order_terms_at(as_at, as_known) AS t
        JOIN reporting.standing_order_receipts_at(as_at, as_known) AS r
            ON r.unit = t.unit AND r.account = t.account AND r.currency = t.currency
            AND r.value_on >= t.ends_on
            AND (r.amount_minor = t.amount_minor OR r.method = 'standing_order')
        WHERE t.is_last AND NOT EXISTS (SELECT FROM met AS p WHERE p.receipt = r.receipt)
        ORDER BY r.receipt, r.amount_minor <> t.amount_minor, t.ends_on DESC, t.standing_order
    ),
    told AS (
        SELECT e.unit, e.account, e.standing_order, e.number, e.due_on, e.expected_on, e.currency,
            e.amount_minor,
            CASE WHEN e.receipt IS NOT NULL AND e.received_minor <> e.amount_minor
                    THEN CASE WHEN e.differed_before THEN 'changed' ELSE 'other_amount' END
                WHEN e.receipt IS NOT NULL AND e.is_late THEN 'met_late'
                WHEN e.receipt IS NOT NULL THEN 'met'
                WHEN NOT e.is_late THEN 'expected'
                WHEN e.closes_on > as_at THEN 'late'
                ELSE 'missed' END AS status,
            e.receipt, e.position, e.value_on, e.received_minor
        FROM expected AS e
        UNION ALL
        SELECT u.unit, u.account, u.standing_order, NULL, NULL, NULL, u.currency, NULL,
            'unexpected', u.receipt, u.position, u.value_on, u.amount_minor
        FROM unexpected AS u
    )
    SELECT t.unit, t.account, t.standing_order, t.number, t.due_on, t.expected_on, t.currency,
        CASE WHEN t.amount_minor IS NOT NULL THEN reporting.pounds(t.amount_minor) END, t.status,
        t.receipt, t.value_on,
        CASE WHEN t.receipt IS NOT NULL THEN reporting.pounds(t.received_minor) END,
        coalesce(s.digest, r.digest), coalesce(s.file_line, r.file_line), 'SO-1.v1'
    FROM told AS t
    LEFT JOIN reporting.receipts AS r ON r.position = t.position AND r.kind = 'received'
    -- Money that was found in suspense came in the line of the receipt that it was then.
    LEFT JOIN reporting.receipts AS s ON s.receipt = r.parent AND s.kind <> 'received'
        AND s.kind = 'suspended'
$$;
COMMENT ON FUNCTION reporting.expected_credits IS
    'Every credit that standing orders lead to expect by a day, the next of each, and what came '
    'after an end, each with the receipt that meets it, as known at a moment (SO-1).';

CREATE VIEW reporting.expected_credits AS
SELECT unit, account, standing_order, number, due_on, expected_on, currency,
    amount::numeric(18, 2), status, receipt, received_on, received::numeric(18, 2), file, file_line,
    definition
FROM reporting.expected_credits(reporting.today(), now());
COMMENT ON VIEW reporting.expected_credits IS
    'Every credit that standing orders lead to expect, as at today, as known now.';
COMMENT ON COLUMN reporting.expected_credits.unit IS 'Unit of the account.';
COMMENT ON COLUMN reporting.expected_credits.account IS 'Debtor account that it pays.';
COMMENT ON COLUMN reporting.expected_credits.standing_order IS 'The standing order.';
COMMENT ON COLUMN reporting.expected_credits.number IS
    'Number of the credit in its order, from 1; NULL of one that came after the end.';
COMMENT ON COLUMN reporting.expected_credits.due_on IS 'Day of the schedule.';
COMMENT ON COLUMN reporting.expected_credits.expected_on IS
    'Day on which the payer''s bank pays: the day of the schedule or the next working day.';
COMMENT ON COLUMN reporting.expected_credits.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.expected_credits.amount IS 'Pounds that are expected.';
COMMENT ON COLUMN reporting.expected_credits.status IS
    'expected, met, met_late, other_amount, changed (another amount twice in a row), late, missed, '
    'or unexpected (after the end).';
COMMENT ON COLUMN reporting.expected_credits.receipt IS 'Receipt that meets it; NULL without one.';
COMMENT ON COLUMN reporting.expected_credits.received_on IS 'Value date of the receipt.';
COMMENT ON COLUMN reporting.expected_credits.received IS 'Pounds of the receipt.';
COMMENT ON COLUMN reporting.expected_credits.file IS 'SHA-256 of the file of its bank line.';
COMMENT ON COLUMN reporting.expected_credits.file_line IS 'Line of that file.';
COMMENT ON COLUMN reporting.expected_credits.definition IS 'Definition id and version.';
