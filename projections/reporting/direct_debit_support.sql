-- Every collection once, with what became of it, as at a day, as known at a moment.
CREATE FUNCTION reporting.collections_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    collection text, run text, item integer, sun text, mandate text, unit text, account text,
    code text, amount_minor bigint, processing_on date, entry_on date, represents text,
    invoices text[], ended text, end_code text, ended_on date, end_reason text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT i.collection, i.run, i.item, i.sun, i.mandate, i.unit, i.account, i.code,
        i.amount_minor, i.processing_on, i.entry_on, i.represents, i.invoices, e.kind, e.code,
        e.effective_on, e.reason
    FROM reporting.collection_events AS i
    LEFT JOIN reporting.collection_events AS e
        ON e.collection = i.collection AND e.kind IN ('stopped', 'returned')
        AND e.effective_on <= as_at AND e.recorded_at <= as_known
    WHERE i.kind = 'instructed' AND i.effective_on <= as_at AND i.recorded_at <= as_known
$$;
COMMENT ON FUNCTION reporting.collections_at IS
    'Direct Debit collections that were instructed by a day, with how each ended, as known at a '
    'moment; what the Direct Debit figures stand on.';

CREATE FUNCTION reporting.first_processed_on(named text) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH RECURSIVE presented AS (
        SELECT i.represents, i.processing_on FROM reporting.collection_events AS i
        WHERE i.collection = named AND i.kind = 'instructed'
        UNION ALL
        SELECT i.represents, i.processing_on FROM presented AS p
        JOIN reporting.collection_events AS i
            ON i.collection = p.represents AND i.kind = 'instructed'
    )
    SELECT min(p.processing_on) FROM presented AS p
$$;
COMMENT ON FUNCTION reporting.first_processed_on IS
    'The day on which the debt of a collection was processed first, however often it was presented '
    'again since; the month for that begins then.';

-- A suspension or an end stands over how far the setting up had come; when it is lifted the mandate
-- is again what it was. A change of account that must be lodged anew begins the setting up again,
-- unless its bank has moved there what we lodged before; of paper nothing was lodged yet.
CREATE FUNCTION reporting.mandates_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    sun text, mandate text, unit text, account text, status text, agreed_on date, lodged_on date,
    used_on date, turned text, turned_on date, code text, reason text, advice text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT s.sun, s.mandate, s.unit, s.account,
        CASE WHEN t.kind <> 'resumed' THEN t.kind
            WHEN s.activated > coalesce(s.anew, 0) THEN 'active'
            WHEN greatest(s.lodged, s.moved) > coalesce(s.anew, 0) AND s.lodged_on IS NOT NULL
                THEN 'lodged'
            WHEN s.notified > 0 THEN 'notified'
            ELSE 'draft' END,
        s.agreed_on, s.lodged_on, greatest(s.agreed_on, s.lodged_on), t.kind, t.effective_on,
        t.code, t.reason, t.advice
    FROM (
        SELECT m.sun, m.mandate, max(m.unit) AS unit, max(m.account) AS account,
            max(m.happened_on) FILTER (WHERE m.kind = 'drafted') AS agreed_on,
            max(m.happened_on) FILTER (WHERE m.kind = 'lodged' AND m.code <> '0C') AS lodged_on,
            max(m.position) FILTER (WHERE m.kind = 'notified') AS notified,
            max(m.position) FILTER (WHERE m.kind = 'lodged' AND m.code <> '0C') AS lodged,
            max(m.position) FILTER (WHERE m.kind = 'former_moved') AS moved,
            max(m.position) FILTER (WHERE m.kind = 'activated') AS activated,
            max(m.position) FILTER (WHERE (m.kind = 'amended' AND m.to_lodge = '0N')
                OR (m.kind = 'lodgement_stopped' AND m.to_lodge <> '0C')) AS anew,
            max(m.position) FILTER (WHERE m.kind IN (
                'suspended', 'resumed', 'cancelled', 'rejected', 'expired', 'dormant', 'erased'
            )) AS turned
        FROM reporting.mandate_events AS m
        WHERE m.effective_on <= as_at AND m.recorded_at <= as_known
            -- An instruction whose run never went was not lodged.
            AND (m.kind <> 'lodged' OR (m.run, m.item) NOT IN (
                SELECT w.run, w.item FROM reporting.mandate_events AS w
                WHERE w.kind = 'lodgement_stopped'
                    AND w.effective_on <= as_at AND w.recorded_at <= as_known))
        GROUP BY m.sun, m.mandate
    ) AS s
    LEFT JOIN reporting.mandate_events AS t ON t.position = s.turned
    WHERE s.unit IS NOT NULL
$$;
COMMENT ON FUNCTION reporting.mandates_at IS
    'Direct Debit mandates with their status by a day, as known at a moment, and the last event '
    'that suspended, resumed or ended each; what the Direct Debit figures stand on.';

CREATE FUNCTION reporting.indemnity_claims_at(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, account text, claim text, receipt text, mandate text, code text, reason text,
    amount_minor bigint, raised_on date, challenge_by date, debit_on date, is_challenged boolean,
    ended text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT r.unit, r.account, r.claim, r.receipt, r.mandate, r.code, r.reason, r.amount_minor,
        r.effective_on, r.challenge_by, r.debit_on, e.is_challenged, e.ended
    FROM reporting.indemnity_claim_events AS r
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(e.kind = 'challenged'), false) AS is_challenged,
            max(e.kind) FILTER (WHERE e.kind IN ('settled', 'withdrawn', 'returned')) AS ended
        FROM reporting.indemnity_claim_events AS e
        WHERE e.unit = r.unit AND e.account = r.account AND e.claim = r.claim
            AND e.effective_on <= as_at AND e.recorded_at <= as_known
    ) AS e
    WHERE r.kind = 'raised' AND r.effective_on <= as_at AND r.recorded_at <= as_known
$$;
COMMENT ON FUNCTION reporting.indemnity_claims_at IS
    'Indemnity claims that were raised by a day, as known at a moment, with whether we challenged '
    'each and how it ended (settled, withdrawn; NULL while it is live).';

CREATE FUNCTION reporting.working_days_after(from_day date, days integer) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT d.day FROM reporting.dim_date AS d
    WHERE d.day > from_day AND d.working_day
        AND NOT EXISTS (SELECT FROM reporting.direct_debit_holidays AS h WHERE h.day = d.day)
    ORDER BY d.day LIMIT 1 OFFSET days - 1
$$;
COMMENT ON FUNCTION reporting.working_days_after IS
    'The day on which Bacs works that lies so many (from 1) of them after a day; the holidays of '
    'direct-debit.toml are none.';

CREATE FUNCTION reporting.working_days_before(to_day date, days integer) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT d.day FROM reporting.dim_date AS d
    WHERE d.day < to_day AND d.working_day
        AND NOT EXISTS (SELECT FROM reporting.direct_debit_holidays AS h WHERE h.day = d.day)
    ORDER BY d.day DESC LIMIT 1 OFFSET days - 1
$$;
COMMENT ON FUNCTION reporting.working_days_before IS
    'The day on which Bacs works that lies so many (from 1) of them before a day; the holidays of '
    'direct-debit.toml are none.';

CREATE FUNCTION reporting.direct_debit_rules_on(on_day date)
RETURNS SETOF reporting.direct_debit_rules
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT r.* FROM reporting.direct_debit_rules AS r
    WHERE on_day BETWEEN r.effective_from AND r.until_on
$$;
COMMENT ON FUNCTION reporting.direct_debit_rules_on IS
    'The rules of Direct Debit (direct-debit.toml) that are in force on a day.';

CREATE FUNCTION reporting.dormant_on(used_on date) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT min(f.first_on) FROM (
        SELECT r.until_on, greatest(r.effective_from,
                (used_on + make_interval(months => r.dormant_after_months))::date) AS first_on
        FROM reporting.direct_debit_rules AS r
    ) AS f
    WHERE f.first_on <= f.until_on
$$;
COMMENT ON FUNCTION reporting.dormant_on IS
    'The day from which a mandate that was last used on a day is dormant.';
