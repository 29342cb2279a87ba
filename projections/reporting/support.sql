-- What the figures share. Every function here is one expression or one SELECT, so that the planner
-- puts its text into the caller's query and no call remains at run time.

CREATE FUNCTION reporting.movements_at(as_at date, as_known timestamptz)
RETURNS SETOF reporting.movements
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT * FROM reporting.movements AS m
    WHERE m.effective_on <= as_at AND m.recorded_at <= as_known
$$;
COMMENT ON FUNCTION reporting.movements_at IS
    'The movements that count for a figure as at a day, as known at a moment.';

CREATE FUNCTION reporting.postings_at(as_at date, as_known timestamptz)
RETURNS SETOF reporting.postings
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT * FROM reporting.postings AS p
    WHERE p.effective_on <= as_at AND p.recorded_at <= as_known
$$;
COMMENT ON FUNCTION reporting.postings_at IS
    'The double-entry lines that count for a figure as at a day, as known at a moment.';

-- Its state is a plain number, which parallel workers hand over without packing it: that halves the
-- time of sums by the hundred thousand. A sum beyond 92 thousand million million pounds is an error.
CREATE AGGREGATE reporting.sum_minor(bigint) (
    SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE
);
COMMENT ON AGGREGATE reporting.sum_minor(bigint) IS
    'The sum of amounts in minor units, as a whole number; NULL without any.';

CREATE FUNCTION reporting.day_of(moment timestamptz) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT (moment AT TIME ZONE 'Europe/London')::date $$;
COMMENT ON FUNCTION reporting.day_of IS 'The day that it is in London at a moment.';

-- Money leaves suspense with effect from its value date, as if it had never been there: right for a
-- balance, useless for the question how long somebody needed. So what the desk did counts from the
-- day on which it did it. Money from the bank is there from its value date, and a part that was
-- split off is as old as the whole. The whole is put beside each row by a window and not by a join:
-- the planner takes these few rows for one, and would compare every receipt with every other.
CREATE FUNCTION reporting.suspense_desk(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, currency text, receipt text, kind text, amount_minor bigint, signed_minor bigint,
    method text, rule text, value_on date, done_on date, root text, root_unit text,
    arrived_on date
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH RECURSIVE events AS (
        SELECT r.unit, r.currency, r.receipt, r.parent, r.kind, r.amount_minor, r.method, r.rule,
            r.value_on,
            CASE WHEN r.kind = 'suspended' THEN r.effective_on
                ELSE greatest(r.effective_on, reporting.day_of(r.recorded_at)) END AS done_on
        FROM reporting.receipts AS r
        WHERE r.kind IN ('suspended', 'moved_in', 'identified', 'split', 'transferred',
            'returned', 'return_failed', 'bounced')
        AND r.effective_on <= as_at AND r.recorded_at <= as_known
    ),
    lineage AS (
        SELECT e.receipt, e.receipt AS root, e.unit, e.done_on
        FROM events AS e
        WHERE e.kind = 'suspended' OR (e.kind = 'moved_in' AND e.parent IS NULL)
        UNION ALL
        SELECT e.receipt, l.root, l.unit, l.done_on
        FROM lineage AS l
        JOIN events AS e ON e.kind = 'moved_in' AND e.parent = l.receipt
    )
    SELECT d.unit, d.currency, d.receipt, d.kind, d.amount_minor,
        CASE WHEN d.kind IN ('suspended', 'moved_in', 'return_failed') THEN d.amount_minor
            ELSE -d.amount_minor END,
        d.method, d.rule, d.value_on, d.done_on, d.root, d.root_unit, d.arrived_on
    FROM (
        SELECT u.unit, u.currency, u.receipt, u.kind, u.amount_minor, u.method, u.rule,
            u.value_on, u.done_on, max(u.root) OVER w AS root, max(u.root_unit) OVER w AS root_unit,
            max(u.arrived_on) OVER w AS arrived_on
        FROM (
            SELECT e.unit, e.currency, e.receipt, e.kind, e.amount_minor, e.method, e.rule,
                e.value_on, e.done_on, NULL::text AS root, NULL::text AS root_unit,
                NULL::date AS arrived_on
            FROM events AS e
            UNION ALL
            SELECT NULL, NULL, l.receipt, NULL, NULL, NULL, NULL, NULL, NULL, l.root, l.unit,
                l.done_on
            FROM lineage AS l
        ) AS u
        WINDOW w AS (PARTITION BY u.receipt)
    ) AS d
    WHERE d.kind IS NOT NULL
$$;
COMMENT ON FUNCTION reporting.suspense_desk IS
    'What came into suspense and left it, as at a day, as known at a moment, each with the day on '
    'which it was done, the receipt that it was split off in the end (its root), and the day on '
    'which that one came; positive signed amounts come in.';

CREATE FUNCTION reporting.today() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT reporting.day_of(now()) $$;
COMMENT ON FUNCTION reporting.today IS
    'The day it is in London, whatever the time zone of the session.';

CREATE FUNCTION reporting.pounds(minor numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT coalesce(minor, 0) * 0.01 $$;
COMMENT ON FUNCTION reporting.pounds IS
    'Minor units (pence) as pounds, exactly two decimals; NULL counts as nothing.';

CREATE FUNCTION reporting.month_start(day date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT date_trunc('month', day::timestamp)::date $$;
COMMENT ON FUNCTION reporting.month_start IS
    'The first day of the month of a day; immune to the time zone of the session.';

CREATE FUNCTION reporting.window_end(as_at date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT reporting.month_start(as_at + 1) - 1 $$;
COMMENT ON FUNCTION reporting.window_end IS
    'The last day of the last month that is complete on a day; a month end completes its own.';

CREATE FUNCTION reporting.window_start(as_at date, months integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT (reporting.month_start(as_at + 1) - make_interval(months => months))::date $$;
COMMENT ON FUNCTION reporting.window_start IS
    'The first day of the last complete months, as many as asked for, on a day.';

CREATE FUNCTION reporting.financial_year(day date) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT date_part('year', day - interval '3 months')::integer $$;
COMMENT ON FUNCTION reporting.financial_year IS
    'The year in which the financial year of a day (1 April to 31 March) begins.';

CREATE FUNCTION reporting.financial_year_start(day date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT make_date(reporting.financial_year(day), 4, 1) $$;
COMMENT ON FUNCTION reporting.financial_year_start IS
    'The first of April that begins the financial year of a day.';

-- 29 February has no anniversary in most years; the clamped day would lie one day too early.
CREATE FUNCTION reporting.years_before(day date, years integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT (day - make_interval(years => years))::date
        + (date_part('day', day) <> date_part('day', day - make_interval(years => years)))::integer
$$;
COMMENT ON FUNCTION reporting.years_before IS
    'The earliest day whose anniversary after so many years is not before the day.';

-- A name that is also a column would mean the column: hence on_day.
CREATE FUNCTION reporting.working_day_number(on_day date) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT d.working_day_number FROM reporting.dim_date AS d
    WHERE d.day = least(greatest(on_day, DATE '1990-01-01'), DATE '2050-12-31')
$$;
COMMENT ON FUNCTION reporting.working_day_number IS
    'Working days from 1 January 1990 up to and including a day; two of them subtract to an age.';

CREATE FUNCTION reporting.ratio(numerator numeric, denominator numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT numerator / nullif(greatest(denominator, 0), 0) $$;
COMMENT ON FUNCTION reporting.ratio IS
    'Numerator over denominator, unrounded; NULL unless the denominator is above zero.';

CREATE FUNCTION reporting.counted(many bigint, one text, more text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN many > 0 THEN many || ' ' || CASE WHEN many = 1 THEN one ELSE more END END
$$;
COMMENT ON FUNCTION reporting.counted IS
    'A number with its noun, such as 2 gaps; NULL for none.';
