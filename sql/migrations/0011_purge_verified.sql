-- Months of audit_logs that were held against the chains, for a plan (audit-schema(5), PURGES): in which file of the
-- partition, how many rows, a sum over their versions by which a change since shows, and of each chain what they are.
CREATE TABLE IF NOT EXISTS auditproof.purge_verified (
    digest bytea NOT NULL,
    partition_id oid NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    partition_name text NOT NULL,
    filenode oid NOT NULL,
    rows bigint NOT NULL CHECK (rows >= 0),
    versions numeric NOT NULL,
    chains jsonb NOT NULL,
    verified_by text NOT NULL,
    verified_at timestamptz NOT NULL,
    PRIMARY KEY (digest, partition_id, number)
);

-- They take, or return, one thing more.
DROP FUNCTION IF EXISTS auditproof.purge_weigh(bytea, uuid, bigint, bigint);
DROP FUNCTION IF EXISTS auditproof.purge_partition(bytea, regclass, timestamptz);
DROP FUNCTION IF EXISTS auditproof.partition_drop(regclass, bigint);
