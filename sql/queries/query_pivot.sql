-- What begins the statement about what is beside a starting point; query_where_* and query_pivot_beside follow.
-- Parameters: none. Columns: via, actor_id, actor_email, ip_address, session_id, resource_type, resource_id, created_at
WITH seen AS MATERIALIZED (
SELECT NULL::pg_catalog.text AS via, l.actor_id, l.actor_email, l.ip_address, l.session_id, l.resource_type, l.resource_id,
       l.created_at
FROM public.audit_logs AS l
WHERE true
