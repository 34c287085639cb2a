-- Times of entries; query_where_* and query_first_time follow.
-- Parameters: none. Columns: created_at (microseconds since 1970)
SELECT (EXTRACT(epoch FROM l.created_at) * 1000000)::pg_catalog.int8
FROM public.audit_logs AS l
WHERE true
