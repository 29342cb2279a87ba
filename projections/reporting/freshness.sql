-- The position as known is looked for in the last week first, which the block-range index answers
-- at once; only a ledger that was silent for a week is read backwards along its key. Adding 0 keeps
-- the planner from reading backwards in any case, which for a moment long ago is the whole table.
CREATE FUNCTION reporting.freshness(as_at date, as_known timestamptz)
RETURNS TABLE (
    projection text, "position" bigint, recorded_at timestamptz, known_at timestamptz,
    position_known bigint, settled boolean, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT p.projection, p.position, p.recorded_at, as_known,
        coalesce(
            (SELECT max(m.position + 0) FROM reporting.movements AS m
             WHERE m.recorded_at > as_known - interval '7 days' AND m.recorded_at <= as_known),
            (SELECT m.position FROM reporting.movements AS m
             WHERE m.recorded_at <= as_known ORDER BY m.position DESC LIMIT 1)
        ),
        coalesce(p.recorded_at > as_known, false),
        'FR-1.v1'
    FROM reporting.progress AS p
$$;
COMMENT ON FUNCTION reporting.freshness IS
    'How far each projection has read, and which movement was the last one known at a moment '
    '(FR-1). The day does not matter; it is there so that all reports are called alike.';

CREATE VIEW reporting.freshness AS
SELECT projection, "position", recorded_at, known_at, position_known, settled, definition
FROM reporting.freshness(reporting.today(), now());
COMMENT ON VIEW reporting.freshness IS 'How far each projection has read the log, now.';
COMMENT ON COLUMN reporting.freshness.projection IS 'Name of the projection.';
COMMENT ON COLUMN reporting.freshness.position IS 'Last position of the log that it has read.';
COMMENT ON COLUMN reporting.freshness.recorded_at IS
    'When the event at that position was recorded.';
COMMENT ON COLUMN reporting.freshness.known_at IS 'The moment that was asked for.';
COMMENT ON COLUMN reporting.freshness.position_known IS
    'Position of the last movement that was known at that moment; NULL before the first.';
COMMENT ON COLUMN reporting.freshness.settled IS
    'True when the projection has passed that moment: figures as known at it will not change.';
COMMENT ON COLUMN reporting.freshness.definition IS 'Definition id and version.';
