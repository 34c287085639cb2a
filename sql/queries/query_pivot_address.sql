-- The same from addresses.
-- Parameters: $1 addresses. Columns: as those of query_pivot
WITH seen AS MATERIALIZED (
SELECT pg_catalog.abbrev(v.via) AS via, l.actor_id, l.actor_email, l.ip_address, l.session_id, l.resource_type, l.resource_id,
       l.created_at
FROM pg_catalog.unnest($1::pg_catalog.inet[]) AS v (via)
JOIN public.audit_logs AS l ON l.ip_address OPERATOR(pg_catalog.=) v.via
WHERE true
