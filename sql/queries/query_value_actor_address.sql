-- From where by whom; query_where_* and query_tally_* follow.
-- Parameters: none. Columns: value, detail, label, created_at, id
SELECT coalesce(l.actor_id::pg_catalog.text, l.actor_email) AS value, pg_catalog.abbrev(l.ip_address) AS detail,
       l.actor_email AS label, l.created_at, l.id
FROM public.audit_logs AS l
WHERE true
