CREATE FUNCTION reporting.day_in_month(from_on date, months integer, wanted integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT least(
        (reporting.month_start(from_on) + make_interval(months => months))::date + wanted - 1,
        (reporting.month_start(from_on) + make_interval(months => months + 1))::date - 1)
$$;
COMMENT ON FUNCTION reporting.day_in_month IS
    'A day of the month that comes so many months later; the last of it where there is no such.';

-- The nth day of a schedule, from 0. A month is counted from the first day, never from the last one:
-- a 31st that was paid on 28 February is paid on 31 March again.
CREATE FUNCTION reporting.standing_order_day(
    frequency text, first_on date, day_of_month integer, nth integer
) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE frequency
        WHEN 'weekly' THEN first_on + 7 * nth
        WHEN 'fortnightly' THEN first_on + 14 * nth
        WHEN 'four_weekly' THEN first_on + 28 * nth
        WHEN 'monthly' THEN reporting.day_in_month(
            first_on, nth, coalesce(day_of_month, date_part('day', first_on)::integer))
        WHEN 'quarterly' THEN reporting.day_in_month(
            first_on, 3 * nth, coalesce(day_of_month, date_part('day', first_on)::integer))
        END
$$;
COMMENT ON FUNCTION reporting.standing_order_day IS
    'The nth day (from 0) of the schedule of a standing order, before the bank''s next working day.';

-- The terms of each order, one row for each time that they were told, until the next or the end.
CREATE FUNCTION reporting.standing_order_terms_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, standing_order text, account text, currency text, term bigint, frequency text,
    first_on date, day_of_month integer, last_on date, ends_on date, amount_minor bigint,
    early_days integer, late_after integer, stopped_after integer, is_last boolean, ended text,
    ended_on date
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH known AS (
        SELECT e.* FROM reporting.standing_order_events AS e
        WHERE e.effective_on <= as_at AND e.recorded_at <= as_known
    )
    SELECT t.unit, t.standing_order, t.account, t.currency, t.position, t.frequency, t.from_on,
        t.day_of_month, t.last_on,
        -- The first day that is not of these terms any more; NULL when they have no end.
        least(
            lead(t.from_on) OVER w, x.from_on,
            CASE WHEN lead(t.position) OVER w IS NULL THEN t.last_on + 1 END),
        t.amount_minor, t.early_days, t.late_after, t.stopped_after,
        lead(t.position) OVER w IS NULL, x.kind, x.from_on
    FROM known AS t
    LEFT JOIN known AS x ON x.unit = t.unit AND x.standing_order = t.standing_order
        AND x.kind IN ('stopped', 'finished')
    WHERE t.kind IN ('expected', 'changed')
    WINDOW w AS (PARTITION BY t.unit, t.standing_order ORDER BY t.position)
$$;
COMMENT ON FUNCTION reporting.standing_order_terms_at IS
    'The terms of each standing order as at a day, as known at a moment, each until the day on '
    'which the next begin or the order ended.';

-- Every day on which a credit is expected up to a day, and the next one after it. A credit counts
-- from a little before its day until a little before the next one's; one that came later still,
-- for as long again, meets it when nothing else does.
CREATE FUNCTION reporting.standing_order_days_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, standing_order text, account text, currency text, number bigint, due_on date,
    expected_on date, amount_minor bigint, opens_on date, late_on date, closes_on date,
    gone_on date
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH counted AS (
        -- A quarter ahead, so that the next one is among them, and what ends its time.
        SELECT t.*, generate_series(0, (greatest(as_at - t.first_on, 0) + 100) / CASE t.frequency
                WHEN 'weekly' THEN 7 WHEN 'fortnightly' THEN 14 WHEN 'quarterly' THEN 89
                ELSE 28 END + 1) AS nth
        FROM reporting.standing_order_terms_at(as_at, as_known) AS t
    ),
    due AS MATERIALIZED (
        SELECT c.*,
            reporting.standing_order_day(c.frequency, c.first_on, c.day_of_month, c.nth) AS due_on
        FROM counted AS c
    ),
    paid AS MATERIALIZED (
        SELECT x.day, p.day AS paid_on, p.working_day_number
        FROM reporting.dim_date AS x
        JOIN reporting.dim_date AS p ON p.working_day
            AND p.working_day_number = x.working_day_number + (NOT x.working_day)::integer
    ),
    expected AS (
        SELECT d.*, p.paid_on AS expected_on, p.working_day_number
        FROM due AS d
        JOIN paid AS p ON p.day = d.due_on
        WHERE d.due_on < coalesce(d.ends_on, 'infinity')
            AND d.due_on <= coalesce(d.last_on, 'infinity')
    ),
    followed AS (
        SELECT e.*, row_number() OVER w AS number, lag(e.expected_on) OVER w AS before_on,
            lead(e.expected_on) OVER w AS after_on
        FROM expected AS e
        WINDOW w AS (PARTITION BY e.unit, e.standing_order ORDER BY e.due_on)
    ),
    numbered AS (
        SELECT f.*, greatest(f.expected_on + 1, coalesce(f.after_on, p.paid_on) - f.early_days)
            AS closes_on
        FROM followed AS f
        -- Of the last one only: the day that would have been the next.
        LEFT JOIN paid AS p ON p.day = CASE WHEN f.after_on IS NULL
            THEN reporting.standing_order_day(
                f.frequency, f.first_on, f.day_of_month, f.nth + 1) END
        WHERE f.expected_on <= as_at OR coalesce(f.before_on, as_at) <= as_at
    )
    SELECT n.unit, n.standing_order, n.account, n.currency, n.number, n.due_on, n.expected_on,
        n.amount_minor, n.expected_on - n.early_days, l.day, n.closes_on,
        n.closes_on + (n.closes_on - n.expected_on)
    FROM numbered AS n
    JOIN reporting.dim_date AS l ON l.working_day
        AND l.working_day_number = n.working_day_number + n.late_after + 1
$$;
COMMENT ON FUNCTION reporting.standing_order_days_at IS
    'Every credit that standing orders lead to expect by a day, and the next of each, as known at a '
    'moment, with the days between which a receipt can meet it.';

-- Money that a payer's bank sent to an account that has a standing order, and that is still there.
CREATE FUNCTION reporting.standing_order_receipts_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, account text, currency text, receipt text, "position" bigint, value_on date,
    amount_minor bigint, method text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT m.unit, m.account, m.currency, m.receipt, m.position, m.cash_on, -m.amount_minor,
        m.method
    FROM (
        SELECT DISTINCT e.unit, e.account FROM reporting.standing_order_events AS e
        WHERE e.kind = 'expected' AND e.effective_on <= as_at AND e.recorded_at <= as_known
    ) AS o
    JOIN reporting.movements AS m ON m.unit = o.unit AND m.account = o.account
        AND m.control = 'unapplied' AND m.kind = 'received'
        AND m.method IN ('standing_order', 'bank_transfer', 'other')
        AND m.effective_on <= as_at AND m.recorded_at <= as_known
    WHERE NOT EXISTS (
        SELECT FROM reporting.receipts AS x
        WHERE x.receipt = m.receipt AND x.kind <> 'received'
            AND x.kind IN ('reversed', 'moved_to_suspense')
            AND x.effective_on <= as_at AND x.recorded_at <= as_known)
$$;
COMMENT ON FUNCTION reporting.standing_order_receipts_at IS
    'Receipts of accounts with standing orders that may meet an expected credit, as at a day, as '
    'known at a moment; without what was reversed or moved to suspense.';
