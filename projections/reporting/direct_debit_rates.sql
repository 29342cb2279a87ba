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
    WITH RECURSIVE period AS (
        SELECT coalesce(period_start, reporting.financial_year_start(as_at)) AS first_on,
            (as_at - interval '12 months')::date AS year_before
    ),
    mandates AS (
        SELECT m.* FROM reporting.mandates_at(as_at, as_known) AS m
    ),
    -- The collections are added up in one pass; only those that came back are looked at one by one.
    collected AS (
        SELECT c.unit,
            count(*) FILTER (WHERE c.processing_on >= p.first_on) AS items,
            sum(c.amount_minor) FILTER (WHERE c.processing_on >= p.first_on) AS amount,
            count(*) FILTER (WHERE c.processing_on > p.year_before) AS year_items,
            sum(c.amount_minor) FILTER (WHERE c.processing_on > p.year_before) AS year_amount
        FROM reporting.collections_at(as_at, as_known) AS c, period AS p
        WHERE c.ended IS DISTINCT FROM 'stopped' AND c.processing_on <= as_at
        GROUP BY c.unit
    ),
    units AS (
        SELECT m.unit FROM mandates AS m UNION SELECT c.unit FROM collected AS c
    ),
    returned AS (
        SELECT c.*, c.processing_on >= p.first_on AS is_counted, row_number() OVER (
                PARTITION BY c.unit, c.account ORDER BY c.ended_on, c.processing_on, c.run, c.item
            ) AS turn
        FROM reporting.collections_at(as_at, as_known) AS c, period AS p
        WHERE c.ended = 'returned' AND c.processing_on <= as_at
    ),
    bills AS (
        SELECT r.unit, r.account, r.bill, min(r.ended_on) AS since
        FROM (SELECT c.unit, c.account, c.ended_on, unnest(c.invoices) AS bill FROM returned AS c)
            AS r
        GROUP BY r.unit, r.account, r.bill
    ),
    payments AS (
        -- What a receipt paid of a bill and did not take back, from the day on which it first did.
        SELECT l.unit, l.account, l.item, l.receipt, -sum(l.amount_minor) AS amount,
            min(l.effective_on) FILTER (WHERE l.amount_minor < 0) AS paid_on
        FROM bills AS b
        JOIN reporting.movements_at(as_at, as_known) AS l
            ON l.unit = b.unit AND l.account = b.account AND l.item = b.bill
            AND l.control = 'debtors' AND l.kind = 'allocated'
        GROUP BY l.unit, l.account, l.item, l.receipt
        HAVING sum(l.amount_minor) < 0
            AND min(l.effective_on) FILTER (WHERE l.amount_minor < 0) >= min(b.since)
    ),
    paid AS (
        -- The unpaid collections of an account take from its payments in turn, so that no penny
        -- stands for two of them; `remaining` is what the next one finds.
        SELECT p.unit, p.account, 0::bigint AS turn, NULL::text AS collection, 0::numeric AS amount,
            array_agg(p.item ORDER BY p.paid_on, p.receipt, p.item) AS items,
            array_agg(p.receipt ORDER BY p.paid_on, p.receipt, p.item) AS receipts,
            array_agg(p.paid_on ORDER BY p.paid_on, p.receipt, p.item) AS days,
            array_agg(p.amount ORDER BY p.paid_on, p.receipt, p.item) AS remaining
        FROM payments AS p
        GROUP BY p.unit, p.account
        UNION ALL
        SELECT r.unit, r.account, r.turn, r.collection, t.amount, b.items, b.receipts, b.days,
            t.remaining
        FROM paid AS b
        JOIN returned AS r ON r.unit = b.unit AND r.account = b.account AND r.turn = b.turn + 1
        CROSS JOIN LATERAL (
            SELECT sum(o.taken) AS amount, array_agg(o.amount - o.taken ORDER BY o.n) AS remaining
            FROM (
                SELECT f.n, f.amount, greatest(0, least(f.offered, r.amount_minor
                        - coalesce(sum(f.offered) OVER before, 0))) AS taken
                FROM (
                    SELECT q.n, q.amount, CASE WHEN q.item = ANY (r.invoices)
                            AND q.receipt <> 'DD:' || r.collection
                            AND q.paid_on BETWEEN r.ended_on AND r.ended_on + 30
                        THEN q.amount ELSE 0 END AS offered
                    FROM (
                        SELECT generate_subscripts(b.remaining, 1) AS n, unnest(b.items) AS item,
                            unnest(b.receipts) AS receipt, unnest(b.days) AS paid_on,
                            unnest(b.remaining) AS amount
                    ) AS q
                ) AS f
                WINDOW before AS (ORDER BY f.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            ) AS o
        ) AS t
    ),
    lodged AS (
        SELECT m.sun, m.mandate, m.kind, m.code, m.effective_on,
            lead(m.kind) OVER next AS then_came, lead(m.code) OVER next AS then_code
        FROM reporting.mandate_events AS m
        WHERE (m.kind = 'rejected' OR (m.kind = 'lodged' AND m.code <> '0C'))
            AND m.effective_on <= as_at AND m.recorded_at <= as_known
            -- An instruction whose run never went was not lodged.
            AND (m.kind <> 'lodged' OR (m.run, m.item) NOT IN (
                SELECT s.run, s.item FROM reporting.mandate_events AS s
                WHERE s.kind = 'lodgement_stopped'
                    AND s.effective_on <= as_at AND s.recorded_at <= as_known))
        WINDOW next AS (PARTITION BY m.sun, m.mandate ORDER BY m.position)
    ),
    measured AS (
        -- What each rate is measured against, with the reason of what went wrong; else NULL.
        SELECT r.unit, 'DDR-2.v2' AS definition, coalesce(b.amount, 0) < r.amount_minor AS failed,
            r.end_code AS reason, r.amount_minor AS of_amount,
            r.amount_minor - coalesce(b.amount, 0) AS amount
        FROM returned AS r LEFT JOIN paid AS b ON b.collection = r.collection
        WHERE r.is_counted
        UNION ALL
        SELECT m.unit, 'DDR-3.v2', l.then_came = 'rejected', l.then_code, 0, 0
        FROM lodged AS l JOIN mandates AS m USING (sun, mandate), period AS p
        WHERE l.kind = 'lodged' AND l.code = '0N' AND l.effective_on >= p.first_on
        UNION ALL
        SELECT m.unit, 'DDR-4.v2',
            m.status = 'cancelled' AND m.advice LIKE 'ADDACS%' AND m.code <> '3', m.code, 0, 0
        FROM period AS p
        CROSS JOIN reporting.mandates_at(least(as_at, p.first_on - 1), as_known) AS s
        JOIN mandates AS m USING (sun, mandate)
        WHERE s.lodged_on IS NOT NULL
            AND s.status NOT IN ('rejected', 'cancelled', 'expired', 'dormant', 'erased')
    ),
    counted AS (
        SELECT d.unit, d.definition, d.reason, count(*) AS items, sum(d.amount) AS amount
        FROM measured AS d
        WHERE d.failed
        GROUP BY GROUPING SETS ((d.unit, d.definition), (d.unit, d.definition, d.reason))
        UNION ALL
        SELECT r.unit, 'DDR-1.v1', r.end_code, count(*), sum(r.amount_minor)
        FROM returned AS r WHERE r.is_counted
        GROUP BY GROUPING SETS ((r.unit), (r.unit, r.end_code))
        UNION ALL
        -- A claim has no limit of age: it may be on a collection of years ago.
        SELECT k.unit, 'DDR-5.v1', k.code, count(*), sum(k.amount_minor)
        FROM reporting.indemnity_claim_events AS k, period AS p
        WHERE k.kind = 'raised' AND k.effective_on > p.year_before
            AND k.effective_on <= as_at AND k.recorded_at <= as_known
        GROUP BY GROUPING SETS ((k.unit), (k.unit, k.code))
    ),
    bases AS (
        SELECT d.unit, d.definition, count(*) AS items, sum(d.of_amount) AS amount
        FROM measured AS d GROUP BY d.unit, d.definition
        UNION ALL
        SELECT c.unit, d.definition, d.items, d.amount
        FROM collected AS c CROSS JOIN LATERAL (
            VALUES ('DDR-1.v1', c.items, c.amount), ('DDR-5.v1', c.year_items, c.year_amount)
        ) AS d (definition, items, amount)
    )
    SELECT u.unit, d.definition, c.reason, coalesce(c.items, 0), coalesce(b.items, 0),
        reporting.ratio(coalesce(c.items, 0), coalesce(b.items, 0)),
        reporting.pounds(c.amount), reporting.pounds(b.amount),
        reporting.ratio(coalesce(c.amount, 0), coalesce(b.amount, 0)),
        CASE WHEN d.definition = 'DDR-5.v1' THEN p.year_before + 1 ELSE p.first_on END
    FROM units AS u CROSS JOIN period AS p
    CROSS JOIN (
        VALUES ('DDR-1.v1'), ('DDR-2.v2'), ('DDR-3.v2'), ('DDR-4.v2'), ('DDR-5.v1')
    ) AS d (definition)
    LEFT JOIN bases AS b ON b.unit = u.unit AND b.definition = d.definition
    LEFT JOIN counted AS c ON c.unit = u.unit AND c.definition = d.definition
$$;
COMMENT ON FUNCTION reporting.direct_debit_rates IS
    'Quality of Direct Debits by reason and together (reason NULL): returned unpaid (DDR-1), not '
    'collected within 30 days either (DDR-2), instructions returned (DDR-3), mandates lost '
    '(DDR-4), claimed back in twelve months (DDR-5); as at a day, as known at a moment.';

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
