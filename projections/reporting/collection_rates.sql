-- Lines are classified once into a few hundred groups; the definitions then only add groups up.
-- A re-opened refund (item REVERSAL:...) is owed again but was never billed: it counts as debit in
-- the identities (CR-5, CEI) and not as debit of the year (CR-1, CR-3).
CREATE FUNCTION reporting.collection_rates(
    as_at date, as_known timestamptz, period_start date DEFAULT NULL,
    debit_year integer DEFAULT NULL
)
RETURNS TABLE (
    scope text, unit text, service text, currency text, definition text, measure text,
    period_start_on date, debit_year_start integer, numerator numeric, denominator numeric,
    rate numeric
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH classified AS (
        SELECT m.unit, m.currency, m.kind, m.control = 'debtors' AS debt,
            CASE WHEN m.control = 'debtors' THEN m.service END AS service,
            m.effective_on >= coalesce(period_start, reporting.financial_year_start(as_at))
                AS in_period,
            m.due_on >= as_at AS not_due,
            m.control = 'debtors' AND m.invoiced_on
                >= make_date(coalesce(debit_year, reporting.financial_year(as_at)), 4, 1)
                AND m.invoiced_on
                < make_date(coalesce(debit_year, reporting.financial_year(as_at)) + 1, 4, 1)
                AS of_year,
            m.item LIKE 'REVERSAL:%' AS reopened,
            sum(m.amount_minor) AS amount
        FROM reporting.movements_at(as_at, as_known) AS m
        WHERE m.control = 'debtors'
            OR (m.control = 'unapplied' AND m.kind IN ('received', 'reversed'))
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ),
    summed AS (
        SELECT CASE WHEN grouping(c.unit) = 1 THEN 'all'
                WHEN grouping(c.service) = 1 THEN 'unit' ELSE 'service' END AS scope,
            c.unit, c.service, c.currency,
            coalesce(sum(c.amount) FILTER (WHERE c.of_year
                AND c.kind IN ('billed', 'credited') AND NOT c.reopened), 0) AS year_debit,
            -coalesce(sum(c.amount) FILTER (WHERE c.of_year
                AND c.kind = 'allocated' AND NOT c.reopened), 0) AS year_cash,
            -coalesce(sum(c.amount) FILTER (WHERE c.in_period
                AND c.kind IN ('received', 'reversed')), 0) AS receipts,
            coalesce(sum(c.amount) FILTER (WHERE c.of_year
                AND c.kind IN ('billed', 'reversed')), 0) AS debit,
            -coalesce(sum(c.amount) FILTER (WHERE c.of_year
                AND c.kind = 'allocated'), 0) AS cash,
            -coalesce(sum(c.amount) FILTER (WHERE c.of_year
                AND c.kind = 'credited'), 0) AS credited,
            -coalesce(sum(c.amount) FILTER (WHERE c.of_year
                AND c.kind IN ('written_off', 'written_back')), 0) AS written_off,
            coalesce(sum(c.amount) FILTER (WHERE c.of_year), 0) AS open_debt,
            coalesce(sum(c.amount) FILTER (WHERE c.debt AND NOT c.in_period), 0) AS opening,
            coalesce(sum(c.amount) FILTER (WHERE c.debt AND c.in_period
                AND c.kind IN ('billed', 'reversed')), 0) AS period_debit,
            coalesce(sum(c.amount) FILTER (WHERE c.debt), 0) AS closing,
            coalesce(sum(c.amount) FILTER (WHERE c.debt AND c.not_due), 0) AS closing_current,
            -coalesce(sum(c.amount) FILTER (WHERE c.debt AND c.in_period
                AND c.kind = 'allocated'), 0) AS period_cash
        FROM classified AS c
        GROUP BY GROUPING SETS (
            (c.unit, c.service, c.currency), (c.unit, c.currency), (c.currency))
    )
    SELECT s.scope, s.unit, s.service, s.currency, v.definition, v.measure,
        coalesce(period_start, reporting.financial_year_start(as_at)),
        coalesce(debit_year, reporting.financial_year(as_at)),
        reporting.pounds(v.numerator), reporting.pounds(v.denominator),
        reporting.ratio(v.numerator, v.denominator)
    FROM summed AS s
    CROSS JOIN LATERAL (
        VALUES
        ('CR-1.v1', 'in-year collection', s.year_cash, s.year_debit),
        ('CR-3.v1', 'crude receipts', s.receipts, s.year_debit),
        ('CR-5.v1', 'cash', s.cash, s.debit),
        ('CR-5.v1', 'credited', s.credited, s.debit),
        ('CR-5.v1', 'written off', s.written_off, s.debit),
        ('CR-5.v1', 'open', s.open_debt, s.debit),
        ('CEI.v1', 'collection effectiveness', s.opening + s.period_debit - s.closing,
            s.opening + s.period_debit - s.closing_current),
        ('CEI-cash.v1', 'collection effectiveness in cash', s.period_cash,
            s.opening + s.period_debit - s.closing_current)
    ) AS v (definition, measure, numerator, denominator)
    WHERE v.definition <> 'CR-3.v1' OR s.scope <> 'service'
$$;
COMMENT ON FUNCTION reporting.collection_rates IS
    'Collection rates CR-1, CR-3, CR-5, CEI and CEI-cash as at a day, as known at a moment, per '
    'service, per unit and for all units. The period begins with the financial year unless asked '
    'otherwise; the debits of CR-1, CR-3 and CR-5 are invoices dated in one financial year. '
    'Write-offs are never cash. CEI counts what is not yet due at the end as current.';

CREATE VIEW reporting.collection_rates AS
SELECT scope, unit, service, currency, definition, measure, period_start_on, debit_year_start,
    numerator::numeric(18, 2), denominator::numeric(18, 2), rate
FROM reporting.collection_rates(reporting.today(), now());
COMMENT ON VIEW reporting.collection_rates IS
    'Collection rates of the financial year to today, as known now.';
COMMENT ON COLUMN reporting.collection_rates.scope IS
    'What the row adds up: a service of a unit, a unit, or all units.';
COMMENT ON COLUMN reporting.collection_rates.unit IS
    'Legal entity or operating unit; NULL for all units together.';
COMMENT ON COLUMN reporting.collection_rates.service IS
    'Service that issued the invoices; NULL for the whole unit or for money on no invoice.';
COMMENT ON COLUMN reporting.collection_rates.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.collection_rates.definition IS 'Definition id and version.';
COMMENT ON COLUMN reporting.collection_rates.measure IS 'What the rate measures, in words.';
COMMENT ON COLUMN reporting.collection_rates.period_start_on IS
    'First day of the period of CR-3, CEI and CEI-cash.';
COMMENT ON COLUMN reporting.collection_rates.debit_year_start IS
    'Year in which the financial year of the debits of CR-1, CR-3 and CR-5 begins.';
COMMENT ON COLUMN reporting.collection_rates.numerator IS 'Pounds above the line.';
COMMENT ON COLUMN reporting.collection_rates.denominator IS 'Pounds below the line.';
COMMENT ON COLUMN reporting.collection_rates.rate IS
    'Numerator over denominator as a fraction of one, unrounded; NULL when it is not defined.';
