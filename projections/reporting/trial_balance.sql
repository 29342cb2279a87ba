CREATE FUNCTION reporting.trial_balance(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, currency text, gl_account text, service text, debit numeric, credit numeric,
    balance numeric, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT p.unit, p.currency, p.gl_account, p.service,
        reporting.pounds(sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0)),
        reporting.pounds(-sum(p.amount_minor) FILTER (WHERE p.amount_minor < 0)),
        reporting.pounds(sum(p.amount_minor)),
        'TB-1.v1'
    FROM reporting.posting_sums_at(as_at, as_known) AS p
    GROUP BY p.unit, p.currency, p.gl_account, p.service
$$;
COMMENT ON FUNCTION reporting.trial_balance IS
    'Debits, credits and balance of every general ledger account as at a day, as known at a moment '
    '(TB-1). The balances of a unit and currency add up to 0.';

CREATE VIEW reporting.trial_balance AS
SELECT unit, currency, gl_account, service, debit::numeric(18, 2), credit::numeric(18, 2),
    balance::numeric(18, 2), definition
FROM reporting.trial_balance(reporting.today(), now());
COMMENT ON VIEW reporting.trial_balance IS
    'Debits, credits and balance of every general ledger account, as at today, as known now.';
COMMENT ON COLUMN reporting.trial_balance.unit IS 'Legal entity or operating unit.';
COMMENT ON COLUMN reporting.trial_balance.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.trial_balance.gl_account IS 'Account of the general ledger.';
COMMENT ON COLUMN reporting.trial_balance.service IS 'Service of an income line; NULL elsewhere.';
COMMENT ON COLUMN reporting.trial_balance.debit IS 'Pounds debited since the ledger began.';
COMMENT ON COLUMN reporting.trial_balance.credit IS
    'Pounds credited since the ledger began, shown positive.';
COMMENT ON COLUMN reporting.trial_balance.balance IS 'Pounds: debit less credit.';
COMMENT ON COLUMN reporting.trial_balance.definition IS 'Definition id and version.';
