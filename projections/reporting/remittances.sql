-- What of a matched remittance still waits is what is in suspense of its receipt and of all that was
-- split off it.
CREATE FUNCTION reporting.remittances(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, currency text, state text, remittance text, format text, file_name text,
    digest text, receipt text, how text, bank_account text, bank_reference text, dated_on date,
    lines bigint, amount numeric, waiting_amount numeric, age_working_days bigint, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH held AS (
        SELECT d.root, sum(d.signed_minor) AS amount
        FROM reporting.suspense_desk(as_at, as_known) AS d
        GROUP BY d.root
    ),
    matched AS (
        SELECT e.remittance, e.receipt, e.how
        FROM reporting.remittance_events AS e
        WHERE e.kind = 'matched' AND e.effective_on <= as_at AND e.recorded_at <= as_known
    ),
    told AS (
        SELECT coalesce(e.unit, c.unit) AS unit, e.currency,
            CASE WHEN m.receipt IS NULL THEN 'no money' WHEN h.amount <> 0 THEN 'not all allocated'
                ELSE 'allocated' END AS state,
            e.remittance, e.format, e.file_name, e.digest, coalesce(m.receipt, e.receipt) AS receipt,
            m.how, e.bank_account, e.bank_reference, e.effective_on AS dated_on,
            e.lines::bigint AS lines, e.amount_minor AS amount,
            CASE WHEN m.receipt IS NULL THEN e.amount_minor ELSE coalesce(h.amount, 0) END
                AS waiting
        FROM reporting.remittance_events AS e
        LEFT JOIN matched AS m ON m.remittance = e.remittance
        LEFT JOIN held AS h ON h.root = m.receipt
        LEFT JOIN reporting.receipts AS c ON c.receipt = m.receipt
            AND c.kind IN ('suspended', 'moved_in')
        WHERE e.kind = 'registered' AND e.effective_on <= as_at AND e.recorded_at <= as_known
    ),
    unlisted AS (
        SELECT r.unit, r.currency, 'no remittance' AS state, r.receipt, r.bank_account,
            r.value_on, r.batch_payments::bigint AS lines, r.amount_minor AS amount,
            h.amount AS waiting
        FROM reporting.receipts AS r
        JOIN held AS h ON h.root = r.receipt AND h.amount <> 0
        WHERE r.kind = 'suspended' AND r.batch_payments IS NOT NULL
        AND r.effective_on <= as_at AND r.recorded_at <= as_known
        AND NOT EXISTS (SELECT FROM matched AS m WHERE m.receipt = r.receipt)
    ),
    listed AS (
        SELECT * FROM told
        UNION ALL
        SELECT u.unit, u.currency, u.state, NULL, NULL, NULL, NULL, u.receipt, NULL,
            u.bank_account, NULL, u.value_on, u.lines, u.amount, u.waiting
        FROM unlisted AS u
    )
    SELECT x.unit, x.currency, x.state, x.remittance, x.format, x.file_name, x.digest, x.receipt,
        x.how, x.bank_account, x.bank_reference, x.dated_on, x.lines, reporting.pounds(x.amount),
        reporting.pounds(x.waiting),
        (reporting.working_day_number(as_at) - reporting.working_day_number(x.dated_on))::bigint,
        'RM-1.v1'
    FROM listed AS x
$$;
COMMENT ON FUNCTION reporting.remittances IS
    'Remittance advices without money, batches of money without a remittance, and matched ones with '
    'what of them still waits in suspense, as at a day, as known at a moment (RM-1).';

CREATE VIEW reporting.remittances AS
SELECT unit, currency, state, remittance, format, file_name, digest, receipt, how, bank_account,
    bank_reference, dated_on, lines, amount::numeric(18, 2), waiting_amount::numeric(18, 2),
    age_working_days, definition
FROM reporting.remittances(reporting.today(), now());
COMMENT ON VIEW reporting.remittances IS
    'Remittance advices and the money they are about, as at today, as known now.';
COMMENT ON COLUMN reporting.remittances.unit IS
    'Legal entity or operating unit that was paid; NULL while it is not known.';
COMMENT ON COLUMN reporting.remittances.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.remittances.state IS
    'no money, no remittance, not all allocated, or allocated.';
COMMENT ON COLUMN reporting.remittances.remittance IS 'The advice; NULL for no remittance.';
COMMENT ON COLUMN reporting.remittances.format IS 'Format that its file was read by.';
COMMENT ON COLUMN reporting.remittances.file_name IS 'File that it came in.';
COMMENT ON COLUMN reporting.remittances.digest IS 'SHA-256 of that file, which is kept.';
COMMENT ON COLUMN reporting.remittances.receipt IS
    'Receipt that is its money; of no money the receipt that it names, if any.';
COMMENT ON COLUMN reporting.remittances.how IS 'How the money was found.';
COMMENT ON COLUMN reporting.remittances.bank_account IS 'Our bank account that was paid into.';
COMMENT ON COLUMN reporting.remittances.bank_reference IS
    'The bank''s reference of the entry, where the advice names it.';
COMMENT ON COLUMN reporting.remittances.dated_on IS 'Day of payment, or value date of the money.';
COMMENT ON COLUMN reporting.remittances.lines IS 'Payments that it lists, or that the bank counts.';
COMMENT ON COLUMN reporting.remittances.amount IS 'Pounds of the advice or of the receipt.';
COMMENT ON COLUMN reporting.remittances.waiting_amount IS
    'Pounds that have not come, or that are in suspense still.';
COMMENT ON COLUMN reporting.remittances.age_working_days IS
    'Working days after dated_on, up to and including the day of the report.';
COMMENT ON COLUMN reporting.remittances.definition IS 'Definition id and version.';
