-- One row for each thing that somebody has to do, with the day by which it must be done.
CREATE FUNCTION reporting.direct_debit_exceptions(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, kind text, item text, account text, mandate text, reason text, amount numeric,
    since date, act_by date, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH mandates AS (
        SELECT m.* FROM reporting.mandates(as_at, as_known) AS m
    ),
    runs AS (
        SELECT r.* FROM reporting.collection_runs(as_at, as_known) AS r
    ),
    claims AS (
        SELECT k.* FROM reporting.indemnity_claims_at(as_at, as_known) AS k WHERE k.ended IS NULL
    ),
    -- What a claim found refunded, on any account or from suspense, and did not fail since. Paid
    -- twice is a loss when the claim is settled, until what it took back is owed no more.
    refunded AS (
        SELECT f.*, k.mandate, k.ended, k.raised_on, k.debit_on, f.kind = 'paid' OR g.is_paid
            AS is_paid
        FROM reporting.claimed_refund_events AS f
        JOIN reporting.indemnity_claims_at(as_at, as_known) AS k
            ON k.unit = f.claim_unit AND k.account = f.claim_account AND k.claim = f.claim
        CROSS JOIN LATERAL (
            SELECT coalesce(bool_or(n.kind = 'paid'), false) AS is_paid,
                coalesce(bool_or(n.kind = 'failed'), false) AS is_failed
            FROM reporting.claimed_refund_events AS n
            WHERE n.refund = f.refund AND n.position > f.position
                AND n.refund_unit IS NOT DISTINCT FROM f.refund_unit
                AND n.refund_account IS NOT DISTINCT FROM f.refund_account
                AND n.effective_on <= as_at AND n.recorded_at <= as_known
        ) AS g
        WHERE f.claim_unit IS NOT NULL AND f.effective_on <= as_at AND f.recorded_at <= as_known
            AND NOT g.is_failed AND k.ended IS DISTINCT FROM 'withdrawn'
            AND (k.ended IS DISTINCT FROM 'settled' OR EXISTS (
                SELECT FROM reporting.movements_at(as_at, as_known) AS l
                WHERE l.unit = f.claim_unit AND l.account = f.claim_account
                    AND l.control = 'debtors' AND l.item = 'REVERSAL:' || f.claim_receipt
                HAVING sum(l.amount_minor) > 0))
    ),
    back AS (
        SELECT c.*, unnest(c.invoices) AS bill, CASE WHEN c.represents IS NULL
            THEN c.processing_on ELSE reporting.first_processed_on(c.collection) END AS first_on
        FROM reporting.collections_at(as_at, as_known) AS c
        WHERE c.ended = 'returned'
            AND NOT EXISTS (
                SELECT FROM reporting.collection_events AS a
                WHERE a.represents = c.collection AND a.effective_on <= as_at
                    AND a.recorded_at <= as_known
                    AND NOT EXISTS (
                        SELECT FROM reporting.collection_events AS s
                        WHERE s.collection = a.collection AND s.kind = 'stopped'
                            AND s.effective_on <= as_at AND s.recorded_at <= as_known))
    ),
    -- One join carries everything along: the planner takes these rows for a few, and would compare
    -- each of them with each of another list.
    unpaid AS (
        SELECT DISTINCT c.unit, c.account, c.mandate, c.collection, c.amount_minor, c.ended_on,
            c.end_code, c.end_reason, c.first_on
        FROM back AS c
        JOIN reporting.movements_at(as_at, as_known) AS l
            ON l.unit = c.unit AND l.account = c.account AND l.item = c.bill
            AND l.control = 'debtors'
        GROUP BY c.unit, c.account, c.mandate, c.collection, c.amount_minor, c.ended_on,
            c.end_code, c.end_reason, c.first_on, c.bill
        HAVING sum(l.amount_minor) > 0
    ),
    unpaid_days AS MATERIALIZED (
        SELECT d.first_on, d.ended_on, reporting.working_days_before(
            (d.first_on + make_interval(months => r.represent_within_months))::date + 1, 2)
            AS again_by
        FROM (SELECT DISTINCT c.first_on, c.ended_on FROM unpaid AS c) AS d
        CROSS JOIN reporting.direct_debit_rules_on(d.ended_on) AS r
    ),
    not_posted AS (
        SELECT c.* FROM reporting.collections_at(as_at, as_known) AS c
        JOIN runs AS o ON o.run = c.run AND o.state IN ('released', 'signed_off')
        WHERE c.ended IS NULL AND c.entry_on < as_at
            AND NOT EXISTS (
                SELECT FROM reporting.receipts AS p
                WHERE p.receipt = 'DD:' || c.collection AND p.unit = c.unit AND p.kind = 'received'
                    AND p.effective_on <= as_at AND p.recorded_at <= as_known)
    ),
    posting AS (
        -- Of a run that nothing was posted of, the run is told and not each of its collections.
        SELECT n.run, n.waiting < d.due AS is_begun
        FROM (SELECT c.run, count(*) AS waiting FROM not_posted AS c GROUP BY c.run) AS n
        CROSS JOIN LATERAL (
            SELECT count(*) AS due FROM reporting.collections_at(as_at, as_known) AS c
            WHERE c.run = n.run AND c.ended IS NULL
        ) AS d
    ),
    -- A bank that takes back its cancelling: what had been announced is not, until it is once more.
    reinstated AS (
        SELECT r.sun, r.mandate, r.effective_on, max(a.entry_on) AS lost_on
        FROM reporting.mandate_events AS r
        JOIN reporting.mandate_events AS c ON c.sun = r.sun AND c.mandate = r.mandate
            AND c.kind = 'cancelled' AND c.position < r.position
        JOIN reporting.collection_events AS a ON a.sun = r.sun AND a.mandate = r.mandate
            AND a.kind = 'announced' AND a.position < c.position AND a.entry_on >= c.effective_on
        WHERE r.kind = 'resumed' AND r.advice IS NOT NULL
        AND r.effective_on <= as_at AND r.recorded_at <= as_known
        AND NOT EXISTS (
            SELECT FROM reporting.collection_events AS n
            WHERE n.sun = r.sun AND n.mandate = r.mandate AND n.effective_on <= as_at
                AND n.recorded_at <= as_known
                AND (n.kind = 'announced' AND n.position > r.position
                    OR n.kind = 'instructed' AND n.entry_on = a.entry_on))
        GROUP BY r.sun, r.mandate, r.effective_on, r.position
    ),
    suspended AS (
        SELECT s.unit, s.receipt, (s.open_amount * 100)::bigint AS amount, s.received_on
        FROM reporting.suspense(as_at, as_known) AS s
        WHERE s.method = 'direct_debit' AND s.parent IS NULL
            AND s.bank_account IN (
                SELECT r.bank_account FROM reporting.collection_run_events AS r
                WHERE r.kind = 'opened' AND r.effective_on <= as_at AND r.recorded_at <= as_known)
    ),
    things AS (
        SELECT c.unit, CASE WHEN c.again_by >= as_at THEN 'returned_represent' ELSE 'returned' END,
            c.collection, c.account, c.mandate, c.end_reason, c.amount_minor, c.ended_on,
            CASE WHEN c.again_by >= as_at THEN c.again_by END
        FROM (
            SELECT c.*, CASE WHEN c.end_code = '0' THEN d.again_by END AS again_by
            FROM unpaid AS c JOIN unpaid_days AS d USING (first_on, ended_on)
        ) AS c
        UNION ALL
        SELECT m.unit, 'instruction_suspended', m.mandate, m.account, m.mandate, m.reason, NULL,
            m.since, NULL
        FROM mandates AS m WHERE m.status = 'suspended'
        UNION ALL
        SELECT m.unit, 'instruction_rejected', m.mandate, m.account, m.mandate, m.reason, NULL,
            m.since, NULL
        FROM mandates AS m
        WHERE m.status = 'rejected' AND NOT EXISTS (
            SELECT FROM mandates AS n
            WHERE n.unit = m.unit AND n.account = m.account AND n.agreed_on >= m.agreed_on
                AND n.dormant_on IS NOT NULL)
        UNION ALL
        SELECT m.unit, 'instruction_reinstated', m.mandate, m.account, m.mandate,
            'what was announced for ' || to_char(b.lost_on, 'FMDD Month YYYY')
            || ' fell with it: announce it again', NULL, b.effective_on, NULL
        FROM mandates AS m JOIN reinstated AS b ON b.sun = m.sun AND b.mandate = m.mandate
        WHERE m.dormant_on IS NOT NULL AND EXISTS (
            SELECT FROM reporting.movements_at(as_at, as_known) AS l
            WHERE l.unit = m.unit AND l.account = m.account AND l.control = 'debtors'
            HAVING sum(l.amount_minor) > 0)
        UNION ALL
        SELECT m.unit, 'mandate_going_dormant', m.mandate, m.account, m.mandate,
            'last used on ' || m.last_used_on, NULL, m.dormant_on - r.dormant_warning_days,
            m.dormant_on - 1
        FROM mandates AS m CROSS JOIN reporting.direct_debit_rules_on(as_at) AS r
        WHERE m.dormant_on - r.dormant_warning_days <= as_at
        UNION ALL
        SELECT k.unit,
            CASE WHEN k.debit_on <= as_at THEN 'claim_to_settle'
                WHEN k.challenge_by >= as_at AND NOT k.is_challenged THEN 'claim_to_challenge'
                ELSE 'claim_live' END,
            k.claim, k.account, k.mandate, k.reason, k.amount_minor, k.raised_on,
            CASE WHEN k.debit_on > as_at AND k.challenge_by >= as_at AND NOT k.is_challenged
                THEN k.challenge_by ELSE k.debit_on END
        FROM claims AS k
        UNION ALL
        SELECT f.claim_unit, CASE WHEN f.is_paid THEN 'paid_twice' ELSE 'refund_to_stop' END,
            f.refund, f.claim_account, f.mandate, 'claim ' || f.claim || ' takes back what refund '
            || f.refund || CASE WHEN f.is_paid THEN ' paid' ELSE ' pays' END
            || coalesce(' on account ' || f.refund_account, ' from suspense'), f.amount_minor,
            f.raised_on, CASE WHEN NOT f.is_paid THEN f.debit_on END
        FROM refunded AS f
        WHERE f.is_paid OR f.ended IS NULL
        UNION ALL
        SELECT c.unit, CASE WHEN p.is_begun THEN 'collection_not_posted' ELSE 'run_not_posted' END,
            CASE WHEN p.is_begun THEN c.collection ELSE c.run END,
            max(c.account) FILTER (WHERE p.is_begun), max(c.mandate) FILTER (WHERE p.is_begun),
            'payers were debited, accounts are not credited', sum(c.amount_minor)::bigint,
            c.entry_on, c.entry_on + 1
        FROM not_posted AS c JOIN posting AS p ON p.run = c.run
        GROUP BY 1, 2, 3, c.entry_on
        UNION ALL
        SELECT s.unit, 'credit_not_identified', s.receipt, NULL, NULL,
            'a credit of Direct Debits that is no run''s yet', s.amount, s.received_on, NULL
        FROM suspended AS s
        UNION ALL
        SELECT r.unit, s.kind, r.run, NULL, NULL, s.reason, (r.ledger_amount * 100)::bigint,
            coalesce(s.since, r.entry_on), s.act_by
        FROM runs AS r
        JOIN reporting.collection_run_events AS o ON o.run = r.run AND o.kind = 'opened'
        CROSS JOIN LATERAL (
            VALUES
            ('run_not_released', r.state IN ('opened', 'written'), 'it is ' || r.state,
                o.effective_on, o.input_on),
            ('run_not_reported', r.state = 'released' AND r.reported_amount IS NULL,
                'no Input report has come', NULL, NULL),
            ('run_not_credited', r.state = 'released' AND r.ledger_amount > 0
                AND r.bank_amount IS NULL, 'no credit of the bank is identified', NULL, NULL),
            ('run_not_signed_off', r.state = 'released',
                'largest difference ' || r.difference::numeric(18, 2), NULL, NULL)
        ) AS s (kind, is_open, reason, since, act_by)
        WHERE s.is_open
    ),
    -- Thousands of rows are told on the same few days.
    acting AS MATERIALIZED (
        SELECT d.since, reporting.working_days_after(d.since, r.act_within_working_days) AS act_by
        FROM (SELECT DISTINCT t.since FROM things AS t (a, b, c, d, e, f, g, since, h)) AS d
        CROSS JOIN reporting.direct_debit_rules_on(d.since) AS r
    )
    SELECT t.unit, t.kind, t.item, t.account, t.mandate, t.reason,
        CASE WHEN t.amount IS NOT NULL THEN reporting.pounds(t.amount) END, t.since,
        coalesce(t.act_by, a.act_by), 'DDE-1.v2'
    FROM things AS t (unit, kind, item, account, mandate, reason, amount, since, act_by)
    LEFT JOIN acting AS a ON a.since = t.since
$$;
COMMENT ON FUNCTION reporting.direct_debit_exceptions IS
    'What has to be done about Direct Debits, with the day by which: unpaid collections, rejected '
    'and suspended instructions, mandates that go dormant, claims, collections that are on no '
    'account, every open step of a run (DDE-1).';

CREATE VIEW reporting.direct_debit_exceptions AS
SELECT unit, kind, item, account, mandate, reason, amount::numeric(18, 2), since, act_by, definition
FROM reporting.direct_debit_exceptions(reporting.today(), now());
COMMENT ON VIEW reporting.direct_debit_exceptions IS
    'What has to be done about Direct Debits, as at today, as known now.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.unit IS 'Unit that collects.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.kind IS
    'returned_represent (refer to payer), returned, instruction_rejected, instruction_suspended, '
    'instruction_reinstated (announce again), '
    'mandate_going_dormant, claim_to_challenge, claim_live, claim_to_settle, refund_to_stop, '
    'paid_twice, '
    'run_not_released, run_not_posted, collection_not_posted, run_not_reported, run_not_credited, '
    'run_not_signed_off, credit_not_identified.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.item IS
    'Collection, mandate, claim, refund, run or receipt.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.account IS
    'Debtor account; NULL of a run or receipt.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.mandate IS
    'Core reference; NULL of a run or receipt.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.reason IS 'Why, in words.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.amount IS 'Pounds; NULL without money.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.since IS 'Day on which it was told.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.act_by IS 'Last day on which to act.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.definition IS 'Definition id and version.';
