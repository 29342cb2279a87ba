-- Each side comes from a different function, so that an identity that holds says that the
-- reports agree with each other, not that a sum equals itself.
CREATE FUNCTION reporting.identities(as_at date, as_known timestamptz)
RETURNS TABLE (
    definition text, name text, unit text, currency text, left_minor bigint, right_minor bigint,
    difference bigint, holds boolean
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH aged AS (
        SELECT a.unit, a.currency,
            sum(a.not_yet_due + a.days_1_30 + a.days_31_60 + a.days_61_90 + a.days_91_180
                + a.days_181_365 + a.years_1_2 + a.years_2_6 + a.over_6_years) AS buckets,
            sum(a.unapplied_credit) AS unapplied
        FROM reporting.aged_debt(as_at, as_known) AS a
        GROUP BY a.unit, a.currency
    ),
    control AS (
        SELECT c.unit, c.currency, c.carried_forward, c.difference
        FROM reporting.control_account(as_at, as_known) AS c
    ),
    disposed AS (
        SELECT m.unit, m.currency,
            coalesce(sum(m.amount_minor) FILTER (
                WHERE m.control = 'debtors' AND m.kind IN ('billed', 'reversed')), 0) AS debit,
            coalesce(-sum(m.amount_minor) FILTER (
                WHERE m.control = 'debtors' AND m.kind IN ('allocated', 'credited', 'written_off',
                    'written_back')), 0) AS settled,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.control = 'refunds_payable'), 0)
                AS refunds_payable
        FROM reporting.day_sums_at(as_at, as_known) AS m
        WHERE m.control IN ('debtors', 'refunds_payable')
        GROUP BY m.unit, m.currency
    ),
    ledger AS (
        SELECT t.unit, t.currency, sum(t.balance) AS total,
            coalesce(sum(t.balance) FILTER (WHERE t.gl_account = 'debtors_control'), 0) AS debtors,
            coalesce(sum(t.balance) FILTER (WHERE t.gl_account = 'unapplied_cash'), 0) AS unapplied,
            coalesce(sum(t.balance) FILTER (WHERE t.gl_account = 'suspense'), 0) AS suspense,
            coalesce(sum(t.balance) FILTER (WHERE t.gl_account = 'refunds_payable'), 0)
                AS refunds_payable,
            coalesce(sum(t.balance) FILTER (WHERE t.gl_account IN ('bank', 'bank_clearing')), 0)
                AS cash_book
        FROM reporting.trial_balance(as_at, as_known) AS t
        GROUP BY t.unit, t.currency
    ),
    holding AS (
        SELECT s.unit, s.currency, sum(s.open_amount) AS suspense
        FROM reporting.suspense(as_at, as_known) AS s
        GROUP BY s.unit, s.currency
    ),
    desk AS (
        SELECT d.unit, d.currency, sum(d.signed_minor) AS held
        FROM reporting.suspense_desk(as_at, as_known) AS d
        GROUP BY d.unit, d.currency
    ),
    reconciled AS (
        SELECT r.unit, r.currency, r.step, r.item, r.amount
        FROM reporting.bank_reconciliation(as_at, as_known) AS r
    ),
    cash AS (
        SELECT r.item AS unit, r.currency, sum(r.amount) AS cash_book
        FROM reconciled AS r WHERE r.step = 2 GROUP BY r.item, r.currency
    ),
    bank AS (
        SELECT r.unit, r.currency,
            coalesce(sum(r.amount) FILTER (WHERE r.step = 1), 0) AS statements,
            coalesce(sum(r.amount) FILTER (WHERE r.step BETWEEN 2 AND 9), 0) AS explained
        FROM reconciled AS r GROUP BY r.unit, r.currency
    ),
    credits AS MATERIALIZED (
        -- What `expected_credits` says of them; the days and lines that it adds move nothing.
        SELECT x.unit, x.currency, x.position, x.amount_minor
        FROM reporting.standing_order_pairs_at(as_at, as_known) AS x
    ),
    orders AS (
        SELECT x.unit, x.currency, sum(x.amount_minor) AS received_minor
        FROM credits AS x GROUP BY x.unit, x.currency
    ),
    linked AS (
        SELECT m.unit, m.currency, -sum(m.amount_minor) AS received_minor
        FROM reporting.movements_at(as_at, as_known) AS m
        WHERE m.control = 'unapplied' AND m.kind = 'received'
            AND m.position IN (SELECT x.position FROM credits AS x)
        GROUP BY m.unit, m.currency
    ),
    books AS (
        SELECT k.unit, k.currency FROM aged AS k
        UNION SELECT k.unit, k.currency FROM disposed AS k
        UNION SELECT k.unit, k.currency FROM ledger AS k
        UNION SELECT k.unit, k.currency FROM holding AS k
        UNION SELECT k.unit, k.currency FROM desk AS k
        UNION SELECT k.unit, k.currency FROM cash AS k
        UNION SELECT k.unit, k.currency FROM bank AS k
    )
    SELECT v.definition, v.name, b.unit, b.currency, v.left_minor::bigint, v.right_minor::bigint,
        (v.left_minor - v.right_minor)::bigint, v.left_minor = v.right_minor
    FROM books AS b
    LEFT JOIN aged AS a ON a.unit = b.unit AND a.currency = b.currency
    LEFT JOIN control AS c ON c.unit = b.unit AND c.currency = b.currency
    LEFT JOIN disposed AS d ON d.unit = b.unit AND d.currency = b.currency
    LEFT JOIN ledger AS l ON l.unit = b.unit AND l.currency = b.currency
    LEFT JOIN holding AS h ON h.unit = b.unit AND h.currency = b.currency
    LEFT JOIN desk AS e ON e.unit = b.unit AND e.currency = b.currency
    LEFT JOIN cash AS s ON s.unit = b.unit AND s.currency = b.currency
    LEFT JOIN bank AS k ON k.unit = b.unit AND k.currency = b.currency
    LEFT JOIN orders AS o ON o.unit = b.unit AND o.currency = b.currency
    LEFT JOIN linked AS i ON i.unit = b.unit AND i.currency = b.currency
    CROSS JOIN LATERAL (
        VALUES
        ('ID-1.v1', 'aged debt less unapplied credit = control account',
            coalesce(a.buckets - a.unapplied, 0) * 100, coalesce(c.carried_forward, 0) * 100),
        ('ID-2.v1', 'control account rolls forward without a difference',
            coalesce(c.difference, 0) * 100, 0),
        ('ID-3.v1', 'debit = cash + credited + written off + open',
            coalesce(d.debit, 0), coalesce(d.settled, 0) + coalesce(a.buckets, 0) * 100),
        ('ID-4.v1', 'trial balance adds up to zero', coalesce(l.total, 0) * 100, 0),
        ('ID-5.v1', 'debtors and unapplied in the general ledger = control account',
            coalesce(l.debtors + l.unapplied, 0) * 100, coalesce(c.carried_forward, 0) * 100),
        ('ID-6.v1', 'unapplied in the general ledger = unapplied credit',
            -coalesce(l.unapplied, 0) * 100, coalesce(a.unapplied, 0) * 100),
        ('ID-7.v1', 'suspense in the general ledger = suspense',
            -coalesce(l.suspense, 0) * 100, coalesce(h.suspense, 0) * 100),
        ('ID-8.v1', 'refunds payable in the general ledger = refunds payable',
            coalesce(l.refunds_payable, 0) * 100, coalesce(d.refunds_payable, 0)),
        ('ID-9.v1', 'what came into suspense and left it = suspense',
            coalesce(e.held, 0), coalesce(h.suspense, 0) * 100),
        ('ID-10.v1', 'bank and bank clearing in the general ledger = cash book reconciled',
            coalesce(l.cash_book, 0) * 100, coalesce(s.cash_book, 0) * 100),
        ('ID-11.v1', 'bank statements = cash book + items between them',
            coalesce(k.statements, 0) * 100, coalesce(k.explained, 0) * 100),
        ('ID-12.v1', 'credits of standing orders that were met = receipts that meet them',
            coalesce(o.received_minor, 0), coalesce(i.received_minor, 0))
    ) AS v (definition, name, left_minor, right_minor)
$$;
COMMENT ON FUNCTION reporting.identities IS
    'The identities that every published set of figures must satisfy, as at a day, as known at a '
    'moment: one row per identity, unit and currency. A set with a row that does not hold must not '
    'be published.';

CREATE VIEW reporting.identities AS
SELECT definition, name, unit, currency, left_minor, right_minor, difference, holds
FROM reporting.identities(reporting.today(), now());
COMMENT ON VIEW reporting.identities IS
    'The identities of the published figures, as at today, as known now.';
COMMENT ON COLUMN reporting.identities.definition IS 'Definition id and version of the identity.';
COMMENT ON COLUMN reporting.identities.name IS 'The identity in words, left side = right side.';
COMMENT ON COLUMN reporting.identities.unit IS 'Legal entity or operating unit.';
COMMENT ON COLUMN reporting.identities.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.identities.left_minor IS 'Left side in minor units (pence).';
COMMENT ON COLUMN reporting.identities.right_minor IS 'Right side in minor units (pence).';
COMMENT ON COLUMN reporting.identities.difference IS 'Left less right, minor units (pence).';
COMMENT ON COLUMN reporting.identities.holds IS 'True when both sides are equal to the penny.';
