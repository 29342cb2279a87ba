-- Only debtor lines have a due date, so three sums per account are enough: what is owed, split at the
-- day, and the net; unapplied credit is the rest.
CREATE FUNCTION reporting.account_balances(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, account text, debt_type text, currency text, not_yet_due numeric, overdue numeric,
    open_debt numeric, unapplied_credit numeric, balance numeric, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT b.unit, b.account, b.debt_type, b.currency,
        reporting.pounds(b.not_yet_due), reporting.pounds(b.overdue),
        reporting.pounds(coalesce(b.not_yet_due, 0) + coalesce(b.overdue, 0)),
        reporting.pounds(coalesce(b.not_yet_due, 0) + coalesce(b.overdue, 0) - b.net),
        reporting.pounds(b.net),
        'AB-1.v1'
    FROM (
        SELECT m.unit, m.account, m.debt_type, m.currency,
            reporting.sum_minor(m.amount_minor) FILTER (WHERE m.due_on >= as_at) AS not_yet_due,
            reporting.sum_minor(m.amount_minor) FILTER (WHERE m.due_on < as_at) AS overdue,
            reporting.sum_minor(m.amount_minor) AS net
        FROM reporting.lines_at(as_at, as_known) AS m
        WHERE m.account IS NOT NULL
        GROUP BY m.unit, m.account, m.debt_type, m.currency
    ) AS b
$$;
COMMENT ON FUNCTION reporting.account_balances IS
    'What every debtor account owes and holds as at a day, as known at a moment (AB-1).';

CREATE VIEW reporting.account_balances AS
SELECT unit, account, debt_type, currency, not_yet_due::numeric(18, 2), overdue::numeric(18, 2),
    open_debt::numeric(18, 2), unapplied_credit::numeric(18, 2), balance::numeric(18, 2), definition
FROM reporting.account_balances(reporting.today(), now());
COMMENT ON VIEW reporting.account_balances IS
    'What every debtor account owes and holds, as at today, as known now.';
COMMENT ON COLUMN reporting.account_balances.unit IS 'Legal entity or operating unit.';
COMMENT ON COLUMN reporting.account_balances.account IS 'Debtor account, unique within its unit.';
COMMENT ON COLUMN reporting.account_balances.debt_type IS 'Debt type of the account.';
COMMENT ON COLUMN reporting.account_balances.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.account_balances.not_yet_due IS
    'Pounds of open debt that falls due on the day or later.';
COMMENT ON COLUMN reporting.account_balances.overdue IS
    'Pounds of open debt that fell due before the day.';
COMMENT ON COLUMN reporting.account_balances.open_debt IS
    'Pounds of open debt: not yet due plus overdue.';
COMMENT ON COLUMN reporting.account_balances.unapplied_credit IS
    'Pounds received and not on an invoice, shown positive.';
COMMENT ON COLUMN reporting.account_balances.balance IS
    'Pounds: open debt less unapplied credit; negative when the debtor is in credit.';
COMMENT ON COLUMN reporting.account_balances.definition IS 'Definition id and version.';
