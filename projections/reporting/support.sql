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

CREATE FUNCTION reporting.today() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT (now() AT TIME ZONE 'Europe/London')::date $$;
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
