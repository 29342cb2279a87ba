-- In each account the best pair of a credit and a receipt is taken first, then the best of those that
-- are left, and so on. A pair that is the best of both its sides is taken whatever becomes of others;
-- nearly all are, and only the few that are left are gone through one after another.
CREATE FUNCTION reporting.standing_order_pairs_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, standing_order text, number bigint, receipt text, "position" bigint, value_on date,
    amount_minor bigint
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH RECURSIVE possible AS MATERIALIZED (
        SELECT r.unit, r.account, d.standing_order, d.number, r.receipt, r.position, r.value_on,
            r.amount_minor,
            row_number() OVER (PARTITION BY r.unit, r.account ORDER BY
                r.amount_minor <> d.amount_minor, r.method <> 'standing_order',
                abs(r.value_on - d.expected_on), d.expected_on, d.standing_order, d.number,
                r.position) AS rank
        FROM reporting.standing_order_days_at(as_at, as_known) AS d
        JOIN reporting.standing_order_receipts_at(as_at, as_known) AS r
            ON r.unit = d.unit AND r.account = d.account AND r.currency = d.currency
            AND r.value_on >= d.opens_on
            AND r.value_on < CASE WHEN r.amount_minor = d.amount_minor THEN d.gone_on
                ELSE d.closes_on END
    ),
    compared AS (
        SELECT p.*,
            p.rank = min(p.rank) OVER (PARTITION BY p.unit, p.standing_order, p.number)
                AND p.rank = min(p.rank) OVER (PARTITION BY p.receipt) AS is_best
        FROM possible AS p
    ),
    judged AS MATERIALIZED (
        SELECT c.*,
            bool_or(c.is_best) OVER (PARTITION BY c.unit, c.standing_order, c.number)
                OR bool_or(c.is_best) OVER (PARTITION BY c.receipt) AS is_settled
        FROM compared AS c
    ),
    rest AS MATERIALIZED (
        SELECT j.*, row_number() OVER (PARTITION BY j.unit, j.account ORDER BY j.rank) AS step,
            j.standing_order || '/' || j.number AS credit
        FROM judged AS j
        WHERE NOT j.is_settled
    ),
    walked AS (
        SELECT r.unit, r.account, r.step, r.rank, true AS is_taken, ARRAY[r.credit] AS met,
            ARRAY[r.receipt] AS used
        FROM rest AS r
        WHERE r.step = 1
        UNION ALL
        SELECT r.unit, r.account, r.step, r.rank, n.is_free,
            CASE WHEN n.is_free THEN w.met || r.credit ELSE w.met END,
            CASE WHEN n.is_free THEN w.used || r.receipt ELSE w.used END
        FROM walked AS w
        JOIN rest AS r ON r.unit = w.unit AND r.account = w.account AND r.step = w.step + 1
        CROSS JOIN LATERAL (
            SELECT NOT (r.credit = ANY (w.met) OR r.receipt = ANY (w.used)) AS is_free
        ) AS n
    )
    SELECT j.unit, j.standing_order, j.number, j.receipt, j.position, j.value_on, j.amount_minor
    FROM judged AS j
    WHERE j.is_best
    UNION ALL
    SELECT r.unit, r.standing_order, r.number, r.receipt, r.position, r.value_on, r.amount_minor
    FROM walked AS w
    JOIN rest AS r ON r.unit = w.unit AND r.account = w.account AND r.rank = w.rank
    WHERE w.is_taken
$$;
COMMENT ON FUNCTION reporting.standing_order_pairs_at IS
    'Which receipt meets which expected credit of a standing order, as at a day, as known at a '
    'moment: each receipt and each credit once at most, the best pair of an account first.';
