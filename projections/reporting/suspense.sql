-- The balance is that of the movements; what is known of a receipt beside it comes from its events.
CREATE FUNCTION reporting.suspense(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, currency text, receipt text, method text, received_on date, received numeric,
    open_amount numeric, age_working_days bigint, age_band text, owner text, reason text,
    candidates integer, candidate text, candidate_rule text, candidate_score integer, parent text,
    bank_account text, batch_payments integer, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT h.unit, h.currency, h.receipt, h.method, h.value_on, reporting.pounds(h.received),
        reporting.pounds(h.held), h.age::bigint,
        CASE WHEN h.age <= 2 THEN '0-2' WHEN h.age <= 5 THEN '3-5' WHEN h.age <= 10 THEN '6-10'
            WHEN h.age <= 20 THEN '11-20' ELSE '>20' END,
        o.owner, h.reason, h.candidates, h.candidate, h.candidate_rule, h.candidate_score,
        h.parent, h.bank_account, h.batch_payments, 'SU-1.v2'
    FROM (
        SELECT g.unit, g.currency, g.receipt, g.held, r.method, r.value_on,
            r.amount_minor AS received, r.rule AS reason, r.candidates,
            r.other_unit || '/' || r.other_account AS candidate, r.other_rule AS candidate_rule,
            r.score AS candidate_score, r.parent, r.bank_account, r.batch_payments,
            reporting.working_day_number(as_at) - reporting.working_day_number(r.value_on) AS age
        FROM (
            SELECT m.unit, m.currency, m.receipt, -sum(m.amount_minor) AS held
            FROM reporting.movements_at(as_at, as_known) AS m
            WHERE m.control = 'suspense'
            GROUP BY m.unit, m.currency, m.receipt
            HAVING sum(m.amount_minor) <> 0
        ) AS g
        LEFT JOIN reporting.receipts AS r ON r.receipt = g.receipt
            AND r.kind IN ('suspended', 'moved_in')
    ) AS h
    LEFT JOIN LATERAL (
        SELECT a.owner
        FROM reporting.receipts AS a
        WHERE a.receipt = h.receipt AND a.kind <> 'received' AND a.kind = 'assigned'
        AND a.effective_on <= as_at AND a.recorded_at <= as_known
        ORDER BY a.position DESC
        LIMIT 1
    ) AS o ON true
$$;
COMMENT ON FUNCTION reporting.suspense IS
    'Receipts that are in suspense as at a day, as known at a moment (SU-1), with their age in '
    'working days, who looks after them and the best candidate.';

CREATE VIEW reporting.suspense AS
SELECT unit, currency, receipt, method, received_on, received::numeric(18, 2),
    open_amount::numeric(18, 2), age_working_days, age_band, owner, reason, candidates, candidate,
    candidate_rule, candidate_score, parent, bank_account, batch_payments, definition
FROM reporting.suspense(reporting.today(), now());
COMMENT ON VIEW reporting.suspense IS 'Receipts that are in suspense, as at today, as known now.';
COMMENT ON COLUMN reporting.suspense.unit IS 'Legal entity or operating unit that was paid.';
COMMENT ON COLUMN reporting.suspense.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.suspense.receipt IS 'Receipt whose debtor is not known.';
COMMENT ON COLUMN reporting.suspense.method IS 'Payment method of the receipt.';
COMMENT ON COLUMN reporting.suspense.received_on IS 'Value date of the receipt; of a part that of the whole.';
COMMENT ON COLUMN reporting.suspense.received IS 'Pounds that came into suspense.';
COMMENT ON COLUMN reporting.suspense.open_amount IS 'Pounds still in suspense.';
COMMENT ON COLUMN reporting.suspense.age_working_days IS
    'Working days after the value date, up to and including the day of the report.';
COMMENT ON COLUMN reporting.suspense.age_band IS
    'Age in working days: 0-2, 3-5, 6-10, 11-20 or >20.';
COMMENT ON COLUMN reporting.suspense.owner IS 'Who looks after it; NULL when nobody was named.';
COMMENT ON COLUMN reporting.suspense.reason IS 'Why it is in suspense.';
COMMENT ON COLUMN reporting.suspense.candidates IS 'Accounts that it may belong to.';
COMMENT ON COLUMN reporting.suspense.candidate IS 'The best of them, as unit/account.';
COMMENT ON COLUMN reporting.suspense.candidate_rule IS 'Rule that says most for it.';
COMMENT ON COLUMN reporting.suspense.candidate_score IS
    'Points of the best candidate; NULL where no matching policy was asked.';
COMMENT ON COLUMN reporting.suspense.parent IS 'Receipt in suspense that it was split off.';
COMMENT ON COLUMN reporting.suspense.bank_account IS 'Our bank account that was paid into.';
COMMENT ON COLUMN reporting.suspense.batch_payments IS
    'Payments that the bank booked as this one without listing them; NULL for a single payment.';
COMMENT ON COLUMN reporting.suspense.definition IS 'Definition id and version.';
