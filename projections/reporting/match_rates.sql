-- A receipt of a bank file is a line; the file that brought it is its envelope. First pass: the file
-- itself put the line on an account, and no person gave the command.
CREATE FUNCTION reporting.match_rates(
    as_at date, as_known timestamptz, period_start date DEFAULT NULL
)
RETURNS TABLE (
    unit text, currency text, definition text, measure text, period_start_on date,
    matched bigint, of_all bigint, matched_amount numeric, of_amount numeric, "value" numeric
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH lines AS (
        SELECT r.unit, r.currency, r.digest, r.amount_minor,
            r.kind = 'received' AND r.automatic AS first_pass
        FROM reporting.receipts AS r
        WHERE r.kind IN ('received', 'suspended') AND r.parent IS NULL
        AND r.bank_account IS NOT NULL AND r.digest IS NOT NULL
        AND r.effective_on <= as_at AND r.recorded_at <= as_known
        AND r.effective_on >= coalesce(period_start, reporting.financial_year_start(as_at))
    ),
    files AS (
        SELECT l.unit, l.currency, count(*) AS lines, sum(l.amount_minor) AS amount,
            count(*) FILTER (WHERE l.first_pass) AS matched,
            coalesce(sum(l.amount_minor) FILTER (WHERE l.first_pass), 0) AS matched_amount,
            bool_and(l.first_pass) AS whole
        FROM lines AS l
        GROUP BY l.unit, l.currency, l.digest
    ),
    summed AS (
        SELECT f.unit, f.currency, sum(f.lines) AS lines, sum(f.amount) AS amount,
            sum(f.matched) AS matched, sum(f.matched_amount) AS matched_amount,
            count(*) AS files, count(*) FILTER (WHERE f.whole) AS whole_files,
            coalesce(sum(f.amount) FILTER (WHERE f.whole), 0) AS whole_amount
        FROM files AS f
        GROUP BY f.unit, f.currency
    )
    SELECT s.unit, s.currency, v.definition, v.measure,
        coalesce(period_start, reporting.financial_year_start(as_at)), v.matched::bigint,
        v.of_all::bigint, reporting.pounds(v.matched_amount), reporting.pounds(s.amount),
        CASE WHEN v.by_value THEN reporting.ratio(v.matched_amount, s.amount)
            ELSE reporting.ratio(v.matched, v.of_all) END
    FROM summed AS s
    CROSS JOIN LATERAL (
        VALUES
        ('MR-1.v1', 'first pass by line, count', s.matched, s.lines, s.matched_amount, false),
        ('MR-2.v1', 'first pass by line, value', s.matched, s.lines, s.matched_amount, true),
        ('MR-3.v1', 'first pass by file, count', s.whole_files, s.files, s.whole_amount, false),
        ('MR-4.v1', 'first pass by file, value', s.whole_files, s.files, s.whole_amount, true)
    ) AS v (definition, measure, matched, of_all, matched_amount, by_value)
$$;
COMMENT ON FUNCTION reporting.match_rates IS
    'First-pass rate of the receipts in bank files, from the start of a period (by default of the '
    'financial year) to a day, as known at a moment, in four denominators: by line and by file, by '
    'count and by value (MR-1 to MR-4).';

CREATE VIEW reporting.match_rates AS
SELECT unit, currency, definition, measure, period_start_on, matched, of_all,
    matched_amount::numeric(18, 2), of_amount::numeric(18, 2), "value"
FROM reporting.match_rates(reporting.today(), now());
COMMENT ON VIEW reporting.match_rates IS
    'First-pass rates of the receipts in bank files in the financial year to today, as known now.';
COMMENT ON COLUMN reporting.match_rates.unit IS
    'Legal entity or operating unit of the account, or of the bank account while in suspense.';
COMMENT ON COLUMN reporting.match_rates.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.match_rates.definition IS 'Definition id and version.';
COMMENT ON COLUMN reporting.match_rates.measure IS 'What is measured, in words.';
COMMENT ON COLUMN reporting.match_rates.period_start_on IS 'First day of the period.';
COMMENT ON COLUMN reporting.match_rates.matched IS
    'Lines, or files of which every line, went to an account with no person.';
COMMENT ON COLUMN reporting.match_rates.of_all IS 'All lines that are receipts, or all files.';
COMMENT ON COLUMN reporting.match_rates.matched_amount IS 'Pounds of the matched lines or files.';
COMMENT ON COLUMN reporting.match_rates.of_amount IS 'Pounds of all receipts of bank files.';
COMMENT ON COLUMN reporting.match_rates.value IS
    'A fraction of one: by count or by value, as the measure says; NULL if not defined.';
