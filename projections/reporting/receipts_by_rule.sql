-- Every pound that came in stands in one row: on an account by the rule that put it there, or in
-- suspense, or where it left suspense to. A receipt in several parts counts in each row it is in.
CREATE FUNCTION reporting.receipts_by_rule(
    as_at date, as_known timestamptz, period_start date DEFAULT NULL
)
RETURNS TABLE (
    unit text, currency text, method text, place text, rule text, automatic boolean,
    period_start_on date, receipts bigint, amount numeric, share numeric, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH held AS (
        SELECT d.unit, d.currency, d.receipt, max(d.method) AS method,
            max(d.rule) FILTER (WHERE d.kind IN ('suspended', 'moved_in')) AS rule,
            max(d.value_on) AS value_on, sum(d.signed_minor) AS held,
            coalesce(sum(d.amount_minor) FILTER (WHERE d.kind = 'transferred'), 0) AS transferred,
            coalesce(-sum(d.signed_minor) FILTER (
                WHERE d.kind IN ('returned', 'return_failed')), 0) AS returned,
            coalesce(sum(d.amount_minor) FILTER (WHERE d.kind = 'bounced'), 0) AS bounced
        FROM reporting.suspense_desk(as_at, as_known) AS d
        GROUP BY d.unit, d.currency, d.receipt
    ),
    parts AS (
        SELECT r.unit, r.currency, r.method, 'account' AS place, r.rule, r.automatic,
            r.amount_minor - coalesce(m.amount, 0) AS amount
        FROM reporting.receipts AS r
        LEFT JOIN (
            SELECT o.receipt, sum(o.amount_minor) AS amount
            FROM reporting.receipts AS o
            WHERE o.kind = 'moved_to_suspense' AND o.effective_on <= as_at
            AND o.recorded_at <= as_known
            GROUP BY o.receipt
        ) AS m ON m.receipt = r.receipt
        WHERE r.kind = 'received' AND r.effective_on <= as_at AND r.recorded_at <= as_known
        AND r.value_on >= coalesce(period_start, reporting.financial_year_start(as_at))
        UNION ALL
        SELECT h.unit, h.currency, h.method, v.place, CASE WHEN v.place = 'suspense' THEN h.rule END,
            NULL, v.amount
        FROM held AS h
        CROSS JOIN LATERAL (
            VALUES ('suspense', h.held), ('transferred', h.transferred), ('returned', h.returned),
                ('bounced', h.bounced)
        ) AS v (place, amount)
        WHERE h.value_on >= coalesce(period_start, reporting.financial_year_start(as_at))
    ),
    summed AS (
        SELECT p.unit, p.currency, p.method, p.place, p.rule, p.automatic, count(*) AS receipts,
            sum(p.amount) AS amount
        FROM parts AS p
        WHERE p.amount <> 0
        GROUP BY p.unit, p.currency, p.method, p.place, p.rule, p.automatic
    )
    SELECT s.unit, s.currency, s.method, s.place, s.rule, s.automatic,
        coalesce(period_start, reporting.financial_year_start(as_at)), s.receipts,
        reporting.pounds(s.amount),
        reporting.ratio(s.amount, sum(s.amount) OVER (PARTITION BY s.unit, s.currency)), 'RR-1.v1'
    FROM summed AS s
$$;
COMMENT ON FUNCTION reporting.receipts_by_rule IS
    'Money that came in, by payment method, by where it stands and by the rule that put it there '
    '(RR-1), from the start of a period (by default of the financial year) to a day, as known at a '
    'moment. Money that bounced off an account stays counted where it was.';

CREATE VIEW reporting.receipts_by_rule AS
SELECT unit, currency, method, place, rule, automatic, period_start_on, receipts,
    amount::numeric(18, 2), share, definition
FROM reporting.receipts_by_rule(reporting.today(), now());
COMMENT ON VIEW reporting.receipts_by_rule IS
    'Money that came in by method, place and rule in the financial year to today, as known now.';
COMMENT ON COLUMN reporting.receipts_by_rule.unit IS
    'Legal entity or operating unit of the account, or of the bank account while in suspense.';
COMMENT ON COLUMN reporting.receipts_by_rule.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.receipts_by_rule.method IS 'Payment method.';
COMMENT ON COLUMN reporting.receipts_by_rule.place IS
    'account, suspense, or where it left suspense to: transferred, returned or bounced.';
COMMENT ON COLUMN reporting.receipts_by_rule.rule IS
    'Rule that put it on the account, or reason why it is in suspense; NULL for what left.';
COMMENT ON COLUMN reporting.receipts_by_rule.automatic IS
    'Whether no person put it on the account; NULL off an account.';
COMMENT ON COLUMN reporting.receipts_by_rule.period_start_on IS 'First day of the period.';
COMMENT ON COLUMN reporting.receipts_by_rule.receipts IS 'Receipts, or parts of receipts.';
COMMENT ON COLUMN reporting.receipts_by_rule.amount IS 'Pounds.';
COMMENT ON COLUMN reporting.receipts_by_rule.share IS
    'A fraction of one of the pounds that came in for the unit; NULL if not defined.';
COMMENT ON COLUMN reporting.receipts_by_rule.definition IS 'Definition id and version.';
