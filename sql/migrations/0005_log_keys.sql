-- The seal log's keys and names over time (audit-format(5), KEYS AND EPOCHS).

-- From which checkpoint on another key, or another name of the log, signs: a note signed by the key before and the key after.
CREATE TABLE IF NOT EXISTS auditproof.log_key (
    number integer PRIMARY KEY CHECK (number > 0),
    vkey text NOT NULL,
    from_size bigint NOT NULL CHECK (from_size >= 0),
    note bytea NOT NULL,
    signed_at timestamptz NOT NULL
);

-- Restores from a backup that were declared: what the log had lost, and why.
CREATE TABLE IF NOT EXISTS auditproof.epoch (
    number integer PRIMARY KEY CHECK (number > 0),
    from_size bigint NOT NULL CHECK (from_size >= 0),
    reason text NOT NULL,
    note bytea NOT NULL,
    signed_at timestamptz NOT NULL
);
