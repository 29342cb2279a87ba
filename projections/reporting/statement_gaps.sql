-- Numbers are compared with the statement before of the same format, balances with the statement
-- before of any. A number that does not go up says nothing: banks begin anew every year. Balances
-- that differ by exactly the lines which an earlier file had brought are two files that overlap.
CREATE FUNCTION reporting.statement_gaps(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, bank_account text, currency text, kind text, statement text, sequence integer,
    first_on date, previous_statement text, previous_ends_on date, missing_from integer,
    missing_to integer, amount numeric, file_name text, digest text, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH taken AS (
        SELECT s.*,
            -- What the statements without balances moved, so that it is no break of the chain.
            sum(CASE WHEN s.closing_minor IS NULL THEN s.lines_minor - s.duplicates_minor ELSE 0
                END) OVER (PARTITION BY s.bank_account
                ORDER BY s.ends_on, s.sequence NULLS FIRST, s.position) AS unbalanced
        FROM reporting.bank_statements AS s
        WHERE s.ends_on <= as_at AND s.recorded_at <= as_known
    ),
    numbers AS (
        SELECT t.*, lag(t.sequence) OVER w AS previous, lag(t.statement) OVER w AS previous_name,
            lag(t.ends_on) OVER w AS previous_on
        FROM taken AS t
        WHERE t.sequence IS NOT NULL
        WINDOW w AS (PARTITION BY t.bank_account, t.format
            ORDER BY t.ends_on, t.sequence, t.position)
    ),
    balances AS (
        SELECT t.*, t.opening_minor - lag(t.closing_minor) OVER w
                - (t.unbalanced - lag(t.unbalanced) OVER w) AS gap,
            lag(t.statement) OVER w AS previous_name, lag(t.ends_on) OVER w AS previous_on
        FROM taken AS t
        WHERE t.closing_minor IS NOT NULL
        WINDOW w AS (PARTITION BY t.bank_account
            ORDER BY t.ends_on, t.sequence NULLS FIRST, t.position)
    )
    SELECT n.unit, n.bank_account, n.currency, 'numbers', n.statement, n.sequence, n.first_on,
        n.previous_name, n.previous_on, n.previous + 1, n.sequence - 1, reporting.pounds(0),
        n.file_name, n.digest, 'SG-1.v1'
    FROM numbers AS n WHERE n.sequence > n.previous + 1
    UNION ALL
    SELECT b.unit, b.bank_account, b.currency, 'balances', b.statement, b.sequence, b.first_on,
        b.previous_name, b.previous_on, NULL, NULL, reporting.pounds(b.gap), b.file_name, b.digest,
        'SG-1.v1'
    FROM balances AS b WHERE b.gap <> 0 AND b.gap <> -b.duplicates_minor
$$;
COMMENT ON FUNCTION reporting.statement_gaps IS
    'What is missing between the bank statements that came by a day, as known at a moment (SG-1): '
    'numbers left out, and closing balances that are not the next opening balance.';

CREATE VIEW reporting.statement_gaps AS
SELECT unit, bank_account, currency, kind, statement, sequence, first_on, previous_statement,
    previous_ends_on, missing_from, missing_to, amount::numeric(18, 2), file_name, digest,
    definition
FROM reporting.statement_gaps(reporting.today(), now());
COMMENT ON VIEW reporting.statement_gaps IS
    'What is missing between bank statements, as at today, as known now.';
COMMENT ON COLUMN reporting.statement_gaps.unit IS
    'Legal entity or operating unit of the bank account.';
COMMENT ON COLUMN reporting.statement_gaps.bank_account IS 'Our bank account.';
COMMENT ON COLUMN reporting.statement_gaps.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.statement_gaps.kind IS
    'numbers: statements were left out; balances: money moved in a statement that has not come.';
COMMENT ON COLUMN reporting.statement_gaps.statement IS 'The statement after the gap.';
COMMENT ON COLUMN reporting.statement_gaps.sequence IS 'Its number; NULL without one.';
COMMENT ON COLUMN reporting.statement_gaps.first_on IS 'First booking day of its lines.';
COMMENT ON COLUMN reporting.statement_gaps.previous_statement IS 'The statement before the gap.';
COMMENT ON COLUMN reporting.statement_gaps.previous_ends_on IS 'Last booking day of its lines.';
COMMENT ON COLUMN reporting.statement_gaps.missing_from IS
    'First number that has not come; NULL for balances.';
COMMENT ON COLUMN reporting.statement_gaps.missing_to IS
    'Last number that has not come; NULL for balances.';
COMMENT ON COLUMN reporting.statement_gaps.amount IS
    'Pounds that moved in between: opening balance less the closing balance before; 0 for numbers.';
COMMENT ON COLUMN reporting.statement_gaps.file_name IS 'File of the statement after the gap.';
COMMENT ON COLUMN reporting.statement_gaps.digest IS 'SHA-256 of that file, which is kept.';
COMMENT ON COLUMN reporting.statement_gaps.definition IS 'Definition id and version.';
