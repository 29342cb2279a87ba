-- Most items are settled, so a first pass with one sum finds the open ones and only their lines are
-- split into columns. A filter on unit and account reaches both passes and makes them look-ups.
-- The backend's pid is always positive; it is asked for because the question may not be put to
-- parallel workers, each of which would otherwise repeat the whole first pass for itself.
CREATE FUNCTION reporting.open_items(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, account text, debt_type text, service text, item text, instalment smallint,
    currency text, invoiced_on date, due_on date, days_overdue bigint, billed numeric,
    credited numeric, cash numeric, written_off numeric, reopened numeric, open_amount numeric,
    definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT m.unit, m.account, max(m.debt_type), max(m.service), m.item, m.instalment, m.currency,
        max(m.invoiced_on), max(m.due_on), greatest(as_at - max(m.due_on), 0)::bigint,
        reporting.pounds(sum(m.amount_minor) FILTER (WHERE m.kind = 'billed')),
        reporting.pounds(-sum(m.amount_minor) FILTER (WHERE m.kind = 'credited')),
        reporting.pounds(-sum(m.amount_minor) FILTER (WHERE m.kind = 'allocated')),
        reporting.pounds(-sum(m.amount_minor) FILTER (
            WHERE m.kind IN ('written_off', 'written_back'))),
        reporting.pounds(sum(m.amount_minor) FILTER (WHERE m.kind = 'reversed')),
        reporting.pounds(sum(m.amount_minor)),
        'OI-1.v1'
    FROM (
        SELECT x.unit, x.account, x.item, coalesce(x.instalment, 0) AS part
        FROM reporting.movements_at(as_at, as_known) AS x
        WHERE x.control = 'debtors'
        GROUP BY x.unit, x.account, x.item, coalesce(x.instalment, 0)
        HAVING sum(x.amount_minor) <> 0 AND pg_backend_pid() > 0
    ) AS o
    JOIN reporting.movements_at(as_at, as_known) AS m
        ON m.unit = o.unit AND m.account = o.account AND m.item = o.item
        AND coalesce(m.instalment, 0) = o.part AND m.control = 'debtors'
    GROUP BY m.unit, m.account, m.item, m.instalment, m.currency
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
