-- In each account the best pair of a credit and a receipt is taken first, then the best of those that
-- are left, and so on. A pair that is the best of both its sides is taken whatever becomes of others;
-- nearly all are, and only the few that are left are gone through one after another. Most are plain
-- before anything is ranked: the amount, by standing order, on the very day, and no other like it.
CREATE FUNCTION reporting.standing_order_pairs_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, account text, standing_order text, number bigint, receipt text, "position" bigint,
    value_on date, currency text, amount_minor bigint
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH RECURSIVE days AS MATERIALIZED (
        -- A number of its own, because to sort by numbers is quicker than by names.
        SELECT d.*, row_number() OVER () AS credit
        FROM reporting.standing_order_days_at(as_at, as_known) AS d
    ),
    money AS MATERIALIZED (
        SELECT r.* FROM reporting.standing_order_receipts_at(as_at, as_known) AS r
    ),
    plain AS MATERIALIZED (
        SELECT min(d.credit) AS credit, min(r.position) AS position
        FROM days AS d
        JOIN money AS r ON r.unit = d.unit AND r.account = d.account AND r.currency = d.currency
            AND r.value_on = d.expected_on AND r.amount_minor = d.amount_minor
        WHERE r.method = 'standing_order'
        GROUP BY r.unit, r.account, r.currency, r.value_on, r.amount_minor
        HAVING count(*) = 1
    ),
    -- Hashed sets: the planner cannot know how many are plain.
    days_left AS MATERIALIZED (
        SELECT d.* FROM days AS d WHERE d.credit NOT IN (SELECT p.credit FROM plain AS p)
    ),
    money_left AS MATERIALIZED (
        SELECT r.* FROM money AS r WHERE r.position NOT IN (SELECT p.position FROM plain AS p)
    ),
    possible AS MATERIALIZED (
        SELECT d.credit, r.position, r.unit, r.account,
            row_number() OVER (ORDER BY
                r.amount_minor <> d.amount_minor, r.method <> 'standing_order',
                abs(r.value_on - d.expected_on), d.expected_on, d.unit, d.standing_order,
                d.number, r.position) AS rank
        FROM days_left AS d
        JOIN money_left AS r ON r.unit = d.unit AND r.account = d.account
            AND r.currency = d.currency AND r.value_on >= d.opens_on
            AND r.value_on < CASE WHEN r.amount_minor = d.amount_minor THEN d.gone_on
                ELSE d.closes_on END
    ),
    compared AS (
        SELECT p.*,
            p.rank = min(p.rank) OVER (PARTITION BY p.credit)
                AND p.rank = min(p.rank) OVER (PARTITION BY p.position) AS is_best
        FROM possible AS p
    ),
    judged AS MATERIALIZED (
        SELECT c.*,
            bool_or(c.is_best) OVER (PARTITION BY c.credit)
                OR bool_or(c.is_best) OVER (PARTITION BY c.position) AS is_settled
        FROM compared AS c
    ),
    rest AS MATERIALIZED (
        SELECT j.*, row_number() OVER (PARTITION BY j.unit, j.account ORDER BY j.rank) AS step
        FROM judged AS j
        WHERE NOT j.is_settled
    ),
    walked AS (
        SELECT r.unit, r.account, r.step, r.credit, r.position, true AS is_taken,
            ARRAY[r.credit] AS met, ARRAY[r.position] AS used
        FROM rest AS r
        WHERE r.step = 1
        UNION ALL
        SELECT r.unit, r.account, r.step, r.credit, r.position, n.is_free,
            CASE WHEN n.is_free THEN w.met || r.credit ELSE w.met END,
            CASE WHEN n.is_free THEN w.used || r.position ELSE w.used END
        FROM walked AS w
        JOIN rest AS r ON r.unit = w.unit AND r.account = w.account AND r.step = w.step + 1
        CROSS JOIN LATERAL (
            SELECT NOT (r.credit = ANY (w.met) OR r.position = ANY (w.used)) AS is_free
        ) AS n
    ),
    taken AS (
        SELECT p.credit, p.position FROM plain AS p
        UNION ALL
        SELECT j.credit, j.position FROM judged AS j WHERE j.is_best
        UNION ALL
        SELECT w.credit, w.position FROM walked AS w WHERE w.is_taken
    )
    SELECT d.unit, d.account, d.standing_order, d.number, r.receipt, r.position, r.value_on,
        d.currency, r.amount_minor
    FROM taken AS t
    JOIN days AS d ON d.credit = t.credit
    JOIN money AS r ON r.position = t.position
$$;
COMMENT ON FUNCTION reporting.standing_order_pairs_at IS
    'Which receipt meets which expected credit of a standing order, as at a day, as known at a '
    'moment: each receipt and each credit once at most, the best pair of an account first.';
