CREATE FUNCTION reporting.suspense(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, currency text, receipt text, method text, received_on date, received numeric,
    open_amount numeric, age_working_days bigint, age_band text, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT h.unit, h.currency, h.receipt, h.method, h.received_on, reporting.pounds(h.received),
        reporting.pounds(h.held), h.age::bigint,
        CASE WHEN h.age <= 2 THEN '0-2' WHEN h.age <= 5 THEN '3-5' WHEN h.age <= 10 THEN '6-10'
            WHEN h.age <= 20 THEN '11-20' ELSE '>20' END,
        'SU-1.v1'
    FROM (
        SELECT g.*, reporting.working_day_number(as_at)
            - reporting.working_day_number(g.received_on) AS age
        FROM (
            SELECT m.unit, m.currency, m.receipt, max(m.method) AS method,
                min(m.effective_on) FILTER (WHERE m.kind = 'suspended') AS received_on,
                -sum(m.amount_minor) FILTER (WHERE m.kind = 'suspended') AS received,
                -sum(m.amount_minor) AS held
            FROM reporting.movements_at(as_at, as_known) AS m
            WHERE m.control = 'suspense'
            GROUP BY m.unit, m.currency, m.receipt
            HAVING sum(m.amount_minor) <> 0
        ) AS g
    ) AS h
$$;
COMMENT ON FUNCTION reporting.suspense IS
    'Receipts that are in suspense as at a day, as known at a moment (SU-1), with their age in '
    'working days.';

CREATE VIEW reporting.suspense AS
SELECT unit, currency, receipt, method, received_on, received::numeric(18, 2),
    open_amount::numeric(18, 2), age_working_days, age_band, definition
FROM reporting.suspense(reporting.today(), now());
COMMENT ON VIEW reporting.suspense IS 'Receipts that are in suspense, as at today, as known now.';
COMMENT ON COLUMN reporting.suspense.unit IS 'Legal entity or operating unit that was paid.';
COMMENT ON COLUMN reporting.suspense.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.suspense.receipt IS 'Receipt whose debtor is not known.';
COMMENT ON COLUMN reporting.suspense.method IS 'Payment method of the receipt.';
COMMENT ON COLUMN reporting.suspense.received_on IS 'Value date of the receipt.';
COMMENT ON COLUMN reporting.suspense.received IS 'Pounds that came into suspense.';
COMMENT ON COLUMN reporting.suspense.open_amount IS 'Pounds still in suspense.';
COMMENT ON COLUMN reporting.suspense.age_working_days IS
    'Working days after the value date, up to and including the day of the report.';
COMMENT ON COLUMN reporting.suspense.age_band IS
    'Age in working days: 0-2, 3-5, 6-10, 11-20 or >20.';
COMMENT ON COLUMN reporting.suspense.definition IS 'Definition id and version.';
