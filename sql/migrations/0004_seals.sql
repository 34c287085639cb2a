-- Seals: every chain pinned in one log, the log in signed checkpoints (audit-format(5), SEALS).

-- Merkle trees as tiles of up to 256 hashes: one tree a chain, named by its id, and the seal log's, named by 32 times f.
CREATE TABLE IF NOT EXISTS auditproof.tile (
    tree uuid NOT NULL,
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    index bigint NOT NULL CHECK (index >= 0),
    hashes bytea NOT NULL CHECK (pg_catalog.octet_length(hashes) >= 32
                                 AND pg_catalog.octet_length(hashes) <= 8192
                                 AND pg_catalog.octet_length(hashes) % 32 = 0),
    PRIMARY KEY (tree, level, index)
);

-- The seal log's leaves.
CREATE TABLE IF NOT EXISTS auditproof.seal (
    log_index bigint PRIMARY KEY CHECK (log_index >= 0),
    chain_id uuid NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    root bytea NOT NULL CHECK (pg_catalog.octet_length(root) = 32),
    entry_hash bytea NOT NULL CHECK (pg_catalog.octet_length(entry_hash) = 32),
    sealed_at timestamptz NOT NULL,
    UNIQUE (chain_id, size)
);

-- What was signed, byte for byte.
CREATE TABLE IF NOT EXISTS auditproof.checkpoint (
    size bigint PRIMARY KEY CHECK (size > 0),
    origin text NOT NULL,
    root bytea NOT NULL CHECK (pg_catalog.octet_length(root) = 32),
    note bytea NOT NULL,
    sealed_at timestamptz NOT NULL
);

-- What anchors, witnesses and time-stamp authorities answered for a checkpoint.
CREATE TABLE IF NOT EXISTS auditproof.attestation (
    checkpoint_size bigint NOT NULL REFERENCES auditproof.checkpoint (size),
    kind text NOT NULL CHECK (kind IN ('anchor', 'command', 'witness', 'timestamp')),
    name text NOT NULL,
    answer bytea NOT NULL,
    attested_at timestamptz NOT NULL,
    PRIMARY KEY (checkpoint_size, kind, name)
);
