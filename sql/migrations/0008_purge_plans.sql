-- Purges after the window (audit-schema(5), PURGES): what was planned, who approved it, what was begun, and what came of it.
-- The digest, which is that of the plan's text, names them all.

CREATE TABLE IF NOT EXISTS auditproof.purge_plan (
    digest bytea PRIMARY KEY,
    text text NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    authorised_by uuid NOT NULL,
    CONSTRAINT purge_plan_check CHECK (digest = pg_catalog.sha256(pg_catalog.convert_to(text, 'UTF8')))
);

-- The ranges that its text has, to be looked up by.
CREATE TABLE IF NOT EXISTS auditproof.purge_plan_range (
    digest bytea NOT NULL,
    chain_id uuid NOT NULL,
    from_seq bigint NOT NULL CHECK (from_seq >= 1),
    to_seq bigint NOT NULL,
    PRIMARY KEY (digest, chain_id, from_seq),
    CONSTRAINT purge_plan_range_check CHECK (to_seq >= from_seq)
);

CREATE TABLE IF NOT EXISTS auditproof.purge_approval (
    digest bytea PRIMARY KEY,
    approved_by text NOT NULL,
    approved_at timestamptz NOT NULL,
    authorised_by uuid NOT NULL
);

-- Begun: by which verifier key the certificate will be signed, and which bundles were found to hold what leaves.
CREATE TABLE IF NOT EXISTS auditproof.purge_execution (
    digest bytea PRIMARY KEY,
    purge_id uuid NOT NULL UNIQUE,
    executed_by text NOT NULL,
    started_at timestamptz NOT NULL,
    key text NOT NULL,
    archives jsonb NOT NULL,
    authorised_by uuid NOT NULL
);

-- Rows of a table that no chain stands behind, as they were deleted, batch by batch.
CREATE TABLE IF NOT EXISTS auditproof.purge_count (
    digest bytea NOT NULL,
    chain_id uuid NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    rows bigint NOT NULL CHECK (rows >= 0),
    purged_at timestamptz NOT NULL,
    PRIMARY KEY (digest, chain_id, number)
);

CREATE TABLE IF NOT EXISTS auditproof.purge_certificate (
    digest bytea PRIMARY KEY,
    note bytea NOT NULL,
    certified_at timestamptz NOT NULL,
    authorised_by uuid NOT NULL
);

-- When the rows of the range left; NULL where that was before this was kept.
ALTER TABLE auditproof.purge_range ADD COLUMN IF NOT EXISTS purged_at timestamptz;
