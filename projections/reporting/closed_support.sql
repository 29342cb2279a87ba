-- The lines and sums of the figures, from the latest closing that the question allows and what was
-- recorded after it. Each has three parts of which at run time either the first two or the last are
-- read; the last is every movement, for a question that no closing answers. The planner sees all
-- three and plans for the whole table. A bound on the position from the next closing keeps the scan
-- of what was recorded after short for a moment long ago.

CREATE FUNCTION reporting.closing_at(as_at date, as_known timestamptz) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT max(k.closing) FROM reporting.closings AS k
    WHERE k.closed_on <= as_at AND k.recorded_at <= as_known
$$;
COMMENT ON FUNCTION reporting.closing_at IS
    'The latest closing from which figures as at a day, as known at a moment can start; NULL '
    'without one.';

CREATE FUNCTION reporting.closing_ends(as_known timestamptz) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce(min(k.position), 9223372036854775807) FROM reporting.closings AS k
    WHERE k.recorded_at > as_known
$$;
COMMENT ON FUNCTION reporting.closing_ends IS
    'A position after which nothing was known at a moment, from the first closing after it.';

CREATE FUNCTION reporting.lines_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    effective_on date, amount_minor bigint, invoiced_on date, due_on date, received_on date,
    instalment smallint, unit text, account text, debt_type text, currency text, service text,
    item text, control text, kind text, is_first boolean
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT c.effective_on, c.amount_minor, c.invoiced_on, c.due_on, c.received_on, c.instalment,
        c.unit, c.account, c.debt_type, c.currency, c.service, c.item, c.control, c.kind, c.is_first
    FROM reporting.closed_lines AS c
    WHERE c.closing = (SELECT reporting.closing_at(as_at, as_known)) AND c.effective_on <= as_at
    UNION ALL
    SELECT m.effective_on, m.amount_minor, m.invoiced_on, m.due_on,
        CASE WHEN m.kind = 'received' THEN m.effective_on END, m.instalment, m.unit, m.account,
        m.debt_type, m.currency, m.service, m.item, m.control, m.kind, m.kind = 'billed'
    FROM reporting.movements_at(as_at, as_known) AS m
    WHERE m.position > (
        SELECT k.position FROM reporting.closings AS k
        WHERE k.closing = reporting.closing_at(as_at, as_known))
    AND m.position <= (SELECT reporting.closing_ends(as_known))
    AND m.control IN ('debtors', 'unapplied')
    UNION ALL
    SELECT m.effective_on, m.amount_minor, m.invoiced_on, m.due_on,
        CASE WHEN m.kind = 'received' THEN m.effective_on END, m.instalment, m.unit, m.account,
        m.debt_type, m.currency, m.service, m.item, m.control, m.kind, true
    FROM reporting.movements_at(as_at, as_known) AS m
    WHERE (SELECT reporting.closing_at(as_at, as_known)) IS NULL
    AND m.control IN ('debtors', 'unapplied')
$$;
COMMENT ON FUNCTION reporting.lines_at IS
    'What adds up to every debt and credit as at a day, as known at a moment: the movements, or the '
    'lines of a closing and the movements after it. Settled items of a closing are not there; an '
    'item of which is_first is nowhere true had lines before that are left out, and they add up '
    'to 0.';

CREATE FUNCTION reporting.day_sums_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, currency text, control text, kind text, effective_on date, amount_minor bigint
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT d.unit, d.currency, d.control, d.kind, d.effective_on, d.amount_minor
    FROM reporting.closed_days AS d
    WHERE d.closing <= (SELECT reporting.closing_at('infinity', as_known))
    AND d.effective_on <= as_at
    UNION ALL
    SELECT m.unit, m.currency, m.control, m.kind, m.effective_on, m.amount_minor
    FROM reporting.movements_at(as_at, as_known) AS m
    WHERE m.position > (
        SELECT k.position FROM reporting.closings AS k
        WHERE k.closing = reporting.closing_at('infinity', as_known))
    AND m.position <= (SELECT reporting.closing_ends(as_known))
    UNION ALL
    SELECT m.unit, m.currency, m.control, m.kind, m.effective_on, m.amount_minor
    FROM reporting.movements_at(as_at, as_known) AS m
    WHERE (SELECT reporting.closing_at('infinity', as_known)) IS NULL
$$;
COMMENT ON FUNCTION reporting.day_sums_at IS
    'What adds up to every movement as at a day, as known at a moment, by unit, control, kind and '
    'day: the movements, or the sums of the closings and the movements after them.';

CREATE FUNCTION reporting.posting_sums_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, currency text, gl_account text, service text, amount_minor bigint
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT d.unit, d.currency, d.gl_account, d.service, d.amount_minor
    FROM reporting.closed_postings AS d
    WHERE d.closing <= (SELECT reporting.closing_at('infinity', as_known))
    AND d.effective_on <= as_at
    UNION ALL
    SELECT p.unit, p.currency, p.gl_account, p.service, p.amount_minor
    FROM reporting.postings_at(as_at, as_known) AS p
    WHERE p.position > (
        SELECT k.position FROM reporting.closings AS k
        WHERE k.closing = reporting.closing_at('infinity', as_known))
    AND p.position <= (SELECT reporting.closing_ends(as_known))
    UNION ALL
    SELECT p.unit, p.currency, p.gl_account, p.service, p.amount_minor
    FROM reporting.postings_at(as_at, as_known) AS p
    WHERE (SELECT reporting.closing_at('infinity', as_known)) IS NULL
$$;
COMMENT ON FUNCTION reporting.posting_sums_at IS
    'What adds up to every posting as at a day, as known at a moment, debits and credits apart: the '
    'postings, or the sums of the closings and the postings after them.';
