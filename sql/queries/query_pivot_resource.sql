-- The same from things, by their ids.
-- Parameters: $1 things, by their ids. Columns: as those of query_pivot
WITH seen AS MATERIALIZED (
SELECT v.via::pg_catalog.text AS via, l.actor_id, l.actor_email, l.ip_address, l.session_id, l.resource_type, l.resource_id,
       l.created_at
FROM pg_catalog.unnest($1::pg_catalog.uuid[]) AS v (via)
JOIN public.audit_logs AS l ON l.resource_id = v.via
WHERE true
