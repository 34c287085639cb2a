-- Bundles in the register that are not as a chained entry tells, which is one of the bundle's chain, or of the system's where
-- the tenant was gone. An entry that has itself left after its window tells by its place in the chain. Its row may be looked up
-- by an index, which could at worst fail to find it: the id is compared once more.
-- Parameters: $1 chain id or NULL for all; $2 how many at most. Result: chain_id, log_id, the bundle, why, how many there are.
WITH judged AS (
    SELECT b.chain_id, b.authorised_by AS log_id, 'bundle ' || b.bundle_id AS name,
           CASE WHEN e.log_id IS NULL THEN 'no chained entry tells of it'
                WHEN l.id IS NULL AND NOT EXISTS (
                         SELECT FROM auditproof.purge_range AS r
                         WHERE r.chain_id = e.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq)
                THEN 'the entry that told of it is gone'
                WHEN l.id IS NULL THEN NULL
                WHEN l.action <> 'audit.exported' OR l.resource_id IS DISTINCT FROM b.bundle_id
                     OR l.metadata ->> 'digest' IS DISTINCT FROM pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
                            pg_catalog.json_build_array('auditproof/bundle', b.chain_id, b.bundle_id, b.kind,
                                pg_catalog.encode(b.sha256, 'hex'), pg_catalog.encode(b.tagmanifest_sha256, 'hex'), b.bytes,
                                pg_catalog.trunc(EXTRACT(epoch FROM b.from_at) * 1000000),
                                pg_catalog.trunc(EXTRACT(epoch FROM b.to_at) * 1000000),
                                pg_catalog.trunc(EXTRACT(epoch FROM b.read_at) * 1000000), b.seqs::pg_catalog.text, b.entries,
                                b.groups, pg_catalog.encode(b.encrypted_to, 'hex'), b.recipient, b.registered_by,
                                pg_catalog.trunc(EXTRACT(epoch FROM b.registered_at) * 1000000))::pg_catalog.text, 'UTF8')), 'hex')
                THEN 'the entry that tells of it says something else'
                -- no application can choose a salt, and so none an id like this
                WHEN l.id <> pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(
                                 'auditproof/retention'::pg_catalog.bytea || l.chain_salt), 1, 16), 'hex')::pg_catalog.uuid
                     OR l.metadata ->> 'login' IS DISTINCT FROM b.registered_by
                THEN 'the entry that tells of it was written by another login' END AS why
    FROM auditproof.bundle AS b
    LEFT JOIN auditproof.chain_entry AS e
        ON e.chain_id IN (b.chain_id, '00000000-0000-0000-0000-000000000000') AND e.log_id = b.authorised_by
        AND e.log_id::pg_catalog.text = b.authorised_by::pg_catalog.text
    LEFT JOIN public.audit_logs AS l
        ON l.id = e.log_id AND l.id::pg_catalog.text = e.log_id::pg_catalog.text
        AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = e.chain_id
    WHERE $1::pg_catalog.uuid IS NULL OR b.chain_id = $1::pg_catalog.uuid
)
SELECT j.chain_id, j.log_id, j.name, j.why, pg_catalog.count(*) OVER ()
FROM judged AS j
WHERE j.why IS NOT NULL
ORDER BY j.chain_id, j.name, j.log_id
LIMIT $2::pg_catalog.int8;
