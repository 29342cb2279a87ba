-- What a team would write for itself: tables, a journal, balances and audit rows kept by triggers.
CREATE SCHEMA inhouse;
SET search_path = inhouse;

CREATE TABLE account (
    account       text PRIMARY KEY,
    balance_minor bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 60);
CREATE TABLE invoice (
    number       text PRIMARY KEY,
    account      text NOT NULL REFERENCES account,
    invoiced_on  date NOT NULL,
    due_on       date NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    open_minor   bigint NOT NULL CHECK (open_minor >= 0)
) WITH (fillfactor = 60);
CREATE INDEX invoice_open ON invoice (account, due_on) WHERE open_minor > 0;
CREATE TABLE payment (
    receipt         text PRIMARY KEY,
    account         text NOT NULL REFERENCES account,
    paid_on         date NOT NULL,
    amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
    unapplied_minor bigint NOT NULL CHECK (unapplied_minor >= 0)
) WITH (fillfactor = 60);
CREATE TABLE allocation (
    receipt      text NOT NULL REFERENCES payment,
    number       text NOT NULL REFERENCES invoice,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (receipt, number)
);
CREATE TABLE journal (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account      text NOT NULL,
    gl           text NOT NULL,
    effective_on date NOT NULL,
    amount_minor bigint NOT NULL,
    source       text NOT NULL
);
CREATE INDEX journal_of_account ON journal (account, effective_on);
CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor   text NOT NULL DEFAULT current_user,
    "table" text NOT NULL,
    did     text NOT NULL,
    row     jsonb NOT NULL
);

CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inhouse.audit ("table", did, row) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(NEW));
    RETURN NULL;
END $$;

CREATE FUNCTION billed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inhouse.journal (account, gl, effective_on, amount_minor, source) VALUES
        (NEW.account, 'debtors', NEW.invoiced_on, NEW.amount_minor, NEW.number),
        (NEW.account, 'income', NEW.invoiced_on, -NEW.amount_minor, NEW.number);
    UPDATE inhouse.account SET balance_minor = balance_minor + NEW.amount_minor
        WHERE account = NEW.account;
    RETURN NULL;
END $$;

CREATE FUNCTION paid() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    left_minor bigint := NEW.amount_minor;
    bill record;
    part bigint;
BEGIN
    INSERT INTO inhouse.journal (account, gl, effective_on, amount_minor, source) VALUES
        (NEW.account, 'debtors', NEW.paid_on, -NEW.amount_minor, NEW.receipt),
        (NEW.account, 'bank', NEW.paid_on, NEW.amount_minor, NEW.receipt);
    UPDATE inhouse.account SET balance_minor = balance_minor - NEW.amount_minor
        WHERE account = NEW.account;
    FOR bill IN SELECT number, open_minor FROM inhouse.invoice
        WHERE account = NEW.account AND open_minor > 0 ORDER BY due_on, number FOR UPDATE LOOP
        EXIT WHEN left_minor = 0;
        part := least(left_minor, bill.open_minor);
        INSERT INTO inhouse.allocation VALUES (NEW.receipt, bill.number, part);
        UPDATE inhouse.invoice SET open_minor = open_minor - part WHERE number = bill.number;
        left_minor := left_minor - part;
    END LOOP;
    UPDATE inhouse.payment SET unapplied_minor = left_minor WHERE receipt = NEW.receipt;
    RETURN NULL;
END $$;

CREATE TRIGGER billed AFTER INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION billed();
CREATE TRIGGER paid AFTER INSERT ON payment FOR EACH ROW EXECUTE FUNCTION paid();
CREATE TRIGGER audited AFTER INSERT OR UPDATE ON account
    FOR EACH ROW EXECUTE FUNCTION audited();
CREATE TRIGGER audited AFTER INSERT OR UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION audited();
CREATE TRIGGER audited AFTER INSERT OR UPDATE ON payment
    FOR EACH ROW EXECUTE FUNCTION audited();
CREATE TRIGGER audited AFTER INSERT ON allocation FOR EACH ROW EXECUTE FUNCTION audited();
