-- Counts of the entries that fit, of several kinds in one scan; query_where_* and query_summary_end follow.
-- Parameters: none. Result: a part of a statement
WITH found AS (
SELECT l.action, l.actor_id, l.actor_email, l.ip_address, l.resource_type, l.organization_id, l.created_at,
       pg_catalog.date_trunc('hour', l.created_at) AS hour, coalesce(l.risk_level, 'low') AS level
FROM public.audit_logs AS l
WHERE true
