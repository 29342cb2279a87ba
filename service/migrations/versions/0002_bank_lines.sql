-- Every line of every file that was received, posted or not, so that a payment can be looked for by
-- amount, day and words. It holds payers' names and words: personal data that can be removed file
-- by file with the kept file itself, and filled again from it. No figure rests on it.
CREATE SCHEMA evidence AUTHORIZATION tallystick_owner;

SET ROLE tallystick_owner;

CREATE TABLE evidence.files (
    file_id     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest      bytea NOT NULL UNIQUE,
    file_name   text NOT NULL,
    format      text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE evidence.files IS 'Each received file whose lines can be searched; digest is the SHA-256 of its bytes.';

CREATE TABLE evidence.bank_lines (
    -- No foreign key: it would double the time of a line, and both are written and removed together.
    file_id       integer NOT NULL,
    line          integer NOT NULL,
    byte_start    bigint NOT NULL,
    byte_end      bigint NOT NULL,
    ordinal       integer NOT NULL,
    part          integer NOT NULL,
    booked_on     date,
    value_on      date,
    amount_minor  bigint,
    kind          text NOT NULL CHECK (kind IN ('line', 'quarantined', 'not-booked', 'advice', 'returned')),
    currency      text,
    account       text NOT NULL,
    payer_name    text,
    payer_account text,
    wording       text NOT NULL,
    searched      text NOT NULL,
    receipt       text,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (file_id, line, byte_start, part, ordinal)
);
COMMENT ON TABLE evidence.bank_lines IS 'Every line of those files as a person would look for it; amounts are signed minor units, receipt names what it became in the ledger, searched is all words in small letters without blanks, dashes and accents.';
CREATE INDEX bank_lines_amount ON evidence.bank_lines (amount_minor, booked_on);
CREATE INDEX bank_lines_booked ON evidence.bank_lines (booked_on DESC NULLS LAST);
CREATE INDEX bank_lines_valued ON evidence.bank_lines (value_on) WHERE value_on <> booked_on;
CREATE INDEX bank_lines_aside ON evidence.bank_lines (file_id) WHERE kind = 'quarantined';
CREATE INDEX bank_lines_undated ON evidence.bank_lines (file_id) WHERE booked_on IS NULL;
CREATE INDEX bank_lines_unread_amount ON evidence.bank_lines (file_id) WHERE amount_minor IS NULL;

-- The application alone: neither auditor nor reader nor projector may see personal data.
GRANT USAGE ON SCHEMA evidence TO tallystick_app;
GRANT SELECT, INSERT, DELETE ON evidence.files, evidence.bank_lines TO tallystick_app;

RESET ROLE;

-- Lines arrive in a temporary table of their own; everybody may make one unless it was taken away.
DO $temporary$
BEGIN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO tallystick_app', current_database());
END $temporary$;
