-- The rhythm is the lower median of the working days between the last booking days of the latest ten
-- days that statements end on; fewer than four say nothing. One working day is given, because the
-- statement of a day comes in the next morning.
CREATE FUNCTION reporting.bank_files(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, bank_account text, currency text, files bigint, statements bigint, lines bigint,
    latest_statement text, latest_file text, ends_on date, taken_at timestamptz,
    closing_balance numeric, rhythm_working_days bigint, due_on date, late boolean,
    late_working_days bigint, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH taken AS (
        SELECT s.*, row_number() OVER (PARTITION BY s.bank_account
                ORDER BY s.ends_on DESC, s.sequence DESC NULLS LAST, s.position DESC) AS age
        FROM reporting.bank_statements AS s
        WHERE s.ends_on <= as_at AND s.recorded_at <= as_known
    ),
    days AS (
        SELECT d.bank_account, reporting.working_day_number(d.last_on) AS day,
            row_number() OVER (PARTITION BY d.bank_account ORDER BY d.last_on DESC) AS age
        FROM (
            SELECT DISTINCT t.bank_account, t.last_on FROM taken AS t WHERE t.last_on IS NOT NULL
        ) AS d
    ),
    rhythm AS (
        SELECT g.bank_account, max(g.day) AS latest,
            greatest(percentile_disc(0.5) WITHIN GROUP (ORDER BY g.gap), 1) AS gap
        FROM (
            SELECT d.bank_account, d.day, d.day - lead(d.day) OVER (
                    PARTITION BY d.bank_account ORDER BY d.age) AS gap
            FROM days AS d WHERE d.age <= 10
        ) AS g
        GROUP BY g.bank_account
        HAVING count(*) >= 4
    ),
    due AS (
        SELECT r.bank_account, r.gap, d.day AS due_on
        FROM rhythm AS r
        JOIN reporting.dim_date AS d
            ON d.working_day AND d.working_day_number = r.latest + r.gap + 1
    ),
    totals AS (
        SELECT t.bank_account, count(DISTINCT t.digest) AS files, count(*) AS statements,
            sum(t.lines)::bigint AS lines
        FROM taken AS t GROUP BY t.bank_account
    )
    SELECT t.unit, t.bank_account, t.currency, n.files, n.statements, n.lines, t.statement,
        t.file_name, t.ends_on, t.recorded_at,
        CASE WHEN t.closing_minor IS NOT NULL THEN reporting.pounds(t.closing_minor) END,
        d.gap::bigint, d.due_on, coalesce(d.due_on < as_at, false),
        CASE WHEN d.due_on < as_at THEN reporting.working_day_number(as_at)
            - reporting.working_day_number(d.due_on) ELSE 0 END::bigint,
        'BF-1.v1'
    FROM taken AS t
    JOIN totals AS n ON n.bank_account = t.bank_account
    LEFT JOIN due AS d ON d.bank_account = t.bank_account
    WHERE t.age = 1
$$;
COMMENT ON FUNCTION reporting.bank_files IS
    'The files of every bank account by a day, as known at a moment (BF-1): the latest statement, '
    'the usual rhythm, when the next is due and whether it is late.';

CREATE VIEW reporting.bank_files AS
SELECT unit, bank_account, currency, files, statements, lines, latest_statement, latest_file,
    ends_on, taken_at, closing_balance::numeric(18, 2), rhythm_working_days, due_on, late,
    late_working_days, definition
FROM reporting.bank_files(reporting.today(), now());
COMMENT ON VIEW reporting.bank_files IS
    'The files of every bank account, as at today, as known now.';
COMMENT ON COLUMN reporting.bank_files.unit IS
    'Legal entity or operating unit of the bank account.';
COMMENT ON COLUMN reporting.bank_files.bank_account IS 'Our bank account.';
COMMENT ON COLUMN reporting.bank_files.currency IS 'ISO 4217 code of the amounts of the row.';
COMMENT ON COLUMN reporting.bank_files.files IS 'Number of files taken.';
COMMENT ON COLUMN reporting.bank_files.statements IS 'Number of statements in them.';
COMMENT ON COLUMN reporting.bank_files.lines IS 'Number of lines in them, repeated ones included.';
COMMENT ON COLUMN reporting.bank_files.latest_statement IS 'The statement that ends last.';
COMMENT ON COLUMN reporting.bank_files.latest_file IS 'Its file.';
COMMENT ON COLUMN reporting.bank_files.ends_on IS 'Last booking day of its lines.';
COMMENT ON COLUMN reporting.bank_files.taken_at IS 'When it was taken.';
COMMENT ON COLUMN reporting.bank_files.closing_balance IS
    'Pounds at its end; NULL when it states no balance.';
COMMENT ON COLUMN reporting.bank_files.rhythm_working_days IS
    'Usual working days between statements; NULL with fewer than four.';
COMMENT ON COLUMN reporting.bank_files.due_on IS
    'Day on which the next is due at the latest; NULL without a rhythm.';
COMMENT ON COLUMN reporting.bank_files.late IS 'True when that day has passed without it.';
COMMENT ON COLUMN reporting.bank_files.late_working_days IS
    'Working days since it was due; 0 when it is not late.';
COMMENT ON COLUMN reporting.bank_files.definition IS 'Definition id and version.';
