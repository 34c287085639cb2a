-- How risky: the higher of its own level and what rules found; query_where_* and query_tally_* follow.
-- Parameters: $1 organization, or '' for all. Columns: value, detail, label, created_at, id
SELECT (ARRAY['informational', 'low', 'medium', 'high', 'critical'])[greatest(
           f.rank, pg_catalog.array_position('{informational,low,medium,high,critical}'::pg_catalog.text[],
                                             coalesce(l.risk_level, 'low')))] AS value,
       NULL::pg_catalog.text AS detail, NULL::pg_catalog.text AS label, l.created_at, l.id
FROM public.audit_logs AS l
LEFT JOIN (SELECT f.chain_id, f.log_id, max(pg_catalog.array_position(
                      '{informational,low,medium,high,critical}'::pg_catalog.text[], f.level)) AS rank
           FROM auditproof.risk_finding AS f
           WHERE NOT f.closed AND ($1::pg_catalog.text = '' OR f.chain_id = nullif($1::pg_catalog.text, '')::pg_catalog.uuid)
           GROUP BY f.chain_id, f.log_id) AS f
  ON f.chain_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') AND f.log_id = l.id
WHERE true
