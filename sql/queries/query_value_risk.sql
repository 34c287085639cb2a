-- How risky, by its own word; query_where_* and query_tally_* follow.
-- Parameters: none. Columns: value, detail, label, created_at, id
SELECT coalesce(l.risk_level, 'low') AS value, NULL::pg_catalog.text AS detail, NULL::pg_catalog.text AS label,
       l.created_at, l.id
FROM public.audit_logs AS l
WHERE true
