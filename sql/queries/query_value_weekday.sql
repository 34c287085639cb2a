-- On which day of the week, Monday being 1; query_where_* and query_tally_* follow.
-- Parameters: none. Columns: value, detail, label, created_at, id
SELECT pg_catalog.to_char(l.created_at, 'ID') AS value, NULL::pg_catalog.text AS detail,
       NULL::pg_catalog.text AS label, l.created_at, l.id
FROM public.audit_logs AS l
WHERE true
