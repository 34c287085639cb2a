-- The same by the effective level, the higher of the entry's own and what rules found.
-- Parameters: $1 organization, or '' for all. Result: a part of a statement
WITH found AS (
SELECT l.action, l.actor_id, l.actor_email, l.ip_address, l.resource_type, l.organization_id,
       CASE WHEN l.created_at > '-infinity' AND l.created_at < '294247-01-01Z' THEN l.created_at END AS at,
       CASE WHEN l.created_at > '-infinity' AND l.created_at < '294247-01-01Z'
            THEN pg_catalog.date_bin('1 hour', l.created_at, 'epoch') END AS hour,
       greatest(f.rank, pg_catalog.array_position('{informational,low,medium,high,critical}'::pg_catalog.text[],
                                                  coalesce(l.risk_level, 'low'))) AS level
FROM public.audit_logs AS l
LEFT JOIN (SELECT f.chain_id, f.log_id, max(pg_catalog.array_position(
                      '{informational,low,medium,high,critical}'::pg_catalog.text[], f.level)) AS rank
           FROM auditproof.risk_finding AS f
           WHERE NOT f.closed AND ($1::pg_catalog.text = '' OR f.chain_id = nullif($1::pg_catalog.text, '')::pg_catalog.uuid)
           GROUP BY f.chain_id, f.log_id) AS f
  ON f.chain_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') AND f.log_id = l.id
WHERE true
