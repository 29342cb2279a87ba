-- One pass: what was settled before the latest closing is not among the lines, and the rest is short.
-- An item that was settled by then and opened again later lacks its earlier lines, which add up to 0:
-- of these few the columns are looked up among the movements.
CREATE FUNCTION reporting.open_items(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, account text, debt_type text, service text, item text, instalment smallint,
    currency text, invoiced_on date, due_on date, days_overdue bigint, billed numeric,
    credited numeric, cash numeric, written_off numeric, reopened numeric, open_amount numeric,
    definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT i.unit, i.account, CASE WHEN i.is_whole THEN i.debt_type ELSE h.debt_type END,
        CASE WHEN i.is_whole THEN i.service ELSE h.service END, i.item, i.instalment, i.currency,
        CASE WHEN i.is_whole THEN i.invoiced_on ELSE h.invoiced_on END,
        CASE WHEN i.is_whole THEN i.due_on ELSE h.due_on END,
        greatest(as_at - CASE WHEN i.is_whole THEN i.due_on ELSE h.due_on END, 0)::bigint,
        reporting.pounds(CASE WHEN i.is_whole THEN i.billed ELSE h.billed END),
        reporting.pounds(-CASE WHEN i.is_whole THEN i.credited ELSE h.credited END),
        reporting.pounds(-CASE WHEN i.is_whole THEN i.cash ELSE h.cash END),
        reporting.pounds(-CASE WHEN i.is_whole THEN i.written_off ELSE h.written_off END),
        reporting.pounds(CASE WHEN i.is_whole THEN i.reopened ELSE h.reopened END),
        reporting.pounds(i.open_amount), 'OI-1.v1'
    FROM (
        SELECT m.unit, m.account, m.item, m.instalment, m.currency, bool_or(m.is_first) AS is_whole,
            max(m.debt_type) AS debt_type, max(m.service) AS service,
            max(m.invoiced_on) AS invoiced_on, max(m.due_on) AS due_on,
            reporting.sum_minor(m.amount_minor) FILTER (WHERE m.kind = 'billed') AS billed,
            reporting.sum_minor(m.amount_minor) FILTER (WHERE m.kind = 'credited') AS credited,
            reporting.sum_minor(m.amount_minor) FILTER (WHERE m.kind = 'allocated') AS cash,
            reporting.sum_minor(m.amount_minor) FILTER (
                WHERE m.kind IN ('written_off', 'written_back')) AS written_off,
            reporting.sum_minor(m.amount_minor) FILTER (WHERE m.kind = 'reversed') AS reopened,
            reporting.sum_minor(m.amount_minor) AS open_amount
        FROM reporting.lines_at(as_at, as_known) AS m
        WHERE m.control = 'debtors' AND m.item IS NOT NULL
        GROUP BY m.unit, m.account, m.item, m.instalment, m.currency
        HAVING reporting.sum_minor(m.amount_minor) <> 0
    ) AS i
    CROSS JOIN LATERAL (
        SELECT max(m.debt_type) AS debt_type, max(m.service) AS service,
            max(m.invoiced_on) AS invoiced_on, max(m.due_on) AS due_on,
            reporting.sum_minor(m.amount_minor) FILTER (WHERE m.kind = 'billed') AS billed,
            reporting.sum_minor(m.amount_minor) FILTER (WHERE m.kind = 'credited') AS credited,
            reporting.sum_minor(m.amount_minor) FILTER (WHERE m.kind = 'allocated') AS cash,
            reporting.sum_minor(m.amount_minor) FILTER (
                WHERE m.kind IN ('written_off', 'written_back')) AS written_off,
            reporting.sum_minor(m.amount_minor) FILTER (WHERE m.kind = 'reversed') AS reopened,
            reporting.sum_minor(m.amount_minor) AS open_amount
        FROM reporting.movements_at(as_at, as_known) AS m
        WHERE NOT i.is_whole AND m.control = 'debtors' AND m.unit = i.unit
        AND m.account = i.account AND m.item = i.item AND m.currency = i.currency
        AND m.instalment IS NOT DISTINCT FROM i.instalment
    ) AS h
$$;
COMMENT ON FUNCTION reporting.open_items IS
    'Invoices and instalments that are not settled as at a day, as known at a moment (OI-1): '
    'open = billed - credited - cash - written off + re-opened.';

CREATE VIEW reporting.open_items AS
SELECT unit, account, debt_type, service, item, instalment, currency, invoiced_on, due_on,
    days_overdue, billed::numeric(18, 2), credited::numeric(18, 2), cash::numeric(18, 2),
    written_off::numeric(18, 2), reopened::numeric(18, 2), open_amount::numeric(18, 2), definition
FROM reporting.open_items(reporting.today(), now());
COMMENT ON VIEW reporting.open_items IS
    'Invoices and instalments that are not settled, as at today, as known now.';
COMMENT ON COLUMN reporting.open_items.unit IS 'Legal entity or operating unit.';
COMMENT ON COLUMN reporting.open_items.account IS 'Debtor account, unique within its unit.';
COMMENT ON COLUMN reporting.open_items.debt_type IS 'Debt type of the account.';
COMMENT ON COLUMN reporting.open_items.service IS
    'Service that issued the invoice; NULL for a re-opened refund.';
COMMENT ON COLUMN reporting.open_items.item IS
    'Invoice number, or REVERSAL:<receipt> for refunded money whose receipt was reversed.';
COMMENT ON COLUMN reporting.open_items.instalment IS 'Instalment from 1; NULL without one.';
COMMENT ON COLUMN reporting.open_items.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.open_items.invoiced_on IS 'Date of the invoice.';
COMMENT ON COLUMN reporting.open_items.due_on IS 'Due date of the instalment or invoice.';
COMMENT ON COLUMN reporting.open_items.days_overdue IS
    'Days since the due date; 0 when it is not yet due.';
COMMENT ON COLUMN reporting.open_items.billed IS 'Pounds billed including VAT.';
COMMENT ON COLUMN reporting.open_items.credited IS 'Pounds of credit notes, shown positive.';
COMMENT ON COLUMN reporting.open_items.cash IS
    'Pounds of cash allocated less cash un-allocated, shown positive.';
COMMENT ON COLUMN reporting.open_items.written_off IS
    'Pounds written off less written back, shown positive.';
COMMENT ON COLUMN reporting.open_items.reopened IS
    'Pounds of refunded money that the debtor owes again, because its receipt was reversed.';
COMMENT ON COLUMN reporting.open_items.open_amount IS 'Pounds still open.';
COMMENT ON COLUMN reporting.open_items.definition IS 'Definition id and version.';
