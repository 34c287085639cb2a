-- How long what is kept, and legal holds (audit-schema(5), RETENTION). An entry may leave when its window is over and no
-- hold in force covers it.

-- The periods, version after version; the newest of each table is in force. The nil UUID stands for the platform, whose
-- period is the least that every tenant has.
CREATE TABLE IF NOT EXISTS auditproof.retention_policy (
    chain_id uuid NOT NULL,
    table_name text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    class text NOT NULL,
    period integer NOT NULL,
    unit text NOT NULL,
    basis text NOT NULL,
    jurisdiction text NOT NULL,
    approver text NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    authorised_by uuid NOT NULL,
    PRIMARY KEY (chain_id, table_name, version),
    CONSTRAINT retention_policy_period_check CHECK (
        table_name = 'audit_logs' AND unit = 'years' AND period >= 7 AND period <= 100
        OR table_name = 'performance_analytics' AND unit = 'days' AND period >= 90 AND period <= 36500)
);

-- What must not leave, whatever its age. NULL in a column of the scope: it does not narrow the hold; a chain_id of NULL is
-- every tenant. Who is meant, and the resource, are committed to as fields of entries are, so that they can be forgotten
-- once the hold is released.
CREATE TABLE IF NOT EXISTS auditproof.legal_hold (
    hold_id uuid PRIMARY KEY,
    chain_id uuid,
    actor_ids uuid[],
    actor_email text,
    resource_id uuid,
    subject_salt bytea NOT NULL CHECK (pg_catalog.octet_length(subject_salt) = 16),
    subject_commitment bytea NOT NULL CHECK (pg_catalog.octet_length(subject_commitment) = 32),
    resource_type text,
    action_pattern text,
    from_at timestamptz,
    until_at timestamptz,
    matter text NOT NULL,
    custodian text NOT NULL,
    reason text NOT NULL,
    review_on date NOT NULL,
    placed_by text NOT NULL,
    placed_at timestamptz NOT NULL,
    authorised_by uuid NOT NULL
);

-- A hold is in force until two logins have released it.
CREATE TABLE IF NOT EXISTS auditproof.legal_hold_release (
    hold_id uuid NOT NULL REFERENCES auditproof.legal_hold (hold_id),
    released_by text NOT NULL,
    released_at timestamptz NOT NULL,
    reason text NOT NULL,
    authorised_by uuid NOT NULL,
    PRIMARY KEY (hold_id, released_by)
);

-- One row. Whoever deletes or erases shares it until his transaction ends, whoever changes a policy or a hold has it for
-- himself: so neither happens while the other is under way.
CREATE TABLE IF NOT EXISTS auditproof.retention_gate (
    one boolean PRIMARY KEY CHECK (one),
    changes bigint NOT NULL
);

-- Its successor takes the years.
DROP FUNCTION IF EXISTS auditproof.retention_until(timestamptz, timestamptz);
