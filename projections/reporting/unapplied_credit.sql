CREATE FUNCTION reporting.unapplied_credit(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, account text, debt_type text, currency text, unapplied_credit numeric,
    last_received_on date, days_since_received bigint, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT m.unit, m.account, m.debt_type, m.currency,
        reporting.pounds(-reporting.sum_minor(m.amount_minor)), max(m.received_on),
        (as_at - max(m.received_on))::bigint,
        'UC-1.v1'
    FROM reporting.lines_at(as_at, as_known) AS m
    WHERE m.control = 'unapplied'
    GROUP BY m.unit, m.account, m.debt_type, m.currency
    HAVING reporting.sum_minor(m.amount_minor) <> 0
$$;
COMMENT ON FUNCTION reporting.unapplied_credit IS
    'Money received for a known account and not on an invoice, as at a day, as known at a moment '
    '(UC-1); accounts without such money have no row.';

CREATE VIEW reporting.unapplied_credit AS
SELECT unit, account, debt_type, currency, unapplied_credit::numeric(18, 2), last_received_on,
    days_since_received, definition
FROM reporting.unapplied_credit(reporting.today(), now());
COMMENT ON VIEW reporting.unapplied_credit IS
    'Money received for a known account and not on an invoice, as at today, as known now.';
COMMENT ON COLUMN reporting.unapplied_credit.unit IS 'Legal entity or operating unit.';
COMMENT ON COLUMN reporting.unapplied_credit.account IS 'Debtor account, unique within its unit.';
COMMENT ON COLUMN reporting.unapplied_credit.debt_type IS 'Debt type of the account.';
COMMENT ON COLUMN reporting.unapplied_credit.currency IS 'ISO 4217 code of the amount of the row.';
COMMENT ON COLUMN reporting.unapplied_credit.unapplied_credit IS
    'Pounds received and not on an invoice, shown positive.';
COMMENT ON COLUMN reporting.unapplied_credit.last_received_on IS
    'Value date of the latest receipt of the account; NULL when credit came by transfer only.';
COMMENT ON COLUMN reporting.unapplied_credit.days_since_received IS
    'Days from that receipt to the day of the report.';
COMMENT ON COLUMN reporting.unapplied_credit.definition IS 'Definition id and version.';
