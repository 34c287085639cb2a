-- Logins that looked at a tenant's entries with auditquery in a period, and how often; see gdpr_register_queries.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 at most so many.
-- Columns: login, queries, of these such that named somebody or something, such without a purpose, such of every organization's
-- entries, first and last in microseconds since 1970, how many there are.
WITH said AS (
    SELECT l.organization_id, l.created_at, l.metadata, l.metadata ->> 'login' AS login
    FROM public.audit_logs AS l
    WHERE l.action = 'audit.queried' AND (l.organization_id = $1::pg_catalog.uuid OR l.organization_id IS NULL)
      AND l.created_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
      AND l.created_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
      AND (l.id = pg_catalog.encode(pg_catalog.substr(
                      pg_catalog.sha256('auditproof/query'::pg_catalog.bytea || l.chain_salt), 1, 16), 'hex')::pg_catalog.uuid
           OR EXISTS (SELECT FROM auditproof.erasure AS x
                      WHERE x.chain_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000')
                        AND x.log_id = l.id))
)
SELECT s.login, pg_catalog.count(*),
       pg_catalog.count(*) FILTER (WHERE s.organization_id IS NOT NULL
                                     AND (s.metadata -> 'withheld' IS NOT NULL
                                          OR s.metadata -> 'filters' ?| '{actor,id,resource_id}'::pg_catalog.text[])),
       pg_catalog.count(*) FILTER (WHERE s.organization_id IS NOT NULL AND s.metadata ->> 'purpose' IS NULL),
       pg_catalog.count(*) FILTER (WHERE s.organization_id IS NULL),
       (EXTRACT(epoch FROM pg_catalog.min(s.created_at)) * 1000000)::pg_catalog.int8,
       (EXTRACT(epoch FROM pg_catalog.max(s.created_at)) * 1000000)::pg_catalog.int8, pg_catalog.count(*) OVER ()
FROM said AS s
GROUP BY s.login
ORDER BY pg_catalog.count(*) DESC, s.login COLLATE "C"
LIMIT $4::pg_catalog.int8
