CREATE FUNCTION reporting.suspense_clearing(
    as_at date, as_known timestamptz, period_start date DEFAULT NULL
)
RETURNS TABLE (
    unit text, currency text, way text, period_start_on date, receipts bigint, amount numeric,
    median_working_days bigint, p90_working_days bigint, longest_working_days bigint,
    definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT g.unit, g.currency, coalesce(g.way, 'all ways'),
        coalesce(period_start, reporting.financial_year_start(as_at)), count(*),
        reporting.pounds(sum(g.amount)),
        (percentile_disc(0.5) WITHIN GROUP (ORDER BY g.age))::bigint,
        (percentile_disc(0.9) WITHIN GROUP (ORDER BY g.age))::bigint, max(g.age)::bigint,
        'SU-6.v1'
    FROM (
        SELECT d.root_unit AS unit, d.currency, d.kind AS way, d.amount_minor AS amount,
            reporting.working_day_number(d.done_on)
                - reporting.working_day_number(d.arrived_on) AS age
        FROM reporting.suspense_desk(as_at, as_known) AS d
        WHERE d.kind IN ('identified', 'transferred', 'returned', 'bounced')
        AND d.done_on BETWEEN coalesce(period_start, reporting.financial_year_start(as_at))
            AND as_at
    ) AS g
    GROUP BY GROUPING SETS ((g.unit, g.currency, g.way), (g.unit, g.currency))
$$;
COMMENT ON FUNCTION reporting.suspense_clearing IS
    'How many working days receipts were in suspense before they left it, by the way they left '
    '(SU-6), from the start of a period (by default of the financial year) to a day, as known at a '
    'moment.';

CREATE VIEW reporting.suspense_clearing AS
SELECT unit, currency, way, period_start_on, receipts, amount::numeric(18, 2),
    median_working_days, p90_working_days, longest_working_days, definition
FROM reporting.suspense_clearing(reporting.today(), now());
COMMENT ON VIEW reporting.suspense_clearing IS
    'Time in suspense of what left it in the financial year to today, as known now.';
COMMENT ON COLUMN reporting.suspense_clearing.unit IS
    'Legal entity or operating unit that was paid.';
COMMENT ON COLUMN reporting.suspense_clearing.currency IS
    'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.suspense_clearing.way IS
    'identified, transferred, returned or bounced; all ways together in one more row.';
COMMENT ON COLUMN reporting.suspense_clearing.period_start_on IS 'First day of the period.';
COMMENT ON COLUMN reporting.suspense_clearing.receipts IS 'Receipts, or parts, that left.';
COMMENT ON COLUMN reporting.suspense_clearing.amount IS 'Pounds that left.';
COMMENT ON COLUMN reporting.suspense_clearing.median_working_days IS
    'Working days within which half of them left.';
COMMENT ON COLUMN reporting.suspense_clearing.p90_working_days IS
    'Working days within which nine in ten left.';
COMMENT ON COLUMN reporting.suspense_clearing.longest_working_days IS
    'Working days of the one that waited longest.';
COMMENT ON COLUMN reporting.suspense_clearing.definition IS 'Definition id and version.';
