-- One row for each standing order. What is expected and has not come counts as missing only when its
-- days are over, so that nobody is asked for what is on its way.
CREATE FUNCTION reporting.standing_orders(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, account text, standing_order text, status text, frequency text, currency text,
    amount numeric, first_on date, last_on date, next_on date, next_amount numeric,
    late_since date, missed_in_a_row bigint, last_received_on date, last_received numeric,
    expected numeric, received numeric, arrears numeric, in_suspense bigint, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH terms AS (
        SELECT t.* FROM reporting.standing_order_terms_at(as_at, as_known) AS t
    ),
    credits AS MATERIALIZED (
        SELECT e.*, max(e.number) FILTER (WHERE e.receipt IS NOT NULL) OVER w AS last_met,
            max(e.number) FILTER (WHERE e.status <> 'expected') OVER w AS last_told
        FROM reporting.expected_credits(as_at, as_known) AS e
        WINDOW w AS (PARTITION BY e.unit, e.standing_order)
    ),
    held AS MATERIALIZED (
        SELECT h.unit, h.currency, h.received_on, h.open_amount, h.candidate
        FROM reporting.suspense(as_at, as_known) AS h
    ),
    sums AS (
        SELECT c.unit, c.standing_order,
            min(c.expected_on) FILTER (WHERE c.status = 'expected') AS next_on,
            (array_agg(c.amount ORDER BY c.number) FILTER (WHERE c.status = 'expected'))[1]
                AS next_amount,
            min(c.expected_on) FILTER (
                WHERE c.status IN ('late', 'missed') AND c.number > coalesce(c.last_met, 0))
                AS late_since,
            count(*) FILTER (WHERE c.status = 'missed' AND c.number > coalesce(c.last_met, 0))
                AS missed_in_a_row,
            max(c.received_on) AS last_received_on,
            (array_agg(c.received ORDER BY c.received_on DESC, c.receipt)
                FILTER (WHERE c.receipt IS NOT NULL))[1] AS last_received,
            coalesce(sum(c.amount) FILTER (WHERE c.status <> 'expected'), 0) AS expected,
            coalesce(sum(c.received) FILTER (WHERE c.number IS NOT NULL), 0) AS received,
            max(c.status) FILTER (WHERE c.number = c.last_told) AS last_status,
            count(*) FILTER (WHERE c.status = 'expected') AS to_come,
            bool_or(c.status = 'unexpected') AS still_comes
        FROM credits AS c
        GROUP BY c.unit, c.standing_order
    )
    SELECT t.unit, t.account, t.standing_order,
        CASE WHEN s.still_comes THEN 'unexpected'
            WHEN t.ended IS NOT NULL AND t.ended_on <= as_at THEN t.ended
            WHEN s.missed_in_a_row >= t.stopped_after THEN 'probably_stopped'
            WHEN s.last_status IN ('late', 'missed', 'changed') THEN s.last_status
            WHEN t.ended IS NULL AND coalesce(s.to_come, 0) = 0 THEN 'finished'
            WHEN s.last_status IS NULL THEN 'not_started'
            ELSE 'as_expected' END,
        t.frequency, t.currency, reporting.pounds(t.amount_minor), f.first_on, t.last_on,
        s.next_on, s.next_amount, s.late_since, coalesce(s.missed_in_a_row, 0),
        s.last_received_on, s.last_received, coalesce(s.expected, 0), coalesce(s.received, 0),
        coalesce(s.expected - s.received, 0), coalesce(h.receipts, 0), 'SO-2.v1'
    FROM terms AS t
    JOIN (
        SELECT x.unit, x.standing_order, min(x.first_on) AS first_on FROM terms AS x
        GROUP BY x.unit, x.standing_order
    ) AS f ON f.unit = t.unit AND f.standing_order = t.standing_order
    LEFT JOIN sums AS s ON s.unit = t.unit AND s.standing_order = t.standing_order
    -- Nobody who has paid is chased: what is in suspense may be what is missed here.
    LEFT JOIN LATERAL (
        SELECT count(*) AS receipts FROM held AS h
        WHERE s.late_since IS NOT NULL AND h.unit = t.unit AND h.currency = t.currency
            AND h.received_on >= s.late_since - t.early_days
            AND (h.open_amount = reporting.pounds(t.amount_minor)
                OR h.candidate = t.unit || '/' || t.account)
    ) AS h ON true
    WHERE t.is_last
$$;
COMMENT ON FUNCTION reporting.standing_orders IS
    'Every standing order with how it stands, as at a day, as known at a moment: the next credit, '
    'the last that came, and what should have come less what came (SO-2).';

CREATE VIEW reporting.standing_orders AS
SELECT unit, account, standing_order, status, frequency, currency, amount::numeric(18, 2), first_on,
    last_on, next_on, next_amount::numeric(18, 2), late_since, missed_in_a_row, last_received_on,
    last_received::numeric(18, 2), expected::numeric(18, 2), received::numeric(18, 2),
    arrears::numeric(18, 2), in_suspense, definition
FROM reporting.standing_orders(reporting.today(), now());
COMMENT ON VIEW reporting.standing_orders IS
    'Every standing order with how it stands, as at today, as known now.';
COMMENT ON COLUMN reporting.standing_orders.unit IS 'Unit of the account.';
COMMENT ON COLUMN reporting.standing_orders.account IS 'Debtor account that it pays.';
COMMENT ON COLUMN reporting.standing_orders.standing_order IS 'The standing order, by its name.';
COMMENT ON COLUMN reporting.standing_orders.status IS
    'not_started, as_expected, late, missed, changed, probably_stopped, stopped, finished, or '
    'unexpected (it comes after its end).';
COMMENT ON COLUMN reporting.standing_orders.frequency IS
    'weekly, fortnightly, four_weekly, monthly or quarterly.';
COMMENT ON COLUMN reporting.standing_orders.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.standing_orders.amount IS 'Pounds of one payment by the last terms.';
COMMENT ON COLUMN reporting.standing_orders.first_on IS 'First day of its schedule.';
COMMENT ON COLUMN reporting.standing_orders.last_on IS 'Last day; NULL when it has none.';
COMMENT ON COLUMN reporting.standing_orders.next_on IS 'Day on which the next credit is expected.';
COMMENT ON COLUMN reporting.standing_orders.next_amount IS 'Pounds of the next credit.';
COMMENT ON COLUMN reporting.standing_orders.late_since IS
    'Day of the first credit that did not come since the last that did; NULL when none is missing.';
COMMENT ON COLUMN reporting.standing_orders.missed_in_a_row IS
    'Credits that were missed since the last that came.';
COMMENT ON COLUMN reporting.standing_orders.last_received_on IS 'Value date of the last receipt.';
COMMENT ON COLUMN reporting.standing_orders.last_received IS 'Pounds of the last receipt.';
COMMENT ON COLUMN reporting.standing_orders.expected IS
    'Pounds that should have come by now; what is within its days is not counted.';
COMMENT ON COLUMN reporting.standing_orders.received IS 'Pounds that came for them.';
COMMENT ON COLUMN reporting.standing_orders.arrears IS
    'Expected less received, pounds; below zero when more came.';
COMMENT ON COLUMN reporting.standing_orders.in_suspense IS
    'Receipts in suspense since then of the same amount, or that may belong to the account.';
COMMENT ON COLUMN reporting.standing_orders.definition IS 'Definition id and version.';
