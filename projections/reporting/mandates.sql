CREATE FUNCTION reporting.mandates(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, account text, sun text, mandate text, status text, since date, agreed_on date,
    lodged_on date, last_used_on date, dormant_on date, code text, reason text, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH used AS (
        SELECT c.sun, c.mandate, max(c.processing_on) AS used_on
        FROM reporting.collection_events AS c
        WHERE c.kind = 'instructed' AND c.effective_on <= as_at AND c.recorded_at <= as_known
        GROUP BY c.sun, c.mandate
    ),
    shown AS (
        SELECT m.*, greatest(m.used_on, u.used_on) AS last_used_on,
            m.status = m.turned AS is_turned,
            m.status IN ('cancelled', 'rejected', 'expired', 'dormant', 'erased') AS is_ended
        FROM reporting.mandates_at(as_at, as_known) AS m
        LEFT JOIN used AS u ON u.sun = m.sun AND u.mandate = m.mandate
    ),
    -- Thousands of mandates were last used on the same few days.
    asleep AS MATERIALIZED (
        SELECT d.last_used_on, reporting.dormant_on(d.last_used_on) AS dormant_on
        FROM (SELECT DISTINCT s.last_used_on FROM shown AS s) AS d
    )
    SELECT s.unit, s.account, s.sun, s.mandate, s.status,
        CASE WHEN s.is_turned THEN s.turned_on END, s.agreed_on, s.lodged_on, s.last_used_on,
        CASE WHEN NOT s.is_ended THEN a.dormant_on END, CASE WHEN s.is_turned THEN s.code END,
        CASE WHEN s.status = 'expired' THEN 'its last collection was taken'
            WHEN s.status = 'dormant' THEN 'nothing was sent on it for too long'
            WHEN s.status = 'erased' THEN 'its bank details were erased'
            WHEN s.is_turned THEN s.reason END, 'DDM-1.v1'
    FROM shown AS s JOIN asleep AS a ON a.last_used_on = s.last_used_on
$$;
COMMENT ON FUNCTION reporting.mandates IS
    'Every Direct Debit mandate with its status, as at a day, as known at a moment: when it was '
    'last used, when it will be dormant, and why it is suspended or at its end (DDM-1).';

CREATE VIEW reporting.mandates AS
SELECT unit, account, sun, mandate, status, since, agreed_on, lodged_on, last_used_on, dormant_on,
    code, reason, definition
FROM reporting.mandates(reporting.today(), now());
COMMENT ON VIEW reporting.mandates IS
    'Every Direct Debit mandate with its status, as at today, as known now.';
COMMENT ON COLUMN reporting.mandates.unit IS 'Unit that collects.';
COMMENT ON COLUMN reporting.mandates.account IS 'Debtor account that it pays.';
COMMENT ON COLUMN reporting.mandates.sun IS 'Service user number that collects.';
COMMENT ON COLUMN reporting.mandates.mandate IS 'Core reference, as the payer''s bank knows it.';
COMMENT ON COLUMN reporting.mandates.status IS
    'draft, notified, lodged, active, suspended, cancelled, rejected, expired, dormant or erased.';
COMMENT ON COLUMN reporting.mandates.since IS
    'Day on which it was suspended or came to its end; else NULL.';
COMMENT ON COLUMN reporting.mandates.agreed_on IS 'Day on which the payer agreed.';
COMMENT ON COLUMN reporting.mandates.lodged_on IS
    'Processing day of its last instruction to the payer''s bank; NULL before the first.';
COMMENT ON COLUMN reporting.mandates.last_used_on IS
    'Day on which something was last sent on it, or on which the payer agreed.';
COMMENT ON COLUMN reporting.mandates.dormant_on IS
    'Day from which it is dormant unless it is used again; NULL at its end.';
COMMENT ON COLUMN reporting.mandates.code IS
    'Reason code of the bank that ended it; NULL where none told.';
COMMENT ON COLUMN reporting.mandates.reason IS 'Why it is suspended or at its end; else NULL.';
COMMENT ON COLUMN reporting.mandates.definition IS 'Definition id and version.';
