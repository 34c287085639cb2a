-- The same from sessions.
-- Parameters: $1 sessions, of at most 200 bytes each: longer ones are not in the index. Columns: as those of query_pivot
WITH seen AS MATERIALIZED (
SELECT v.via AS via, l.actor_id, l.actor_email, l.ip_address, l.session_id, l.resource_type, l.resource_id,
       l.created_at
FROM pg_catalog.unnest($1::pg_catalog.text[]) AS v (via)
JOIN public.audit_logs AS l ON l.session_id = v.via
WHERE pg_catalog.octet_length(l.session_id) <= 200
