-- One pass: every line meets its bucket by its own date, grouped by columns with few values. Grouping
-- by date or by invoice first makes groups by the hundred thousand, which is several times slower.
-- The basis is a text and no domain, because the planner can then choose the column once; a basis
-- that does not exist fails in the cast.
CREATE FUNCTION reporting.aged_debt(
    as_at date, as_known timestamptz, basis text DEFAULT 'due'
)
RETURNS TABLE (
    unit text, currency text, debt_type text, service text,
    not_yet_due numeric, days_1_30 numeric, days_31_60 numeric, days_61_90 numeric,
    days_91_180 numeric, days_181_365 numeric, years_1_2 numeric, years_2_6 numeric,
    over_6_years numeric, total_debt numeric, unapplied_credit numeric, net_debt numeric,
    definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT b.unit, b.currency, b.debt_type, b.service,
        reporting.pounds(b.not_yet_due), reporting.pounds(b.days_1_30),
        reporting.pounds(b.days_31_60), reporting.pounds(b.days_61_90),
        reporting.pounds(b.days_91_180), reporting.pounds(b.days_181_365),
        reporting.pounds(b.years_1_2), reporting.pounds(b.years_2_6),
        reporting.pounds(b.over_6_years),
        reporting.pounds(coalesce(b.net, 0) - coalesce(b.unapplied, 0)),
        reporting.pounds(-b.unapplied), reporting.pounds(b.net),
        CASE basis WHEN 'due' THEN 'AD-1.v1' ELSE 'AD-2.v1' END
    FROM (
        SELECT d.unit, d.currency, d.debt_type, d.service,
            reporting.sum_minor(d.amount_minor) FILTER (WHERE d.aged_from >= as_at) AS not_yet_due,
            reporting.sum_minor(d.amount_minor) FILTER (
                WHERE d.aged_from BETWEEN as_at - 30 AND as_at - 1) AS days_1_30,
            reporting.sum_minor(d.amount_minor) FILTER (
                WHERE d.aged_from BETWEEN as_at - 60 AND as_at - 31) AS days_31_60,
            reporting.sum_minor(d.amount_minor) FILTER (
                WHERE d.aged_from BETWEEN as_at - 90 AND as_at - 61) AS days_61_90,
            reporting.sum_minor(d.amount_minor) FILTER (
                WHERE d.aged_from BETWEEN as_at - 180 AND as_at - 91) AS days_91_180,
            reporting.sum_minor(d.amount_minor) FILTER (
                WHERE d.aged_from BETWEEN as_at - 365 AND as_at - 181) AS days_181_365,
            reporting.sum_minor(d.amount_minor) FILTER (
                WHERE d.aged_from BETWEEN reporting.years_before(as_at, 2) AND as_at - 366)
                AS years_1_2,
            reporting.sum_minor(d.amount_minor) FILTER (
                WHERE d.aged_from BETWEEN reporting.years_before(as_at, 6)
                AND reporting.years_before(as_at, 2) - 1) AS years_2_6,
            reporting.sum_minor(d.amount_minor) FILTER (
                WHERE d.aged_from < reporting.years_before(as_at, 6)) AS over_6_years,
            reporting.sum_minor(d.amount_minor) FILTER (WHERE d.aged_from IS NULL) AS unapplied,
            reporting.sum_minor(d.amount_minor) AS net
        FROM (
            SELECT m.unit, m.currency, m.debt_type, m.service, m.amount_minor,
                CASE basis WHEN 'due' THEN m.due_on WHEN 'invoice' THEN m.invoiced_on
                    ELSE ('basis is due or invoice, not ' || basis)::date END AS aged_from
            FROM reporting.lines_at(as_at, as_known) AS m
            WHERE m.control IN ('debtors', 'unapplied')
        ) AS d
        GROUP BY d.unit, d.currency, d.debt_type, d.service
    ) AS b
$$;
COMMENT ON FUNCTION reporting.aged_debt IS
    'Open debt by age as at a day, as known at a moment; basis due (AD-1) or invoice (AD-2). '
    'Days overdue are as_at minus the due date of the instalment. Buckets hold debt only; '
    'unapplied credit stands beside them. Total debt less unapplied credit is the control account.';

CREATE VIEW reporting.aged_debt AS
SELECT unit, currency, debt_type, service,
    not_yet_due::numeric(18, 2), days_1_30::numeric(18, 2), days_31_60::numeric(18, 2),
    days_61_90::numeric(18, 2), days_91_180::numeric(18, 2), days_181_365::numeric(18, 2),
    years_1_2::numeric(18, 2), years_2_6::numeric(18, 2), over_6_years::numeric(18, 2),
    total_debt::numeric(18, 2), unapplied_credit::numeric(18, 2), net_debt::numeric(18, 2),
    definition
FROM reporting.aged_debt(reporting.today(), now());
COMMENT ON VIEW reporting.aged_debt IS 'Open debt by days overdue, as at today, as known now.';
COMMENT ON COLUMN reporting.aged_debt.unit IS 'Legal entity or operating unit.';
COMMENT ON COLUMN reporting.aged_debt.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.aged_debt.debt_type IS 'Debt type of the accounts.';
COMMENT ON COLUMN reporting.aged_debt.service IS
    'Service that issued the invoices; NULL for unapplied credit and re-opened refunds.';
COMMENT ON COLUMN reporting.aged_debt.not_yet_due IS
    'Pounds due on the day or later (issued on the day or later by invoice date).';
COMMENT ON COLUMN reporting.aged_debt.days_1_30 IS 'Pounds overdue 1 to 30 days.';
COMMENT ON COLUMN reporting.aged_debt.days_31_60 IS 'Pounds overdue 31 to 60 days.';
COMMENT ON COLUMN reporting.aged_debt.days_61_90 IS 'Pounds overdue 61 to 90 days.';
COMMENT ON COLUMN reporting.aged_debt.days_91_180 IS 'Pounds overdue 91 to 180 days.';
COMMENT ON COLUMN reporting.aged_debt.days_181_365 IS 'Pounds overdue 181 to 365 days.';
COMMENT ON COLUMN reporting.aged_debt.years_1_2 IS
    'Pounds overdue more than 365 days, up to the second anniversary of the due date.';
COMMENT ON COLUMN reporting.aged_debt.years_2_6 IS
    'Pounds overdue beyond the second, up to the sixth anniversary of the due date.';
COMMENT ON COLUMN reporting.aged_debt.over_6_years IS
    'Pounds overdue beyond the sixth anniversary: check limitation, still owed.';
COMMENT ON COLUMN reporting.aged_debt.total_debt IS 'Pounds of open debt, the sum of the buckets.';
COMMENT ON COLUMN reporting.aged_debt.unapplied_credit IS
    'Pounds received and not on an invoice, shown positive; in no bucket.';
COMMENT ON COLUMN reporting.aged_debt.net_debt IS
    'Pounds: total debt less unapplied credit, the control account.';
COMMENT ON COLUMN reporting.aged_debt.definition IS 'Definition id and version of the ageing.';
