-- One pass over the debtor lines gives sums by day; everything after it works on a few thousand
-- rows. The count-back needs no loop: what later months have already used up is a running sum.
CREATE FUNCTION reporting.debtor_days(
    as_at date, as_known timestamptz, window_months integer DEFAULT 3
)
RETURNS TABLE (
    unit text, currency text, definition text, measure text, days numeric, days_text text,
    working_days numeric, numerator numeric, denominator numeric, window_start_on date,
    window_end_on date, window_days bigint, unexhausted numeric
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH daily AS (
        SELECT m.unit, m.currency, m.effective_on,
            sum(m.amount_minor) AS debt,
            sum(m.amount_minor) FILTER (WHERE m.due_on >= as_at) AS not_due,
            sum(m.amount_minor) FILTER (WHERE m.kind IN ('billed', 'credited')) AS net_billed,
            sum(m.amount_minor * (as_at - m.due_on)) FILTER (WHERE m.due_on < as_at) AS late_days,
            sum(-m.amount_minor) FILTER (WHERE m.kind = 'allocated') AS paid,
            sum(-m.amount_minor * (coalesce(m.cash_on, m.effective_on) - m.invoiced_on)) FILTER (
                WHERE m.kind = 'allocated') AS paid_days,
            sum(-m.amount_minor * (coalesce(m.cash_on, m.effective_on) - m.due_on)) FILTER (
                WHERE m.kind = 'allocated') AS paid_late_days
        FROM reporting.movements_at(as_at, as_known) AS m
        WHERE m.control = 'debtors'
        GROUP BY m.unit, m.currency, m.effective_on
    ),
    scope AS (
        SELECT d.unit, d.currency, w.window_start_on, w.window_end_on,
            (w.window_end_on - w.window_start_on + 1)::bigint AS window_days,
            coalesce(sum(d.debt), 0) AS debt,
            coalesce(sum(d.not_due), 0) AS not_due,
            coalesce(sum(d.late_days), 0) AS late_days,
            coalesce(sum(d.debt) FILTER (WHERE d.effective_on <= as_at - 365), 0) AS debt_year_ago,
            coalesce(sum(d.net_billed) FILTER (WHERE d.effective_on > as_at - 365), 0)
                AS billed_year,
            coalesce(sum(d.net_billed) FILTER (WHERE d.effective_on
                BETWEEN w.window_start_on AND w.window_end_on), 0) AS billed,
            coalesce(sum(d.paid) FILTER (WHERE d.effective_on
                BETWEEN w.window_start_on AND w.window_end_on), 0) AS paid,
            coalesce(sum(d.paid_days) FILTER (WHERE d.effective_on
                BETWEEN w.window_start_on AND w.window_end_on), 0) AS paid_days,
            coalesce(sum(d.paid_late_days) FILTER (WHERE d.effective_on
                BETWEEN w.window_start_on AND w.window_end_on), 0) AS paid_late_days,
            min(d.effective_on) FILTER (WHERE d.net_billed IS NOT NULL) AS first_billed_on
        FROM daily AS d
        CROSS JOIN (
            SELECT reporting.window_start(as_at, window_months) AS window_start_on,
                reporting.window_end(as_at) AS window_end_on
        ) AS w
        GROUP BY GROUPING SETS (
            (d.unit, d.currency, w.window_start_on, w.window_end_on),
            (d.currency, w.window_start_on, w.window_end_on)
        )
    ),
    monthly AS (
        SELECT d.unit, d.currency, d.month_on, sum(d.net_billed) AS net_billed
        FROM (
            SELECT x.unit, x.currency, reporting.month_start(x.effective_on) AS month_on,
                x.net_billed
            FROM daily AS x WHERE x.net_billed IS NOT NULL
        ) AS d
        GROUP BY GROUPING SETS ((d.unit, d.currency, d.month_on), (d.currency, d.month_on))
    ),
    months AS (
        SELECT reporting.month_start(c.day) AS month_on, count(*) AS days,
            count(*) FILTER (WHERE c.working_day) AS working_days
        FROM reporting.dim_date AS c
        WHERE c.day <= as_at
        AND c.day >= (SELECT reporting.month_start(min(s.first_billed_on)) FROM scope AS s)
        GROUP BY 1
    ),
    history AS (
        SELECT s.unit, s.currency, s.debt, c.days, c.working_days,
            greatest(b.net_billed, 0) AS billed,
            coalesce(sum(greatest(b.net_billed, 0)) OVER (
                PARTITION BY s.unit, s.currency ORDER BY c.month_on DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS used_later
        FROM scope AS s
        JOIN months AS c ON c.month_on >= reporting.month_start(s.first_billed_on)
        LEFT JOIN monthly AS b ON coalesce(b.unit, '') = coalesce(s.unit, '')
            AND b.currency = s.currency AND b.month_on = c.month_on
    ),
    counted AS (
        SELECT h.unit, h.currency,
            h.debt - least(h.debt, sum(coalesce(h.billed, 0))) AS unexhausted,
            coalesce(sum(h.days * h.share), 0) AS days,
            coalesce(sum(h.working_days * h.share), 0) AS working_days
        FROM (
            SELECT g.*, CASE
                WHEN g.debt <= g.used_later THEN 0
                WHEN coalesce(g.billed, 0) = 0 THEN 1
                ELSE least(1, (g.debt - g.used_later) / g.billed)
            END AS share
            FROM history AS g
        ) AS h
        GROUP BY h.unit, h.currency, h.debt
    )
    SELECT s.unit, s.currency, v.definition, v.measure, v.days,
        CASE WHEN v.unexhausted > 0 THEN '> ' || round(v.beyond) || ' days'
            WHEN v.days IS NOT NULL THEN round(v.days, 2)::text
            ELSE 'not defined' END,
        v.working_days, v.numerator * v.unit_value, v.denominator * v.unit_value,
        v.window_start_on, v.window_end_on,
        (v.window_end_on - v.window_start_on + 1)::bigint,
        reporting.pounds(v.unexhausted)
    FROM scope AS s
    LEFT JOIN counted AS c ON coalesce(c.unit, '') = coalesce(s.unit, '')
        AND c.currency = s.currency
    CROSS JOIN LATERAL (
        VALUES
        ('DD-1.v1', 'simple', reporting.ratio(s.debt * s.window_days, s.billed),
            NULL::numeric, s.debt, s.billed, 0.01,
            s.window_start_on, s.window_end_on, 0::numeric, NULL::numeric),
        ('DD-1a.v1', 'average of opening and closing debt',
            reporting.ratio((s.debt_year_ago + s.debt) * 365, s.billed_year * 2),
            NULL, (s.debt_year_ago + s.debt) / 2, s.billed_year, 0.01,
            as_at - 364, as_at, 0, NULL),
        ('DD-2.v1', 'count-back',
            CASE WHEN coalesce(c.unexhausted, s.debt) <= 0 THEN coalesce(c.days, 0) END,
            CASE WHEN coalesce(c.unexhausted, s.debt) <= 0 THEN coalesce(c.working_days, 0) END,
            s.debt, NULL, 0.01, reporting.month_start(s.first_billed_on), as_at,
            coalesce(c.unexhausted, s.debt), coalesce(c.days, 0)),
        ('DD-3.v1', 'best possible', reporting.ratio(s.not_due * s.window_days, s.billed),
            NULL, s.not_due, s.billed, 0.01, s.window_start_on, s.window_end_on, 0, NULL),
        ('DD-4.v1', 'average days delinquent',
            reporting.ratio((s.debt - s.not_due) * s.window_days, s.billed),
            NULL, s.debt - s.not_due, s.billed, 0.01,
            s.window_start_on, s.window_end_on, 0, NULL),
        ('DD-5.v1', 'days to pay from invoice date', reporting.ratio(s.paid_days, s.paid),
            NULL, s.paid_days, s.paid, 0.01, s.window_start_on, s.window_end_on, 0, NULL),
        ('DD-5d.v1', 'days to pay from due date', reporting.ratio(s.paid_late_days, s.paid),
            NULL, s.paid_late_days, s.paid, 0.01, s.window_start_on, s.window_end_on, 0, NULL),
        ('DD-6.v1', 'days beyond terms', reporting.ratio(s.late_days, s.debt),
            NULL, s.late_days, s.debt, 0.01, NULL, NULL, 0, NULL)
    ) AS v (definition, measure, days, working_days, numerator, denominator, unit_value,
        window_start_on, window_end_on, unexhausted, beyond)
$$;
COMMENT ON FUNCTION reporting.debtor_days IS
    'Debtor days DD-1 to DD-6 as at a day, as known at a moment, per unit and for all units. The '
    'window is the last complete months (3 unless asked otherwise); DD-1a looks back 365 days. '
    'DD-2 counts back the days of the current month so far, then whole months; when billing history '
    'runs out it gives no number but "> N days" and the pounds left over. Gross of provision.';

CREATE VIEW reporting.debtor_days AS
SELECT unit, currency, definition, measure, days, days_text, working_days, numerator, denominator,
    window_start_on, window_end_on, window_days, unexhausted::numeric(18, 2)
FROM reporting.debtor_days(reporting.today(), now());
COMMENT ON VIEW reporting.debtor_days IS 'Debtor days DD-1 to DD-6, as at today, as known now.';
COMMENT ON COLUMN reporting.debtor_days.unit IS
    'Legal entity or operating unit; NULL for all units together.';
COMMENT ON COLUMN reporting.debtor_days.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.debtor_days.definition IS 'Definition id and version.';
COMMENT ON COLUMN reporting.debtor_days.measure IS 'Name of the definition in words.';
COMMENT ON COLUMN reporting.debtor_days.days IS
    'Calendar days, unrounded; NULL when the figure is not defined or history runs out.';
COMMENT ON COLUMN reporting.debtor_days.days_text IS
    'Days to two decimals, "> N days" when history runs out, or "not defined".';
COMMENT ON COLUMN reporting.debtor_days.working_days IS
    'The count-back in working days, unrounded; NULL for the other definitions.';
COMMENT ON COLUMN reporting.debtor_days.numerator IS
    'Pounds of debt (DD-1 to DD-4) or pounds times days (DD-5, DD-6) above the line.';
COMMENT ON COLUMN reporting.debtor_days.denominator IS
    'Pounds below the line: net billed, paid or open; NULL for the count-back.';
COMMENT ON COLUMN reporting.debtor_days.window_start_on IS
    'First day whose billing or cash counts; NULL where there is no window.';
COMMENT ON COLUMN reporting.debtor_days.window_end_on IS
    'Last day whose billing or cash counts; NULL where there is no window.';
COMMENT ON COLUMN reporting.debtor_days.window_days IS 'Days of the window, both ends counted.';
COMMENT ON COLUMN reporting.debtor_days.unexhausted IS
    'Pounds of debt older than all billing history (count-back), else 0.';
