-- On what, as --resource names it; query_where_* and query_tally_* follow.
-- Parameters: none. Columns: value, detail, label, created_at, id
SELECT l.resource_type || coalesce('/' || l.resource_id::pg_catalog.text, '') AS value,
       NULL::pg_catalog.text AS detail, NULL::pg_catalog.text AS label, l.created_at, l.id
FROM public.audit_logs AS l
WHERE true
