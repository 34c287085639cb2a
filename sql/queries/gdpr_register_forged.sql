-- How many of a tenant's entries of a period say that somebody looked at entries, and are not those that auditproof wrote; see
-- gdpr_register_queries.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970. Result: how many.
SELECT pg_catalog.count(*)
FROM public.audit_logs AS l
WHERE l.action = 'audit.queried' AND l.organization_id = $1::pg_catalog.uuid
  AND l.created_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
  AND l.created_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
  AND l.id IS DISTINCT FROM pg_catalog.encode(pg_catalog.substr(
          pg_catalog.sha256('auditproof/query'::pg_catalog.bytea || l.chain_salt), 1, 16), 'hex')::pg_catalog.uuid
  AND NOT EXISTS (SELECT FROM auditproof.erasure AS x WHERE x.chain_id = l.organization_id AND x.log_id = l.id)
