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

CREATE FUNCTION reporting.working_days_after(from_day date, days integer) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT min(d.day) FROM reporting.dim_date AS d
    WHERE d.working_day
        AND d.working_day_number = reporting.working_day_number(from_day) + days
$$;
COMMENT ON FUNCTION reporting.working_days_after IS
    'The working day that lies so many working days after a day.';
