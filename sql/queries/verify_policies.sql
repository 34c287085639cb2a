-- Retention policies that keep less than one before them, or that are not as a chained entry tells. That entry leaves with its
-- tenant only, and then tells by its place in the chain. Its row may be looked up by an index, which could at worst fail to
-- find it: the id is compared once more.
-- Parameters: $1 chain id or NULL for all; $2 how many at most.
-- Result: chain_id, log_id, the policy, why, how many there are.
WITH policies AS (
    SELECT p.*, p.table_name || ' version ' || p.version AS name,
           pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.json_build_array('auditproof/policy',
               p.chain_id, p.table_name, p.version, p.class, p.period, p.unit, p.basis, p.jurisdiction, p.approver, p.set_by,
               pg_catalog.trunc(EXTRACT(epoch FROM p.set_at) * 1000000))::pg_catalog.text, 'UTF8')), 'hex') AS digest
    FROM auditproof.retention_policy AS p
), judged AS (
    SELECT p.chain_id, p.authorised_by AS log_id, p.name,
           CASE WHEN p.unit <> CASE p.table_name WHEN 'audit_logs' THEN 'years' ELSE 'days' END
                     OR p.period < CASE p.table_name WHEN 'audit_logs' THEN 7 ELSE 90 END
                THEN 'it keeps ' || p.period || ' ' || p.unit || ', which is less than may be kept'
                WHEN b.period IS NOT NULL
                THEN 'it keeps ' || p.period || ' ' || p.unit || ', where ' || b.period || ' were in force'
                WHEN e.log_id IS NULL THEN 'no chained entry tells of it'
                WHEN l.id IS NULL AND NOT EXISTS (
                         SELECT FROM auditproof.purge_range AS r
                         WHERE r.chain_id = e.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq
                           AND r.chain_id <> '00000000-0000-0000-0000-000000000000'
                           AND NOT EXISTS (SELECT FROM auditproof.purge_execution AS x WHERE x.purge_id = r.purge_id))
                THEN 'the entry that told of it is gone'
                WHEN l.id IS NULL THEN NULL
                WHEN l.action <> 'audit.policy_set' OR l.metadata ->> 'digest' IS DISTINCT FROM p.digest
                THEN 'the entry that tells of it says something else'
                -- no application can choose a salt, and so none an id like this
                WHEN l.id <> pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(
                                 'auditproof/retention'::pg_catalog.bytea || l.chain_salt), 1, 16), 'hex')::pg_catalog.uuid
                     OR l.metadata ->> 'login' IS DISTINCT FROM p.set_by
                THEN 'the entry that tells of it was written by another login' END AS why
    FROM policies AS p
    LEFT JOIN LATERAL (
        SELECT pg_catalog.max(q.period) AS period FROM policies AS q
        WHERE q.table_name = p.table_name AND q.period > p.period
          AND (q.chain_id = p.chain_id AND (q.version < p.version OR q.set_at < p.set_at)
               OR q.chain_id = '00000000-0000-0000-0000-000000000000' AND q.set_at < p.set_at)) AS b ON true
    LEFT JOIN auditproof.chain_entry AS e
        ON e.chain_id IN (p.chain_id, '00000000-0000-0000-0000-000000000000') AND e.log_id = p.authorised_by
        AND e.log_id::pg_catalog.text = p.authorised_by::pg_catalog.text
    LEFT JOIN public.audit_logs AS l
        ON l.id = e.log_id AND l.id::pg_catalog.text = e.log_id::pg_catalog.text
        AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = e.chain_id
)
SELECT j.chain_id, j.log_id, j.name, j.why, pg_catalog.count(*) OVER ()
FROM judged AS j
WHERE j.why IS NOT NULL
  AND ($1::pg_catalog.uuid IS NULL OR j.chain_id IN ($1::pg_catalog.uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY j.chain_id, j.name, j.log_id
LIMIT $2::pg_catalog.int8;
