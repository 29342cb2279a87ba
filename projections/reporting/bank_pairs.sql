-- A line of the bank and what the books knew of are one when the amount is the same: each line takes
-- the latest that waits, which is a stack for each amount, no more than 30 days old. The bank may be
-- five days early. Without a loop: `above` is how high the stack would be if lines could take what is
-- not there, `orphans` how many did, and a line takes what was put down last at its own height.
CREATE FUNCTION reporting.books_waiting(as_at date, as_known timestamptz)
RETURNS TABLE (
    "position" bigint, effective_on date, amount_minor bigint, kind text, unit text, currency text,
    name text, shown_on text, mate bigint
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH taken AS (
        SELECT t.* FROM reporting.statements_taken(as_at, as_known) AS t
    ),
    -- A receipt goes back through the account it came into.
    went_back AS (
        SELECT r.receipt, min(r.bank_account) AS bank_account
        FROM reporting.receipts AS r
        WHERE r.kind IN ('received', 'suspended') AND r.bank_account IS NOT NULL
        AND r.receipt IN (
            SELECT b.name FROM reporting.bank_entries AS b
            WHERE b.side = 'books' AND b.kind = 'receipt_reversed')
        AND r.recorded_at <= as_known
        GROUP BY r.receipt
    ),
    known AS (
        SELECT b.position, b.effective_on, b.amount_minor, b.kind, b.unit, b.currency, b.name,
            coalesce(b.bank_account, w.bank_account) AS bank_account
        FROM reporting.bank_entries AS b
        LEFT JOIN went_back AS w ON w.receipt = b.name AND b.kind = 'receipt_reversed'
        WHERE b.side = 'books' AND b.recorded_at <= as_known AND b.effective_on <= as_at
        AND b.position NOT IN (
            SELECT o.position FROM reporting.shown_otherwise(as_at, as_known) AS o)
    ),
    shown AS (
        SELECT b.position, b.effective_on, b.amount_minor, b.currency, b.bank_account
        FROM reporting.bank_entries AS b
        JOIN taken AS t ON t.digest = b.digest AND t.bank_account = b.bank_account
            AND b.position > t.lines_after AND (t.is_last OR b.position < t.position)
        WHERE b.side = 'bank' AND b.kind = 'line' AND t.counts AND b.recorded_at <= as_known
    ),
    stacked AS (
        SELECT q.*, count(*) FILTER (WHERE NOT q.is_bank) OVER w
                - count(*) FILTER (WHERE q.is_bank) OVER w AS above
        FROM (
            SELECT k.currency, k.amount_minor, false AS is_bank, k.position, k.effective_on,
                k.effective_on AS sorted_on, k.bank_account
            FROM known AS k
            UNION ALL
            SELECT p.currency, p.amount_minor, true, p.position, p.effective_on,
                p.effective_on + 5, p.bank_account
            FROM shown AS p
        ) AS q
        WINDOW w AS (
            PARTITION BY q.currency, q.amount_minor ORDER BY q.sorted_on, q.is_bank, q.position)
    ),
    reflected AS (
        SELECT s.*, greatest(0, max(-s.above) OVER (
                PARTITION BY s.currency, s.amount_minor
                ORDER BY s.sorted_on, s.is_bank, s.position)) AS orphans
        FROM stacked AS s
    ),
    levels AS (
        SELECT f.*, CASE
                WHEN NOT f.is_bank THEN f.above + f.orphans
                WHEN f.orphans = lag(f.orphans, 1, 0::bigint) OVER (
                    PARTITION BY f.currency, f.amount_minor
                    ORDER BY f.sorted_on, f.is_bank, f.position)
                THEN f.above + f.orphans + 1 END AS height
        FROM reflected AS f
    ),
    mates AS (
        SELECT v.position, v.mate, v.mate_account
        FROM (
            SELECT h.position, h.is_bank, h.effective_on, lead(h.position) OVER w AS mate,
                lead(h.is_bank) OVER w AS mate_is_bank, lead(h.effective_on) OVER w AS mate_on,
                lead(h.bank_account) OVER w AS mate_account
            FROM levels AS h
            WHERE h.height IS NOT NULL
            WINDOW w AS (
                PARTITION BY h.currency, h.amount_minor, h.height
                ORDER BY h.sorted_on, h.is_bank, h.position)
        ) AS v
        WHERE NOT v.is_bank AND v.mate_is_bank AND v.mate_on - v.effective_on <= 30
    )
    SELECT k.position, k.effective_on, k.amount_minor, k.kind, k.unit, k.currency, k.name,
        coalesce(m.mate_account, k.bank_account, o.bank_account), m.mate
    FROM known AS k
    LEFT JOIN mates AS m ON m.position = k.position
    LEFT JOIN reporting.only_bank_accounts(as_known) AS o
        ON o.unit = k.unit AND o.currency = k.currency
$$;
COMMENT ON FUNCTION reporting.books_waiting IS
    'What the books know of beside receipts as at a day, as known at a moment: the bank account '
    'that it is of, and the position of the line of a statement that shows it, if one does.';
