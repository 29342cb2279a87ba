-- Roles are of the whole server; each is made once. None of them can log in: logins are members.
DO $roles$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tallystick_owner', 'tallystick_app', 'tallystick_projector',
                                'tallystick_reader', 'tallystick_auditor'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END $roles$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA ledger AUTHORIZATION tallystick_owner;
CREATE SCHEMA parties AUTHORIZATION tallystick_owner;
-- The projector owns the read models: a rebuild makes tables beside the live ones and switches.
CREATE SCHEMA projection AUTHORIZATION tallystick_projector;
CREATE SCHEMA reporting AUTHORIZATION tallystick_projector;

SET ROLE tallystick_owner;

CREATE TABLE ledger.meta (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    ledger_id  uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sandbox    boolean NOT NULL
);
COMMENT ON TABLE ledger.meta IS 'One row: the identity of this ledger; sandbox ledgers may simulate their business clock.';

CREATE TABLE ledger.events (
    originator_id      uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic              text NOT NULL,
    state              bytea NOT NULL,
    notification_id    bigint NOT NULL,
    recorded_at        timestamptz NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
) WITH (autovacuum_vacuum_scale_factor = 0.5, autovacuum_analyze_scale_factor = 0.01);
CREATE UNIQUE INDEX events_position ON ledger.events (notification_id);
CREATE INDEX events_of_intake ON ledger.events (notification_id)
    WHERE topic IN ('message-refused.v1', 'message-unreadable.v1', 'row-quarantined.v1',
                    'file-refused.v1', 'intake-resolved.v1', 'bank-statement-taken.v1');
COMMENT ON TABLE ledger.events IS 'The log: every fact, append-only. notification_id is the position, without gaps.';

CREATE TABLE ledger.streams (
    stream_id uuid PRIMARY KEY,
    name      text NOT NULL,
    version   bigint NOT NULL,
    shape     smallint NOT NULL,
    state     bytea NOT NULL
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE ledger.streams IS 'The current state of each stream: a cache, written with its events and refolded by verify.';

CREATE TABLE ledger.register (
    kind     text NOT NULL,
    key      text NOT NULL,
    digest   bytea NOT NULL,
    holder   text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (kind, key)
);
COMMENT ON TABLE ledger.register IS 'Keys that may be used once: message ids, invoice numbers, receipts, references, file digests.';

CREATE TABLE ledger.positions (
    application_name text PRIMARY KEY,
    notification_id  bigint NOT NULL,
    fingerprint      text
);
COMMENT ON TABLE ledger.positions IS 'How far each source has been taken; written in the append transaction.';

CREATE TABLE ledger.seals (
    number         bigint PRIMARY KEY,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL,
    root           bytea NOT NULL,
    previous       bytea NOT NULL,
    sealed_at      timestamptz NOT NULL,
    hash           bytea NOT NULL
);
CREATE UNIQUE INDEX seals_last_position ON ledger.seals (last_position);
COMMENT ON TABLE ledger.seals IS 'One row an append: Merkle root of its events, chained by hash to the one before.';

CREATE FUNCTION ledger.forbid() RETURNS trigger LANGUAGE plpgsql AS $forbid$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is not possible', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $forbid$;

DO $triggers$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['events', 'register', 'seals', 'meta'] LOOP
        EXECUTE format('CREATE TRIGGER no_update_delete BEFORE UPDATE OR DELETE ON ledger.%I FOR EACH ROW EXECUTE FUNCTION ledger.forbid()', name);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.forbid()', name);
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER no_update_delete, ENABLE ALWAYS TRIGGER no_truncate', name);
    END LOOP;
END $triggers$;

-- Personal data: each person's record under a key of their own. Deleting the key erases the person.
CREATE TABLE parties.keys (
    party_id    uuid PRIMARY KEY,
    wrapped_key bytea NOT NULL
);
CREATE TABLE parties.records (
    party_id   uuid PRIMARY KEY,
    ciphertext bytea NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE parties.keys IS 'The data key of each person, wrapped by the master key that is not in this database.';
COMMENT ON TABLE parties.records IS 'Name, address, contact and bank details, AES-256-GCM under the person''s key.';

GRANT USAGE ON SCHEMA ledger TO tallystick_app, tallystick_projector, tallystick_auditor;
GRANT SELECT, INSERT ON ledger.events, ledger.register, ledger.seals TO tallystick_app;
GRANT SELECT, INSERT, UPDATE ON ledger.streams, ledger.positions TO tallystick_app;
GRANT SELECT ON ledger.meta TO tallystick_app, tallystick_projector;
GRANT SELECT ON ledger.events, ledger.streams, ledger.seals, ledger.positions TO tallystick_projector;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO tallystick_auditor;
GRANT USAGE ON SCHEMA parties TO tallystick_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON parties.keys, parties.records TO tallystick_app;

RESET ROLE;

-- A process must see which shape the database has before it starts, and nothing else of public.
GRANT USAGE ON SCHEMA public TO tallystick_app;
GRANT SELECT ON public.schema_version TO tallystick_app;

GRANT USAGE ON SCHEMA reporting TO tallystick_reader, tallystick_app, tallystick_auditor;
GRANT USAGE ON SCHEMA projection TO tallystick_app, tallystick_auditor;
ALTER DEFAULT PRIVILEGES FOR ROLE tallystick_projector IN SCHEMA reporting
    GRANT SELECT ON TABLES TO tallystick_reader, tallystick_app, tallystick_auditor;
ALTER DEFAULT PRIVILEGES FOR ROLE tallystick_projector IN SCHEMA projection
    GRANT SELECT ON TABLES TO tallystick_app, tallystick_auditor;

