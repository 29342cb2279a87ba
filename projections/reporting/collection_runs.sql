CREATE FUNCTION reporting.collection_runs(as_at date, as_known timestamptz)
RETURNS TABLE (
    unit text, run text, serial text, entry_on date, state text, items bigint,
    ledger_amount numeric, file_amount numeric, reported_amount numeric, bank_amount numeric,
    returned_items bigint, returned_amount numeric, difference numeric, definition text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH events AS (
        SELECT r.* FROM reporting.collection_run_events AS r
        WHERE r.effective_on <= as_at AND r.recorded_at <= as_known
    ),
    written AS (
        SELECT DISTINCT ON (e.run) e.run, e.amount_minor FROM events AS e WHERE e.kind = 'written'
        ORDER BY e.run, e.position DESC
    ),
    stated AS (
        SELECT DISTINCT ON (e.run) e.run, e.kind FROM events AS e
        WHERE e.kind IN ('opened', 'written', 'released', 'abandoned', 'withdrawn',
            'refused', 'signed_off')
        ORDER BY e.run, e.position DESC
    ),
    reported AS (
        SELECT e.run, e.amount_minor, e.rejected_minor FROM events AS e WHERE e.kind = 'reported'
    ),
    credited AS (
        SELECT e.run, sum(e.amount_minor + e.returned_minor) AS amount_minor
        FROM events AS e WHERE e.kind = 'credited' GROUP BY e.run
    ),
    banked AS (
        -- There is nothing to credit when Bacs rejected all of it.
        SELECT o.run, coalesce(b.amount_minor, 0) + coalesce(p.rejected_minor, 0) AS amount_minor
        FROM stated AS o
        LEFT JOIN credited AS b ON b.run = o.run
        LEFT JOIN reported AS p ON p.run = o.run
        WHERE b.run IS NOT NULL OR (p.amount_minor = 0 AND p.rejected_minor > 0)
    ),
    collected AS (
        SELECT c.run, count(*) AS items, sum(c.amount_minor) AS amount_minor,
            count(*) FILTER (WHERE c.ended = 'returned') AS returned_items,
            coalesce(sum(c.amount_minor) FILTER (WHERE c.ended = 'returned'), 0) AS returned_minor
        FROM reporting.collections_at(as_at, as_known) AS c
        WHERE c.end_code IS NULL OR c.end_code NOT IN ('abandoned', 'mandate_rejected')
        GROUP BY c.run
    )
    SELECT o.unit, o.run, o.serial, o.entry_on, s.kind, coalesce(c.items, 0),
        reporting.pounds(coalesce(c.amount_minor, 0)), w.amount_minor * 0.01,
        (p.amount_minor + p.rejected_minor) * 0.01,
        b.amount_minor * 0.01, coalesce(c.returned_items, 0),
        reporting.pounds(coalesce(c.returned_minor, 0)),
        reporting.pounds(greatest(
            abs(coalesce(c.amount_minor, 0) - coalesce(w.amount_minor, 0)),
            abs(coalesce(c.amount_minor, 0) - coalesce(p.amount_minor + p.rejected_minor, 0)),
            abs(coalesce(c.amount_minor, 0) - coalesce(b.amount_minor, 0)))),
        'DDR-6.v1'
    FROM events AS o
    JOIN stated AS s ON s.run = o.run
    LEFT JOIN written AS w ON w.run = o.run
    LEFT JOIN reported AS p ON p.run = o.run
    LEFT JOIN banked AS b ON b.run = o.run
    LEFT JOIN collected AS c ON c.run = o.run
    WHERE o.kind = 'opened'
$$;
COMMENT ON FUNCTION reporting.collection_runs IS
    'Every Direct Debit run with its four totals: ledger, file, Input report (accepted and '
    'rejected), bank (credit, returned at once, rejected); the largest difference must be 0 '
    '(DDR-6).';

CREATE VIEW reporting.collection_runs AS
SELECT unit, run, serial, entry_on, state, items, ledger_amount::numeric(18, 2),
    file_amount::numeric(18, 2), reported_amount::numeric(18, 2), bank_amount::numeric(18, 2),
    returned_items, returned_amount::numeric(18, 2), difference::numeric(18, 2), definition
FROM reporting.collection_runs(reporting.today(), now());
COMMENT ON VIEW reporting.collection_runs IS
    'Every Direct Debit run with its four totals, as at today, as known now.';
COMMENT ON COLUMN reporting.collection_runs.unit IS 'Unit that collects.';
COMMENT ON COLUMN reporting.collection_runs.run IS 'Name of the run.';
COMMENT ON COLUMN reporting.collection_runs.serial IS 'Serial number of the submission.';
COMMENT ON COLUMN reporting.collection_runs.entry_on IS 'Day on which payers are debited.';
COMMENT ON COLUMN reporting.collection_runs.state IS
    'opened, written, released, abandoned, withdrawn, refused or signed_off.';
COMMENT ON COLUMN reporting.collection_runs.items IS 'Collections of the ledger in it.';
COMMENT ON COLUMN reporting.collection_runs.ledger_amount IS 'Pounds that the ledger instructed.';
COMMENT ON COLUMN reporting.collection_runs.file_amount IS
    'Pounds in its file; NULL before it was made.';
COMMENT ON COLUMN reporting.collection_runs.reported_amount IS
    'Pounds that the Input report accepted and rejected; NULL before it came.';
COMMENT ON COLUMN reporting.collection_runs.bank_amount IS
    'Pounds that the bank credited, with those returned at once and (once reported) rejected; NULL '
    'before.';
COMMENT ON COLUMN reporting.collection_runs.returned_items IS 'Collections that came back unpaid.';
COMMENT ON COLUMN reporting.collection_runs.returned_amount IS 'Pounds that came back unpaid.';
COMMENT ON COLUMN reporting.collection_runs.difference IS
    'Pounds by which the total that is furthest off differs from the ledger; 0 when proved.';
COMMENT ON COLUMN reporting.collection_runs.definition IS 'Definition id and version.';
