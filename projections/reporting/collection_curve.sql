CREATE FUNCTION reporting.collection_curve(
    as_at date, as_known timestamptz, cohort_months integer DEFAULT 24
)
RETURNS TABLE (
    unit text, currency text, cohort_on date, age_days bigint, billed numeric, credited numeric,
    written_off numeric, cash numeric, rate_as_billed numeric, rate_net numeric,
    share_credited numeric, share_written_off numeric, complete boolean, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH cohort AS (
        SELECT d.unit, d.currency, d.cohort_on, max(d.last_due_on) AS last_due_on,
            coalesce(sum(d.billed), 0) AS billed, coalesce(sum(d.credited), 0) AS credited,
            coalesce(sum(d.written_off), 0) AS written_off,
            array[
                coalesce(sum(d.cash_0), 0), coalesce(sum(d.cash_30), 0),
                coalesce(sum(d.cash_60), 0), coalesce(sum(d.cash_90), 0),
                coalesce(sum(d.cash_180), 0), coalesce(sum(d.cash_365), 0)
            ] AS cash
        FROM (
            SELECT x.*, reporting.month_start(x.invoiced_on) AS cohort_on
            FROM (
                SELECT m.unit, m.currency, m.invoiced_on,
                    max(m.due_on) FILTER (WHERE m.kind = 'billed') AS last_due_on,
                    sum(m.amount_minor) FILTER (WHERE m.kind = 'billed') AS billed,
                    -sum(m.amount_minor) FILTER (WHERE m.kind = 'credited') AS credited,
                    -sum(m.amount_minor) FILTER (
                        WHERE m.kind IN ('written_off', 'written_back')) AS written_off,
                    -sum(m.amount_minor) FILTER (WHERE m.kind = 'allocated'
                        AND coalesce(m.cash_on, m.effective_on) <= m.due_on + 0) AS cash_0,
                    -sum(m.amount_minor) FILTER (WHERE m.kind = 'allocated'
                        AND coalesce(m.cash_on, m.effective_on) <= m.due_on + 30) AS cash_30,
                    -sum(m.amount_minor) FILTER (WHERE m.kind = 'allocated'
                        AND coalesce(m.cash_on, m.effective_on) <= m.due_on + 60) AS cash_60,
                    -sum(m.amount_minor) FILTER (WHERE m.kind = 'allocated'
                        AND coalesce(m.cash_on, m.effective_on) <= m.due_on + 90) AS cash_90,
                    -sum(m.amount_minor) FILTER (WHERE m.kind = 'allocated'
                        AND coalesce(m.cash_on, m.effective_on) <= m.due_on + 180) AS cash_180,
                    -sum(m.amount_minor) FILTER (WHERE m.kind = 'allocated'
                        AND coalesce(m.cash_on, m.effective_on) <= m.due_on + 365) AS cash_365
                FROM reporting.movements_at(as_at, as_known) AS m
                WHERE m.control = 'debtors' AND m.item NOT LIKE 'REVERSAL:%'
                AND m.invoiced_on >= (reporting.month_start(as_at)
                    - make_interval(months => cohort_months - 1))::date
                GROUP BY m.unit, m.currency, m.invoiced_on
            ) AS x
        ) AS d
        GROUP BY GROUPING SETS ((d.unit, d.currency, d.cohort_on), (d.currency, d.cohort_on))
    )
    SELECT c.unit, c.currency, c.cohort_on, a.age_days, reporting.pounds(c.billed),
        reporting.pounds(c.credited), reporting.pounds(c.written_off),
        reporting.pounds(c.cash[a.place]),
        reporting.ratio(c.cash[a.place], c.billed),
        reporting.ratio(c.cash[a.place], c.billed - c.credited),
        reporting.ratio(c.credited, c.billed),
        reporting.ratio(c.written_off, c.billed),
        coalesce(c.last_due_on + a.age_days::integer <= as_at, false),
        'CR-4.v1'
    FROM cohort AS c
    CROSS JOIN (VALUES (1, 0::bigint), (2, 30), (3, 60), (4, 90), (5, 180), (6, 365))
        AS a (place, age_days)
$$;
COMMENT ON FUNCTION reporting.collection_curve IS
    'Collection curve CR-4: of the bills dated in a month, the share paid within 0, 30, 60, 90, '
    '180 and 365 days of their due date, as at a day, as known at a moment, per unit and for all '
    'units. Cash counts by the value date of its receipt. The last 24 months unless asked '
    'otherwise. A cohort with bills that have not reached the age is marked as not complete.';

CREATE VIEW reporting.collection_curve AS
SELECT unit, currency, cohort_on, age_days, billed::numeric(18, 2), credited::numeric(18, 2),
    written_off::numeric(18, 2), cash::numeric(18, 2), rate_as_billed, rate_net, share_credited,
    share_written_off, complete, definition
FROM reporting.collection_curve(reporting.today(), now());
COMMENT ON VIEW reporting.collection_curve IS
    'Collection curve CR-4 of the last 24 months, as at today, as known now.';
COMMENT ON COLUMN reporting.collection_curve.unit IS
    'Legal entity or operating unit; NULL for all units together.';
COMMENT ON COLUMN reporting.collection_curve.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.collection_curve.cohort_on IS
    'First day of the month in which the bills are dated.';
COMMENT ON COLUMN reporting.collection_curve.age_days IS
    'Days after the due date up to which cash counts.';
COMMENT ON COLUMN reporting.collection_curve.billed IS 'Pounds billed in the month.';
COMMENT ON COLUMN reporting.collection_curve.credited IS
    'Pounds of credit notes on these bills to the day of the report.';
COMMENT ON COLUMN reporting.collection_curve.written_off IS
    'Pounds of these bills written off less written back to the day of the report.';
COMMENT ON COLUMN reporting.collection_curve.cash IS
    'Pounds of cash on these bills received within the age.';
COMMENT ON COLUMN reporting.collection_curve.rate_as_billed IS
    'Cash over billed, a fraction of one; NULL when it is not defined.';
COMMENT ON COLUMN reporting.collection_curve.rate_net IS
    'Cash over billed less credited, a fraction of one; NULL when it is not defined.';
COMMENT ON COLUMN reporting.collection_curve.share_credited IS
    'Credited over billed, a fraction of one.';
COMMENT ON COLUMN reporting.collection_curve.share_written_off IS
    'Written off over billed, a fraction of one.';
COMMENT ON COLUMN reporting.collection_curve.complete IS
    'True when every bill of the cohort has reached the age; false marks a young cohort.';
COMMENT ON COLUMN reporting.collection_curve.definition IS 'Definition id and version.';
