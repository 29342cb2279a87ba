CREATE FUNCTION reporting.small_balances(
    as_at date, as_known timestamptz, yearly_cap numeric DEFAULT NULL
)
RETURNS TABLE (
    unit text, currency text, financial_year text, batch text, reason text, state text,
    proposed_by text, decided_by text, proposed_lines bigint, proposed_amount numeric,
    written_off_lines bigint, written_off_amount numeric, debtors bigint,
    largest_debtor_amount numeric, debtors_above_cap bigint, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH events AS (
        SELECT b.*, reporting.financial_year(b.effective_on) AS year
        FROM reporting.small_balance_events AS b
        WHERE b.effective_on <= as_at AND b.recorded_at <= as_known
    ),
    decided AS (
        SELECT DISTINCT ON (e.batch) e.batch, e.kind, e.actor
        FROM events AS e
        WHERE e.kind IN ('approved', 'rejected')
        ORDER BY e.batch, e.position DESC
    ),
    proposed AS (
        SELECT e.batch, min(e.actor) AS actor FROM events AS e WHERE e.kind = 'proposed'
        GROUP BY e.batch
    ),
    of_debtor AS (
        SELECT e.unit, e.account, e.currency, e.year, sum(e.amount_minor) AS amount
        FROM events AS e WHERE e.kind = 'written_off'
        GROUP BY e.unit, e.account, e.currency, e.year
    ),
    summed AS (
        SELECT e.unit, e.currency, e.year, e.batch, e.reason,
            count(*) FILTER (WHERE e.kind = 'proposed') AS proposed_lines,
            sum(e.amount_minor) FILTER (WHERE e.kind = 'proposed') AS proposed_amount,
            count(*) FILTER (WHERE e.kind = 'written_off') AS written_lines,
            sum(e.amount_minor) FILTER (WHERE e.kind = 'written_off') AS written_amount,
            count(DISTINCT e.account) FILTER (WHERE e.kind = 'written_off') AS debtors,
            max(d.amount) FILTER (WHERE e.kind = 'written_off') AS largest,
            count(DISTINCT e.account) FILTER (
                WHERE e.kind = 'written_off' AND d.amount > yearly_cap * 100) AS above
        FROM events AS e
        LEFT JOIN of_debtor AS d ON d.unit = e.unit AND d.account = e.account
            AND d.currency = e.currency AND d.year = e.year
        WHERE e.kind IN ('proposed', 'written_off')
        GROUP BY e.unit, e.currency, e.year, e.batch, e.reason
    )
    SELECT s.unit, s.currency, s.year || '-' || to_char((s.year + 1) % 100, 'FM00'), s.batch,
        s.reason,
        CASE WHEN s.batch IS NULL THEN 'by itself' WHEN d.kind IS NULL THEN 'proposed'
            ELSE d.kind END,
        p.actor, d.actor, s.proposed_lines, reporting.pounds(s.proposed_amount), s.written_lines,
        reporting.pounds(s.written_amount), s.debtors, reporting.pounds(s.largest),
        CASE WHEN yearly_cap IS NOT NULL THEN s.above END, 'SB-1.v1'
    FROM summed AS s
    LEFT JOIN decided AS d ON d.batch = s.batch
    LEFT JOIN proposed AS p ON p.batch = s.batch
$$;
COMMENT ON FUNCTION reporting.small_balances IS
    'Small balances by batch, reason and financial year: proposed, decided by whom, written off, '
    'as at a day, as known at a moment (SB-1). Give yearly_cap, in pounds, to count the debtors '
    'who have had more than that written off in the year.';

CREATE VIEW reporting.small_balances AS
SELECT unit, currency, financial_year, batch, reason, state, proposed_by, decided_by,
    proposed_lines, proposed_amount::numeric(18, 2), written_off_lines,
    written_off_amount::numeric(18, 2), debtors, largest_debtor_amount::numeric(18, 2),
    debtors_above_cap, definition
FROM reporting.small_balances(reporting.today(), now());
COMMENT ON VIEW reporting.small_balances IS
    'Small balances by batch, reason and financial year, as at today, as known now.';
COMMENT ON COLUMN reporting.small_balances.unit IS 'Legal entity or operating unit.';
COMMENT ON COLUMN reporting.small_balances.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.small_balances.financial_year IS
    'Financial year of the day on which it was proposed or written off.';
COMMENT ON COLUMN reporting.small_balances.batch IS
    'The batch; NULL for write-offs that were approved one by one.';
COMMENT ON COLUMN reporting.small_balances.reason IS
    'small_balance, short_payment or rounding.';
COMMENT ON COLUMN reporting.small_balances.state IS 'proposed, approved, rejected or by itself.';
COMMENT ON COLUMN reporting.small_balances.proposed_by IS 'Who proposed the batch.';
COMMENT ON COLUMN reporting.small_balances.decided_by IS 'Who approved or rejected it.';
COMMENT ON COLUMN reporting.small_balances.proposed_lines IS 'Invoices put forward.';
COMMENT ON COLUMN reporting.small_balances.proposed_amount IS 'Pounds put forward.';
COMMENT ON COLUMN reporting.small_balances.written_off_lines IS 'Invoices written off.';
COMMENT ON COLUMN reporting.small_balances.written_off_amount IS 'Pounds written off.';
COMMENT ON COLUMN reporting.small_balances.debtors IS 'Debtor accounts written off for.';
COMMENT ON COLUMN reporting.small_balances.largest_debtor_amount IS
    'Pounds that the one with most of them has had written off in the year, in all batches.';
COMMENT ON COLUMN reporting.small_balances.debtors_above_cap IS
    'Debtor accounts that have had more than yearly_cap; NULL when it is not given.';
COMMENT ON COLUMN reporting.small_balances.definition IS 'Definition id and version.';
