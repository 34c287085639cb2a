-- With which program; query_where_* and query_tally_* follow.
-- Parameters: none. Columns: value, detail, label, created_at, id
SELECT l.user_agent AS value, NULL::pg_catalog.text AS detail, NULL::pg_catalog.text AS label, l.created_at, l.id
FROM public.audit_logs AS l
WHERE true
