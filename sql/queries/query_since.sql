-- Since when there are entries; query_where_* and query_since_end follow.
-- Parameters: none. Result: a part of a statement
SELECT (EXTRACT(epoch FROM l.created_at) * 1000000)::pg_catalog.int8
FROM public.audit_logs AS l
WHERE l.created_at > '-infinity'
