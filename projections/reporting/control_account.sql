-- The kinds are named one by one on purpose: a kind that nobody put on a line of the account shows
-- up as a difference instead of vanishing in a sum.
CREATE FUNCTION reporting.control_account(
    as_at date, as_known timestamptz, period_start date DEFAULT NULL
)
RETURNS TABLE (
    unit text, currency text, period_start_on date, brought_forward numeric, billed numeric,
    credited numeric, cash numeric, written_off numeric, written_back numeric, refunded numeric,
    transferred numeric, carried_forward numeric, difference numeric, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT k.unit, k.currency, k.opens_on, reporting.pounds(k.brought_forward),
        reporting.pounds(k.billed), reporting.pounds(-k.credited), reporting.pounds(-k.cash),
        reporting.pounds(-k.written_off), reporting.pounds(k.written_back),
        reporting.pounds(k.refunded), reporting.pounds(k.transferred),
        reporting.pounds(k.carried_forward),
        reporting.pounds(k.brought_forward + k.billed + k.credited + k.cash + k.written_off
            + k.written_back + k.refunded + k.transferred - k.carried_forward),
        'CA-1.v1'
    FROM (
        SELECT g.unit, g.currency, g.opens_on,
            coalesce(sum(g.amount) FILTER (WHERE g.before), 0) AS brought_forward,
            coalesce(sum(g.amount) FILTER (
                WHERE NOT g.before AND g.kind = 'billed'), 0) AS billed,
            coalesce(sum(g.amount) FILTER (
                WHERE NOT g.before AND g.kind = 'credited'), 0) AS credited,
            coalesce(sum(g.amount) FILTER (
                WHERE NOT g.before AND g.kind IN ('received', 'reversed')), 0) AS cash,
            coalesce(sum(g.amount) FILTER (
                WHERE NOT g.before AND g.kind = 'written_off'), 0) AS written_off,
            coalesce(sum(g.amount) FILTER (
                WHERE NOT g.before AND g.kind = 'written_back'), 0) AS written_back,
            coalesce(sum(g.amount) FILTER (
                WHERE NOT g.before AND g.kind = 'refunded'), 0) AS refunded,
            coalesce(sum(g.amount) FILTER (
                WHERE NOT g.before AND g.kind = 'transferred'), 0) AS transferred,
            coalesce(sum(g.amount), 0) AS carried_forward
        FROM (
            SELECT m.unit, m.currency, m.kind,
                coalesce(period_start, reporting.financial_year_start(as_at)) AS opens_on,
                m.effective_on < coalesce(period_start, reporting.financial_year_start(as_at))
                    AS before,
                sum(m.amount_minor) AS amount
            FROM reporting.day_sums_at(as_at, as_known) AS m
            WHERE m.control IN ('debtors', 'unapplied')
            GROUP BY 1, 2, 3, 4, 5
        ) AS g
        GROUP BY g.unit, g.currency, g.opens_on
    ) AS k
$$;
COMMENT ON FUNCTION reporting.control_account IS
    'Debtors control account from the start of a period (by default of the financial year) to a '
    'day, as known at a moment (CA-1): brought forward + billed - credited - cash - written off + '
    'written back + refunded + transferred = carried forward. Difference must be 0.';

CREATE VIEW reporting.control_account AS
SELECT unit, currency, period_start_on, brought_forward::numeric(18, 2), billed::numeric(18, 2),
    credited::numeric(18, 2), cash::numeric(18, 2), written_off::numeric(18, 2),
    written_back::numeric(18, 2), refunded::numeric(18, 2), transferred::numeric(18, 2),
    carried_forward::numeric(18, 2), difference::numeric(18, 2), definition
FROM reporting.control_account(reporting.today(), now());
COMMENT ON VIEW reporting.control_account IS
    'Debtors control account of the financial year to today, as known now.';
COMMENT ON COLUMN reporting.control_account.unit IS 'Legal entity or operating unit.';
COMMENT ON COLUMN reporting.control_account.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.control_account.period_start_on IS
    'First day of the period; what took effect before it is brought forward.';
COMMENT ON COLUMN reporting.control_account.brought_forward IS
    'Pounds owed less unapplied credit when the period began.';
COMMENT ON COLUMN reporting.control_account.billed IS 'Pounds billed in the period.';
COMMENT ON COLUMN reporting.control_account.credited IS
    'Pounds of credit notes in the period, shown positive.';
COMMENT ON COLUMN reporting.control_account.cash IS
    'Pounds received for known accounts less receipts reversed, shown positive.';
COMMENT ON COLUMN reporting.control_account.written_off IS
    'Pounds written off in the period, shown positive.';
COMMENT ON COLUMN reporting.control_account.written_back IS
    'Pounds of earlier write-offs put back in the period.';
COMMENT ON COLUMN reporting.control_account.refunded IS
    'Pounds of credit approved for refund less failed refunds.';
COMMENT ON COLUMN reporting.control_account.transferred IS
    'Pounds of credit moved to accounts of other units less what came from them.';
COMMENT ON COLUMN reporting.control_account.carried_forward IS
    'Pounds owed less unapplied credit on the day.';
COMMENT ON COLUMN reporting.control_account.difference IS
    'Pounds by which the lines of the account miss what is carried forward; must be 0.';
COMMENT ON COLUMN reporting.control_account.definition IS 'Definition id and version.';
