-- A match is wrong when a person undid it: moved the receipt to suspense, transferred its credit to
-- another account, reversed it as posted in error, or took it from one item and gave it to another.
-- What a person took and gave is netted by item, so that money put back where it was is no fault.
CREATE FUNCTION reporting.match_quality(
    as_at date, as_known timestamptz, period_start date DEFAULT NULL
)
RETURNS TABLE (
    unit text, currency text, rule text, period_start_on date, matched bigint,
    matched_amount numeric, wrong bigint, wrong_amount numeric, moved_to_suspense bigint,
    transferred bigint, reversed_in_error bigint, allocated_elsewhere bigint, rate_by_count numeric,
    rate_by_value numeric, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH by_person AS (
        SELECT r.*
        FROM reporting.receipts AS r
        WHERE r.kind IN ('moved_to_suspense', 'credit_transferred', 'reversed', 'allocated',
            'unallocated')
        AND NOT r.automatic AND r.effective_on <= as_at AND r.recorded_at <= as_known
    ),
    netted AS (
        SELECT p.receipt, p.item, sum(
            CASE WHEN p.kind = 'allocated' THEN p.amount_minor ELSE -p.amount_minor END) AS net
        FROM by_person AS p
        WHERE p.kind IN ('allocated', 'unallocated')
        GROUP BY p.receipt, p.item
    ),
    undone AS (
        SELECT p.receipt, p.kind AS way, sum(p.amount_minor) AS amount
        FROM by_person AS p
        WHERE p.kind IN ('moved_to_suspense', 'credit_transferred')
        OR (p.kind = 'reversed' AND p.rule = 'posted_in_error')
        GROUP BY p.receipt, p.kind
        UNION ALL
        SELECT n.receipt, 'allocated', least(coalesce(sum(n.net) FILTER (WHERE n.net > 0), 0),
            coalesce(-sum(n.net) FILTER (WHERE n.net < 0), 0))
        FROM netted AS n
        GROUP BY n.receipt
    ),
    faults AS (
        SELECT u.receipt, sum(u.amount) AS amount,
            bool_or(u.way = 'moved_to_suspense') AS moved,
            bool_or(u.way = 'credit_transferred') AS transferred,
            bool_or(u.way = 'reversed') AS reversed,
            bool_or(u.way = 'allocated') AS allocated
        FROM undone AS u
        WHERE u.amount > 0
        GROUP BY u.receipt
    )
    SELECT r.unit, r.currency, coalesce(r.rule, 'all rules'),
        coalesce(period_start, reporting.financial_year_start(as_at)), count(*),
        reporting.pounds(sum(r.amount_minor)), count(f.receipt),
        reporting.pounds(sum(least(f.amount, r.amount_minor)) FILTER (WHERE f.receipt IS NOT NULL)),
        count(*) FILTER (WHERE f.moved), count(*) FILTER (WHERE f.transferred),
        count(*) FILTER (WHERE f.reversed), count(*) FILTER (WHERE f.allocated),
        reporting.ratio(count(f.receipt), count(*)),
        reporting.ratio(coalesce(sum(least(f.amount, r.amount_minor))
            FILTER (WHERE f.receipt IS NOT NULL), 0), sum(r.amount_minor)),
        'MQ-1.v1'
    FROM reporting.receipts AS r
    LEFT JOIN faults AS f ON f.receipt = r.receipt
    WHERE r.kind = 'received' AND r.automatic AND r.bank_account IS NOT NULL
    AND r.effective_on <= as_at AND r.recorded_at <= as_known
    AND r.value_on >= coalesce(period_start, reporting.financial_year_start(as_at))
    GROUP BY GROUPING SETS ((r.unit, r.currency, r.rule), (r.unit, r.currency))
$$;
COMMENT ON FUNCTION reporting.match_quality IS
    'How often an automatic match of a bank line was wrong, by rule (MQ-1): a person moved it to '
    'suspense, transferred it, reversed it as posted in error or allocated it elsewhere; for '
    'receipts from the start of a period (by default of the financial year) to a day, as known at '
    'a moment.';

CREATE VIEW reporting.match_quality AS
SELECT unit, currency, rule, period_start_on, matched, matched_amount::numeric(18, 2), wrong,
    wrong_amount::numeric(18, 2), moved_to_suspense, transferred, reversed_in_error,
    allocated_elsewhere, rate_by_count, rate_by_value, definition
FROM reporting.match_quality(reporting.today(), now());
COMMENT ON VIEW reporting.match_quality IS
    'How often automatic matches were wrong in the financial year to today, as known now.';
COMMENT ON COLUMN reporting.match_quality.unit IS
    'Legal entity or operating unit of the account that was matched.';
COMMENT ON COLUMN reporting.match_quality.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.match_quality.rule IS 'Rule that matched, or all rules.';
COMMENT ON COLUMN reporting.match_quality.period_start_on IS 'First day of the period.';
COMMENT ON COLUMN reporting.match_quality.matched IS 'Receipts that were matched with no person.';
COMMENT ON COLUMN reporting.match_quality.matched_amount IS 'Pounds of these receipts.';
COMMENT ON COLUMN reporting.match_quality.wrong IS 'Receipts whose match a person undid.';
COMMENT ON COLUMN reporting.match_quality.wrong_amount IS
    'Pounds that a person moved, of each receipt no more than it came to.';
COMMENT ON COLUMN reporting.match_quality.moved_to_suspense IS
    'Of these, receipts moved to suspense; a receipt can be undone in several ways.';
COMMENT ON COLUMN reporting.match_quality.transferred IS
    'Of these, receipts whose credit went to another account.';
COMMENT ON COLUMN reporting.match_quality.reversed_in_error IS
    'Of these, receipts reversed as posted in error.';
COMMENT ON COLUMN reporting.match_quality.allocated_elsewhere IS
    'Of these, receipts taken from one item and given to another.';
COMMENT ON COLUMN reporting.match_quality.rate_by_count IS
    'Wrong receipts as a fraction of one of the matched; NULL if not defined.';
COMMENT ON COLUMN reporting.match_quality.rate_by_value IS
    'Wrong pounds as a fraction of one of the matched; NULL if not defined.';
COMMENT ON COLUMN reporting.match_quality.definition IS 'Definition id and version.';
