-- Counts of the entries that fit, of several kinds in one scan; query_where_* and query_summary_end follow.
-- Parameters: none. Result: a part of a statement
WITH found AS (
SELECT l.action, l.actor_id, l.actor_email, l.ip_address, l.resource_type, l.organization_id,
       CASE WHEN l.created_at > '-infinity' AND l.created_at < '294247-01-01Z' THEN l.created_at END AS at,
       CASE WHEN l.created_at > '-infinity' AND l.created_at < '294247-01-01Z'
            THEN pg_catalog.date_bin('1 hour', l.created_at, 'epoch') END AS hour,
       pg_catalog.array_position('{informational,low,medium,high,critical}'::pg_catalog.text[],
                                 coalesce(l.risk_level, 'low')) AS level
FROM public.audit_logs AS l
WHERE true
