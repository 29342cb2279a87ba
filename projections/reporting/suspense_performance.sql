-- The mean of the daily closing balances needs no calendar: a line counts for the share of the
-- period's days on which it was in the balance.
CREATE FUNCTION reporting.suspense_performance(
    as_at date, as_known timestamptz, period_start date DEFAULT NULL
)
RETURNS TABLE (
    unit text, currency text, definition text, measure text, period_start_on date,
    period_days bigint, numerator numeric, denominator numeric, "value" numeric, complete boolean
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH period AS (
        SELECT coalesce(period_start, reporting.financial_year_start(as_at)) AS opens_on,
            nullif(greatest(as_at + 1 - coalesce(
                period_start, reporting.financial_year_start(as_at)), 0), 0)::bigint AS days
    ),
    desk AS (
        SELECT d.*
        FROM reporting.suspense_desk(as_at, as_known) AS d
        WHERE d.done_on <= as_at
    ),
    balance AS (
        SELECT d.unit, d.currency,
            coalesce(-sum(d.signed_minor) FILTER (
                WHERE d.kind IN ('identified', 'returned', 'return_failed')
                AND d.done_on >= p.opens_on), 0) AS cleared,
            coalesce(sum(d.signed_minor * (as_at - greatest(d.done_on, p.opens_on) + 1)), 0)
                AS pound_days
        FROM desk AS d CROSS JOIN period AS p
        GROUP BY d.unit, d.currency
    ),
    departures AS (
        SELECT d.root_unit AS unit, d.currency, -d.signed_minor AS amount,
            reporting.working_day_number(d.done_on)
                - reporting.working_day_number(d.arrived_on) AS age
        FROM desk AS d CROSS JOIN period AS p
        WHERE d.kind IN ('identified', 'returned', 'return_failed')
        AND d.arrived_on BETWEEN p.opens_on AND as_at
    ),
    gone AS (
        SELECT d.unit, d.currency, sum(d.amount) FILTER (WHERE d.age <= 2) AS within_2,
            sum(d.amount) FILTER (WHERE d.age <= 5) AS within_5,
            sum(d.amount) FILTER (WHERE d.age <= 10) AS within_10,
            sum(d.amount) FILTER (WHERE d.age <= 20) AS within_20
        FROM departures AS d GROUP BY d.unit, d.currency
    ),
    arrived AS (
        SELECT d.unit, d.currency, sum(d.amount_minor) AS received, max(d.arrived_on) AS last_on
        FROM desk AS d CROSS JOIN period AS p
        WHERE d.kind IN ('suspended', 'moved_in') AND d.receipt = d.root
        AND d.arrived_on BETWEEN p.opens_on AND as_at
        GROUP BY d.unit, d.currency
    ),
    clearance AS (
        SELECT a.unit, a.currency, w.age_limit, a.received, coalesce(w.cleared, 0) AS cleared,
            reporting.working_day_number(as_at)
                - reporting.working_day_number(a.last_on) >= w.age_limit AS complete
        FROM arrived AS a
        LEFT JOIN gone AS g ON g.unit = a.unit AND g.currency = a.currency
        CROSS JOIN LATERAL (
            VALUES (2, g.within_2), (5, g.within_5), (10, g.within_10), (20, g.within_20)
        ) AS w (age_limit, cleared)
    ),
    touched AS (
        SELECT r.receipt FROM reporting.receipts AS r
        WHERE r.kind IN ('suspended', 'moved_in', 'moved_to_suspense')
        AND r.effective_on <= as_at AND r.recorded_at <= as_known
        UNION
        SELECT r.other_receipt FROM reporting.receipts AS r
        WHERE r.kind = 'identified'
        AND r.effective_on <= as_at AND r.recorded_at <= as_known
    ),
    direct AS (
        SELECT m.unit, m.currency,
            coalesce(-sum(m.amount_minor) FILTER (WHERE m.control = 'unapplied'), 0) AS received,
            coalesce(-sum(m.amount_minor) FILTER (WHERE m.control = 'debtors'), 0) AS allocated
        FROM reporting.movements_at(as_at, as_known) AS m
        WHERE (
            (m.control = 'unapplied' AND m.kind = 'received' AND m.effective_on
                >= coalesce(period_start, reporting.financial_year_start(as_at)))
            OR (m.control = 'debtors' AND m.kind = 'allocated' AND m.cash_on
                >= coalesce(period_start, reporting.financial_year_start(as_at)))
        )
        AND m.receipt IS NOT NULL
        AND NOT EXISTS (SELECT FROM touched AS h WHERE h.receipt = m.receipt)
        GROUP BY m.unit, m.currency
    ),
    first_pass AS (
        SELECT f.unit, f.currency, sum(f.allocated) AS allocated, sum(f.received) AS received
        FROM (
            SELECT d.unit, d.currency, d.allocated, d.received FROM direct AS d
            UNION ALL
            SELECT a.unit, a.currency, 0, a.received FROM arrived AS a
        ) AS f
        GROUP BY f.unit, f.currency
    )
    SELECT b.unit, b.currency, v.definition, v.measure, p.opens_on, p.days,
        reporting.pounds(v.numerator), reporting.pounds(v.denominator),
        v.factor * reporting.ratio(v.numerator, v.denominator), true
    FROM balance AS b CROSS JOIN period AS p
    CROSS JOIN LATERAL (
        VALUES
        ('SU-2.v2', 'turnover', b.cleared, b.pound_days / p.days, 1),
        ('SU-3.v2', 'suspense days', b.pound_days / p.days, b.cleared, p.days)
    ) AS v (definition, measure, numerator, denominator, factor)
    UNION ALL
    SELECT c.unit, c.currency, 'SU-4.v2', 'cleared within ' || c.age_limit || ' working days',
        p.opens_on, p.days, reporting.pounds(c.cleared), reporting.pounds(c.received),
        reporting.ratio(c.cleared, c.received), c.complete
    FROM clearance AS c CROSS JOIN period AS p
    UNION ALL
    SELECT f.unit, f.currency, 'SU-5.v1', 'first-pass rate', p.opens_on, p.days,
        reporting.pounds(f.allocated), reporting.pounds(f.received),
        reporting.ratio(f.allocated, f.received), true
    FROM first_pass AS f CROSS JOIN period AS p
$$;
COMMENT ON FUNCTION reporting.suspense_performance IS
    'How fast suspense is cleared, from the start of a period (by default of the financial year) '
    'to a day, as known at a moment: turnover (SU-2), suspense days (SU-3), clearance within 2, 5, '
    '10 and 20 working days (SU-4) and first-pass rate (SU-5). A transfer to another holding code '
    'is not clearing; what was cleared counts from the day on which somebody did it.';

CREATE VIEW reporting.suspense_performance AS
SELECT unit, currency, definition, measure, period_start_on, period_days,
    numerator::numeric(18, 2), denominator::numeric(18, 2), "value", complete
FROM reporting.suspense_performance(reporting.today(), now());
COMMENT ON VIEW reporting.suspense_performance IS
    'How fast suspense is cleared in the financial year to today, as known now.';
COMMENT ON COLUMN reporting.suspense_performance.unit IS
    'Legal entity or operating unit that was paid.';
COMMENT ON COLUMN reporting.suspense_performance.currency IS
    'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.suspense_performance.definition IS 'Definition id and version.';
COMMENT ON COLUMN reporting.suspense_performance.measure IS 'What is measured, in words.';
COMMENT ON COLUMN reporting.suspense_performance.period_start_on IS 'First day of the period.';
COMMENT ON COLUMN reporting.suspense_performance.period_days IS
    'Days of the period, both ends counted.';
COMMENT ON COLUMN reporting.suspense_performance.numerator IS
    'Pounds above the line: cleared, mean balance (SU-3) or allocated (SU-5).';
COMMENT ON COLUMN reporting.suspense_performance.denominator IS
    'Pounds below the line: mean daily closing balance, cleared (SU-3) or received.';
COMMENT ON COLUMN reporting.suspense_performance.value IS
    'Times a period (SU-2), days (SU-3) or fraction of one (SU-4, SU-5); NULL if not defined.';
COMMENT ON COLUMN reporting.suspense_performance.complete IS
    'False when some receipts have not been in suspense for the working days of the measure.';
