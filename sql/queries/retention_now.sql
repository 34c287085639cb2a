-- What there is of a tenant's entries now.
-- Parameters: $1 chain.
-- Columns: years that they are kept; entries; of these from the last 30 days; when the first of them was recorded in the
-- chain, in microseconds since 1970, and the seq of that; when the first was created, as its writer claims.
WITH kept AS (
    SELECT pg_catalog.count(*) AS entries,
           pg_catalog.count(*) FILTER (WHERE l.created_at >= pg_catalog.now() - interval '30 days') AS month,
           pg_catalog.min(l.created_at) FILTER (WHERE pg_catalog.isfinite(l.created_at)) AS created
    FROM public.audit_logs AS l
    WHERE l.organization_id = $1::pg_catalog.uuid
), first AS (
    -- where the chain begins, or goes on after what was purged
    SELECT pg_catalog.min(s.seq) AS seq
    FROM (SELECT 1::pg_catalog.int8 AS seq
          UNION ALL
          SELECT r.to_seq + 1 FROM auditproof.purge_range AS r WHERE r.chain_id = $1::pg_catalog.uuid) AS s
    WHERE NOT EXISTS (SELECT FROM auditproof.purge_range AS r
                      WHERE r.chain_id = $1::pg_catalog.uuid AND r.from_seq <= s.seq AND r.to_seq >= s.seq)
)
SELECT auditproof.keep_years($1::pg_catalog.uuid), k.entries, k.month,
       (EXTRACT(epoch FROM e.recorded_at) * 1000000)::pg_catalog.int8, e.seq,
       (EXTRACT(epoch FROM k.created) * 1000000)::pg_catalog.int8
FROM kept AS k
CROSS JOIN first AS f
LEFT JOIN auditproof.chain_entry AS e ON e.chain_id = $1::pg_catalog.uuid AND e.seq = f.seq
