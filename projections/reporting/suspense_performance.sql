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
    held AS (
        SELECT m.unit, m.currency, m.receipt, m.kind, m.effective_on,
            sum(m.amount_minor) AS amount
        FROM reporting.movements_at(as_at, as_known) AS m
        WHERE m.control = 'suspense'
        GROUP BY m.unit, m.currency, m.receipt, m.kind, m.effective_on
    ),
    balance AS (
        SELECT h.unit, h.currency,
            coalesce(sum(h.amount) FILTER (WHERE h.kind IN ('identified', 'returned')
                AND h.effective_on >= p.opens_on), 0) AS cleared,
            -coalesce(sum(h.amount * (as_at - greatest(h.effective_on, p.opens_on) + 1)), 0)
                AS pound_days
        FROM held AS h CROSS JOIN period AS p
        GROUP BY h.unit, h.currency
    ),
    arrived AS (
        SELECT h.unit, h.currency, h.receipt, min(h.effective_on) AS received_on,
            -sum(h.amount) AS received
        FROM held AS h CROSS JOIN period AS p
        WHERE h.kind = 'suspended'
        GROUP BY h.unit, h.currency, h.receipt
        HAVING min(h.effective_on) >= (SELECT q.opens_on FROM period AS q)
    ),
    departures AS (
        SELECT a.unit, a.currency, a.receipt, a.received_on, a.received, h.amount,
            reporting.working_day_number(h.effective_on)
                - reporting.working_day_number(a.received_on) AS age
        FROM arrived AS a
        LEFT JOIN held AS h ON h.unit = a.unit AND h.currency = a.currency
            AND h.receipt = a.receipt AND h.kind IN ('identified', 'returned')
    ),
    clearance AS (
        SELECT a.unit, a.currency, w.age_limit, sum(a.received) AS received,
            coalesce(sum(a.cleared), 0) AS cleared,
            reporting.working_day_number(as_at)
                - reporting.working_day_number(max(a.received_on)) >= w.age_limit AS complete
        FROM (VALUES (2), (5), (10), (20)) AS w (age_limit)
        CROSS JOIN LATERAL (
            SELECT d.unit, d.currency, d.receipt, d.received_on, d.received,
                sum(d.amount) FILTER (WHERE d.age <= w.age_limit) AS cleared
            FROM departures AS d
            GROUP BY d.unit, d.currency, d.receipt, d.received_on, d.received
        ) AS a
        GROUP BY a.unit, a.currency, w.age_limit
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
        AND NOT EXISTS (
            SELECT FROM held AS h
            WHERE h.unit = m.unit AND h.receipt = m.receipt AND h.kind = 'suspended')
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
        ('SU-2.v1', 'turnover', b.cleared, b.pound_days / p.days, 1),
        ('SU-3.v1', 'suspense days', b.pound_days / p.days, b.cleared, p.days)
    ) AS v (definition, measure, numerator, denominator, factor)
    UNION ALL
    SELECT c.unit, c.currency, 'SU-4.v1', 'cleared within ' || c.age_limit || ' working days',
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
    'is not clearing.';

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
