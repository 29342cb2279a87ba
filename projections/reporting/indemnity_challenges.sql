CREATE FUNCTION reporting.indemnity_challenges(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, reason text, claims bigint, challenged bigint, won bigint, lost bigint, open bigint,
    win_rate numeric, challenged_amount numeric, won_amount numeric, period_start_on date,
    definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH period AS (
        SELECT (as_at - interval '12 months')::date + 1 AS first_on
    ),
    units AS (
        SELECT DISTINCT m.unit FROM reporting.mandate_events AS m
        WHERE m.kind = 'drafted' AND m.effective_on <= as_at AND m.recorded_at <= as_known
    ),
    claims AS (
        SELECT k.* FROM reporting.indemnity_claims_at(as_at, as_known) AS k, period AS p
        WHERE k.raised_on >= p.first_on
    ),
    counted AS (
        SELECT u.unit, k.code, count(k.claim) AS claims,
            count(*) FILTER (WHERE k.is_challenged) AS challenged,
            count(*) FILTER (WHERE k.is_challenged AND k.ended = 'withdrawn') AS won,
            count(*) FILTER (WHERE k.is_challenged AND k.ended = 'settled') AS lost,
            count(*) FILTER (WHERE k.is_challenged AND k.ended IS NULL) AS open,
            sum(k.amount_minor) FILTER (WHERE k.is_challenged) AS challenged_minor,
            sum(k.amount_minor) FILTER (WHERE k.is_challenged AND k.ended = 'withdrawn')
                AS won_minor
        FROM units AS u LEFT JOIN claims AS k ON k.unit = u.unit
        GROUP BY GROUPING SETS ((u.unit), (u.unit, k.code))
        HAVING grouping(k.code) = 1 OR k.code IS NOT NULL
    )
    SELECT c.unit, c.code, c.claims, c.challenged, c.won, c.lost, c.open,
        reporting.ratio(c.won, c.won + c.lost), reporting.pounds(c.challenged_minor),
        reporting.pounds(c.won_minor), p.first_on, 'DDR-5c.v1'
    FROM counted AS c CROSS JOIN period AS p
$$;
COMMENT ON FUNCTION reporting.indemnity_challenges IS
    'What became of the indemnity claims of twelve months that we challenged, by reason and '
    'together (reason NULL): won, lost, open (DDR-5c); as at a day, as known at a moment.';

CREATE VIEW reporting.indemnity_challenges AS
SELECT unit, reason, claims, challenged, won, lost, open, win_rate::numeric(9, 4),
    challenged_amount::numeric(18, 2), won_amount::numeric(18, 2), period_start_on, definition
FROM reporting.indemnity_challenges(reporting.today(), now());
COMMENT ON VIEW reporting.indemnity_challenges IS
    'What became of the indemnity claims that we challenged, as at today, as known now.';
COMMENT ON COLUMN reporting.indemnity_challenges.unit IS 'Unit that collects.';
COMMENT ON COLUMN reporting.indemnity_challenges.reason IS
    'Reason code of the claim, 1 to 8; NULL for all reasons together.';
COMMENT ON COLUMN reporting.indemnity_challenges.claims IS 'Claims raised in the twelve months.';
COMMENT ON COLUMN reporting.indemnity_challenges.challenged IS
    'Of these, those that we challenged.';
COMMENT ON COLUMN reporting.indemnity_challenges.won IS 'Challenged and withdrawn by the bank.';
COMMENT ON COLUMN reporting.indemnity_challenges.lost IS 'Challenged and settled all the same.';
COMMENT ON COLUMN reporting.indemnity_challenges.open IS 'Challenged and live still.';
COMMENT ON COLUMN reporting.indemnity_challenges.win_rate IS
    'won / (won + lost), as a fraction; NULL before any is decided.';
COMMENT ON COLUMN reporting.indemnity_challenges.challenged_amount IS 'Pounds of challenged.';
COMMENT ON COLUMN reporting.indemnity_challenges.won_amount IS 'Pounds of won.';
COMMENT ON COLUMN reporting.indemnity_challenges.period_start_on IS
    'First day on which a claim that counts was raised.';
COMMENT ON COLUMN reporting.indemnity_challenges.definition IS 'Definition id and version.';
