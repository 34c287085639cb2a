-- What was adopted: entries that were in audit_logs before it was chained.

-- One row a chain and adoption. It is open from the plan until the chain's entry audit.adoption_finished.
CREATE TABLE IF NOT EXISTS auditproof.adoption (
    chain_id uuid NOT NULL,
    number integer NOT NULL,
    -- as found when the adoption was planned
    row_count bigint NOT NULL,
    created_from timestamptz,
    created_to timestamptz,
    -- the chained entries that tell of it
    started_log_id uuid,
    started_at timestamptz,
    finished_log_id uuid,
    finished_at timestamptz,
    adopted_count bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (chain_id, number)
);

-- Which entries of a chain were adopted. New entries come between, because the application goes on writing.
CREATE TABLE IF NOT EXISTS auditproof.adoption_range (
    chain_id uuid NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (chain_id, first_seq),
    FOREIGN KEY (chain_id, number) REFERENCES auditproof.adoption (chain_id, number),
    CHECK (first_seq <= last_seq)
);
