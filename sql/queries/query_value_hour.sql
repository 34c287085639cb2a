-- At which hour of the day; query_where_* and query_tally_* follow.
-- Parameters: none. Columns: value, detail, label, created_at, id
SELECT pg_catalog.to_char(l.created_at, 'HH24') AS value, NULL::pg_catalog.text AS detail,
       NULL::pg_catalog.text AS label, l.created_at, l.id
FROM public.audit_logs AS l
WHERE true
