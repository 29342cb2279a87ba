-- One row for each thing that somebody has to do, with the day by which it must be done.
CREATE FUNCTION reporting.direct_debit_exceptions(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, kind text, item text, account text, mandate text, reason text, amount numeric,
    since date, act_by date, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH collected AS (
        SELECT c.* FROM reporting.collections_at(as_at, as_known) AS c
    ),
    mandates AS (
        SELECT DISTINCT ON (m.sun, m.mandate) m.sun, m.mandate, m.kind, m.code, m.reason,
            m.effective_on
        FROM reporting.mandate_events AS m
        WHERE m.effective_on <= as_at AND m.recorded_at <= as_known
            -- None of these ends a suspension or a rejection.
            AND m.kind NOT IN ('notified', 'amended', 'lodged', 'activated')
        ORDER BY m.sun, m.mandate, m.position DESC
    ),
    owners AS (
        SELECT m.sun, m.mandate, m.unit, m.account FROM reporting.mandate_events AS m
        WHERE m.kind = 'drafted' AND m.effective_on <= as_at AND m.recorded_at <= as_known
    ),
    claims AS (
        SELECT k.*, EXISTS (
                SELECT FROM reporting.indemnity_claim_events AS e
                WHERE e.unit = k.unit AND e.account = k.account AND e.claim = k.claim
                    AND e.kind = 'challenged'
                    AND e.effective_on <= as_at AND e.recorded_at <= as_known) AS is_challenged
        FROM reporting.indemnity_claim_events AS k
        WHERE k.kind = 'raised' AND k.effective_on <= as_at AND k.recorded_at <= as_known
            AND NOT EXISTS (
                SELECT FROM reporting.indemnity_claim_events AS e
                WHERE e.unit = k.unit AND e.account = k.account AND e.claim = k.claim
                    AND e.kind IN ('settled', 'withdrawn')
                    AND e.effective_on <= as_at AND e.recorded_at <= as_known)
    ),
    things AS (
        SELECT c.unit, CASE WHEN c.end_code = '0' THEN 'returned_represent' ELSE 'returned' END,
            c.collection, c.account, c.mandate, c.end_reason, c.amount_minor, c.ended_on,
            CASE WHEN c.end_code = '0' THEN (c.processing_on + interval '1 month')::date
                ELSE reporting.working_days_after(c.ended_on, 3) END
        FROM collected AS c
        WHERE c.ended = 'returned'
            AND NOT EXISTS (SELECT FROM collected AS a WHERE a.represents = c.collection)
            AND EXISTS (
                SELECT FROM reporting.movements_at(as_at, as_known) AS l
                WHERE l.unit = c.unit AND l.account = c.account AND l.control = 'debtors'
                    AND l.item = ANY (c.invoices)
                GROUP BY l.item HAVING sum(l.amount_minor) > 0)
        UNION ALL
        SELECT o.unit, 'instruction_' || m.kind, m.mandate, o.account, m.mandate, m.reason, NULL,
            m.effective_on, reporting.working_days_after(m.effective_on, 3)
        FROM mandates AS m JOIN owners AS o USING (sun, mandate)
        WHERE m.kind IN ('rejected', 'suspended')
        UNION ALL
        SELECT k.unit,
            CASE WHEN k.debit_on <= as_at THEN 'claim_to_settle'
                WHEN k.challenge_by >= as_at AND NOT k.is_challenged THEN 'claim_to_challenge'
                ELSE 'claim_live' END,
            k.claim, k.account, k.mandate, k.reason, k.amount_minor, k.effective_on,
            CASE WHEN k.debit_on > as_at AND k.challenge_by >= as_at AND NOT k.is_challenged
                THEN k.challenge_by ELSE k.debit_on END
        FROM claims AS k
        UNION ALL
        SELECT r.unit, CASE WHEN r.reported_amount IS NULL THEN 'run_not_reported'
                WHEN r.bank_amount IS NULL AND r.ledger_amount > 0 THEN 'run_not_credited' ELSE 'run_not_signed_off' END,
            r.run, NULL, NULL, 'largest difference ' || r.difference::numeric(18, 2),
            (r.ledger_amount * 100)::bigint, r.entry_on,
            reporting.working_days_after(r.entry_on, 3)
        FROM reporting.collection_runs(as_at, as_known) AS r
        WHERE r.state = 'released'
    )
    SELECT t.unit, t.kind, t.item, t.account, t.mandate, t.reason,
        CASE WHEN t.amount IS NOT NULL THEN reporting.pounds(t.amount) END, t.since, t.act_by,
        'DDE-1.v1'
    FROM things AS t (unit, kind, item, account, mandate, reason, amount, since, act_by)
$$;
COMMENT ON FUNCTION reporting.direct_debit_exceptions IS
    'What has to be done about Direct Debits, with the day by which: unpaid collections, rejected '
    'and suspended instructions, claims, runs that are not reported, credited or signed off (DDE-1).';

CREATE VIEW reporting.direct_debit_exceptions AS
SELECT unit, kind, item, account, mandate, reason, amount::numeric(18, 2), since, act_by, definition
FROM reporting.direct_debit_exceptions(reporting.today(), now());
COMMENT ON VIEW reporting.direct_debit_exceptions IS
    'What has to be done about Direct Debits, as at today, as known now.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.unit IS 'Unit that collects.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.kind IS
    'returned_represent (refer to payer), returned, instruction_rejected, instruction_suspended, '
    'claim_to_challenge, claim_live, claim_to_settle, run_not_reported, run_not_credited, run_not_signed_off.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.item IS 'Collection, mandate, claim or run.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.account IS 'Debtor account; NULL of a run.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.mandate IS 'Core reference; NULL of a run.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.reason IS 'Why, in words.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.amount IS 'Pounds; NULL without money.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.since IS 'Day on which it was told.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.act_by IS 'Last day on which to act.';
COMMENT ON COLUMN reporting.direct_debit_exceptions.definition IS 'Definition id and version.';
