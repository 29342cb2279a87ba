-- Items that never reached a bank (rejected at input, withdrawn, given up) count in no rate.
CREATE FUNCTION reporting.direct_debit_rates(
    as_at date, as_known timestamptz, period_start date DEFAULT NULL
)
RETURNS TABLE (
    unit text, definition text, reason text, items bigint, of_items bigint, rate numeric,
    amount numeric, of_amount numeric, amount_rate numeric, period_start_on date
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH period AS (
        SELECT coalesce(period_start, reporting.financial_year_start(as_at)) AS first_on,
            (as_at - interval '12 months')::date AS year_before
    ),
    collected AS (
        SELECT c.* FROM reporting.collections_at(as_at, as_known) AS c
        WHERE c.ended IS DISTINCT FROM 'stopped' AND c.processing_on <= as_at
    ),
    mandates AS (
        SELECT m.* FROM reporting.mandate_events AS m
        WHERE m.effective_on <= as_at AND m.recorded_at <= as_known
    ),
    owners AS (
        SELECT m.sun, m.mandate, m.unit FROM mandates AS m WHERE m.kind = 'drafted'
    ),
    paid_since AS (
        SELECT c.collection, -sum(l.amount_minor) AS amount
        FROM collected AS c
        JOIN reporting.movements AS l ON l.unit = c.unit AND l.account = c.account
            AND l.control = 'debtors' AND l.kind = 'allocated' AND l.item = ANY (c.invoices)
            AND l.receipt <> 'DD:' || c.collection AND l.recorded_at <= as_known
            AND l.effective_on BETWEEN c.ended_on AND least(as_at, c.ended_on + 30)
        WHERE c.ended = 'returned'
        GROUP BY c.collection
    ),
    facts AS (
        -- DDR-1, DDR-2: what came back, and what of it was not collected within 30 days
        SELECT c.unit, 'DDR-1.v1' AS definition, c.end_code AS reason, c.amount_minor AS amount
        FROM collected AS c, period AS p
        WHERE c.ended = 'returned' AND c.processing_on >= p.first_on
        UNION ALL
        SELECT c.unit, 'DDR-2.v1', c.end_code, c.amount_minor
        FROM collected AS c CROSS JOIN period AS p
        LEFT JOIN paid_since AS s ON s.collection = c.collection
        WHERE c.ended = 'returned' AND c.processing_on >= p.first_on
            AND coalesce(s.amount, 0) < c.amount_minor
        UNION ALL
        -- DDR-3: instructions that a bank returned
        SELECT o.unit, 'DDR-3.v1', m.code, 0
        FROM mandates AS m JOIN owners AS o USING (sun, mandate), period AS p
        WHERE m.kind = 'rejected' AND m.effective_on >= p.first_on
        UNION ALL
        -- DDR-4: mandates lost to payers and banks; transfers and amendments are no losses
        SELECT o.unit, 'DDR-4.v1', m.code, 0
        FROM mandates AS m JOIN owners AS o USING (sun, mandate), period AS p
        WHERE m.kind = 'cancelled' AND m.advice LIKE 'ADDACS%' AND m.code <> '3'
            AND m.effective_on >= p.first_on
        UNION ALL
        -- DDR-5: claims of twelve months
        SELECT k.unit, 'DDR-5.v1', k.code, k.amount_minor
        FROM reporting.indemnity_claim_events AS k, period AS p
        WHERE k.kind = 'raised' AND k.effective_on > p.year_before
            AND k.effective_on <= as_at AND k.recorded_at <= as_known
    ),
    bases AS (
        SELECT c.unit, d.definition, count(*) AS items, sum(c.amount_minor) AS amount
        FROM collected AS c CROSS JOIN period AS p
        CROSS JOIN (VALUES ('DDR-1.v1'), ('DDR-5.v1')) AS d (definition)
        WHERE c.processing_on >= CASE d.definition
            WHEN 'DDR-1.v1' THEN p.first_on ELSE p.year_before + 1 END
        GROUP BY c.unit, d.definition
        UNION ALL
        SELECT f.unit, 'DDR-2.v1', count(*), sum(f.amount)
        FROM facts AS f WHERE f.definition = 'DDR-1.v1' GROUP BY f.unit
        UNION ALL
        SELECT o.unit, 'DDR-3.v1', count(*), 0
        FROM mandates AS m JOIN owners AS o USING (sun, mandate), period AS p
        WHERE m.kind = 'lodged' AND m.code = '0N' AND m.effective_on >= p.first_on
        GROUP BY o.unit
        UNION ALL
        SELECT o.unit, 'DDR-4.v1', count(*), 0
        FROM owners AS o, period AS p
        WHERE EXISTS (
                SELECT FROM mandates AS m WHERE m.sun = o.sun AND m.mandate = o.mandate
                    AND m.kind = 'lodged' AND m.effective_on < p.first_on)
            AND (
                SELECT m.kind FROM mandates AS m WHERE m.sun = o.sun AND m.mandate = o.mandate
                    AND m.effective_on < p.first_on AND m.code IS DISTINCT FROM '0C'
                ORDER BY m.position DESC LIMIT 1
            ) NOT IN ('rejected', 'cancelled', 'expired', 'dormant')
        GROUP BY o.unit
    ),
    counted AS (
        SELECT f.unit, f.definition, f.reason, count(*) AS items, sum(f.amount) AS amount
        FROM facts AS f
        GROUP BY GROUPING SETS ((f.unit, f.definition), (f.unit, f.definition, f.reason))
    )
    SELECT b.unit, b.definition, c.reason, coalesce(c.items, 0), b.items,
        reporting.ratio(coalesce(c.items, 0), b.items),
        reporting.pounds(coalesce(c.amount, 0)), reporting.pounds(b.amount),
        CASE WHEN b.amount > 0 THEN reporting.ratio(coalesce(c.amount, 0), b.amount) END,
        CASE WHEN b.definition = 'DDR-5.v1' THEN p.year_before + 1 ELSE p.first_on END
    FROM bases AS b CROSS JOIN period AS p
    LEFT JOIN counted AS c ON c.unit = b.unit AND c.definition = b.definition
$$;
COMMENT ON FUNCTION reporting.direct_debit_rates IS
    'Quality of Direct Debits by reason and together (reason NULL): returned unpaid (DDR-1), not '
    'collected within 30 days either (DDR-2), instructions returned (DDR-3), mandates lost (DDR-4), '
    'claimed back in twelve months (DDR-5); as at a day, as known at a moment.';

CREATE VIEW reporting.direct_debit_rates AS
SELECT unit, definition, reason, items, of_items, rate::numeric(9, 4), amount::numeric(18, 2),
    of_amount::numeric(18, 2), amount_rate::numeric(9, 4), period_start_on
FROM reporting.direct_debit_rates(reporting.today(), now());
COMMENT ON VIEW reporting.direct_debit_rates IS
    'Quality of Direct Debits of this financial year, as at today, as known now.';
COMMENT ON COLUMN reporting.direct_debit_rates.unit IS 'Unit that collects.';
COMMENT ON COLUMN reporting.direct_debit_rates.definition IS 'Definition id and version.';
COMMENT ON COLUMN reporting.direct_debit_rates.reason IS
    'Reason code of the bank; NULL for all reasons together.';
COMMENT ON COLUMN reporting.direct_debit_rates.items IS
    'Number of what came back, was returned, was lost or was claimed.';
COMMENT ON COLUMN reporting.direct_debit_rates.of_items IS
    'Number of collections, instructions or mandates that it is measured against.';
COMMENT ON COLUMN reporting.direct_debit_rates.rate IS 'items / of_items, as a fraction.';
COMMENT ON COLUMN reporting.direct_debit_rates.amount IS 'Pounds of the items; 0 without money.';
COMMENT ON COLUMN reporting.direct_debit_rates.of_amount IS
    'Pounds that it is measured against; 0 without money.';
COMMENT ON COLUMN reporting.direct_debit_rates.amount_rate IS
    'amount / of_amount, as a fraction; NULL without money.';
COMMENT ON COLUMN reporting.direct_debit_rates.period_start_on IS
    'First day that is counted; of DDR-5 twelve months before.';
