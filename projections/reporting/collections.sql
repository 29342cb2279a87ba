CREATE FUNCTION reporting.collections(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, run text, item integer, collection text, mandate text, account text, code text,
    amount numeric, processing_on date, entry_on date, state text, reason text, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH collected AS (
        SELECT c.* FROM reporting.collections_at(as_at, as_known) AS c
    ),
    good AS MATERIALIZED (
        SELECT d.entry_on, reporting.working_days_after(d.entry_on, r.provisional_working_days)
            AS good_on
        FROM (SELECT DISTINCT c.entry_on FROM collected AS c) AS d
        CROSS JOIN reporting.direct_debit_rules_on(d.entry_on) AS r
    ),
    claims AS (
        SELECT DISTINCT ON (k.unit, k.receipt) k.unit, k.receipt, k.kind
        FROM reporting.indemnity_claim_events AS k
        WHERE k.kind <> 'challenged' AND k.effective_on <= as_at AND k.recorded_at <= as_known
        ORDER BY k.unit, k.receipt, k.position DESC
    )
    SELECT c.unit, c.run, c.item, c.collection, c.mandate, c.account, c.code,
        reporting.pounds(c.amount_minor), c.processing_on, c.entry_on,
        CASE WHEN c.ended IS NOT NULL THEN c.ended
            WHEN k.kind = 'settled' THEN 'claim_settled'
            WHEN k.kind = 'returned' THEN 'returned'
            WHEN k.kind = 'raised' THEN 'claimed'
            WHEN c.entry_on > as_at THEN 'instructed'
            WHEN g.good_on > as_at THEN 'provisional'
            ELSE 'made_good' END,
        c.end_reason, 'DDC-1.v1'
    FROM collected AS c
    JOIN good AS g ON g.entry_on = c.entry_on
    LEFT JOIN claims AS k ON k.unit = c.unit AND k.receipt = 'DD:' || c.collection
$$;
COMMENT ON FUNCTION reporting.collections IS
    'Every Direct Debit collection with how it stands, as at a day, as known at a moment: '
    'provisional from its entry day for the working days of the policy, then made good (DDC-1).';

CREATE VIEW reporting.collections AS
SELECT unit, run, item, collection, mandate, account, code, amount::numeric(18, 2), processing_on,
    entry_on, state, reason, definition
FROM reporting.collections(reporting.today(), now());
COMMENT ON VIEW reporting.collections IS
    'Every Direct Debit collection with how it stands, as at today, as known now.';
COMMENT ON COLUMN reporting.collections.unit IS 'Unit that collects.';
COMMENT ON COLUMN reporting.collections.run IS 'Run that it is in.';
COMMENT ON COLUMN reporting.collections.item IS 'Its number in the run; files are in this order.';
COMMENT ON COLUMN reporting.collections.collection IS 'Name of the collection.';
COMMENT ON COLUMN reporting.collections.mandate IS 'Core reference of the instruction.';
COMMENT ON COLUMN reporting.collections.account IS 'Debtor account that it pays.';
COMMENT ON COLUMN reporting.collections.code IS '01 first, 17 regular, 18 again, 19 last.';
COMMENT ON COLUMN reporting.collections.amount IS 'Pounds.';
COMMENT ON COLUMN reporting.collections.processing_on IS 'Processing day.';
COMMENT ON COLUMN reporting.collections.entry_on IS 'Day on which the payer is debited.';
COMMENT ON COLUMN reporting.collections.state IS
    'instructed, provisional, made_good, stopped, returned, claimed or claim_settled.';
COMMENT ON COLUMN reporting.collections.reason IS 'Why it was stopped or came back; else NULL.';
COMMENT ON COLUMN reporting.collections.definition IS 'Definition id and version.';
